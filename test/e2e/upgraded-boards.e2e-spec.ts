/** @file A database that an older version filled, upgraded: what that version answered, this one answers to twelve digits. */
import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { type Leaderboard, Standings, SweepView, type TrialView } from '@rankforge/contracts';
import { applyMigrations, checkHistory } from '@rankforge/db';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createDatabase,
  createPlatform,
  type Platform,
  type TestApi,
  type TestDatabase,
  waitFor,
} from '../support/index.js';

const migrations = fileURLToPath(new URL('../../prisma/migrations', import.meta.url));
const unpacked = async (name: string) =>
  gunzipSync(await readFile(new URL(`../upgrade/${name}.gz`, import.meta.url))).toString();

/** Answers of the older version, by path. */
let answers: Record<string, unknown>;
let platform: Platform;
let database: TestDatabase;
let api: TestApi;
/** Transactions by which the older version's cluster is ahead. */
const foreign = 10n ** 12n;
/** Migrations that the older version did not have. */
let applied: string[];

beforeAll(async () => {
  ({ answers } = JSON.parse(await unpacked('answers.json')) as { answers: typeof answers });
  database = await createDatabase({ migrated: false });
  await restore(database, await unpacked('populated.sql'));
  await makeForeign(database);
  applied = await applyMigrations({ url: database.url });
  platform = await createPlatform({ database });
  api = await platform.hostApi();
});
afterAll(() => platform.stop());

/** The tables are made by the migrations that the dump names: it fails where one of them was changed since. */
async function restore({ url }: TestDatabase, dump: string): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'rankforge-older-'));
  const known = (await readdir(migrations)).filter((name) => dump.includes(`"migration_name":"${name}"`));
  for (const name of known) await cp(join(migrations, name), join(directory, name), { recursive: true });
  await applyMigrations({ url, directory });
  await rm(directory, { recursive: true });
  const client = new pg.Client(url);
  await client.connect();
  await client.query(dump);
  await client.end();
}

/** Lets the events come from a cluster that had made far more transactions than this one. */
const makeForeign = (database: TestDatabase) =>
  unguarded(database, `UPDATE "Event" SET "xact" = (("xact"::text)::bigint + ${foreign})::text::xid8`);

/** Runs a statement past the triggers that refuse it. */
async function unguarded({ url }: TestDatabase, statement: string): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  await client.query(`SET session_replication_role = replica; ${statement}; RESET session_replication_role`);
  await client.end();
}

/** Ids of events as the stream gives them behind one, up to so many. */
async function streamed(lastEventId: string, count: number): Promise<string[]> {
  const stop = AbortSignal.timeout(20_000);
  const response = await fetch(`${api.url}/v1/events`, {
    headers: { authorization: `Bearer ${platform.keys.viewer}`, 'last-event-id': lastEventId },
    signal: stop,
  });
  let text = '';
  const ids = () => [...text.matchAll(/^id: (\S+)$/gm)].map(([, id]) => id!);
  const decoder = new TextDecoder();
  try {
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      text += decoder.decode(chunk, { stream: true });
      if (ids().length >= count) break;
    }
  } catch (error) {
    // The caller compares what came until then.
    if (!stop.aborted) throw error;
  }
  return ids();
}

const read = async (path: string): Promise<unknown> => {
  const response = await platform.request(api, path);
  const body: unknown = await response.json();
  expect(response.status, `${path}: ${JSON.stringify(body)}`).toBe(200);
  return body;
};

/** Logarithms and exponentials differ in the last of some 16 digits between versions of Node.js. */
const isSame = (before: unknown, after: unknown): boolean =>
  Object.is(before, after) ||
  (typeof before === 'number' && typeof after === 'number' && Math.abs(after - before) <= 1e-12 * Math.abs(before));

/** A sentence of the older version as it is worded now; those that the database holds stay as they are. */
const reworded = (before: unknown): unknown =>
  typeof before === 'string' ? before.replace(/; (\w+) take most \((.+)\)$/, '; largest part: $1 ($2)') : before;

/** Sweeps had neither tags nor a note. */
const OlderSweep = SweepView.omit({ tags: true, note: true });

/**
 * A sweep of the older version as it is counted now. Steps of a training that went on from a rung counted twice, and the total of a paused
 * sweep had no scorings that are still to be made.
 */
function recounted(before: unknown, after: unknown): unknown {
  const [older, newer] = [OlderSweep.safeParse(before), SweepView.safeParse(after)];
  if (!older.success || !newer.success) return before;
  const { stepsDone, stepsTotal } = newer.data;
  const twice = older.data.stepsDone - stepsDone;
  expect(twice).toBeGreaterThanOrEqual(0);
  expect(older.data.stepsTotal - stepsTotal).toBe(twice);
  const once = { ...(before as object), stepsDone, stepsTotal };
  if (older.data.state !== 'PAUSED') return once;
  const { total, scorings } = older.data;
  const toCome = newer.data.scorings.total - scorings.total;
  expect(toCome).toBeGreaterThanOrEqual(0);
  return { ...once, total: total + toCome, scorings: { ...scorings, total: scorings.total + toCome } };
}

const isBoard = (answer: unknown): answer is Leaderboard => 'comparisons' in (answer as object);

/** Whether methods of several numbers of seeds are on it: they were compared by the seeds that they share, and their means are now. */
const isMixed = ({ rows }: Leaderboard): boolean =>
  new Set(rows.flatMap((row) => (row.status === 'scored' ? [row.seeds] : []))).size > 1;

/** A mixed board of the older version as it tells apart now; all else of it is as it was. */
function retold(before: unknown, after: unknown): unknown {
  if (!isBoard(before) || !isBoard(after) || !isMixed(before)) return before;
  const groups = new Map(after.rows.map((row) => [row.trialIds.join(), row.group]));
  expect(after.comparisons).toHaveLength(before.comparisons.length);
  const rows = before.rows.map((row) => ({ ...row, group: groups.get(row.trialIds.join()) }));
  return { ...before, rows, comparisons: after.comparisons };
}

/** A board of the older version with its tests as they are now: variances come from all rows of a sweep, whatever seeds each has. */
function retested(before: unknown, after: unknown): unknown {
  if (!isBoard(before) || !isBoard(after)) return before;
  expect(after.comparisons).toHaveLength(before.comparisons.length);
  const comparisons = before.comparisons.map((comparison, at) => {
    const { interval, simultaneousInterval, pValue, adjustedPValue } = after.comparisons[at]!;
    return { ...comparison, interval, simultaneousInterval, pValue, adjustedPValue };
  });
  return { ...before, comparisons };
}

/** A board of the older version with the final seeds that are of the configuration of each row: they were those of any that was tuned. */
function refinished(before: unknown, after: unknown): unknown {
  if (!isBoard(before) || !isBoard(after)) return before;
  const rows = before.rows.map((row, at) => {
    const finalSeeds = after.rows[at]?.fair?.finalSeeds;
    if (row.fair === undefined || finalSeeds === undefined) return row;
    expect(row.fair.finalSeeds).toEqual(expect.arrayContaining(finalSeeds));
    return { ...row, fair: { ...row.fair, finalSeeds } };
  });
  return { ...before, rows };
}

const isRestated = (before: { status: string }, now: { status: string } | null | undefined): boolean =>
  before.status === 'running' && (now?.status === 'unscored' || now?.status === 'queued');

/** A board of the older version with rows that say the state of their own trials: they ran while anything of the board did. */
function restated(before: unknown, after: unknown): unknown {
  if (!isBoard(before) || !isBoard(after)) return before;
  const rows = before.rows.map((row, at) => {
    const now = after.rows[at];
    return isRestated(row, now) ? { ...row, status: now!.status } : row;
  });
  return { ...before, rows };
}

/** Standings of the older version with the groups and the states of today, which follow from those of boards. */
function regrouped(before: unknown, after: unknown): unknown {
  const [older, newer] = [Standings.safeParse(before), Standings.safeParse(after)];
  if (!older.success || !newer.success) return before;
  const rows = (before as Standings).rows.map((row, at) => ({
    ...row,
    cells: row.cells.map((cell, board) => {
      const now = newer.data.rows[at]?.cells[board];
      return cell && { ...cell, group: now?.group, status: isRestated(cell, now) ? now!.status : cell.status };
    }),
  }));
  return { ...(before as object), rows };
}

/** What versions since say otherwise on purpose. */
const changes = [recounted, retold, retested, refinished, restated, regrouped];

/** Where an answer lacks something of an older one, or says something else; it may say more. */
function differences(before: unknown, after: unknown, path: string): string[] {
  if (typeof before !== 'object' || before === null || typeof after !== 'object' || after === null) {
    return isSame(before, after) || isSame(reworded(before), after)
      ? []
      : [`${path}: was ${JSON.stringify(before)}, is ${JSON.stringify(after)}`];
  }
  const added = Array.isArray(before) ? Object.keys(after).filter((key) => !(key in before)) : [];
  return [
    ...Object.entries(before).flatMap(([key, value]) =>
      differences(value, (after as Record<string, unknown>)[key], `${path}/${key}`),
    ),
    ...added.map((key) => `${path}/${key}: was not there`),
  ];
}

it('applies the migrations of the versions since', () => {
  expect(applied.length).toBeGreaterThanOrEqual(2);
  expect(applied[0]).toBe('20261127071000_sessions');
});

describe('the older version', () => {
  const boards = () => Object.values(answers).filter(isBoard);

  it('left trials with every end, on boards of every kind', () => {
    const pages = Object.values(answers).flatMap((answer) => (answer as { items?: TrialView[] }).items ?? []);
    expect(new Set(pages.map(({ state }) => state))).toEqual(
      new Set(['SUCCEEDED', 'FAILED', 'OVER_BUDGET', 'PRUNED', 'CANCELLED', 'QUEUED']),
    );
    const rows = boards().flatMap((board) => board.rows);
    expect(new Set(boards().map(({ kind }) => kind))).toEqual(new Set(['finetune', 'compress', 'pretrain']));
    expect(new Set(rows.map(({ status }) => status))).toEqual(
      new Set(['scored', 'unscored', 'does-not-fit', 'failed', 'running']),
    );
    for (const said of ['flips', 'forgetting', 'compression', 'fair', 'fitted', 'trainedRank'] as const) {
      expect(
        rows.some((row) => row[said] !== null && row[said] !== undefined),
        said,
      ).toBe(true);
    }
  });
});

describe('the upgraded platform', () => {
  it('shows every board, sweep, curve and trial as before, to twelve digits', async () => {
    const found: string[] = [];
    for (const [path, before] of Object.entries(answers)) {
      const after = await read(path);
      const now = changes.reduce((answer, change) => change(answer, after), before);
      found.push(...differences(now, after, path));
    }
    expect(found).toEqual([]);
  });

  it('streams every event of the other cluster in its order, and goes on behind one that a client saw there', async () => {
    const events = await platform.db.event.findMany({ select: { id: true }, orderBy: { id: 'asc' } });
    expect(events.length).toBeGreaterThan(300);
    const ids = await streamed('0-0', events.length);
    expect(ids.map((id) => BigInt(id.split('-')[1]!))).toEqual(events.map(({ id }) => id));
    const last = events.at(-4)!.id;
    expect(await streamed(`${foreign + 900n}-${last}`, 3)).toEqual(ids.slice(-3));
  });

  it('keeps sweeps without tags and notes, which may get some', async () => {
    const { id } = await platform.db.sweep.findFirstOrThrow({ orderBy: { id: 'asc' } });
    expect(await read(`/v1/sweeps/${id}`)).toMatchObject({ tags: [], note: null });
    const body = { tags: ['older'], note: 'of the version before' };
    const response = await platform.request(api, `/v1/sweeps/${id}`, { method: 'PATCH', body, role: 'submitter' });
    expect(await response.json()).toMatchObject({ changed: 1, sweep: { id, ...body } });
  });

  it('has histories that are sound', async () => {
    const sweeps = await platform.db.sweep.findMany({ select: { id: true } });
    expect(sweeps).toHaveLength(14);
    for (const { id } of sweeps) expect((await checkHistory(platform.db, id)).problems, `sweep ${id}`).toEqual([]);
  });

  it('goes on with a search whose points hold values in the order of the axes', async () => {
    const before = await platform.db.trial.findFirstOrThrow({
      where: { sweep: { name: 'tuned alike' }, stage: 'final', kind: 'train' },
      orderBy: { ordinal: 'desc' },
    });
    const { point, seed } = before.proposal as { point: { method: number; values: number[] }; seed: number };
    expect(point.values).toEqual([2, 0.02]);
    // The search lacks the training of this seed then, and asks for it again.
    await unguarded(
      database,
      `UPDATE "Trial" SET "proposal" = jsonb_set("proposal", '{seed}', '${seed + 1000}') WHERE "id" = '${before.id}'`,
    );
    await unguarded(
      database,
      `UPDATE "Sweep" SET "state" = 'RUNNING', "exhausted" = false, "finishedAt" = NULL WHERE "id" = '${before.sweepId}'`,
    );
    const asked = await waitFor('the training to be asked for again', () =>
      platform.db.trial.findFirst({
        where: {
          sweepId: before.sweepId,
          AND: [
            { proposal: { path: ['seed'], equals: seed } },
            { proposal: { path: ['point', 'method'], equals: point.method } },
          ],
        },
      }),
    );
    expect(asked!.spec).toEqual(before.spec);
    expect(asked!.proposal).toEqual({
      point: { method: point.method, values: { rank: 2, learningRate: 0.02 } },
      seed,
      stage: 'final',
    });
  });
});
