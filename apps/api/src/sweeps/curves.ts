import { Inject, Injectable } from '@nestjs/common';
import type { Contender, CurvesQuery, SweepCurves } from '@rankforge/contracts';
import { type Database, meansRoom, readMeans, readSeries, trains } from '@rankforge/db';
import { contenderObject } from '../planning/contender.js';
import { DATABASE } from '../platform/database.js';
import { notFound } from '../platform/http/problem.js';
import { averaged, downsampled } from '../trials/downsample.js';

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

interface Asked {
  trialIds: readonly string[];
  name: string;
  maxPoints: number;
}

/** Points of one series of many trials, by what is kept of those that are longer. */
const readers = {
  means: async (database: Database, { maxPoints, ...asked }: Asked) =>
    (await readMeans(database, asked)).map(({ trialId, ...series }) => ({
      trialId,
      ...averaged(series, Math.min(maxPoints, meansRoom)),
    })),
  extremes: async (database: Database, { name, ...asked }: Asked) =>
    (await readSeries(database, { ...asked, names: [name] })).map(({ trialId, steps, values }) => ({
      trialId,
      ...downsampled({ steps, values }, asked.maxPoints),
    })),
} satisfies Record<CurvesQuery['keep'], unknown>;

/** One metric of a sweep's trainings, for an overlay. */
@Injectable()
export class SweepCurveReader {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  /** One curve for each distinct training: trials that differ in budget alone share theirs. */
  async read(sweepId: string, { metric, maxPoints, keep }: CurvesQuery): Promise<SweepCurves> {
    const sweep = await this.database.sweep.findUnique({
      where: { id: sweepId, removedAt: null },
      select: { id: true },
    });
    if (!sweep) throw notFound('sweep', sweepId);
    const found = await this.database.$queryRaw<CurveTrial[]>`
      SELECT * FROM (
        SELECT DISTINCT ON ("key") "id", COALESCE("leaderId", "id") AS "source", ${contenderObject} AS "contender", "rank", "learningRate", "seed", "ordinal"
        FROM "Trial" WHERE "sweepId" = ${sweepId}::uuid AND ${trains()}
        ORDER BY "key", "leaderId" NULLS FIRST, "memoryBudgetMiB" DESC) t
      ORDER BY "ordinal" LIMIT ${curvesAtMost + 1}`;
    const trials = found.slice(0, curvesAtMost);
    const trialIds = [...new Set(trials.map(({ source }) => source))];
    const series = await readers[keep](this.database, { trialIds, name: metric, maxPoints });
    const bySource = new Map(series.map((one) => [one.trialId, one]));
    const curves = trials.flatMap(({ id, source, contender, rank, learningRate, seed }) => {
      const own = bySource.get(source);
      if (!own) return [];
      return [{ ...own, trialId: id, ...contender, rank, learningRate, seed }];
    });
    return { metric, curves, truncated: found.length > curvesAtMost };
  }
}
