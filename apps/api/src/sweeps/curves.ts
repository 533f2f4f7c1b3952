import { Inject, Injectable } from '@nestjs/common';
import type { CurvesQuery, SweepCurves } from '@rankforge/contracts';
import type { Database } from '@rankforge/db';
import { DATABASE } from '../platform/database.js';
import { groupBy } from '../platform/group-by.js';
import { notFound } from '../platform/http/problem.js';
import { downsample } from '../trials/downsample.js';

/** More curves than this can't be told apart on a screen. */
const curvesAtMost = 1000;
const trialsPerRead = 100;

interface CurveTrial {
  id: string;
  source: string;
  method: string;
  optimizer: string;
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
        SELECT DISTINCT ON ("key") "id", COALESCE("leaderId", "id") AS "source", "method", "optimizer", "rank",
          "learningRate", "seed", "ordinal"
        FROM "Trial" WHERE "sweepId" = ${sweepId}::uuid AND "kind" = 'train'
        ORDER BY "key", "leaderId" NULLS FIRST, "memoryBudgetMiB" DESC) t
      ORDER BY "ordinal" LIMIT ${curvesAtMost + 1}`;
    const trials = found.slice(0, curvesAtMost);
    const curves: SweepCurves['curves'] = [];
    for (let start = 0; start < trials.length; start += trialsPerRead) {
      const part = trials.slice(start, start + trialsPerRead);
      const points = await this.database.metric.findMany({
        where: { name: metric, trialId: { in: part.map(({ source }) => source) } },
        orderBy: { step: 'asc' },
        select: { trialId: true, step: true, value: true },
      });
      const bySource = groupBy(points, ({ trialId }) => trialId);
      for (const { id, source, method, optimizer, rank, learningRate, seed } of part) {
        const own = (bySource.get(source) ?? []).filter(({ value }) => Number.isFinite(value));
        if (own.length === 0) continue;
        const kept = downsample(own, maxPoints);
        curves.push({
          trialId: id,
          method,
          optimizer,
          rank,
          learningRate,
          seed,
          steps: kept.map(({ step }) => step),
          values: kept.map(({ value }) => value),
        });
      }
    }
    return { metric, curves, truncated: found.length > curvesAtMost };
  }
}
