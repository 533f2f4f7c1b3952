/** @file Evaluations that examine a ranker which was trained here: attacks, a certificate, and what is refused. */
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type {
  CreateSweepInput,
  KeyWithSecret,
  Leaderboard,
  PlacesPage,
  SweepDetail,
  SweepPreview,
  TrialResult,
} from '@rankforge/contracts';
import supertest from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from '../support/index.js';
import { writeTinyEncoder } from '../support/tiny-base.js';
import { syllables } from './animals.js';
import { type ApiUnderTest, expectProblem, type MethodInput, startApi, sweep } from './api-client.js';
import { addFound, completed, evaluation } from './found.js';

let api: ApiUnderTest;
/** A base that reads padding within a row, beside the one of the API. */
let encoder: string;
beforeAll(async () => {
  api = await startApi();
  encoder = await writeTinyEncoder(api.modelsDir);
  await api.platform.startWorker({ RANKFORGE_MODELS_DIR: api.modelsDir, RANKFORGE_WORKER_SLOTS: '1' });
  await addFound(api);
});
afterAll(() => api?.stop());

/** Trains a ranker. `own` is its score by itself on the test split. */
async function trainedRanker(base: string, options: CreateSweepInput['training'] = {}) {
  const training = { steps: 20, batchSize: 4, sequenceLength: 32, ...options };
  const id = await completed(api, sweep(base, { task: 'dataset:found', training }));
  const { db } = api.platform;
  const { id: ranker } = await db.trial.findFirstOrThrow({ where: { sweepId: id, kind: 'train' } });
  const scoring = await db.trial.findFirstOrThrow({ where: { sweepId: id, kind: 'score' } });
  return { sweepId: id, ranker, own: (scoring.result as { test: Record<string, number> }).test['ndcg@10']! };
}

describe('an examination of a ranker', () => {
  let ranker: string;
  let own: number;
  beforeAll(async () => {
    ({ ranker, own } = await trainedRanker(api.base));
  });

  const examination = (methods: MethodInput[], more: Partial<CreateSweepInput> = {}) =>
    evaluation(api, { methods: methods.map((of) => ({ teacher: ranker, ...of })), ...more });

  it('attacks a training of the project by every attack, and ranks them by their success', async () => {
    const lists = { imitationLists: 4, width: 8 };
    const id = await completed(
      api,
      examination([
        { name: 'no-attack' },
        { name: 'random-trigger', config: { length: 2 } },
        { name: 'query-copy', config: { length: 2 } },
        { name: 'white-box', config: { length: 1, tries: 2 } },
        { name: 'order-disorder', config: { length: 2, ...lists } },
        { name: 'topic-attack', config: { edits: 2, group: 2, ...lists } },
        { name: 'certdr', config: { k: 1, samples: 5 } },
      ]),
    );
    const trials = await api.platform.db.trial.findMany({ where: { sweepId: id } });
    expect(
      trials.every(({ state }) => state === 'SUCCEEDED'),
      JSON.stringify(trials.map(({ method, reason }) => [method, reason])),
    ).toBe(true);
    for (const { spec, predicted } of trials) {
      expect(spec).toMatchObject({ teacher: { base: api.base } });
      expect((predicted as { weights: number }).weights).toBeGreaterThan(0);
    }
    const read = (metric: string) =>
      api.get(`/v1/leaderboard?task=dataset:found&base=${api.base}&sweepId=${id}&metric=${metric}`).expect(200);
    const clean = (await read('ndcg@10')).body as Leaderboard;
    expect(clean.rows.find(({ method }) => method === 'no-attack')!.score).toBeCloseTo(own, 9);
    const board = (await read('boostSuccess')).body as Leaderboard;
    const row = (name: string) => board.rows.find(({ method }) => method === name)!;
    expect(board.rows.map(({ status }) => status)).toEqual(Array(7).fill('scored'));
    expect(row('no-attack')).toMatchObject({ score: 0, measures: { victimQueries: 0 } });
    expect(row('white-box').measures.victimQueries).toBeGreaterThan(0);
    expect(row('order-disorder').measures).toMatchObject({
      victimQueries: 4,
      imitationAgreement: expect.any(Number),
    });
    const copied = trials.find(({ kind, method }) => kind === 'evaluate-test' && method === 'query-copy')!;
    const places = (await api.get(`/v1/trials/${copied.id}/places?limit=2`).expect(200)).body as PlacesPage;
    expect(places).toMatchObject({ split: 'test', documents: 'attacked', items: { length: 2 } });
    const { boost } = (copied.result as { test: Record<string, number> }).test;
    const gained = places.moves.reduce((sum, { before, after, documents }) => sum + documents * (before - after), 0);
    expect(gained / places.queries).toBeCloseTo(boost!, 9);
    const certified = (await read('certified')).body as Leaderboard;
    expect(certified.rows.filter(({ score }) => score !== null).map(({ method }) => method)).toEqual(['certdr']);
  });

  it('takes synonym sets of the user by their digest, and refuses empty ones', async () => {
    const folder = join(api.platform.dataDir, 'synonyms');
    await mkdir(folder, { recursive: true });
    const add = async (text: string) => {
      const digest = createHash('sha256').update(text).digest('hex');
      await writeFile(join(folder, `${digest}.txt`), text);
      return digest;
    };
    const words = syllables.slice(0, 4).join(' ');
    const config = { victim: 'bm25', k: 1, samples: 100 };
    const good = await completed(
      api,
      evaluation(api, { methods: [{ name: 'certdr', config: { ...config, synonyms: await add(words) } }] }),
    );
    const [trial] = await api.platform.db.trial.findMany({ where: { sweepId: good } });
    expect(trial!.state, trial!.reason ?? '').toBe('SUCCEEDED');
    expect((trial!.result as TrialResult).robustness!.queries).toBeGreaterThan(0);

    const methods = [{ name: 'certdr', config: { ...config, synonyms: await add('# none\n') } }];
    const { id } = (await api.post('/v1/sweeps', evaluation(api, { methods })).expect(201)).body as SweepDetail;
    const failed = () => api.platform.db.trial.findFirst({ where: { sweepId: id, state: 'FAILED' } });
    await waitFor('the trial to fail', async () => (await failed()) !== null);
    expect((await failed())!.reason).toContain('the synonym sets are empty: expected sets of two words or more');
    const nameless = await api.post(
      '/v1/sweeps',
      evaluation(api, { methods: [{ name: 'certdr', config: { synonyms: '../other' } }] }),
    );
    expectProblem(nameless, 400, 'validation', ['/methods/0/config/synonyms']);
  });

  it('is over budget where it may ask the ranker more than a limit', async () => {
    const request = examination([{ name: 'order-disorder', config: { imitationLists: [10, 100] } }], {
      limits: { victimQueries: [50] },
    });
    const { rows } = (await api.post('/v1/sweeps/preview', request).expect(200)).body as SweepPreview;
    expect(rows.map(({ config, budgets }) => [config.imitationLists, budgets[0]!.fits])).toEqual([
      [10, true],
      [100, false],
    ]);
    expect(rows[1]!.budgets[0]!.reason).toContain('predicted Queries to the ranker: 100, above the limit of 50');
  });

  it('is refused without a ranker, and with one that is not there, or of a base with other tokens', async () => {
    const none = await api.post('/v1/sweeps', evaluation(api, { methods: [{ name: 'white-box' }] }));
    expect(expectProblem(none, 400, 'validation', ['/methods/0/teacher']).detail).toContain(
      'white-box examines a finished training: set teacher to the id of one, or victim to bm25',
    );
    const unknown = await api.post('/v1/sweeps', examination([{ name: 'no-attack', teacher: 'https://example.org' }]));
    expectProblem(unknown, 400, 'validation', ['/methods/0/teacher']);
    const natural = await api.post('/v1/sweeps', examination([{ name: 'order-disorder', config: { naturalness: 1 } }]));
    expectProblem(natural, 400, 'validation', ['/generator']);
  });

  it('is refused where the ranker is of another project', async () => {
    await api.post('/v1/projects', { name: 'rivals' }, 'admin').expect(201);
    const as = (secret: string, path: string) =>
      supertest(api.api.url).post(path).set('authorization', `Bearer ${secret}`).set('rankforge-project', 'rivals');
    const { secret } = (
      await as(api.platform.keys.admin, '/v1/keys').send({ name: 'rival', role: 'submitter' }).expect(201)
    ).body as KeyWithSecret;
    const rival = (path: string) => supertest(api.api.url).post(path).set('authorization', `Bearer ${secret}`);
    // The task is one that every project has.
    const request = examination([{ name: 'white-box' }], { task: 'moby-dick-search' });
    const refused = expectProblem(await rival('/v1/sweeps').send(request), 400, 'validation', ['/methods/0/teacher']);
    expect(refused.detail).toContain(`unknown adapter ${ranker}`);
    const hidden = await supertest(api.api.url).get(`/v1/trials/${ranker}`).set('authorization', `Bearer ${secret}`);
    expectProblem(hidden, 404, 'not-found');
  });
});

describe('a ranker that reads query and text apart', () => {
  const apart = { queryTokens: 7, apartBlocks: 1 };
  let trained: Awaited<ReturnType<typeof trainedRanker>>;
  beforeAll(async () => {
    trained = await trainedRanker(encoder, apart);
  });
  const judging = { config: { judge: 'trained', depth: 1000 } };

  it('has its own score as the judge of a procedure and as the victim of an attack', async () => {
    const { ranker: teacher, own } = trained;
    const methods: MethodInput[] = [
      { name: 'pointwise', teacher, ...judging },
      { name: 'no-attack', teacher },
      { name: 'white-box', teacher, config: { length: 1, tries: 2 } },
      { name: 'certdr', teacher, config: { k: 1, samples: 5 } },
    ];
    const id = await completed(api, evaluation(api, { base: encoder, methods }));
    const trials = await api.platform.db.trial.findMany({ where: { sweepId: id, kind: 'evaluate-test' } });
    expect(trials.map(({ state, reason }) => reason ?? state)).toEqual(Array(4).fill('SUCCEEDED'));
    for (const name of ['pointwise', 'no-attack']) {
      const { result } = trials.find(({ method }) => method === name)!;
      expect((result as TrialResult).test!['ndcg@10'], name).toBeCloseTo(own, 9);
    }
  });

  const training = { steps: 2, batchSize: 4, sequenceLength: 32 };
  const tuning = (more: Partial<CreateSweepInput>) => sweep(encoder, { task: 'dataset:found', training, ...more });
  const examining = (method: MethodInput, options: CreateSweepInput['training'] = { sequenceLength: 8 }) =>
    evaluation(api, { base: encoder, training: options, methods: [{ teacher: trained.ranker, ...method }] });
  const tooShort =
    'reads queries in the first 7 places of a row, and rows of 8 tokens keep fewer than 2 for the text: raise sequenceLength to 9 or more';
  const refused: [what: string, request: () => CreateSweepInput, paths: string[], detail: string][] = [
    [
      'as a start of rows that are read otherwise',
      () => tuning({ rank: undefined, methods: [{ name: 'lora', from: trained.ranker }] }),
      ['/methods/0/from'],
      'was trained with apartBlocks 1 and queryTokens 7, and this training has apartBlocks 0 and no queryTokens: make them equal',
    ],
    [
      'as a base',
      () => tuning({ on: trained.ranker }),
      ['/on'],
      'in the first 7 places of a row, and encodes query and text apart in 1 block, which no weight says: go on from a training of it with "from"',
    ],
    [
      'as a base, by its sweep',
      () => tuning({ on: trained.sweepId }),
      ['/on'],
      'leaves a model of its own: it reads queries in the first 7 places of a row, which no weight says: go on from',
    ],
    [
      'as a teacher of rows without a place for the text',
      () =>
        tuning({ training: { ...training, sequenceLength: 8 }, methods: [{ name: 'lora', teacher: trained.ranker }] }),
      ['/methods/0/teacher'],
      tooShort,
    ],
    [
      'as a judge of rows without a place for the text',
      () => examining({ name: 'pointwise', ...judging }),
      ['/methods/0/teacher'],
      tooShort,
    ],
    ['as a victim of them', () => examining({ name: 'no-attack' }), ['/methods/0/teacher'], tooShort],
    ['as a subject of a certificate', () => examining({ name: 'certdr' }), ['/methods/0/teacher'], tooShort],
    [
      'with places that an evaluation asks for',
      () => examining({ name: 'no-attack' }, { sequenceLength: 32, ...apart }),
      ['/training/apartBlocks', '/training/queryTokens'],
      'an evaluation trains nothing, and a ranker reads rows as it was trained: leave it out',
    ],
    [
      'on rows that are no query with a text',
      () => tuning({ task: 'spam-assassin', training: { ...training, ...apart } }),
      ['/training/queryTokens'],
      'rows of classification are no query and text that are read as one: leave queryTokens and apartBlocks out',
    ],
  ];
  it.each(refused)('refuses to be taken %s', async (_, request, paths, detail) => {
    const { errors } = expectProblem(await api.post('/v1/sweeps', request()), 400, 'validation', paths);
    for (const { message } of errors!) expect(message).toContain(detail);
  });
});

describe('an audit of a model that recommends', () => {
  let model: string;
  beforeAll(async () => {
    const training = { steps: 4, batchSize: 4, sequenceLength: 63 };
    const id = await completed(api, sweep(api.base, { task: 'fictitious-offers', training }));
    model = (await api.platform.db.trial.findFirstOrThrow({ where: { sweepId: id, kind: 'train' } })).id;
  });
  const few = { queries: 2, orders: 2, length: 3 };
  const audit = (methods: MethodInput[], more: Partial<CreateSweepInput> = {}) =>
    evaluation(api, { task: 'fictitious-offers', training: { sequenceLength: 63 }, methods, ...more });

  it('puts texts into products of a training and of the base, and ranks them by who is named first', async () => {
    const steps = { steps: 2, samples: 4, topK: 8 };
    const id = await completed(
      api,
      audit([
        { name: 'no-text', teacher: model, config: { queries: 2, orders: 2 } },
        { name: 'random-text', teacher: model, config: few },
        { name: 'keyword-text', config: { ...few, victim: 'base' } },
        { name: 'strategic-text', teacher: model, config: { ...few, ...steps, order: ['fixed', 'shuffled'] } },
      ]),
    );
    const trials = await api.platform.db.trial.findMany({ where: { sweepId: id } });
    expect(
      trials.every(({ state }) => state === 'SUCCEEDED'),
      JSON.stringify(trials.map(({ method, reason }) => [method, reason])),
    ).toBe(true);
    for (const { method, spec, predicted } of trials) {
      expect((spec as { teacher?: object }).teacher !== undefined, method).toBe(method !== 'keyword-text');
      expect((predicted as { weights: number }).weights).toBeGreaterThan(0);
    }
    const query = `task=fictitious-offers&base=${api.base}&sweepId=${id}&metric=targetLoss`;
    const { rows } = (await api.get(`/v1/leaderboard?${query}`).expect(200)).body as Leaderboard;
    expect(rows).toHaveLength(5);
    const row = (method: string, order?: string) =>
      rows.find((one) => one.method === method && (one.config as { order?: string }).order === order)!;
    expect(row('strategic-text', 'fixed').score!).toBeLessThanOrEqual(row('random-text').score!);
    expect(row('no-text').measures).toMatchObject({ victimQueries: 0 });
    const asked = row('strategic-text', 'fixed').measures.victimQueries!;
    expect(asked).toBeGreaterThan(2);
    expect(asked).toBeLessThanOrEqual(2 * (1 + 2 * (1 + 4)));
  });

  it('is refused on other tasks, without a model, and over a limit of questions', async () => {
    const attempt = async (request: CreateSweepInput) => api.post('/v1/sweeps', request);
    const elsewhere = await attempt(evaluation(api, { methods: [{ name: 'no-text', config: { victim: 'base' } }] }));
    expect(expectProblem(elsewhere, 400, 'validation', ['/methods/0/name']).detail).toContain(
      'no-text audits recommendations, and dataset:found is for ranking: leave it out, or choose a task for catalogue-answers',
    );
    const none = expectProblem(await attempt(audit([{ name: 'no-text' }])), 400, 'validation', ['/methods/0/teacher']);
    expect(none.detail).toContain(
      'no-text examines a finished training: set teacher to the id of one, or victim to base',
    );
    const request = audit([{ name: 'strategic-text', config: { victim: 'base', queries: 1, steps: [1, 100] } }], {
      limits: { victimQueries: [100] },
    });
    const { rows } = (await api.post('/v1/sweeps/preview', request).expect(200)).body as SweepPreview;
    expect(rows.map(({ budgets }) => budgets[0]!.fits)).toEqual([true, false]);
  });
});
