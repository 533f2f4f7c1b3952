import { Inject, Injectable } from '@nestjs/common';
import {
  type AttemptOutcome,
  type EngineName,
  MemoryByPart,
  type MetricSeriesList,
  type TrialDetail,
  type TrialLog,
  type TrialPage,
  type TrialQuery,
  TrialResult,
  TrialSpec,
} from '@rankforge/contracts';
import type { Database } from '@rankforge/db';
import { servableOf } from '../adapters/servable.js';
import { viewArtifact } from '../artifacts/artifact-view.js';
import { Catalog } from '../catalog/catalog.js';
import { Tasks } from '../catalog/tasks.js';
import { DATABASE } from '../platform/database.js';
import { groupBy } from '../platform/group-by.js';
import { notFound } from '../platform/http/problem.js';
import { downsample } from './downsample.js';
import { listTrials } from './list-trials.js';
import { type TrialRow, trialColumns, viewTrial } from './trial-view.js';

@Injectable()
export class TrialsService {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    private readonly catalog: Catalog,
    private readonly tasks: Tasks,
  ) {}

  list(query: TrialQuery): Promise<TrialPage> {
    return listTrials(this.database, query);
  }

  /** @throws ProblemError `not-found` */
  async get(id: string): Promise<TrialDetail> {
    const [row] = await this.database.$queryRaw<
      (TrialRow & { spec: unknown; predicted: unknown; measured: unknown; result: unknown })[]
    >`SELECT ${trialColumns}, t."spec", t."predicted", t."measured", t."result" FROM "Trial" t WHERE t."id" = ${id}::uuid`;
    if (!row) throw notFound('trial', id);
    const source = row.leaderId ?? row.id;
    const [attempts, artifacts] = await Promise.all([
      this.database.attempt.findMany({
        where: { trialId: source },
        orderBy: { number: 'asc' },
        include: { worker: { select: { name: true } } },
      }),
      this.database.artifact.findMany({ where: { trialId: source }, orderBy: [{ kind: 'asc' }, { step: 'asc' }] }),
    ]);
    const spec = TrialSpec.parse(row.spec);
    return {
      ...viewTrial(row),
      task: row.task,
      base: row.base,
      engine: row.engine,
      spec,
      predicted: MemoryByPart.parse(row.predicted),
      measured: row.measured === null ? null : MemoryByPart.parse(row.measured),
      result: row.result === null ? null : TrialResult.parse(row.result),
      attemptList: attempts.map((attempt) => ({
        number: attempt.number,
        leaseToken: Number(attempt.leaseToken),
        workerId: attempt.workerId,
        workerName: attempt.worker?.name ?? null,
        device: attempt.device,
        engine: attempt.engine as EngineName,
        startedAt: attempt.startedAt.toISOString(),
        endedAt: attempt.endedAt?.toISOString() ?? null,
        outcome: attempt.outcome as AttemptOutcome | null,
        reason: attempt.reason,
        resumedFromStep: attempt.resumedFromStep,
      })),
      artifacts: artifacts.map(viewArtifact),
      servable: row.kind === 'train' ? await servableOf(spec, this.catalog, this.tasks) : null,
    };
  }

  /** Series of a trial, or of the trial whose result it takes. */
  async metrics(id: string, names: readonly string[] | undefined, maxPoints: number): Promise<MetricSeriesList> {
    const source = await this.source(id);
    const rows = await this.database.metric.findMany({
      where: { trialId: source, ...(names ? { name: { in: [...names] } } : {}) },
      orderBy: [{ name: 'asc' }, { step: 'asc' }],
      select: { name: true, step: true, value: true },
    });
    const series = [...groupBy(rows, ({ name }) => name)].map(([name, points]) => {
      const kept = downsample(
        points.filter(({ value }) => Number.isFinite(value)),
        maxPoints,
      );
      return {
        name,
        steps: kept.map(({ step }) => step),
        values: kept.map(({ value }) => value),
        total: points.length,
      };
    });
    return { trialId: id, series };
  }

  async log(id: string): Promise<TrialLog> {
    const source = await this.source(id);
    const attempts = await this.database.attempt.findMany({
      where: { trialId: source },
      orderBy: { number: 'asc' },
      select: { number: true, logTail: true },
    });
    const lines = attempts.flatMap(({ number, logTail }) =>
      logTail
        .split('\n')
        .filter((text) => text !== '')
        .map((text) => ({ attempt: number, text })),
    );
    return { trialId: id, lines };
  }

  private async source(id: string): Promise<string> {
    const trial = await this.database.trial.findUnique({ where: { id }, select: { leaderId: true } });
    if (!trial) throw notFound('trial', id);
    return trial.leaderId ?? id;
  }
}
