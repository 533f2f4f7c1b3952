/** @file What requests do to the event loop of the API, with the largest input that each route may have. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mostCompared, type PeftResult } from '@rankforge/contracts';
import { createKey, type Database } from '@rankforge/db';
import type supertest from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { operationsOf, type RequestDocument } from '../support/hostile-requests.js';
import { waitFor } from '../support/index.js';
import { csv, spec, uploadTo } from './animals.js';
import { type ApiUnderTest, create, playWorker, startApi, sweep, trialsOf } from './api-client.js';
import { playedTrials } from './played-trials.js';

/** Processor time that the event loop may compute without a look at anything else. */
const longestMs = 50;

let api: ApiUnderTest;
let ids: { sweep: string; trial: string; wide: string; several: string[]; dataset: string; webhook: string };

beforeAll(async () => {
  api = await startApi({ RANKFORGE_RATE_LIMIT: '1000000' }, { ownProcess: true });
  const workerId = await playWorker(api);
  const { score, succeed, untilState, untilTrials } = playedTrials(() => ({ api, workerId }));
  const { id } = await create(api);
  const [trial] = await untilTrials(id, 'its training', ([only]) => only?.state === 'QUEUED');
  await succeed(trial!.id, 20);
  const [, scoring] = await untilTrials(id, 'its scoring', (all) => all.some(({ kind }) => kind === 'score'));
  await score(scoring!.id, [3, 3.1, 2.9, 3]);
  await untilState(id, 'COMPLETED');
  const wide = await widen(api.platform.db, id, trial!.id);
  const uploaded = await uploadTo(api, '/v1/datasets', spec('animals'), csv(2000));
  expect(uploaded.status).toBe(201);
  const hook = { url: 'https://example.com/', events: ['sweep.completed'] };
  const { webhook } = (await api.post('/v1/webhooks', hook, 'admin').expect(201)).body;
  const several = (await trialsOf(api, wide)).slice(0, mostCompared).map((one) => one.id);
  ids = { sweep: id, trial: trial!.id, wide, several, dataset: uploaded.body.id, webhook: webhook.id };
  await addBoard(api.platform.db, { name: 'wide', rows: 200, seeds: 2, examples: 50 });
  await addBoard(api.platform.db, { name: 'heavy', rows: 200, seeds: 25, examples: 1000 });
  await fillLists(api.platform.db);
});
afterAll(() => api?.stop());

const patient = { timeout: 120_000 };

/** A sweep with as many trainings as its curves show, each with a long series, and the series of the first with all points. @returns its id */
async function widen(db: Database, sweepId: string, trialId: string): Promise<string> {
  const wide = randomUUID();
  await db.$transaction(async (sql) => {
    await sql.$executeRaw`SET LOCAL session_replication_role = replica`;
    await sql.$executeRaw`
      INSERT INTO "Sweep" SELECT (jsonb_populate_record(s, jsonb_build_object('id', ${wide}::text))).* FROM "Sweep" s WHERE s."id" = ${sweepId}::uuid`;
    await sql.$executeRaw`
      INSERT INTO "Trial" SELECT (jsonb_populate_record(t, jsonb_build_object('id', gen_random_uuid(), 'sweepId', ${wide}::text,
        'ordinal', n, 'key', md5(n::text), 'seed', n))).*
      FROM "Trial" t, generate_series(0, 1199) n WHERE t."id" = ${trialId}::uuid`;
    await sql.$executeRaw`
      INSERT INTO "Metric" SELECT t."id", 'train/loss', at, 1.0 / at FROM "Trial" t, generate_series(1, 500) at
      WHERE t."sweepId" = ${wide}::uuid`;
    await sql.$executeRaw`
      INSERT INTO "Metric" SELECT ${trialId}::uuid, 'norm/query.' || n, at, 1.0 / at
      FROM generate_series(1, 20) n, generate_series(1, 10000) at`;
  }, patient);
  return wide;
}

/** Runs that were trained elsewhere, as the API keeps them. */
async function addBoard(
  db: Database,
  { name, rows, seeds, examples }: { name: string; rows: number; seeds: number; examples: number },
): Promise<void> {
  const id = randomUUID();
  const { id: projectId } = await db.project.findUniqueOrThrow({ where: { name: 'default' } });
  const metric = { name: 'accuracy', direction: 'maximize', range: [0, 1], scale: 'mean' };
  await db.runBoard.create({ data: { id, projectId, name, base: 'some-base', title: name, metric, examples } });
  const nobody = { trainableParameters: null, adapterBytes: null, peakBytes: null, device: null, reason: null };
  const document = { optimizer: 'adamw', rank: null, learningRate: null, config: {}, steps: null, validation: null };
  for (let row = 0; row < rows; row++) {
    await db.elsewhereRun.createMany({
      data: Array.from({ length: seeds }, (_, seed) => ({
        ...{ boardId: id, identity: `${row}/${seed}`, content: '' },
        document: { method: `method-${row}`, seed, score: null, outcome: 'finished', ...document, ...nobody },
        examples: scoresOf(examples, (at) => (at * 7919 + row * 104_729 + seed * 1_299_709) % 1000 < 500 + row),
      })),
    });
  }
}

function scoresOf(examples: number, isRight: (at: number) => boolean): Uint8Array<ArrayBuffer> {
  const bytes = new DataView(new ArrayBuffer(8 * examples));
  for (let at = 0; at < examples; at++) bytes.setFloat64(8 * at, Number(isRight(at)), true);
  return new Uint8Array(bytes.buffer);
}

/** Rows for a whole page of every list. */
async function fillLists(db: Database): Promise<void> {
  await db.$transaction(async (sql) => {
    await sql.$executeRaw`SET LOCAL session_replication_role = replica`;
    await sql.$executeRaw`
      INSERT INTO "Sweep" SELECT (jsonb_populate_record(s, jsonb_build_object('id', gen_random_uuid()))).*
      FROM "Sweep" s, generate_series(1, 600) WHERE s."id" = (SELECT "id" FROM "Sweep" LIMIT 1)`;
    await sql.$executeRaw`
      INSERT INTO "Audit" SELECT (jsonb_populate_record(a, jsonb_build_object('id', gen_random_uuid()))).*
      FROM "Audit" a, generate_series(1, 600) WHERE a."id" = (SELECT "id" FROM "Audit" LIMIT 1)`;
    await sql.$executeRaw`
      INSERT INTO "Dataset" SELECT (jsonb_populate_record(d, jsonb_build_object('id', gen_random_uuid(), 'name', 'animals-' || n))).*
      FROM "Dataset" d, generate_series(1, 500) n WHERE d."id" = (SELECT "id" FROM "Dataset" LIMIT 1)`;
    await sql.$executeRaw`
      INSERT INTO "RunBoard" SELECT (jsonb_populate_record(b, jsonb_build_object('id', gen_random_uuid(), 'name', 'board-' || n))).*
      FROM "RunBoard" b, generate_series(1, 990) n WHERE b."id" = (SELECT "id" FROM "RunBoard" LIMIT 1)`;
  }, patient);
}

/** Counts of turns of the event loop by their longest time, as the metrics have them. */
async function turns(): Promise<{ most: number; count: number }[]> {
  const { text } = await api.get('/metrics', 'admin').expect(200);
  const buckets = text.matchAll(/^rankforge_event_loop_busy_seconds_bucket\{le="([^"]+)"\} (\d+)$/gm);
  return [...buckets].map(([, le, count]) => ({ most: Number(le!.replace('+Inf', 'Infinity')), count: Number(count) }));
}

/** Upper bound of the longest turn, in milliseconds, while something is done. */
async function longestTurn(work: () => Promise<unknown>): Promise<number> {
  const before = await turns();
  await work();
  // A look comes at most 10 ms after the turn.
  await waitFor('a look at the event loop', async () => (await turns()).at(-1)!.count > before.at(-1)!.count + 1);
  const grown = (await turns()).map(({ most, count }, at) => ({ most, count: count - before[at]!.count }));
  return Math.round(1000 * grown.find(({ count }) => count === grown.at(-1)!.count)!.most);
}

const { results } = JSON.parse(readFileSync(new URL('fixtures/peft-results.json', import.meta.url), 'utf8')) as {
  results: PeftResult[];
};

/** As many of these as a body may have, with a kibibyte for the rest of it. */
function filled<Item>(most: number, make: (at: number) => Item): Item[] {
  const items: Item[] = [];
  for (let bytes = 2 ** 10; items.length < most; ) {
    const item = make(items.length);
    bytes += JSON.stringify(item).length + 1;
    if (bytes > 2 ** 20) break;
    items.push(item);
  }
  return items;
}

const getters: Record<string, () => string> = {
  'GET /v1/openapi.json': () => '/v1/openapi.json',
  'GET /livez': () => '/livez',
  'GET /readyz': () => '/readyz',
  'GET /metrics': () => '/metrics',
  'GET /v1/me': () => '/v1/me',
  'GET /v1/methods': () => '/v1/methods',
  'GET /v1/objectives': () => '/v1/objectives',
  'GET /v1/tasks': () => '/v1/tasks',
  'GET /v1/bases': () => '/v1/bases',
  'GET /v1/projects': () => '/v1/projects',
  'GET /v1/generators': () => '/v1/generators',
  'GET /v1/audit': () => '/v1/audit?limit=500',
  'GET /v1/paper-claims': () => '/v1/paper-claims',
  'GET /v1/datasets': () => '/v1/datasets',
  'GET /v1/datasets/{id}': () => `/v1/datasets/${ids.dataset}`,
  'GET /v1/datasets/{id}/rows': () => `/v1/datasets/${ids.dataset}/rows?limit=200`,
  'GET /v1/storage': () => '/v1/storage',
  'GET /v1/diagnosis': () => '/v1/diagnosis',
  'GET /v1/trials': () => '/v1/trials?limit=500',
  'GET /v1/trials/examples': () => `/v1/trials/examples?${ids.several.map((id) => `trial=${id}`).join('&')}&limit=100`,
  'GET /v1/trials/{id}': () => `/v1/trials/${ids.trial}`,
  'GET /v1/trials/{id}/metrics': () => `/v1/trials/${ids.trial}/metrics?maxPoints=10000`,
  'GET /v1/trials/{id}/log': () => `/v1/trials/${ids.trial}/log`,
  'GET /v1/webhooks': () => '/v1/webhooks',
  'GET /v1/webhooks/{id}/deliveries': () => `/v1/webhooks/${ids.webhook}/deliveries`,
  'GET /v1/sweeps': () => '/v1/sweeps?limit=500',
  'GET /v1/sweeps/tags': () => '/v1/sweeps/tags',
  'GET /v1/sweeps/{id}': () => `/v1/sweeps/${ids.wide}`,
  'GET /v1/sweeps/{id}/curves': () => `/v1/sweeps/${ids.wide}/curves?maxPoints=500&keep=extremes`,
  'GET /v1/sweeps/{id}/settings': () => `/v1/sweeps/${ids.wide}/settings`,
  'GET /v1/sweeps/{id}/dependencies': () => `/v1/sweeps/${ids.wide}/dependencies`,
  'GET /v1/sweeps/{id}/report': () => `/v1/sweeps/${ids.wide}/report?format=html`,
  'GET /v1/sweeps/{id}/history': () => `/v1/sweeps/${ids.wide}/history`,
  'GET /v1/sweeps/{id}/removal': () => `/v1/sweeps/${ids.wide}/removal`,
  'GET /v1/workers': () => '/v1/workers',
  'GET /v1/session/options': () => '/v1/session/options',
  'GET /v1/keys': () => '/v1/keys',
  'GET /v1/artifacts/garbage': () => '/v1/artifacts/garbage',
  'GET /v1/adapters': () => '/v1/adapters',
  'GET /v1/leaderboard': () => '/v1/leaderboard?task=runs:wide&base=some-base',
  'GET /v1/leaderboard/recall': () => '/v1/leaderboard/recall?task=runs:wide&base=some-base',
  'GET /v1/leaderboards': () => '/v1/leaderboards',
  'GET /v1/standings': () => '/v1/standings',
  'GET /v1/memory-accuracy': () => '/v1/memory-accuracy',
};

let posted = 0;
const posts: Record<string, () => supertest.Test> = {
  'POST /v1/runs': () => {
    const name = `posted-${++posted}`;
    const ones = Array.from({ length: 1000 }, () => 1);
    const runs = filled(500, (at) => ({ method: `method-${at}`, examples: ones }));
    return api.post('/v1/runs', { name, base: 'some-base', runs });
  },
  'POST /v1/published-results': () => {
    const result = structuredClone(results[0]!);
    const { metrics } = results[0]!.train_info;
    result.run_info.experiment_name = `lora/${++posted}`;
    result.train_info.metrics = filled(10_000, (at) => metrics[at % metrics.length]!);
    return api.post('/v1/published-results', result);
  },
  'POST /v1/published-results/flowertune': () => {
    const entry = (at: number) => ({
      team: `team ${at}`,
      model: 'a/model',
      communication: '2.9 GB',
      average: 50,
      scores: { STEM: 50, 'Social Sciences': 50, Humanities: 50 },
    });
    return api.post('/v1/published-results/flowertune', { entries: filled(1000, entry) });
  },
  'POST /v1/peft-experiments': () => {
    const experiment = (at: number) => ({
      name: `lora/experiment-${at}`,
      adapterConfig: { peft_type: 'LORA', r: 8, lora_alpha: 8 + at, target_modules: ['q_proj', 'v_proj'] },
      trainingParams: { optimizer_kwargs: { lr: 0.001 } },
    });
    const { name, task, base, memoryBudgetMiB, seed } = sweep(api.base);
    const experiments = filled(500, experiment);
    return api.post('/v1/peft-experiments', { name, task, base, memoryBudgetMiB, seed, experiments });
  },
  'POST /v1/sweeps': () => api.post('/v1/sweeps', large()),
  'POST /v1/sweeps/preview': () => api.post('/v1/sweeps/preview', large()),
  'POST /v1/estimate': () =>
    api.post('/v1/estimate', {
      base: api.base,
      methods: large().methods.map(({ name }) => name),
      ranks: [1, 2, 4, 8, 16, 32],
    }),
  'POST /v1/estimate/from': () =>
    api.post('/v1/estimate/from', {
      base: api.base,
      file: `adapter: lora\nlora_r: 8\nlora_alpha: 16\nlora_target_linear: true\nmicro_batch_size: 1\nsequence_len: 16\n${counted(
        4000,
        (at) => at,
      )
        .map((at) => `key${at}: ${at}\n`)
        .join('')}`,
    }),
  'POST /v1/datasets': () => uploadTo(api, '/v1/datasets', spec(`posted-${++posted}`), csv(20_000)),
  'POST /v1/datasets/preview': () => uploadTo(api, '/v1/datasets/preview', spec('preview'), csv(20_000)),
  'POST /v1/datasets/inspect': () => uploadTo(api, '/v1/datasets/inspect', { format: 'csv' }, csv(20_000)),
};

const counted = (count: number, make: (at: number) => number) => Array.from({ length: count }, (_, at) => make(at));

/** A sweep of 9,600 trainings. */
const large = () => ({
  ...sweep(api.base),
  methods: ['lora', 'dora', 'bitfit', 'rslora', 'ia3', 'vera'].map((name) => ({ name })),
  learningRate: counted(20, (at) => 0.001 * (at + 1)),
  rank: [1, 2, 4, 8],
  seed: counted(20, (at) => at),
});

/** Routes that are not asked here, and the reason why their input cannot hold up the loop. */
const others: Record<string, string> = {
  ...named('reads and writes single rows', [
    ...['DELETE /v1/adapters/{id}', 'DELETE /v1/datasets/{id}', 'DELETE /v1/generators/{id}', 'DELETE /v1/keys/{id}'],
    ...['DELETE /v1/runs/{name}/{base}', 'DELETE /v1/session', 'DELETE /v1/sweeps/{id}', 'DELETE /v1/webhooks/{id}'],
    ...['GET /v1/adapters/{id}', 'GET /v1/login', 'GET /v1/login/callback', 'PATCH /v1/keys/{id}'],
    ...['PATCH /v1/projects/{id}', 'PATCH /v1/sweeps/{id}', 'POST /v1/generators', 'POST /v1/keys'],
    ...['POST /v1/keys/{id}/rotate', 'POST /v1/projects', 'POST /v1/session', 'PUT /v1/session/project'],
    ...['POST /v1/webhooks', 'POST /v1/webhooks/{id}/retry-dead', 'POST /v1/webhooks/{id}/test'],
  ]),
  ...named('changes rows by one statement', [
    ...['POST /v1/sweeps/{id}/cancel', 'POST /v1/sweeps/{id}/pause', 'POST /v1/sweeps/{id}/resume'],
    ...['POST /v1/sweeps/{id}/priority', 'POST /v1/sweeps/{id}/retry-failed', 'POST /v1/artifacts/collect'],
  ]),
  ...named('creates trials as POST /v1/sweeps does', ['POST /v1/sweeps/{id}/clone', 'POST /v1/sweeps/{id}/extend']),
  ...named('makes a board beside the API, as GET /v1/leaderboard does', ['GET /v1/leaderboard/winner']),
  ...named('streams a file or events', [
    ...['GET /v1/artifacts/{id}', 'GET /v1/events', 'GET /v1/trials/{id}/adapter', 'POST /v1/adapters'],
  ]),
  ...named('reads a kept file beside the API, as GET /v1/trials/{id}/metrics reads series', [
    ...['GET /v1/trials/{id}/answers', 'GET /v1/trials/{id}/export', 'GET /v1/trials/{id}/places'],
    'GET /v1/trials/{id}/texts',
  ]),
};

function named(reason: string, routes: readonly string[]): Record<string, string> {
  return Object.fromEntries(routes.map((route) => [route, reason]));
}

/** Asks three times, since code that runs for the first time is compiled, and holds the shortest to the limit. */
async function expectShortTurns(ask: () => supertest.Test): Promise<void> {
  const took: number[] = [];
  for (let time = 0; time < 3; time++) {
    took.push(
      await longestTurn(async () => {
        const { status, text } = await ask();
        expect([200, 201], text?.slice(0, 500)).toContain(status);
      }),
    );
  }
  if (process.env.SHOW_TURNS) console.log(expect.getState().currentTestName, took.join(' '));
  expect(Math.min(...took), `longest turns of ${took.join(', ')} ms`).toBeLessThanOrEqual(longestMs);
}

it('knows every route', async () => {
  const document = (await api.get('/v1/openapi.json').expect(200)).body as RequestDocument;
  const routes = operationsOf(document).map(({ method, path }) => `${method} ${path}`);
  const known = [...Object.keys(getters), ...Object.keys(posts), ...Object.keys(others)];
  expect(routes.filter((route) => !known.includes(route))).toEqual([]);
  expect(known.filter((route) => !routes.includes(route))).toEqual(['GET /v1/openapi.json']);
});

describe('does not hold up the event loop', () => {
  it.each(Object.keys(getters))('%s', (route) => expectShortTurns(() => api.get(getters[route]!(), 'admin')));
  it.each(Object.keys(posts))('%s', (route) => expectShortTurns(posts[route]!));
});

it('answers other projects, and what is short, while a board of the largest size is computed', async () => {
  const project = await api.platform.db.project.create({ data: { id: randomUUID(), name: 'other' } });
  const { secret } = await createKey(api.platform.db, { name: 'other', role: 'viewer', projectId: project.id });
  const get = async (path: string, key: string, signal: AbortSignal | null = null) =>
    (await fetch(`${api.api.url}${path}`, { headers: { authorization: `Bearer ${key}` }, signal })).status;
  const gone = new AbortController();
  const heavy = (query: string) =>
    get(`/v1/leaderboard?task=runs:heavy&base=some-base${query}`, api.platform.keys.viewer, gone.signal).catch(() => 0);
  const boards = ['', '&by=configuration', '&rank=1', '&rank=2'].map(heavy);
  const turn = await longestTurn(async () => {
    for (let time = 0; time < 20; time++) {
      for (const path of ['/v1/me', '/livez', '/readyz']) expect(await get(path, secret)).toBe(200);
    }
    expect(await get('/v1/standings', secret)).toBe(200);
    expect(await get(`/v1/trials/${ids.trial}/metrics`, api.platform.keys.viewer)).toBe(200);
  });
  expect(turn).toBeLessThanOrEqual(longestMs);
  gone.abort();
  await Promise.all(boards);
  // What nobody waits for any more holds up nothing of its project.
  expect(await get('/v1/leaderboard?task=runs:wide&base=some-base&rank=1', api.platform.keys.viewer)).toBe(200);
});
