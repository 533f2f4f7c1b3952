/** @file Facts of a report: the sweep, its board, and on what it ran. */
import type { Leaderboard, SweepDetail } from '@rankforge/contracts';
import type { Task } from '@rankforge/tasks';
import type { Sql } from '../../platform/database.js';

/** Where trainings and scorings of a sweep ran. */
export interface RanOn {
  engine: string;
  device: string | null;
  worker: string | null;
  attempts: number;
}

export interface ReportFacts {
  sweep: SweepDetail;
  board: Leaderboard;
  ranOn: readonly RanOn[];
  /** The task as it is now; undefined where its data set was removed. */
  task: Task | undefined;
  /** The digest of the base model's folder when the sweep was made; null where nobody noted it. */
  baseSha256: string | null;
  /** Digests of data sets and versions of prepared data that its trials name; null: those of the first version. */
  data: readonly { dataset: string | null; version: number | null; trials: number }[];
  versions: { rankforge: string; library: string };
  madeAt: Date;
}

/** Devices by the attempts that ended well on them, of results that were taken from other sweeps too; the busiest first. */
export const readRanOn = (sql: Sql, sweepId: string): Promise<RanOn[]> =>
  sql.$queryRaw<RanOn[]>`
    SELECT a."engine", a."device", w."name" AS "worker", count(*)::int AS "attempts"
    FROM "Trial" t JOIN "Attempt" a ON a."trialId" = COALESCE(t."leaderId", t."id") LEFT JOIN "Worker" w ON w."id" = a."workerId"
    WHERE t."sweepId" = ${sweepId}::uuid AND a."outcome" = 'succeeded'
    GROUP BY 1, 2, 3 ORDER BY 4 DESC, 1, 2, 3 LIMIT 21`;

export const readData = (sql: Sql, sweepId: string): Promise<ReportFacts['data'][number][]> =>
  sql.$queryRaw<ReportFacts['data'][number][]>`
    SELECT "spec"->>'dataset' AS "dataset", ("spec"->>'dataVersion')::int AS "version", count(*)::int AS "trials"
    FROM "Trial" WHERE "sweepId" = ${sweepId}::uuid GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT 20`;
