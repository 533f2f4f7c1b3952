import { Inject, Injectable } from '@nestjs/common';
import { type BoardRun, examplesOfRuns, metricOf, type RunsOfBoard } from '@rankforge/boards';
import {
  type AddRuns,
  type ElsewhereRun,
  mostExamples,
  mostRunBoards,
  mostRunsOfBoard,
  type RunMetric,
  type RunsAdded,
  type RunsRemoved,
  runsOf,
  runsTask,
} from '@rankforge/contracts';
import type { Database } from '@rankforge/db';
import { v7 as uuidv7 } from 'uuid';
import type { Caller } from '../access/access.js';
import { contentHash } from '../planning/trial-key.js';
import { DATABASE, type Sql } from '../platform/database.js';
import { invalid, notFound } from '../platform/http/problem.js';
import { refuseOverStored } from '../projects/stored-quota.js';
import { baseSlug } from '../published/base-slug.js';
import { bytesOf, examplesOf, identityOf } from './stored-run.js';

/** Whose runs are added. */
export type Adder = Pick<Caller, 'keyId' | 'project'>;

type Board = NonNullable<Awaited<ReturnType<typeof findBoard>>>;

@Injectable()
export class RunsService {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  /**
   * Puts runs on a board, which is made where it is not there. A run of the same configuration and seed is replaced, and one that is there
   * just so changes nothing.
   * @throws ProblemError naming run and field, before anything is written
   */
  async add(request: AddRuns, caller: Adder): Promise<RunsAdded> {
    const base = baseSlug(request.base, '/base');
    const place = { projectId: caller.project.id, name: request.name, base };
    return this.database.$transaction(async (sql) => {
      await lockBoards(sql, place.projectId);
      const present = await findBoard(sql, place);
      const metric = metricOf(request, present);
      const examples = examplesOfRuns(request.runs, metric, present?.examples ?? null);
      const board = present
        ? await sql.runBoard.update({ where: { id: present.id }, data: { examples } })
        : await makeBoard(sql, { ...place, title: request.title ?? request.name, metric, examples }, caller.keyId);
      const counts = await keep(sql, board.id, request.runs, caller);
      await refuseTooLarge(sql, board.id);
      return {
        ...viewOf({ ...board, metric }),
        metric,
        ...counts,
        runs: await sql.elsewhereRun.count({ where: { boardId: board.id } }),
        testExamples: examples,
      };
    }, inTurn);
  }

  /** Removes a board with its runs. @throws ProblemError `not-found` */
  async remove(name: string, base: string, { project }: Caller): Promise<RunsRemoved> {
    return this.database.$transaction(async (sql) => {
      await lockBoards(sql, project.id);
      const board = await findBoard(sql, { projectId: project.id, name, base });
      if (!board) throw notFound('board of runs', `${runsTask(name)} on ${base}`);
      const runs = await sql.elsewhereRun.count({ where: { boardId: board.id } });
      await sql.runBoard.delete({ where: { id: board.id } });
      return { ...viewOf(board), runs };
    }, inTurn);
  }

  /** Differs whenever the board or a run of it was written; undefined where there is no such board. */
  async version(task: string, base: string, projectId: string): Promise<string | undefined> {
    const name = runsOf(task);
    if (name === undefined) return undefined;
    const [board] = await this.database.$queryRaw<{ version: string }[]>`
      SELECT b."xmin"::text || '/' || coalesce(md5(string_agg(r."identity" || r."xmin"::text, ',' ORDER BY r."identity")), '') AS "version"
      FROM "RunBoard" b LEFT JOIN "ElsewhereRun" r ON r."boardId" = b."id"
      WHERE b."projectId" = ${projectId}::uuid AND b."name" = ${name} AND b."base" = ${base} GROUP BY b."id"`;
    return board?.version;
  }

  /** The runs of a board; undefined where there is no such board. */
  async board(task: string, base: string, projectId: string): Promise<RunsOfBoard | undefined> {
    const name = runsOf(task);
    const board = name === undefined ? undefined : await findBoard(this.database, { projectId, name, base });
    if (!board) return undefined;
    const rows = await this.database.elsewhereRun.findMany({
      where: { boardId: board.id },
      orderBy: [{ addedAt: 'asc' }, { identity: 'asc' }],
    });
    const runs = rows.map(
      ({ document, examples }): BoardRun => ({
        ...(document as unknown as ElsewhereRun),
        examples: examples && examplesOf(examples),
      }),
    );
    return { task, metric: board.metric, testExamples: board.examples, runs };
  }

  /** Boards of the project by name. */
  async boards(projectId: string): Promise<{ task: string; base: string; title: string; newestAt: Date }[]> {
    const boards = await this.database.runBoard.findMany({
      where: { projectId },
      orderBy: [{ name: 'asc' }, { base: 'asc' }],
    });
    const newest = await this.database.elsewhereRun.groupBy({
      by: ['boardId'],
      where: { board: { projectId } },
      _max: { addedAt: true },
    });
    const newestAt = new Map(newest.map(({ boardId, _max }) => [boardId, _max.addedAt]));
    return boards.map(({ id, name, base, title, createdAt }) => ({
      task: runsTask(name),
      base,
      title,
      newestAt: newestAt.get(id) ?? createdAt,
    }));
  }
}

/** Milliseconds of a transaction that may wait for others of its project. */
const inTurn = { timeout: 60_000, maxWait: 10_000 };

/** Lets one request at a time change the boards of a project: none gets more than it may, a second metric, or runs after it is removed. */
async function lockBoards(sql: Sql, projectId: string): Promise<void> {
  await sql.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`runs/${projectId}`}, 0))`;
}

const viewOf = ({ id, name, title, base }: Board) => ({ id, name, title, task: runsTask(name), base });

async function findBoard(sql: Sql, place: { projectId: string; name: string; base: string }) {
  const board = await sql.runBoard.findUnique({ where: { projectId_name_base: place } });
  return board ? { ...board, metric: board.metric as unknown as RunMetric } : undefined;
}

/** @throws ProblemError where the project has as many as it may */
async function makeBoard(
  sql: Sql,
  board: { projectId: string; name: string; base: string; title: string; metric: RunMetric; examples: number | null },
  createdById: Caller['keyId'],
) {
  if ((await sql.runBoard.count({ where: { projectId: board.projectId } })) >= mostRunBoards) {
    throw invalid([{ path: '/name', message: `the project has ${mostRunBoards} boards of runs: remove one of them` }]);
  }
  return sql.runBoard.create({ data: { id: uuidv7(), ...board, createdById } });
}

/** Adds runs, each in the place of the one with its identity. @throws ProblemError `quota-exceeded` */
async function keep(
  sql: Sql,
  boardId: string,
  runs: readonly ElsewhereRun[],
  caller: Adder,
): Promise<Pick<RunsAdded, 'added' | 'replaced' | 'known'>> {
  const given = new Map(runs.map((run) => [identityOf(run), { run, content: contentHash(run) }]));
  const there = await sql.elsewhereRun.findMany({
    where: { boardId, identity: { in: [...given.keys()] } },
    select: { identity: true, content: true },
  });
  const contents = new Map(there.map(({ identity, content }) => [identity, content]));
  const changed = [...given].filter(([identity, { content }]) => contents.get(identity) !== content);
  const old = changed.map(([identity]) => identity).filter((identity) => contents.has(identity));
  await sql.elsewhereRun.deleteMany({ where: { boardId, identity: { in: old } } });
  const data = changed.map(([identity, { run, content }]) => {
    const { examples, ...document } = run;
    return { boardId, identity, content, document, examples: examples && bytesOf(examples) };
  });
  const bytes = data.reduce(
    (sum, { document, examples }) => sum + JSON.stringify(document).length + (examples?.length ?? 0),
    0,
  );
  if (bytes > 0) await refuseOverStored(sql, caller, bytes);
  await sql.elsewhereRun.createMany({ data });
  return { added: changed.length - old.length, replaced: old.length, known: given.size - changed.length };
}

/** @throws ProblemError where a board holds more than it may, which undoes the transaction */
async function refuseTooLarge(sql: Sql, boardId: string): Promise<void> {
  const [held] = await sql.$queryRaw<[{ runs: number; scores: number }]>`
    SELECT count(*)::int AS "runs", (coalesce(sum(octet_length("examples")), 0) / 8)::float8 AS "scores"
    FROM "ElsewhereRun" WHERE "boardId" = ${boardId}::uuid`;
  const { runs, scores } = held;
  const message =
    runs > mostRunsOfBoard
      ? `a board has at most ${mostRunsOfBoard} runs, and would have ${runs}`
      : scores > mostExamples.board
        ? `a board has at most ${mostExamples.board} scores by example, and would have ${scores}`
        : undefined;
  if (message !== undefined) throw invalid([{ path: '/runs', message }]);
}
