/** @file Generators, and evaluations whose procedures ask them: an endpoint that a test plays, and the tiny base. */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Service } from '@rankforge/cli';
import type {
  CreateSweepInput,
  GeneratorView,
  Leaderboard,
  ProcedureReport,
  SweepDetail,
  SweepPreview,
} from '@rankforge/contracts';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { withChatTemplate } from '../../libs/bases/test/support/gguf-chat-template.js';
import { json, raw, ScriptedEndpoint } from '../../libs/generators/test/support/scripted-endpoint.js';
import { waitFor } from '../support/index.js';
import { type ApiUnderTest, expectProblem, startApi, sweep } from './api-client.js';
import { addFound, completed as completedOf, evaluation as evaluationOf } from './found.js';
import { judging } from './scripted-answers.js';

const key = 'sk-generator-secret';
const environment = { RANKFORGE_GENERATOR_KEY_TEST: key };

let api: ApiUnderTest;
let scripted: ScriptedEndpoint;
let worker: Service;
beforeAll(async () => {
  scripted = await ScriptedEndpoint.start();
  api = await startApi(environment);
  worker = await api.platform.startWorker({
    ...environment,
    RANKFORGE_MODELS_DIR: api.modelsDir,
    RANKFORGE_WORKER_SLOTS: '1',
  });
  await addFound(api);
});
afterAll(async () => {
  await api?.stop();
  await scripted?.stop();
});

const endpoint = (more: object = {}) => ({
  name: 'scripted',
  kind: 'endpoint',
  url: scripted.url,
  model: 'tiny',
  api: 'completions',
  keyFrom: 'RANKFORGE_GENERATOR_KEY_TEST',
  ...more,
});
const add = async (request: object) => (await api.post('/v1/generators', request).expect(201)).body as GeneratorView;

const completed = (request: CreateSweepInput) => completedOf(api, request);

const evaluation = (more: Partial<CreateSweepInput> = {}) =>
  evaluationOf(api, {
    generator: 'scripted',
    methods: [{ name: 'prp', config: { judge: ['generator', 'gold', 'random'] } }, { name: 'bm25' }],
    ...more,
  });

const reportsOf = async (sweepId: string) => {
  const trials = await api.platform.db.trial.findMany({
    where: { sweepId, method: 'prp' },
    orderBy: { ordinal: 'asc' },
  });
  expect(
    trials.every(({ state }) => state === 'SUCCEEDED'),
    JSON.stringify(trials.map(({ reason }) => reason)),
  ).toBe(true);
  return trials.map(({ spec, result, exampleScores }) => ({
    spec: spec as { generator?: { name: string }; methodConfig: { judge: string } },
    report: (result as { procedure: ProcedureReport }).procedure,
    scores: [(result as { validation?: object }).validation, exampleScores],
  }));
};

describe('a generator', () => {
  it('is added when its endpoint has the model, listed without its key, and removed', async () => {
    const added = await add(endpoint());
    expect(added).toMatchObject({
      generator: { name: 'scripted', kind: 'endpoint', model: 'tiny', sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
      reproducible: false,
    });
    expect(scripted.asked.at(-1)).toMatchObject({ path: '/models', headers: { authorization: `Bearer ${key}` } });
    const { body } = await api.get('/v1/generators').expect(200);
    expect(body).toEqual({ generators: [added] });
    expect(JSON.stringify(body)).not.toContain(key);
    expectProblem(await api.post('/v1/generators', endpoint()), 409, 'conflict');
    await api.delete(`/v1/generators/${added.id}`).expect(204);
    expect((await api.get('/v1/generators').expect(200)).body).toEqual({ generators: [] });
  });

  it.for([
    ['http://10.0.0.5:8000/v1', {}, 'is not an address that generators may have here (loopback)'],
    ['http://169.254.169.254/v1', {}, 'is not an address that generators may have here (loopback)'],
    [undefined, { model: 'gpt' }, 'it has no model "gpt"; it has tiny'],
    ['http://127.0.0.1:1/v1', {}, 'http://127.0.0.1:1/v1/models: no list of models came from there, expected'],
    [undefined, { keyFrom: 'RANKFORGE_GENERATOR_KEY' }, 'the environment has no RANKFORGE_GENERATOR_KEY'],
  ] as const)('is refused at %s with %o', async ([url, more, message]) => {
    const refused = await api.post('/v1/generators', endpoint({ ...(url && { url }), ...more }));
    expect(expectProblem(refused, 400, 'validation', ['/url']).detail).toContain(message);
  });

  it('has a price for what is read and for what is written, or none', async () => {
    const half = await api.post('/v1/generators', endpoint({ price: { read: 1 } }));
    expectProblem(half, 400, 'validation', ['/price/written']);
    const negative = await api.post('/v1/generators', endpoint({ price: { read: -1, written: 1 } }));
    expectProblem(negative, 400, 'validation', ['/price/read']);
  });

  it('may not name another variable of the environment, or hold a password', async () => {
    const other = await api.post('/v1/generators', endpoint({ keyFrom: 'DATABASE_URL' }));
    expectProblem(other, 400, 'validation', ['/keyFrom']);
    const open = await api.post('/v1/generators', endpoint({ url: 'http://me:secret@127.0.0.1:1/v1' }));
    expectProblem(open, 400, 'validation', ['/url']);
  });
});

describe('another service of this machine', () => {
  const password = 'a-password-of-the-cloud';

  it.for(['#', '?', '?a=', '/../..%2f'])(
    'is asked for no path of the caller, by an address that ends with %s',
    async (end) => {
      const before = scripted.asked.length;
      scripted.on('/latest/user-data', raw(password, 'text/plain'));
      const url = `${scripted.url}/latest/user-data${end}`;
      const refused = await api.post('/v1/generators', endpoint({ keyFrom: undefined, url }));
      const { detail } = expectProblem(refused, 400, 'validation', ['/url']);
      expect(detail).toMatch(/must hold no (query and no fragment|encoded slash)/);
      expect(JSON.stringify(refused.body)).not.toContain(password);
      expect(scripted.asked.length).toBe(before);
    },
  );

  it('is refused in the words of a closed port, and quoted in the log of the API alone', async () => {
    const of = async (url: string) => {
      const refused = await api.post('/v1/generators', endpoint({ keyFrom: undefined, url }));
      return expectProblem(refused, 400, 'validation', ['/url']).detail!.replaceAll(url, 'the address');
    };
    const closed = await of('http://127.0.0.1:1/v1');
    scripted.on('/service/models', raw(password, 'text/plain'));
    expect(await of(`${scripted.url}/service`)).toBe(closed);
    scripted.on('/service/models', raw(password, 'text/plain', 500));
    expect(await of(`${scripted.url}/service`)).toBe(closed);
  });
});

describe('an endpoint that sends a byte now and then', () => {
  it('holds no more calls than a project may have, and none whose client has left', async () => {
    let open = 0;
    scripted.on('/drips/models', (response) => {
      open += 1;
      response.writeHead(200, { 'content-type': 'application/json' });
      const timer = setInterval(() => response.write(' '), 50);
      response.once('close', () => {
        clearInterval(timer);
        open -= 1;
      });
    });
    const request = () => api.post('/v1/generators', endpoint({ keyFrom: undefined, url: `${scripted.url}/drips` }));
    const clients = Array.from({ length: 4 }, request);
    // The client sends a request once somebody waits for it.
    const gone = Promise.allSettled(clients);
    await waitFor('four calls', async () => open === 4);
    const fifth = expectProblem(await request(), 429, 'rate-limited');
    expect(fifth.detail).toContain('This project has 4 endpoints that are asked for their models under way');
    for (const client of clients) client.abort();
    await waitFor('the end of the calls', async () => open === 0);
    await gone;
    scripted.on('/drips/models', json({ data: [{ id: 'tiny' }] }));
    const { id } = await add(endpoint({ name: 'drips', keyFrom: undefined, url: `${scripted.url}/drips` }));
    await api.delete(`/v1/generators/${id}`).expect(204);
  });
});

describe('a GGUF file', () => {
  const vectors = new URL('../../libs/bases/test/vectors/gguf/models.json', import.meta.url);
  const gguf = (more: object = {}) => ({ name: 'file', kind: 'gguf', file: 'tiny.gguf', ...more });

  it('takes a file of the models folder by its name, and a trial says what the worker lacks to run it', async () => {
    const { cases } = JSON.parse(await readFile(vectors, 'utf8')) as { cases: { file: string }[] };
    const content = Buffer.from(cases[0]!.file, 'base64');
    await writeFile(join(api.modelsDir, 'tiny.gguf'), content);
    const added = await add(gguf());
    expect(added).toMatchObject({
      generator: { kind: 'gguf', file: 'tiny.gguf', template: 'plain', context: 4096 },
      reproducible: true,
    });
    const { bytes } = added.generator as Extract<typeof added.generator, { kind: 'gguf' }>;
    expect(bytes).toBeGreaterThan(content.length);
    const request = evaluationOf(api, { generator: 'file', methods: [{ name: 'pointwise' }] });
    const { rows } = (await api.post('/v1/sweeps/preview', request).expect(200)).body as SweepPreview;
    expect(rows[0]!.predicted.weights).toBe(bytes);

    const id = await completed(request);
    const trial = await api.platform.db.trial.findFirstOrThrow({ where: { sweepId: id, kind: 'evaluate' } });
    expect([trial.state, trial.reason]).toEqual(['FAILED', expect.stringContaining('`rankforge engine add llama`')]);
  });

  it.for([
    ['../tiny.gguf', 'expected the name of a GGUF file'],
    ['none.gguf', 'there is no file none.gguf in the models folder'],
  ] as const)('is refused at %s', async ([file, message]) => {
    const refused = await api.post('/v1/generators', gguf({ name: 'no', file }));
    expect(expectProblem(refused, 400, 'validation', ['/file']).detail).toContain(message);
  });
});

describe('the chat template of a model', () => {
  const template = "{% for m in messages %}{{ m.role ~ ': ' ~ m.content ~ '\n' }}{% endfor %}{{ 'assistant: ' }}";
  const file = () => join(api.modelsDir, api.base, 'chat_template.jinja');
  const chat = { sha256: expect.stringMatching(/^[0-9a-f]{64}$/) };
  const base = (name: string, more: object = {}) => ({ name, kind: 'base', base: api.base, ...more });
  afterEach(() => rm(file(), { force: true }));

  it('decides how its generator is asked unless another is named, and enters its digest', async () => {
    const before = await add(base('before'));
    expect(before.generator).toMatchObject({ template: 'plain' });
    expect(before.generator).not.toHaveProperty('chat');
    await writeFile(file(), template);
    const own = await add(base('templated'));
    expect(own.generator).toMatchObject({ template: 'model', chat });
    const plain = await add(base('continued', { template: 'plain' }));
    expect(plain.generator.sha256).toBe(before.generator.sha256);
    await writeFile(file(), `${template}Well: `);
    const other = await add(base('templated-anew', { template: 'model' }));
    expect(new Set([before, own, other].map(({ generator }) => generator.sha256)).size).toBe(3);
  });

  it('a model with no template, or one that refuses a question, is refused with what to do', async () => {
    const refused = async (name: string, more: object = {}) =>
      expectProblem(await api.post('/v1/generators', base(name, more)), 400, 'validation', ['/template']).detail;
    expect(await refused('none', { template: 'model' })).toContain(
      `${api.base} brings no chat template: set template to plain or chatml`,
    );
    await writeFile(file(), "{{ raise_exception('Tools only') }}");
    expect(await refused('tools')).toContain(
      `${api.base} cannot be asked by its own template: the chat template refuses a conversation: Tools only; set template to plain or chatml`,
    );
    await add(base('in-spite', { template: 'chatml' }));
  });

  it('comes from the metadata of a GGUF file', async () => {
    const vectors = new URL('../../libs/bases/test/vectors/gguf/models.json', import.meta.url);
    const { cases } = JSON.parse(await readFile(vectors, 'utf8')) as { cases: { file: string }[] };
    const content = withChatTemplate(Buffer.from(cases[0]!.file, 'base64'), template);
    await writeFile(join(api.modelsDir, 'chat.gguf'), content);
    const gguf = (name: string, more: object = {}) => add({ name, kind: 'gguf', file: 'chat.gguf', ...more });
    const own = await gguf('own-gguf');
    expect(own.generator).toMatchObject({ template: 'model', chat });
    expect((await gguf('plain-gguf', { template: 'plain' })).generator.sha256).not.toBe(own.generator.sha256);
  });

  it('serves in trials, which fail once it is another', async () => {
    await writeFile(file(), template);
    await add(base('asked-by-own'));
    const methods = [{ name: 'prp', config: { prompt: 'short', words: 3, passes: 1 } }];
    const request = evaluation({ generator: 'asked-by-own', methods });
    const [asked] = await reportsOf(await completed(request));
    expect(asked!.spec.generator).toMatchObject({ template: 'model', chat });
    expect(asked!.report.tokens!.read).toBeGreaterThan(asked!.report.calls);
    await writeFile(file(), `${template}Well: `);
    const sweepId = await completed({ ...request, reuse: false });
    const trial = await api.platform.db.trial.findFirstOrThrow({ where: { sweepId, kind: 'evaluate' } });
    expect([trial.state, trial.reason]).toEqual([
      'FAILED',
      expect.stringContaining('the generator asked-by-own was changed since it was added: remove it, add it again'),
    ]);
  });
});

describe('an evaluation', () => {
  it('ranks procedures by their judges beside BM25, and is free and exact when it runs again', async () => {
    judging(scripted);
    await add(endpoint({ price: { read: 2, written: 10 } }));
    const first = await completed(evaluation());
    const board = (await api.get(`/v1/leaderboard?task=dataset:found&base=${api.base}&kind=evaluate`).expect(200))
      .body as Leaderboard;
    const row = (judge: string) => board.rows.find(({ config }) => (config as { judge?: string }).judge === judge)!;
    expect(row('generator')).toMatchObject({ method: 'prp', generator: 'scripted', score: 1, learningRate: null });
    expect(row('gold').score).toBe(1);
    expect(row('gold').generator).toBeUndefined();
    const bm25 = board.rows.find(({ method }) => method === 'bm25')!;
    expect(bm25.score).toBeLessThan(1);
    expect(row('random').score).toBeLessThan(1);
    // Three candidates: passes of two comparisons and one, each in both orders.
    expect(row('generator').measures).toMatchObject({
      ...{ callsPerQuery: 6, tokensPerQuery: 2 * 6 * 100 },
      pricePerQuery: expect.closeTo((2 * 6 * 100 * 2) / 1e6, 12),
    });
    expect(row('gold').measures).not.toHaveProperty('pricePerQuery');
    expect(row('generator').measures.orderAgreement).toBeLessThan(1);

    const asked = scripted.count('/completions');
    expect(asked).toBeGreaterThan(0);
    const again = await completed(evaluation({ reuse: false }));
    expect(scripted.count('/completions'), 'calls of the second run').toBe(asked);
    const [before, after] = [await reportsOf(first), await reportsOf(again)];
    expect(after.map(({ scores }) => scores)).toEqual(before.map(({ scores }) => scores));
    for (const { spec: of, report } of after) {
      expect(report.replayed, of.methodConfig.judge).toBe(of.generator ? report.calls : 0);
    }
  });

  it('goes on from its cassette after its endpoint died in the middle', async () => {
    let answers = 0;
    const answering = (most: number) =>
      scripted.on('/completions', (response, asked) => {
        if (answers >= most) return void response.destroy();
        answers += 1;
        const from = (asked.body.prompt as string).length - 2;
        const logprobs = { token_logprobs: [null, -answers], text_offset: [0, from] };
        return json({ model: 'tiny', choices: [{ text: '', logprobs }] })(response, asked);
      });
    answering(9);
    const request = evaluation({ methods: [{ name: 'prp', config: { ordering: 'all-pairs', prompt: 'short' } }] });
    const { id } = (await api.post('/v1/sweeps', request).expect(201)).body as SweepDetail;
    const failed = () => api.platform.db.trial.findFirst({ where: { sweepId: id, state: 'FAILED' } });
    await waitFor('the trial to fail', async () => (await failed()) !== null);
    const { reason, result } = (await failed())!;
    expect(reason).toMatch(/\/completions: .*; asked 5 times/);
    expect(result, 'half a result').toBeNull();

    answering(Number.POSITIVE_INFINITY);
    await api.post(`/v1/sweeps/${id}/retry-failed`, {}).expect(200);
    await waitFor('the sweep to complete', async () => (await api.get(`/v1/sweeps/${id}`)).body.state === 'COMPLETED');
    const [validation, test] = await reportsOf(id);
    // Two requests are a call; the ninth was half of one.
    expect([validation!.report.replayed, test!.report.replayed]).toEqual([4, 0]);
    const calls = validation!.report.calls + test!.report.calls;
    expect(calls).toBe(6 * (validation!.report.queries + test!.report.queries));
    expect(answers).toBe(2 * calls + 1);
    expect(validation!.report.tokens, 'an endpoint that counts none').toBeNull();
  });

  it('keeps its key out of logs and rows, even where the endpoint repeats it', async () => {
    scripted.on('/completions', (response, asked) =>
      json({ error: { message: `bad ${asked.headers.authorization}` } }, 401)(response, asked),
    );
    const request = evaluation({ methods: [{ name: 'pointwise' }] });
    const { id } = (await api.post('/v1/sweeps', request).expect(201)).body as SweepDetail;
    const failed = () =>
      api.platform.db.trial.findFirst({ where: { sweepId: id, state: 'FAILED' }, include: { attemptList: true } });
    await waitFor('the trial to fail', async () => (await failed()) !== null);
    const row = JSON.stringify(await failed(), (_, value) => (typeof value === 'bigint' ? `${value}` : value));
    expect(row).toContain('answered with 401, expected 200: set the variable that keyFrom names');
    expect(row).not.toContain('bad Bearer');
    const logs = await Promise.all([api.api.logFile, worker.logFile].map((file) => readFile(file, 'utf8')));
    expect(logs[1]).toContain('bad Bearer …');
    for (const text of [row, ...logs]) expect(text.includes(key)).toBe(false);
  });

  it('is over budget before it asks, where a limit of calls is below what it may ask', async () => {
    const request = evaluation({
      methods: [{ name: 'prp', config: { passes: [1, 10], judge: 'gold' } }],
      limits: { callsPerQuery: [5] },
    });
    const { body } = await api.post('/v1/sweeps/preview', request).expect(200);
    const { rows } = body as SweepPreview;
    expect(rows.map(({ config, budgets }) => [config.passes, budgets[0]!.fits])).toEqual([
      [1, true],
      [10, false],
    ]);
    expect(rows[1]!.budgets[0]!.reason).toContain('predicted Calls of a query: 6, above the limit of 5');
  });

  it('asks a base of this installation, whose bytes are predicted', async () => {
    await add({ name: 'own', kind: 'base', base: api.base });
    const methods = [{ name: 'prp', config: { prompt: 'short', words: 3, passes: 1 } }];
    const preview = (await api.post('/v1/sweeps/preview', evaluation({ generator: 'own', methods })).expect(200)).body;
    expect((preview as SweepPreview).rows[0]!.predicted.weights).toBeGreaterThan(0);
    const id = await completed(evaluation({ generator: 'own', methods }));
    for (const { spec: of, report } of await reportsOf(id)) {
      expect(of.generator).toMatchObject({ name: 'own', kind: 'base' });
      expect(report.calls / report.queries).toBe(4);
      expect(report.tokens!.read).toBeGreaterThan(report.calls);
    }
  });

  it('refuses a generator that is not there, none where one is asked, and one of another base', async () => {
    const attempt = (more: Partial<CreateSweepInput>) => api.post('/v1/sweeps', evaluation(more));
    const unknown = expectProblem(await attempt({ generator: 'nobody' }), 400, 'validation', ['/generator']);
    expect(unknown.detail).toMatch(/unknown generator "\S+"; known: /);
    const none = expectProblem(await attempt({ generator: undefined }), 400, 'validation', ['/generator']);
    expect(none.detail).toContain('prp asks a generator: set generator to one, or its judge to another');
    const steps = await attempt({ training: { steps: 5, sequenceLength: 32 } });
    expectProblem(steps, 400, 'validation', ['/training/steps']);
    const trained = await attempt({ methods: [{ name: 'lora' }] });
    expect(expectProblem(trained, 400, 'validation', ['/methods/0/name']).detail).toMatch(
      /lora is to finetune and federate, not to evaluate; for that: .*bm25, .*prp, pointwise, listwise, .*no-attack, .*certdr/,
    );
    const elsewhere = expectProblem(
      await api.post('/v1/sweeps', sweep(api.base, { generator: 'scripted' })),
      400,
      'validation',
      ['/generator'],
    );
    expect(elsewhere.detail).toContain('no recipe here has texts written: leave scripted out, or name one that does');
  });
});

describe('a platform of several projects', () => {
  it('asks no address of its own machine for anybody, unless an administrator lists it', async () => {
    const before = scripted.asked.length;
    await api.post('/v1/projects', { name: 'other' }, 'admin').expect(201);
    const refused = await api.post('/v1/generators', endpoint({ name: 'late' }));
    const words = 'is not an address that generators may have here (none): an administrator lists it';
    expect(expectProblem(refused, 400, 'validation', ['/url']).detail).toContain(words);
    const asked = await api.post('/v1/sweeps/preview', evaluation());
    expect(expectProblem(asked, 400, 'validation', ['/generator']).detail).toContain(words);
    expect(scripted.asked.length).toBe(before);
  });
});
