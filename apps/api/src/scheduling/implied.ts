/**
 * @file Larger ranks of a training that did not fit. Not every method grows with its rank, so the predictor
 * decides: a larger rank is implied where it is predicted to need no less than the one that failed.
 */
import { MIB, type TrialSpec } from '@rankforge/contracts';
import { contentHash } from '../planning/trial-key.js';
import type { Sql } from '../platform/database.js';

/** A training under a budget, as far as its memory goes. */
export interface MemoryCell {
  /** See {@link memoryFamily}. */
  family: string;
  rank: number | null;
  memoryBudgetMiB: number;
  predictedBytes: number;
}

/**
 * Equal for trainings that hold the same memory but for their rank: seed, learning rate and where a scheduler stops them
 * hold none.
 */
export function memoryFamily(spec: Omit<TrialSpec, 'seed'> & { seed?: number }): string {
  const {
    rank: _,
    trainedRank,
    seed,
    learningRate,
    until,
    validationExamples,
    fitted,
    methodConfig,
    optimizerConfig,
    ...same
  } = spec;
  const [method, optimizer] = [methodConfig, optimizerConfig].map(({ rank, ...config }) => config);
  return contentHash({ ...same, method: [spec.method, method], optimizer: [spec.optimizer, optimizer] });
}

/** Trainings that did not fit: one for each family, rank and budget. */
export class OverBudgetCells<T extends MemoryCell> {
  private readonly byFamily = new Map<string, Map<string, T>>();

  constructor(cells: Iterable<T> = []) {
    for (const cell of cells) this.add(cell);
  }

  add(cell: T): void {
    const known = this.byFamily.get(cell.family) ?? new Map<string, T>();
    const place = `${cell.rank} ${cell.memoryBudgetMiB}`;
    if (!known.has(place)) known.set(place, cell);
    this.byFamily.set(cell.family, known);
  }

  /** A cell of the smallest rank among those that imply that this one does not fit. */
  implying({ family, rank, memoryBudgetMiB, predictedBytes }: MemoryCell): T | undefined {
    if (rank === null) return undefined;
    const rankOf = (cell: T) => cell.rank ?? rank;
    return [...(this.byFamily.get(family)?.values() ?? [])]
      .filter(
        (cell) =>
          rankOf(cell) < rank && cell.memoryBudgetMiB >= memoryBudgetMiB && cell.predictedBytes <= predictedBytes,
      )
      .sort((a, b) => rankOf(a) - rankOf(b) || b.memoryBudgetMiB - a.memoryBudgetMiB)[0];
  }
}

/** A trial that did not fit. */
export interface OverBudgetCell extends MemoryCell {
  id: string;
  ordinal: number;
}

/** Why a trial was not run, in words with numbers. */
export function impliedReason(cell: MemoryCell, by: OverBudgetCell): string {
  const mib = (bytes: number) => (bytes / MIB).toFixed(1);
  return (
    `not run: rank ${by.rank} did not fit ${by.memoryBudgetMiB} MiB (trial ${by.ordinal}), and rank ${cell.rank} is ` +
    `predicted to need no less (${mib(cell.predictedBytes)} MiB against ${mib(by.predictedBytes)} MiB)`
  );
}

/** Trials of a sweep that did not fit by themselves: predicted, or found when they ran. */
export async function readOverBudgetCells(sql: Sql, sweepId: string): Promise<OverBudgetCells<OverBudgetCell>> {
  return new OverBudgetCells(
    await sql.$queryRaw<OverBudgetCell[]>`
      SELECT DISTINCT ON ("memoryFamily", "rank", "memoryBudgetMiB") "id", "ordinal", "memoryFamily" AS "family", "rank",
        "memoryBudgetMiB", "predictedBytes"::float8 AS "predictedBytes"
      FROM "Trial" WHERE "sweepId" = ${sweepId}::uuid AND "state" = 'OVER_BUDGET' AND "memoryFamily" IS NOT NULL
        AND "impliedById" IS NULL
      ORDER BY "memoryFamily", "rank", "memoryBudgetMiB", "ordinal"`,
  );
}

/**
 * Ends the waiting trials of a sweep that are implied not to fit by now. One that waits for the result of another sweep is
 * left to it, and a federation in the midst of its rounds to its clients.
 * @returns how many
 */
export async function endImplied(sql: Sql, sweepId: string): Promise<number> {
  const waiting = await sql.$queryRaw<(MemoryCell & { id: string })[]>`
    SELECT t."id", t."memoryFamily" AS "family", t."rank", t."memoryBudgetMiB", t."predictedBytes"::float8 AS "predictedBytes"
    FROM "Trial" t LEFT JOIN "Trial" l ON l."id" = t."leaderId"
    WHERE t."sweepId" = ${sweepId}::uuid AND t."state" IN ('PENDING', 'QUEUED') AND t."awaits" IS NULL
      AND t."memoryFamily" IS NOT NULL
      AND (l."id" IS NULL OR l."sweepId" = t."sweepId")
      AND EXISTS (
        SELECT 1 FROM "Trial" o WHERE o."sweepId" = t."sweepId" AND o."state" = 'OVER_BUDGET' AND o."impliedById" IS NULL
          AND o."memoryFamily" = t."memoryFamily" AND o."rank" < t."rank")`;
  if (waiting.length === 0) return 0;
  const overBudget = await readOverBudgetCells(sql, sweepId);
  const ends = waiting.flatMap((trial) => {
    const by = overBudget.implying(trial);
    return by ? [{ id: trial.id, by: by.id, reason: impliedReason(trial, by) }] : [];
  });
  if (ends.length === 0) return 0;
  return sql.$executeRaw`
    UPDATE "Trial" t SET "state" = 'OVER_BUDGET', "impliedById" = e."by", "reason" = e."reason",
      "finishedAt" = clock_timestamp()
    FROM jsonb_to_recordset(${JSON.stringify(ends)}::jsonb) AS e("id" uuid, "by" uuid, "reason" text)
    WHERE t."id" = e."id" AND t."state" IN ('PENDING', 'QUEUED') AND t."awaits" IS NULL`;
}
