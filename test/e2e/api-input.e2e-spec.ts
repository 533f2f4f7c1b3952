import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import http from 'node:http';
import { json } from 'node:stream/consumers';
import supertest from 'supertest';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type ApiUnderTest, expectProblem, startApi, sweep } from './api-client.js';

let api: ApiUnderTest;

beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.stop());

/** Nothing may be written by a request that is refused. */
afterEach(async () => {
  const { db } = api.platform;
  expect([await db.sweep.count(), await db.trial.count(), await db.outbox.count(), await db.event.count()]).toEqual([
    0, 0, 0, 0,
  ]);
});

describe('a request that is not a sweep', () => {
  it('malformed JSON', async () => {
    const response = await api.post('/v1/sweeps').set('content-type', 'application/json').send('{"name": ');
    expectProblem(response, 400, 'malformed-json');
  });

  it('NaN, which JSON does not have', async () => {
    const text = JSON.stringify(sweep(api.base)).replace('0.01', 'NaN');
    const response = await api.post('/v1/sweeps').set('content-type', 'application/json').send(text);
    expectProblem(response, 400, 'malformed-json');
  });

  it('no body', async () => {
    expectProblem(await api.post('/v1/sweeps'), 400, 'validation', ['']);
  });

  it('a body of another type', async () => {
    const response = await api.post('/v1/sweeps').set('content-type', 'text/csv').send('a,b');
    expectProblem(response, 415, 'unsupported-media-type');
  });

  it.each([
    ['another type', 'text/plain', 'This route reads JSON: send "Content-Type: application/json"; got text/plain'],
    ['a type that is none', ';;;', 'This route reads JSON: send "Content-Type: application/json"; got ;;;'],
    ['a type of an API', 'application/vnd.api+json', /; got application\/vnd\.api\+json$/],
    ['another charset', 'application/json; charset=utf-16', 'JSON is read as UTF-8; got charset=utf-16'],
  ])('a body of %s, with what to send', async (_, type, detail) => {
    const response = await api.post('/v1/sweeps').set('content-type', type).send('{}');
    expect(expectProblem(response, 415, 'unsupported-media-type').detail).toEqual(
      typeof detail === 'string' ? detail : expect.stringMatching(detail),
    );
  });

  it('a body of another type, where a form is read as well', async () => {
    const response = await api.post('/v1/datasets').set('content-type', 'text/csv').send('a,b');
    expect(expectProblem(response, 415, 'unsupported-media-type').detail).toBe(
      'This route reads a form or JSON: send "Content-Type: multipart/form-data" or "Content-Type: application/json"; got text/csv',
    );
  });

  it.each(['gzip', 'deflate', 'br'])('a body that is compressed: %s', async (encoding) => {
    const response = await api
      .post('/v1/sweeps')
      .set({ 'content-type': 'application/json', 'content-encoding': encoding })
      .send('{}');
    expect(expectProblem(response, 415, 'unsupported-media-type').detail).toBe(
      `A body is read as it is sent: send it without "Content-Encoding: ${encoding}"`,
    );
  });

  it.each<[string, Buffer, RegExp]>([
    ['JSON broken off', Buffer.from('{"name": '), /^The body is not JSON: .*JSON/],
    ['JSON with a mistake', Buffer.from('{"name" "x"}'), /^The body is not JSON: .*position 8/],
    ['no UTF-8', Buffer.from('{"name":"\xff\xfe"}', 'latin1'), /^The body is not UTF-8: send it as UTF-8$/],
    [
      'with a key that is refused',
      Buffer.from('{"a":{"__proto__":{"x":1}}}'),
      /^The body has the name "__proto__", which is refused/,
    ],
    [
      'with a name that every object has',
      Buffer.from('{"runs":[{"config":{"constructor":7}}]}'),
      /^The body has the name "constructor", which is refused, since every object has it: name it otherwise$/,
    ],
    [
      'nested without a floor',
      Buffer.from(`{"name":${'['.repeat(300_000)}${']'.repeat(300_000)}}`),
      /^The body is nested 300001 deep: at most 128 lists and objects within each other are read$/,
    ],
    ['empty', Buffer.from(''), /^The body is empty: send JSON, or leave "Content-Type" out$/],
  ])('a body that is %s, with what is wrong', async (_, body, detail) => {
    const { hostname, port } = new URL(api.api.url);
    const headers = {
      authorization: `Bearer ${api.platform.keys.submitter}`,
      'content-type': 'application/json',
      'content-length': body.length,
    };
    const request = http.request({ hostname, port, path: '/v1/sweeps', method: 'POST', headers });
    request.end(body);
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    const problem = (await json(response)) as { type: string; detail: string };
    expect([response.statusCode, problem.type]).toEqual([400, '/problems/malformed-json']);
    expect(problem.detail).toMatch(detail);
  });

  it('a body where a route takes none, with every field of it', async () => {
    const id = '01a20e48-c583-7731-9cc1-72d64fe4184a';
    for (const action of ['clone', 'cancel', 'pause', 'resume', 'retry-failed']) {
      const response = await api.post(`/v1/sweeps/${id}/${action}`, { name: 'other', seed: [1] });
      const { detail } = expectProblem(response, 400, 'validation', ['/name', '/seed']);
      expect(detail).toBe('/name: unknown key; this route takes no body (and 1 more)');
    }
    expectProblem(await api.post('/v1/artifacts/collect', [1], 'admin'), 400, 'validation', ['']);
    expectProblem(await api.delete(`/v1/datasets/${id}`).send({ x: 1 }), 400, 'validation', ['/x']);
    // Clients that send an empty object are many.
    expectProblem(await api.post(`/v1/sweeps/${id}/pause`, {}), 404, 'not-found');
  });

  it('a body of 20 MB', async () => {
    // Only its head is sent: an answer says that the API does not wait for what it will refuse.
    const { hostname, port } = new URL(api.api.url);
    const request = http.request({
      hostname,
      port,
      path: '/v1/sweeps',
      method: 'POST',
      headers: {
        authorization: `Bearer ${api.platform.keys.submitter}`,
        'content-type': 'application/json',
        'content-length': 20_000_000,
      },
    });
    request.write('{"name": "');
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    const problem = await json(response);
    request.destroy();
    expect(response.statusCode).toBe(413);
    expect(problem).toMatchObject({ type: '/problems/body-too-large', status: 413 });
  });
});

describe('fields that are refused', () => {
  const cases: { what: string; change: () => object; paths: string[] }[] = [
    { what: 'unknown method', change: () => ({ methods: [{ name: 'lara' }] }), paths: ['/methods/0/name'] },
    {
      what: 'unknown optimizer',
      change: () => ({ methods: [{ name: 'lora', optimizer: 'adamx' }] }),
      paths: ['/methods/0/optimizer'],
    },
    {
      what: 'a method that has nothing to train on the task',
      change: () => ({ methods: [{ name: 'linear-probe', learningRate: [0.01, 0.001] }] }),
      paths: ['/methods/0/name'],
    },
    {
      what: 'more virtual tokens than the model has positions',
      change: () => ({ methods: [{ name: 'prompt-tuning', config: { virtualTokens: 100_000 } }] }),
      paths: ['/methods/0/name'],
    },
    {
      what: 'an optimizer of a subspace, where nothing is projected',
      change: () => ({ methods: [{ name: 'lora', optimizer: 'galore' }] }),
      paths: ['/methods/0/optimizer'],
    },
    {
      what: 'a subspace as large as every kernel',
      change: () => ({ methods: [{ name: 'full-ft', optimizer: 'galore', rank: [4096] }] }),
      paths: ['/methods/0/optimizer'],
    },
    {
      what: 'ranks that follow from gradients, where those of a few blocks are made',
      change: () => ({ methods: [{ name: 'adalora', optimizer: 'lisa' }] }),
      paths: ['/methods/0/optimizer'],
    },
    {
      what: 'norms of an update that is no product of two thin matrices',
      change: () => ({
        methods: [{ name: 'lora' }, { name: 'ia3' }],
        training: { steps: 10, sequenceLength: 32, normEvery: 5 },
      }),
      paths: ['/training/normEvery'],
    },
    { what: 'unknown task', change: () => ({ task: 'white-whale' }), paths: ['/task'] },
    { what: 'unknown base model', change: () => ({ base: 'gpt-9' }), paths: ['/base'] },
    { what: 'a path as base model', change: () => ({ base: '../../etc' }), paths: ['/base'] },
    { what: 'a path as task', change: () => ({ task: '..' }), paths: ['/task'] },
    { what: 'unknown engine', change: () => ({ engine: 'cuda' }), paths: ['/engine'] },
    { what: 'unknown key', change: () => ({ ranks: [4] }), paths: ['/ranks'] },
    { what: 'unknown key of a method', change: () => ({ methods: [{ name: 'lora', r: 4 }] }), paths: ['/methods/0/r'] },
    {
      what: 'unknown configuration key',
      change: () => ({ methods: [{ name: 'lora', config: { alfa: 3 } }] }),
      paths: ['/methods/0/config/alfa'],
    },
    {
      what: 'one wrong value on a configuration axis',
      change: () => ({ methods: [{ name: 'lora', config: { alpha: [8, -1] } }] }),
      paths: ['/methods/0/config/alpha/1'],
    },
    {
      what: 'wrong optimizer configuration',
      change: () => ({ methods: [{ name: 'lora', optimizerConfig: { beta1: 1.5 } }] }),
      paths: ['/methods/0/optimizerConfig/beta1'],
    },
    {
      what: 'rank as configuration',
      change: () => ({ methods: [{ name: 'lora', config: { rank: 4 } }] }),
      paths: ['/methods/0/config/rank'],
    },
    {
      what: 'ranks for a method without one',
      change: () => ({ methods: [{ name: 'bitfit', rank: [4] }] }),
      paths: ['/methods/0/rank'],
    },
    { what: 'rank 0', change: () => ({ rank: [0] }), paths: ['/rank/0'] },
    { what: 'negative rank', change: () => ({ rank: [4, -4] }), paths: ['/rank/1'] },
    { what: 'fractional rank', change: () => ({ rank: [1.5] }), paths: ['/rank/0'] },
    {
      what: 'rank above min(in, out) where the method needs it',
      change: () => ({ methods: [{ name: 'pissa' }], rank: [2, 33] }),
      paths: ['/rank/1'],
    },
    {
      what: 'a rank of its own above the bound',
      change: () => ({ methods: [{ name: 'lora' }, { name: 'lora-xs', rank: [64] }] }),
      paths: ['/methods/1/rank/0'],
    },
    {
      what: 'blocks that do not divide a layer',
      change: () => ({ methods: [{ name: 'oft', config: { blockSize: 5 } }] }),
      paths: ['/methods/0/config'],
    },
    { what: 'budget of 0', change: () => ({ memoryBudgetMiB: [0] }), paths: ['/memoryBudgetMiB/0'] },
    { what: 'budget as text', change: () => ({ memoryBudgetMiB: ['64 MiB'] }), paths: ['/memoryBudgetMiB/0'] },
    { what: 'no budget', change: () => ({ memoryBudgetMiB: [] }), paths: ['/memoryBudgetMiB'] },
    { what: 'duplicate rank', change: () => ({ rank: [4, 8, 4] }), paths: ['/rank/2'] },
    { what: 'duplicate seed', change: () => ({ seed: [1, 1] }), paths: ['/seed/1'] },
    { what: 'duplicate budget', change: () => ({ memoryBudgetMiB: [64, 64.0] }), paths: ['/memoryBudgetMiB/1'] },
    { what: 'null as learning rate', change: () => ({ learningRate: [null] }), paths: ['/learningRate/0'] },
    { what: 'learning rate 0', change: () => ({ learningRate: [0] }), paths: ['/learningRate/0'] },
    {
      what: 'the same configuration twice',
      change: () => ({ methods: [{ name: 'lora' }, { name: 'lora', config: { alpha: 8 } }] }),
      paths: ['/methods/1'],
    },
    {
      what: 'a sequence longer than the model takes',
      change: () => ({ training: { steps: 10, sequenceLength: 4096 } }),
      paths: ['/training/sequenceLength'],
    },
    {
      what: 'a layer the model does not have',
      change: () => ({ training: { steps: 10, sequenceLength: 32, targets: ['query', 'gate'] } }),
      paths: ['/training/targets/1'],
    },
    {
      what: 'warm-up as long as the training',
      change: () => ({ training: { steps: 10, sequenceLength: 32, warmupSteps: 10 } }),
      paths: ['/training/warmupSteps'],
    },
    {
      what: 'a metric the task does not have',
      change: () => ({ objective: { metric: 'accuracy', direction: 'maximize' } }),
      paths: ['/objective/metric'],
    },
    {
      what: 'the wrong direction',
      change: () => ({ objective: { metric: 'perplexity', direction: 'maximize' } }),
      paths: ['/objective/direction'],
    },
    { what: 'a name of nothing but spaces', change: () => ({ name: '   ' }), paths: ['/name'] },
  ];

  it.each(cases)('$what', async ({ change, paths }) => {
    const body = { ...sweep(api.base), ...change() };
    expectProblem(await api.post('/v1/sweeps', body), 400, 'validation', paths);
    expectProblem(await api.post('/v1/sweeps/preview', body), 400, 'validation', paths);
  });

  it('every field at once', async () => {
    const body = { ...sweep(api.base), rank: [0], seed: [1, 1], memoryBudgetMiB: ['x'], extra: true };
    const problem = expectProblem(await api.post('/v1/sweeps', body), 400, 'validation');
    expect(problem.errors?.map(({ path }) => path).sort()).toEqual([
      '/extra',
      '/memoryBudgetMiB/0',
      '/rank/0',
      '/seed/1',
    ]);
  });

  it('10^9 trials, counted and never made', async () => {
    const values = Array.from({ length: 250 }, (_, index) => index + 1);
    const body = sweep(api.base, {
      methods: [{ name: 'lora', config: { alpha: values } }],
      rank: values,
      learningRate: values.map((value) => value / 1e6),
      seed: Array.from({ length: 64 }, (_, index) => index),
    });
    const problem = expectProblem(await api.post('/v1/sweeps', body), 400, 'too-many-trials', ['/methods']);
    expect(problem.detail).toContain('1000000000 trials');
  });
});

describe('addresses and headers', () => {
  it('an unknown route', async () => {
    expectProblem(await api.get('/v1/nothing'), 404, 'not-found');
    expectProblem(await api.post('/v1/nothing', {}), 404, 'not-found');
    expectProblem(await supertest(api.api.url).get('/v2').set('accept', 'application/json'), 404, 'not-found');
  });

  it('ids that are none, and ids of nothing', async () => {
    for (const noun of ['sweeps', 'trials', 'artifacts']) {
      expectProblem(await api.get(`/v1/${noun}/17`), 400, 'validation');
      expectProblem(await api.get(`/v1/${noun}/01a20e48-c583-7731-9cc1-72d64fe4184a`), 404, 'not-found');
    }
  });

  it.each(['/v1/artifacts/..%2f..%2f..%2fetc%2fpasswd', '/..%2f..%2fpackage.json', '/docs/..%2fpackage.json'])(
    'a path with ..: %s',
    async (path) => {
      const response = await api.get(path);
      expect(response.status).toBeGreaterThanOrEqual(400);
      expect(response.status).toBeLessThan(500);
      expect(response.text).not.toContain('root:');
      expect(response.text).not.toContain('"version"');
    },
  );

  it('an idempotency key that is none', async () => {
    const response = await api.post('/v1/sweeps', sweep(api.base)).set('idempotency-key', 'two words');
    expectProblem(response, 400, 'validation', ['/idempotency-key']);
  });

  it.each(['limit=0', 'limit=501', 'sort=loss', 'state=DONE', 'cursor=abc', 'rank=x', 'page=2'])(
    'a query that is wrong: %s',
    async (query) => {
      const problem = expectProblem(await api.get(`/v1/trials?${query}`), 400, 'validation');
      expect(problem.errors?.[0]?.path).toMatch(new RegExp(`^/${query.split('=')[0]}`));
    },
  );

  it('a board of nothing', async () => {
    expectProblem(await api.get('/v1/leaderboard?task=none&base=none'), 400, 'validation', ['/task', '/base']);
  });

  it('keeps secrets out of the log', async () => {
    const log = await readFile(api.api.logFile, 'utf8');
    expect(log).toContain('/v1/sweeps');
    for (const secret of Object.values(api.platform.keys)) expect(log).not.toContain(secret);
  });
});
