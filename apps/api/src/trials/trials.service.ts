import { Inject, Injectable } from '@nestjs/common';
import {
  type AnswerPage,
  type AnswersQuery,
  type AttemptOutcome,
  type EngineName,
  MemoryByPart,
  type MetricSeriesList,
  type PlacesPage,
  type PlacesQuery,
  type TrialDetail,
  type TrialExportQuery,
  type TrialLog,
  type TrialPage,
  type TrialQuery,
  TrialResult,
  TrialSpec,
  trialKindOf,
  type WrittenTextPage,
  type WrittenTextsQuery,
} from '@rankforge/contracts';
import { ArtifactStore, type Database, readKeepers, readSeries } from '@rankforge/db';
import { formatsOf } from '../adapters/formats.js';
import { servableOf } from '../adapters/servable.js';
import { viewArtifact } from '../artifacts/artifact-view.js';
import { Catalog } from '../catalog/catalog.js';
import { Tasks } from '../catalog/tasks.js';
import { leavesWriter } from '../generators/writes.js';
import { DATABASE } from '../platform/database.js';
import type { ApiSettings } from '../platform/env.js';
import { notFound } from '../platform/http/problem.js';
import { SETTINGS } from '../platform/settings.js';
import { stalledTrial } from '../scheduling/stalled.js';
import { downsampled } from './downsample.js';
import { listTrials } from './list-trials.js';
import { packedWith } from './packs.js';
import { answersOf } from './trial-answers.js';
import { exportOf } from './trial-export.js';
import { placesOf } from './trial-places.js';
import { textsOf } from './trial-texts.js';
import { type TrialRow, trialColumns, viewTrial } from './trial-view.js';

@Injectable()
export class TrialsService {
  private readonly store: ArtifactStore;

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(SETTINGS) { artifactDir }: ApiSettings,
    private readonly catalog: Catalog,
    private readonly tasks: Tasks,
  ) {
    this.store = new ArtifactStore(artifactDir);
  }

  /** @throws ProblemError where there is no such trial, or it keeps none */
  answers(id: string, query: AnswersQuery): Promise<AnswerPage> {
    const { database, store } = this;
    return answersOf(id, query, { database, store });
  }

  /** @throws ProblemError where there is no such trial, or it keeps none */
  texts(id: string, query: WrittenTextsQuery): Promise<WrittenTextPage> {
    const { database, store } = this;
    return textsOf(id, query, { database, store });
  }

  /** @throws ProblemError where there is no such trial, or it keeps none */
  places(id: string, query: PlacesQuery): Promise<PlacesPage> {
    const { database, store } = this;
    return placesOf(id, query, { database, store });
  }

  /** @throws ProblemError where there is no such trial, or it keeps nothing to export */
  export(id: string, { as }: TrialExportQuery): Promise<() => Promise<Buffer>> {
    const { database, store } = this;
    return exportOf(id, as, { database, store });
  }

  list(query: TrialQuery, projectId: string): Promise<TrialPage> {
    return listTrials(this.database, query, projectId);
  }

  /** @throws ProblemError `not-found`; also of one whose sweep was removed and that stays for none */
  async get(id: string, projectId: string): Promise<TrialDetail> {
    const [row] = await this.database.$queryRaw<
      (TrialRow & {
        spec: unknown;
        predicted: unknown;
        measured: unknown;
        result: unknown;
        removed: boolean;
        baseSha256: string | null;
      })[]
    >`SELECT ${trialColumns}, t."spec", t."predicted", t."measured", t."result",
        (SELECT s."removedAt" IS NOT NULL FROM "Sweep" s WHERE s."id" = t."sweepId") AS "removed",
        (SELECT s."baseSha256" FROM "Sweep" s WHERE s."id" = t."sweepId") AS "baseSha256"
      FROM "Trial" t WHERE t."id" = ${id}::uuid`;
    if (!row) throw notFound('trial', id);
    const keptFor = row.removed ? await readKeepers(this.database, id) : undefined;
    if (keptFor?.length === 0) throw notFound('trial', id);
    const source = row.leaderId ?? row.id;
    const [attempts, artifacts] = await Promise.all([
      this.database.attempt.findMany({
        where: { trialId: source },
        orderBy: { number: 'asc' },
        include: { worker: { select: { name: true } } },
      }),
      this.database.artifact.findMany({ where: { trialId: source }, orderBy: [{ kind: 'asc' }, { step: 'asc' }] }),
    ]);
    const together = await packedWith(this.database, attempts);
    const spec = TrialSpec.parse(row.spec);
    const { trains } = trialKindOf(row.kind);
    const task = trains ? (await this.tasks.find(spec.task, projectId))?.task : undefined;
    const adapter = artifacts.findLast(({ kind }) => kind === 'adapter');
    const { catalog, store } = this;
    return {
      ...viewTrial(row),
      reason: row.reason ?? (row.state === 'QUEUED' ? ((await stalledTrial(this.database, row)) ?? null) : null),
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
        packedWith: together.get(attempt) ?? [],
      })),
      artifacts: artifacts.map(viewArtifact),
      formats: adapter
        ? await formatsOf({ spec, baseSha256: row.baseSha256, sha256: adapter.sha256 }, { catalog, store })
        : [],
      servable: trains ? servableOf(spec, catalog, task) : null,
      writes: trains && !row.removed && leavesWriter(spec, { catalog, task }),
      ...(keptFor && { keptFor }),
    };
  }

  /** Series of a trial, or of the trial whose result it takes. */
  async metrics(id: string, names: readonly string[] | undefined, maxPoints: number): Promise<MetricSeriesList> {
    const source = await this.source(id);
    const found = await readSeries(this.database, { trialIds: [source], names, maxPoints });
    const series = found.map(({ name, total, ...points }) => ({ name, ...downsampled(points, maxPoints), total }));
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
