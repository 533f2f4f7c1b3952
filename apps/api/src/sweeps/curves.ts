import { Inject, Injectable } from '@nestjs/common';
import type { Contender, CurvesQuery, SweepCurves } from '@rankforge/contracts';
import { type Database, readSeries, trains } from '@rankforge/db';
import { contenderObject } from '../planning/contender.js';
import { DATABASE } from '../platform/database.js';
import { notFound } from '../platform/http/problem.js';
import { downsampled } from '../trials/downsample.js';

/** More curves than this can't be told apart on a screen. */
const curvesAtMost = 1000;

interface CurveTrial {
  id: string;
  source: string;
  contender: Contender;
  rank: number | null;
  learningRate: number;
  seed: number;
}

/** One metric of a sweep's trainings, for an overlay. */
@Injectable()
export class SweepCurveReader {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  /** One curve for each distinct training: trials that differ in budget alone share theirs. */
  async read(sweepId: string, { metric, maxPoints }: CurvesQuery): Promise<SweepCurves> {
    const sweep = await this.database.sweep.findUnique({ where: { id: sweepId }, select: { id: true } });
    if (!sweep) throw notFound('sweep', sweepId);
    const found = await this.database.$queryRaw<CurveTrial[]>`
      SELECT * FROM (
        SELECT DISTINCT ON ("key") "id", COALESCE("leaderId", "id") AS "source", ${contenderObject} AS "contender", "rank", "learningRate", "seed", "ordinal"
        FROM "Trial" WHERE "sweepId" = ${sweepId}::uuid AND ${trains()}
        ORDER BY "key", "leaderId" NULLS FIRST, "memoryBudgetMiB" DESC) t
      ORDER BY "ordinal" LIMIT ${curvesAtMost + 1}`;
    const trials = found.slice(0, curvesAtMost);
    const series = await readSeries(this.database, {
      trialIds: [...new Set(trials.map(({ source }) => source))],
      names: [metric],
      maxPoints,
    });
    const bySource = new Map(series.map((one) => [one.trialId, one]));
    const curves = trials.flatMap(({ id, source, contender, rank, learningRate, seed }) => {
      const own = bySource.get(source);
      if (!own) return [];
      return [{ trialId: id, ...contender, rank, learningRate, seed, ...downsampled(own, maxPoints) }];
    });
    return { metric, curves, truncated: found.length > curvesAtMost };
  }
}
