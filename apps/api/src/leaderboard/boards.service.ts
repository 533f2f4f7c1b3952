import { Inject, Injectable } from '@nestjs/common';
import { answered, readingOf, runsBoard } from '@rankforge/boards';
import {
  type BoardFigures,
  type BoardList,
  type BoardRecall,
  commandOf,
  defaultSweepKind,
  type Leaderboard,
  type LeaderboardQuery,
  runsOf,
  type SweepKind,
} from '@rankforge/contracts';
import { ArtifactStore, type Database, Prisma } from '@rankforge/db';
import { Catalog } from '../catalog/catalog.js';
import { plannedOf, stepWork } from '../catalog/step-work.js';
import { Tasks } from '../catalog/tasks.js';
import { unknownName } from '../catalog/unknown-name.js';
import { metricsOfKind } from '../planning/kinds/registry.js';
import { DATABASE } from '../platform/database.js';
import type { ApiSettings } from '../platform/env.js';
import { invalid } from '../platform/http/problem.js';
import { SETTINGS } from '../platform/settings.js';
import { SnapshotCache } from '../platform/snapshot-cache.js';
import { PublishedService } from '../published/published.service.js';
import { publishedBoard } from '../published/published-board.js';
import { findPublication } from '../published/registry.js';
import { RunsService } from '../runs/runs.service.js';
import { answeredBoard } from './answered-board.js';
import { recallOf } from './board-recall.js';
import { readBoardData } from './board-trials.js';

/** Boards that are kept, and rows and comparisons of all of them: 100,000 take about 100 MiB. */
const kept = { answers: 64, weight: 100_000 };

@Injectable()
export class BoardsService {
  private readonly cache: SnapshotCache<Leaderboard>;
  private readonly store: ArtifactStore;

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    private readonly catalog: Catalog,
    private readonly tasks: Tasks,
    private readonly published: PublishedService,
    private readonly runs: RunsService,
    @Inject(SETTINGS) { artifactDir }: ApiSettings,
  ) {
    this.store = new ArtifactStore(artifactDir);
    this.cache = new SnapshotCache(database, {
      ...kept,
      weigh: ({ rows, comparisons }) => rows.length + comparisons.length,
    });
  }

  /** @throws ProblemError `invalid` where task, base or metric is not known */
  async read(query: LeaderboardQuery, projectId: string): Promise<Leaderboard> {
    const reading = readingOf(query);
    const published = await this.published.board(query.task, query.base, projectId);
    if (published) return alone(publishedBoard(query, published, reading), query);
    const runs = await this.runs.board(query.task, query.base, projectId);
    if (runs) return alone(runsBoard(query, runs, reading), query);
    if (runsOf(query.task) !== undefined) {
      const message = `there is no board ${query.task} on ${query.base}: POST /v1/runs (rankforge import runs) makes one`;
      throw invalid([{ path: '/task', message }]);
    }
    await this.catalog.refreshBases();
    const task = (await this.tasks.find(query.task, projectId))?.task;
    const base = this.catalog.baseUnder(query.task, query.base);
    if (!task || !base) {
      const known = await this.tasks.names(projectId);
      throw invalid([
        ...(task ? [] : [{ path: '/task', message: unknownName('task', query.task, known) }]),
        ...(base ? [] : [{ path: '/base', message: this.catalog.missingBase(query.base) }]),
      ]);
    }
    const of = { ...query, kind: query.kind ?? (await this.kindOf(query.sweepId, projectId)) };
    const metrics = metricsOfKind(of.kind, task);
    const metric = query.metric === undefined ? task.primaryMetric : metrics.find(({ name }) => name === query.metric);
    if (!metric) {
      const names = metrics.map(({ name }) => name).join(', ');
      throw invalid([{ path: '/metric', message: `${task.name} has no metric "${query.metric}"; it has ${names}` }]);
    }
    const key = JSON.stringify([projectId, of]);
    const scope = Prisma.sql`s."projectId" = ${projectId}::uuid AND s."task" = ${query.task} AND s."base" = ${query.base}`;
    return this.cache.get(key, scope, async () => {
      const data = await readBoardData(this.database, of, metric.name, projectId);
      requireScenario(query.scenario, data.scenarios);
      return answeredBoard(of, task, metric, data, {
        ...reading,
        // Nobody knows what a program computes.
        workOf: (spec) => (spec.command ? undefined : stepWork(spec, base.config, task)),
        plannedOf: (spec) => (spec.command ? undefined : plannedOf(spec, base.config, task)),
      });
    });
  }

  /** @throws ProblemError where the board cannot be read, or a file of it */
  async recall(query: LeaderboardQuery, projectId: string): Promise<BoardRecall> {
    return recallOf(await this.read(query, projectId), { database: this.database, store: this.store });
  }

  private async kindOf(sweepId: string | undefined, projectId: string): Promise<SweepKind> {
    const sweep =
      sweepId && (await this.database.sweep.findUnique({ where: { id: sweepId, projectId, removedAt: null } }));
    return sweep ? (sweep.kind as SweepKind) : defaultSweepKind;
  }

  /**
   * Boards that have a result on them and whose task and base are still here, those of this installation first, then runs trained elsewhere. A trial
   * that does not fit its budget is a result; one that was cancelled, or is still to run, is none.
   */
  async list(projectId: string): Promise<BoardList['boards']> {
    await this.catalog.refreshBases();
    const titles = new Map((await this.tasks.all(projectId)).map(({ name, title }) => [name, title]));
    const [own, published, runs] = await Promise.all([
      this.database.$queryRaw<{ task: string; base: string; kind: SweepKind; newestAt: Date }[]>`
        SELECT s."task", s."base", s."kind", max(s."createdAt") AS "newestAt" FROM "Sweep" s
        WHERE s."projectId" = ${projectId}::uuid AND s."removedAt" IS NULL AND s."onSweepId" IS NULL AND EXISTS (
          SELECT 1 FROM "Trial" t WHERE t."sweepId" = s."id" AND t."state" IN ('SUCCEEDED', 'OVER_BUDGET'))
        GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`,
      this.published.boards(projectId),
      this.runs.boards(projectId),
    ]);
    return [
      ...own.flatMap(({ newestAt, ...board }) => {
        const title = titles.get(board.task) ?? commandOf(board.task);
        if (title === undefined || !this.catalog.baseUnder(board.task, board.base)) return [];
        return { ...board, title, published: false, newestAt: newestAt.toISOString() };
      }),
      ...runs.map(({ newestAt, ...board }) => ({
        ...board,
        kind: defaultSweepKind,
        published: true,
        newestAt: newestAt.toISOString(),
      })),
      ...published.map(({ newestAt, ...board }) => ({
        ...board,
        kind: defaultSweepKind,
        title: findPublication(board.task)?.title ?? board.task,
        published: true,
        newestAt: newestAt.toISOString(),
      })),
    ];
  }
}

/** A board of results that name no budget, with its one answer. */
const alone = (board: BoardFigures, query: LeaderboardQuery): Leaderboard => answered(board, [board], query);

/** @throws ProblemError `invalid` for a scenario that the board does not have */
function requireScenario(asked: string | undefined, scenarios: readonly string[]): void {
  if (asked === undefined || scenarios.includes(asked)) return;
  const has = scenarios.length > 0 ? `it has: ${scenarios.join('; ')}` : 'it has none';
  throw invalid([{ path: '/scenario', message: `the board has no scenario "${asked}"; ${has}` }]);
}
