/** @file Values that somebody chose to break the API: each is refused, and none is an error of ours. */
import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  hostileTexts,
  type Operation,
  operationsOf,
  type RequestDocument,
  resolved,
  type Schema,
  spoiled,
  valuesOf,
} from '../support/hostile-requests.js';
import { uploadTo } from './animals.js';
import { type ApiUnderTest, create, expectProblem, startApi, sweep, trialsOf } from './api-client.js';

let api: ApiUnderTest;
let document: RequestDocument;
let ids: string[];

beforeAll(async () => {
  api = await startApi({ RANKFORGE_RATE_LIMIT: '1000000', RANKFORGE_STREAMS_PER_KEY: '1000' });
  document = (await api.get('/v1/openapi.json').expect(200)).body as RequestDocument;
  const made = await create(api);
  const hook = { url: 'https://example.com/', events: ['sweep.completed'] };
  const { webhook } = (await api.post('/v1/webhooks', hook, 'admin').expect(201)).body;
  ids = [made.id, (await trialsOf(api, made.id))[0]!.id, webhook.id];
});
afterAll(() => api.stop());

describe('contracts of requests', () => {
  /** Integers that no column holds: they stay in a document, or are compared here. */
  const beyondColumns = /^(PeftResult\/|AddRuns\/runs\/|Create(File)?Estimate\/budget$|query maxTrainableParameters$)/;
  /** JSON of any form, whose texts and depth a check of its own bounds. */
  const anything =
    /^(form\/spec\/config|CreateEstimate\/config|CreateFileEstimate\/(adapter|config)|CreateSweep\/preset\/settings|PeftExperiments\/experiments)\//;

  /** Places of a schema that take a text or an integer without a bound. */
  function unbounded(schema: Schema, at: string): string[] {
    const { type, format, maxLength, minimum, maximum } = schema;
    // Two patterns of one text stand in parts of it.
    const pattern = schema.pattern ?? schema.allOf?.find((part) => part.pattern !== undefined)?.pattern;
    if (schema.$ref !== undefined) return unbounded(resolved(schema, document), at);
    const inner = [
      ...[...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].map((part) => ({ part, at })),
      ...Object.entries(schema.properties ?? {}).map(([name, part]) => ({ part, at: `${at}/${name}` })),
      ...(schema.items ? [{ part: schema.items, at: `${at}/0` }] : []),
      ...(typeof schema.additionalProperties === 'object'
        ? [{ part: schema.additionalProperties, at: `${at}/*` }]
        : []),
      ...(schema.propertyNames ? [{ part: schema.propertyNames, at: `${at} (names)` }] : []),
    ].flatMap(({ part, at: place }) => unbounded(part, place));
    if (schema.enum || schema.const !== undefined) return inner;
    if (type === 'string') {
      const isId = format === 'uuid' || format === 'date-time';
      const isBounded = isId || (maxLength !== undefined && (pattern !== undefined || format === 'uri'));
      return isBounded ? inner : [...inner, `${at}: a text`];
    }
    if (type === 'integer') {
      const least = minimum ?? -Infinity;
      const most = beyondColumns.test(at) ? Number.MAX_SAFE_INTEGER : 2 ** 31 - 1;
      return least >= 0 && (maximum ?? Infinity) <= most ? inner : [...inner, `${at}: an integer`];
    }
    const isForm = type !== undefined || inner.length > 0 || schema.anyOf || schema.oneOf;
    return isForm || anything.test(at) ? inner : [...inner, `${at}: anything`];
  }

  it('bound every text and every integer by what a database takes', () => {
    const places = operationsOf(document).flatMap(({ parameters, bodies }) => [
      ...parameters.flatMap(({ name, in: where, schema }) => unbounded(schema, `${where} ${name}`)),
      ...Object.values(bodies).flatMap((schema) => unbounded(schema, schema.$ref?.split('/').at(-1) ?? 'form')),
    ]);
    // The document's own form of a file, and headers that their routes read themselves.
    const known = ['form/file: a text', 'header Idempotency-Key: a text', 'header Last-Event-ID: a text'];
    expect([...new Set(places)].filter((place) => !known.includes(place))).toEqual([]);
  });
});

describe('a value that a database does not take', () => {
  it.each([
    ['/v1/trials?rank=2147483648', '/rank'],
    ['/v1/trials?seed=2147483648', '/seed'],
    ['/v1/audit?subject=a%00b', '/subject'],
    ['/v1/audit?cursor=%00', '/cursor'],
    ['/v1/leaderboard?task=moby-dick&base=tiny&metric=%00', '/metric'],
  ])('is refused in a query: %s', async (path, field) => {
    expectProblem(await api.get(path, 'admin'), 400, 'validation', [field]);
  });

  it.each([
    ['U+0000', 'nul\u0000inside'],
    ['a lone surrogate', 'half \ud800 pair'],
  ])('is refused in every text: %s', async (_, text) => {
    const methods = [{ name: 'lora', config: { alpha: text } }];
    for (const [path, body, field] of [
      ['/v1/sweeps', sweep(api.base, { name: text }), '/name'],
      ['/v1/sweeps', sweep(api.base, { methods }), '/methods/0/config/alpha'],
      ['/v1/keys', { name: text }, '/name'],
      ['/v1/webhooks', { url: `https://example.com/${text}`, events: ['sweep.completed'] }, '/url'],
      ['/v1/datasets', { name: 'd', format: 'csv', path: text, mapping: textOnly }, '/path'],
    ] as const) {
      expectProblem(await api.post(path, body, 'admin'), 400, 'validation', [field]);
    }
  });
  const textOnly = { objective: 'language-modelling', text: 'text' };

  it('is refused in a cursor that was made by hand', async () => {
    const cursor = (list: string, value: string) =>
      Buffer.from(JSON.stringify({ list, id: ids[0], value })).toString('base64url');
    for (const [sort, value] of [
      ['ordinal', '2147483648'],
      ['ordinal', 'first'],
      ['-objective', '1e400'],
      ['measuredBytes', '9223372036854775808'],
      ['updatedAt', '2026-02-31 00:00:00+00'],
    ] as const) {
      const path = `/v1/trials?sort=${sort}&cursor=${cursor(`trials ${sort}`, value)}`;
      expectProblem(await api.get(path), 400, 'validation', ['/cursor']);
    }
    for (const value of [
      'yesterday',
      '0000-01-01T00:00:00Z',
      '0000-01-01T00:00:00+23:59',
      '2026-02-31T00:00:00.000Z',
    ]) {
      const deliveries = `/v1/webhooks/${ids[2]}/deliveries?cursor=${cursor('deliveries', value)}`;
      expectProblem(await api.get(deliveries, 'admin'), 400, 'validation', ['/cursor']);
    }
  });

  it('is refused where it is nested deeper than any stack', async () => {
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
    const body = `{"name":"x","task":"moby-dick","base":"${api.base}","memoryBudgetMiB":[64],
      "experiments":[{"name":"lora/x","adapterConfig":{"r":${deep}},"trainingParams":{}}]}`;
    const response = await api.post('/v1/peft-experiments').set('content-type', 'application/json').send(body);
    expect(expectProblem(response, 400, 'malformed-json').detail).toContain('is nested 200004 deep: at most 128 lists');
  });

  it.each([
    ['jsonl', '/v1/datasets/inspect', { format: 'jsonl' }],
    ['json', '/v1/datasets/inspect', { format: 'json' }],
    [
      'jsonl',
      '/v1/datasets/preview',
      {
        name: 'deep',
        format: 'jsonl',
        mapping: { objective: 'instruction-tuning', messages: 'messages' },
        split: { by: 'hash', validation: 0.2, test: 0.2 },
      },
    ],
  ])('is refused in a file of %s that is nested so, by %s', async (format, path, request) => {
    const deep = `${'['.repeat(200_000)}1234567890123456${']'.repeat(200_000)}`;
    const row = `{"messages":[{"role":${deep},"content":"x"}]}`;
    const problem = expectProblem(
      await uploadTo(api, path, request, format === 'json' ? `[${row}]` : row, 'deep.jsonl'),
      400,
      'validation',
      ['/file'],
    );
    expect(problem.errors![0]!.message).toContain('column "messages": is nested deeper than 64 lists and objects');
  });

  it.each(['18446744073709551616-1', '1-9223372036854775808'])('is refused as an event: %s', async (id) => {
    expectProblem(await api.get('/v1/events').set('last-event-id', id), 400, 'validation', ['/last-event-id']);
  });
});

describe('a key of a query that a route does not know', () => {
  it.each([
    ['/v1/trials?constructor=1', '/constructor'],
    ['/v1/trials?toString=1', '/toString'],
    ['/v1/trials?__proto__=1', '/__proto__'],
    ['/v1/tasks?limit=1', '/limit'],
    ['/v1/me?constructor=1', '/constructor'],
  ])('is refused: %s', async (path, field) => {
    expectProblem(await api.get(path), 400, 'validation', [field]);
  });
});

describe('a database without room', () => {
  it('is answered with 503, and may be tried again', async () => {
    const { db } = api.platform;
    await db.$executeRaw`
      CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$`;
    await db.$executeRaw`CREATE TRIGGER full_disk BEFORE INSERT ON "Webhook" EXECUTE FUNCTION no_room()`;
    const hook = { url: 'https://example.com/', events: ['sweep.completed'] };
    const refused = await api.post('/v1/webhooks', hook, 'admin');
    expect(expectProblem(refused, 503, 'unavailable').detail).toContain('no room');
    expect(refused.headers['retry-after']).toBe('2');
    await db.$executeRaw`DROP TRIGGER full_disk ON "Webhook"`;
    await api.post('/v1/webhooks', hook, 'admin').expect(201);
  });
});

describe('every route of the OpenAPI document', () => {
  const texts = () => ({
    task: ['moby-dick', 'spam'],
    base: [api.base],
    name: ['lora', 'bitfit', 'full-ft', 'some-name'],
    optimizer: ['adamw', 'sgd'],
    targets: ['query', 'value'],
    metric: ['loss', 'perplexity', 'train/loss'],
    key: ['alpha', 'beta1', 'some-key'],
    on: ids,
    sweepId: ids,
    from: ids,
    url: ['https://example.com/'],
  });
  const encoded = fc.constantFrom(
    ...hostileTexts.filter((text) => !/\p{Surrogate}/u.test(text) && text.length < 1000).map(encodeURIComponent),
    '%ED%A0%80',
    '%',
  );
  const headerValues = fc.constantFrom(
    '',
    '0-0',
    '99999999999999999999-1',
    'two words',
    'default',
    'ÿ',
    'x'.repeat(300),
  );

  /** What comes after the path's parameters are known: the address, the headers and the body. */
  function requestsOf({ path, parameters, bodies }: Operation) {
    const known = texts();
    const inPath = fc.record(
      Object.fromEntries(
        [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => [
          name!,
          fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...ids) }, encoded),
        ]),
      ),
    );
    const inQuery = fc.record(
      Object.fromEntries(
        parameters
          .filter((parameter) => parameter.in === 'query')
          .map(({ name, schema }) => [
            name,
            fc.oneof(
              encoded,
              valuesOf(schema, document, known, name).map((value) => encodeURIComponent(String(value))),
            ),
          ]),
      ),
      { requiredKeys: [] },
    );
    const inHeaders = fc.record(
      { 'idempotency-key': headerValues, 'last-event-id': headerValues, 'rankforge-project': headerValues },
      { requiredKeys: [] },
    );
    const body = bodies['application/json'];
    const form = bodies['multipart/form-data']?.properties?.spec;
    return fc.record({
      inPath,
      inQuery,
      inHeaders,
      body: body ? spoiled(valuesOf(body, document, known)) : fc.constant(undefined),
      spec: form ? spoiled(valuesOf(form, document, known)) : fc.constant(undefined),
    });
  }

  type HostileRequest = ReturnType<typeof requestsOf> extends fc.Arbitrary<infer T> ? T : never;

  async function send({ method, path }: Operation, request: HostileRequest) {
    const address = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => request.inPath[name] ?? '');
    const query = Object.entries(request.inQuery).map(([name, value]) => `${name}=${value}`);
    const abort = new AbortController();
    const form = new FormData();
    if (request.spec !== undefined) {
      form.set('spec', JSON.stringify(request.spec));
      form.set('file', new Blob(['text,label\na,b\n']), 'file\u0000.csv');
    }
    const response = await fetch(`${api.api.url}${address}${query.length > 0 ? `?${query.join('&')}` : ''}`, {
      method,
      redirect: 'manual',
      signal: abort.signal,
      headers: {
        authorization: `Bearer ${api.platform.keys.admin}`,
        ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...request.inHeaders,
      },
      ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
      ...(request.spec === undefined ? {} : { body: form }),
    });
    const text = response.status >= 500 ? await response.text() : '';
    abort.abort();
    return { status: response.status, text };
  }

  it('answers hostile values with a refusal, and never with an error of ours', async () => {
    const faults: string[] = [];
    for (const operation of operationsOf(document)) {
      const numRuns = operation.bodies['multipart/form-data'] ? 8 : Object.keys(operation.bodies).length > 0 ? 40 : 15;
      const details = await fc.check(
        fc.asyncProperty(requestsOf(operation), async (request) => {
          const { status, text } = await send(operation, request);
          expect(status, text).toBeLessThan(500);
        }),
        { numRuns, seed: 2026, endOnFailure: true },
      );
      if (!details.failed) continue;
      const asked = JSON.stringify(details.counterexample?.[0]).slice(0, 1000);
      faults.push(
        `${operation.method} ${operation.path} with ${asked}: ${String(details.errorInstance).slice(0, 1000)}`,
      );
    }
    expect(faults).toEqual([]);
    const log = await readFile(api.api.logFile, 'utf8');
    expect(log).not.toContain('request failed');
    expect(log).not.toContain('an event stream ended early');
  });
});
