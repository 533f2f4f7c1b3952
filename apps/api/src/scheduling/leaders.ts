/** @file Leaders: one of the trials with a key computes its result, and the others take it. */
import type { MemoryByPart, Scores, TrialState } from '@rankforge/contracts';
import { hasResult, isOpen } from '@rankforge/db';
import type { Sql } from '../platform/database.js';

/** A trial that leads its key already: it waits, runs, or holds the result, also where it was pruned at a rung. */
export interface Leader {
  id: string;
  key: string;
  state: Extract<TrialState, 'PENDING' | 'QUEUED' | 'RUNNING' | 'SUCCEEDED' | 'PRUNED'>;
  measured: MemoryByPart | null;
  measuredBytes: bigint | null;
  result: { validation?: Scores; served?: Record<string, Scores> } | null;
  step: number;
  loss: number | null;
}

/** Leaders of these keys, by key. */
export async function findLeaders(sql: Sql, keys: readonly string[]): Promise<Map<string, Leader>> {
  const distinct = [...new Set(keys)];
  const rows = await sql.$queryRaw<Leader[]>`
    SELECT "id", "key", "state"::text AS "state", "measured", "measuredBytes", "result", "step", "loss"
    FROM "Trial" t
    WHERE "key" = ANY(${distinct}::text[]) AND "leaderId" IS NULL
      AND (${isOpen('t')} OR ${hasResult('t')})`;
  return new Map(rows.map((leader) => [leader.key, leader]));
}

/** Whether it has the result for the others. */
export const isKnown = ({ state }: Leader): boolean => state === 'SUCCEEDED' || state === 'PRUNED';
