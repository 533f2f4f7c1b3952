/**
 * @file Trials that follow a leader with the same key take its result, or lead themselves when it ended without one.
 */
import {
  dominantPart,
  exceedsBudget,
  groupBy,
  type MemoryByPart,
  MIB,
  type Scores,
  type TrialSpec,
} from '@rankforge/contracts';
import { hasEnded, hasResult, isOpen, Prisma, wakeUps } from '@rankforge/db';
import type { Sql } from '../platform/database.js';
import { resultAt } from './served.js';

interface Follower {
  id: string;
  key: string;
  sweepId: string;
  sweepRuns: boolean;
  memoryBudgetMiB: number;
  objectiveMetric: string;
  leaderId: string;
  /** The leader has a result. */
  leaderKnown: boolean;
  leaderReason: string | null;
  /** The leader ran out of memory under a budget that is no smaller. */
  leaderOver: boolean;
  measured: MemoryByPart | null;
  spec: TrialSpec;
  result: { validation?: Scores; served?: Record<string, Scores> } | null;
  step: number;
  loss: number | null;
}

/**
 * Resolves every follower whose leader has ended. The caller holds the placement lock.
 * @returns the sweeps that changed
 */
export async function resolveFollowers(sql: Sql, limit = 5000): Promise<string[]> {
  const followers = await sql.$queryRaw<Follower[]>`
    SELECT f."id", f."key", f."sweepId", s."state" = 'RUNNING' AS "sweepRuns", f."memoryBudgetMiB", s."objectiveMetric",
      f."spec", l."id" AS "leaderId", ${hasResult('l')} AS "leaderKnown", l."reason" AS "leaderReason",
      l."state" = 'OVER_BUDGET' AND l."impliedById" IS NULL AND l."memoryBudgetMiB" >= f."memoryBudgetMiB" AS "leaderOver",
      l."measured", l."result", l."step", l."loss"
    FROM "Trial" f
    JOIN "Trial" l ON l."id" = f."leaderId"
    JOIN "Sweep" s ON s."id" = f."sweepId"
    WHERE f."state" = 'PENDING' AND ${hasEnded('l')}
    ORDER BY f."memoryBudgetMiB" DESC, f."createdAt", f."ordinal" LIMIT ${limit}`;
  const over = followers.filter(
    ({ measured, memoryBudgetMiB, leaderOver }) => leaderOver || (measured && measured.total > memoryBudgetMiB * MIB),
  );
  const rest = followers.filter((follower) => !over.includes(follower));
  await markOverBudget(sql, over);
  await takeResults(
    sql,
    rest.filter(({ leaderKnown }) => leaderKnown),
  );
  for (const group of groupBy(
    rest.filter(({ leaderKnown }) => !leaderKnown),
    ({ key }) => key,
  ).values()) {
    await promote(sql, group);
  }
  return [...new Set(followers.map(({ sweepId }) => sweepId))];
}

async function markOverBudget(sql: Sql, followers: readonly Follower[]): Promise<void> {
  if (followers.length === 0) return;
  const rows = followers.map(({ id, measured, memoryBudgetMiB, leaderReason }) => {
    const known = measured && measured.total > memoryBudgetMiB * MIB;
    return {
      id,
      measured,
      bytes: measured?.total ?? null,
      part: measured ? dominantPart(measured) : null,
      // An engine that refused memory, or a killed process, has left no peak that is above the budget.
      reason: known ? exceedsBudget('measured', measured, memoryBudgetMiB) : leaderReason,
    };
  });
  await sql.$executeRaw`
    UPDATE "Trial" t SET "state" = 'OVER_BUDGET', "measured" = NULLIF(r."measured", 'null'), "measuredBytes" = r."bytes",
      "dominantPart" = COALESCE(r."part", t."dominantPart"), "reason" = r."reason", "finishedAt" = now()
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      AS r("id" uuid, "measured" jsonb, "bytes" bigint, "part" text, "reason" text)
    WHERE t."id" = r."id" AND t."state" = 'PENDING'`;
}

async function takeResults(sql: Sql, followers: readonly Follower[]): Promise<void> {
  if (followers.length === 0) return;
  const rows = followers.map(({ id, leaderId, spec, objectiveMetric, ...leader }) => {
    const result = resultAt(leader.result, spec);
    return { id, leaderId, result, objective: result?.validation?.[objectiveMetric] ?? null };
  });
  await sql.$executeRaw`
    UPDATE "Trial" t SET "state" = 'SUCCEEDED', "measured" = l."measured", "measuredBytes" = l."measuredBytes",
      "result" = r."result", "objective" = r."objective", "step" = l."step", "loss" = l."loss", "finishedAt" = now()
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS r("id" uuid, "leaderId" uuid, "result" jsonb, "objective" float8)
    JOIN "Trial" l ON l."id" = r."leaderId"
    WHERE t."id" = r."id" AND t."state" = 'PENDING'`;
}

/** The first follower leads, one of a running sweep before one of a paused sweep; the others follow it. */
async function promote(sql: Sql, group: readonly Follower[]): Promise<void> {
  const [taken] = await sql.$queryRaw<{ id: string }[]>`
    SELECT "id" FROM "Trial" t WHERE "key" = ${group[0]!.key} AND "leaderId" IS NULL
      AND (${isOpen('t')} OR ${hasResult('t')})`;
  const leader = taken?.id ?? (group.find(({ sweepRuns }) => sweepRuns) ?? group[0]!).id;
  const others = group.map(({ id }) => id).filter((id) => id !== leader);
  if (!taken) {
    await sql.$executeRaw`
      WITH promoted AS (
        UPDATE "Trial" SET "leaderId" = NULL, "state" = 'QUEUED', "queuedAt" = now()
        WHERE "id" = ${leader}::uuid AND "state" = 'PENDING' RETURNING *)
      ${wakeUps(Prisma.sql`promoted`)}`;
  }
  await sql.$executeRaw`
    UPDATE "Trial" SET "leaderId" = ${leader}::uuid WHERE "id" = ANY(${others}::uuid[]) AND "state" = 'PENDING'`;
}
