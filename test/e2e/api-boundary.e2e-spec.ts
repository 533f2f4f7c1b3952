import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { get, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib';
import { type Problem, problemKinds } from '@rankforge/contracts';
import { Validator } from '@seriousme/openapi-schema-validator';
import supertest from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from '../support/index.js';
import { type ApiUnderTest, create, expectProblem, startApi } from './api-client.js';

let api: ApiUnderTest;
let page: string;

beforeAll(async () => {
  page = await mkdtemp(join(tmpdir(), 'rankforge-page-'));
  await mkdir(join(page, 'assets'));
  await writeFile(join(page, 'index.html'), '<!doctype html><title>the page</title>');
  await writeFile(join(page, 'assets', 'index-abc123.js'), 'export {};');
  for (const name of ['index.html', 'assets/index-abc123.js']) {
    const content = await readFile(join(page, name));
    await writeFile(join(page, `${name}.br`), brotliCompressSync(content));
    await writeFile(join(page, `${name}.gz`), gzipSync(content));
  }
  api = await startApi({ RANKFORGE_DASHBOARD_DIR: page });
});
afterAll(async () => {
  await api.stop();
  await rm(page, { recursive: true, force: true });
});

const main = fileURLToPath(new URL('../../apps/api/dist/main.js', import.meta.url));
const environment = (extra: NodeJS.ProcessEnv) => ({
  ...process.env,
  DATABASE_URL: api.platform.databaseUrl,
  REDIS_URL: api.platform.redisUrl,
  RANKFORGE_MODELS_DIR: api.modelsDir,
  PORT: '0',
  ...extra,
});

const anyone = () => supertest(api.api.url);

/** A request whose answer is left as it was sent. */
async function raw(path: string, headers: Record<string, string>) {
  const { hostname, port } = new URL(api.api.url);
  // The path as it is: a URL would take dots out of it.
  const request = get({ hostname, port, path, headers });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return { status: response.statusCode, headers: response.headers, body: await buffer(response) };
}

describe('the OpenAPI document', () => {
  it('is valid OpenAPI 3.1', async () => {
    const { body } = await api.get('/v1/openapi.json').expect(200);
    expect(body.openapi).toBe('3.1.0');
    const result = await new Validator().validate(body);
    expect(result.errors ?? []).toEqual([]);
    expect(result.valid).toBe(true);
  });

  it('has every schema it refers to, and refers to every schema it has', async () => {
    const { body } = await api.get('/v1/openapi.json').expect(200);
    const referred = [...JSON.stringify(body).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)].map(
      ([, name]) => name,
    );
    expect(new Set(referred)).toEqual(new Set(Object.keys(body.components.schemas)));
  });

  it('tells what is sent from what may be sent', async () => {
    const { schemas } = (await api.get('/v1/openapi.json').expect(200)).body.components;
    expect(schemas.CreateSweep.required).toEqual(['name', 'task', 'base', 'methods', 'memoryBudgetMiB']);
    expect(schemas.CreateSweep.additionalProperties).toBe(false);
    expect(schemas.CreateSweepOutput.required).toContain('priority');
  });

  it('has a page that asks nothing of other hosts', async () => {
    const html = (await anyone().get('/docs').expect(200)).text;
    const addresses = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address]) => address ?? '');
    expect(addresses.length).toBeGreaterThan(3);
    for (const address of addresses.filter((one) => !one.startsWith('data:'))) {
      expect(address).toMatch(/^\/docs\//);
      await anyone().get(address).expect(200);
    }
  });
});

describe('the page', () => {
  it('is served without a key, and its hashed files for good', async () => {
    const index = await anyone().get('/').expect(200);
    expect(index.text).toContain('the page');
    expect(index.headers['cache-control']).toBe('no-cache');
    const asset = await anyone().get('/assets/index-abc123.js').expect(200);
    expect(asset.headers['cache-control']).toContain('immutable');
  });

  it('answers at every address a browser may open', async () => {
    const response = await anyone().get('/sweeps/01a20e48-c583-7731-9cc1-72d64fe4184a').set('accept', 'text/html');
    expect([response.status, response.text.includes('the page')]).toEqual([200, true]);
  });

  it('does not stand in for an unknown route of a program', async () => {
    expectProblem(await anyone().get('/v1/nothing').set('accept', 'text/html'), 404, 'not-found');
    expectProblem(await anyone().get('/assets/gone.js').set('accept', '*/*'), 404, 'not-found');
  });
});

describe('compression', () => {
  it.each([
    ['gzip, deflate, br, zstd', 'br', '.br'],
    ['gzip', 'gzip', '.gz'],
    ['identity', undefined, ''],
  ])('sends the file of the build that fits Accept-Encoding: %s', async (accepted, encoding, suffix) => {
    for (const [path, file] of [
      ['/assets/index-abc123.js', 'assets/index-abc123.js'],
      ['/', 'index.html'],
      ['/sweeps/new', 'index.html'],
    ] as const) {
      const { headers, body } = await raw(path, { 'accept-encoding': accepted, accept: 'text/html' });
      expect([headers['content-encoding'], headers.vary], path).toEqual([encoding, 'accept-encoding']);
      expect(headers['content-type'], path).toMatch(file === 'index.html' ? /^text\/html/ : /javascript/);
      expect(headers['cache-control'], path).toMatch(file === 'index.html' ? /^no-cache$/ : /immutable/);
      expect(body.equals(await readFile(join(page, file + suffix))), path).toBe(true);
    }
  });

  it.each([
    ['gzip, deflate, br, zstd', 'br', brotliDecompressSync],
    ['gzip', 'gzip', gunzipSync],
  ] as const)('compresses JSON for Accept-Encoding: %s', async (accepted, encoding, decompress) => {
    const authorization = `Bearer ${api.platform.keys.viewer}`;
    const plain = await raw('/v1/methods', { authorization });
    expect(plain.headers).not.toHaveProperty('content-encoding');
    const small = await raw('/v1/methods', { authorization, 'accept-encoding': accepted });
    expect(small.headers).toMatchObject({ 'content-encoding': encoding, vary: 'accept-encoding' });
    expect(small.headers['content-type']).toBe(plain.headers['content-type']);
    expect(small.body.byteLength).toBeLessThan(plain.body.byteLength / 3);
    expect(decompress(small.body).equals(plain.body)).toBe(true);
  });
});

describe('problems', () => {
  it('have a kind that is documented', async () => {
    const problem = expectProblem(await api.get('/v1/sweeps/1'), 400, 'validation', ['/id']);
    expect(problem.detail).toBe('/id: expected an id, which is a UUID, got "1"');
    expect(problemKinds).toContain(problem.type.split('/').at(-1));
    expect(problem.instance).toMatch(/^urn:uuid:[0-9a-f-]{36}$/);
  });
});

describe('a request that HTTP knows an answer to', () => {
  it.each<[string, string, Record<string, string>, number, string]>([
    ['a precondition that does not hold', '/', { 'if-match': '"x"' }, 412, 'precondition-failed'],
    [
      'a file that changed meanwhile',
      '/index.html',
      { 'if-unmodified-since': 'Thu, 01 Jan 1970 00:00:00 GMT' },
      412,
      'precondition-failed',
    ],
    ['a precondition of the docs', '/docs/swagger-ui.css', { 'if-match': '"x"' }, 412, 'precondition-failed'],
    ['a range behind the end', '/index.html', { range: 'bytes=99999999-' }, 416, 'range-not-satisfiable'],
    ['a range that is none', '/index.html', { range: 'bytes=abc' }, 416, 'range-not-satisfiable'],
    ['a range of a page', '/foo', { accept: 'text/html', range: 'bytes=99999999-' }, 416, 'range-not-satisfiable'],
  ])('is answered so: %s', async (_, path, headers, status, kind) => {
    const before = await readFile(api.api.logFile, 'utf8');
    const { detail } = expectProblem(await anyone().get(path).set(headers), status, kind);
    expect(detail).toMatch(/leave (it|them) out/);
    expect((await anyone().head(path).set(headers)).status).toBe(status);
    const log = (await readFile(api.api.logFile, 'utf8')).slice(before.length);
    expect(log).not.toContain('request failed');
  });

  it('answers 404 where the path leads out of the docs', async () => {
    for (const path of ['/docs/../v1/me', '/docs/%2e%2e/x']) {
      const { status, body } = await raw(path, {});
      expect([status, JSON.parse(body.toString()).type], path).toEqual([404, '/problems/not-found']);
    }
  });

  it.each([
    ['PUT', '/v1/me', 'GET, HEAD'],
    ['OPTIONS', '/v1/webhooks', 'GET, HEAD, POST'],
    ['GET', '/v1/sweeps/01a20e48-c583-7731-9cc1-72d64fe4184a/clone', 'POST'],
    ['QUERY', '/v1/sweeps/01a20e48-c583-7731-9cc1-72d64fe4184a', 'DELETE, GET, HEAD, PATCH'],
    ['POST', '/livez', 'GET, HEAD'],
  ])('names the methods of a path: %s %s', async (method, path, allowed) => {
    const response = await fetch(`${api.api.url}${path}`, { method });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe(allowed);
    expect(await response.json()).toMatchObject({
      type: '/problems/method-not-allowed',
      detail: `${path} takes no ${method}; it takes ${allowed}`,
    });
  });

  it('has no methods to name where there is no path', async () => {
    for (const method of ['PUT', 'QUERY']) {
      const response = await fetch(`${api.api.url}/v1/nothing`, { method });
      const { type } = (await response.json()) as Problem;
      expect([response.status, type], method).toEqual([404, '/problems/not-found']);
    }
  });

  it('answers HEAD of a stream of events, which holds no place then', async () => {
    const own = await api.platform.hostApi({ RANKFORGE_MODELS_DIR: api.modelsDir, RANKFORGE_STREAMS_PER_KEY: '1' });
    const headers = { authorization: `Bearer ${api.platform.keys.viewer}` };
    for (let at = 0; at < 2; at++) {
      const signal = AbortSignal.timeout(5000);
      const head = await fetch(`${own.url}/v1/events`, { method: 'HEAD', headers, signal });
      expect([head.status, head.headers.get('content-type')]).toEqual([200, 'text/event-stream']);
    }
    await own.stop();
  });
});

describe('what is no HTTP', () => {
  const send = async (text: string) => {
    const socket = connect(Number(new URL(api.api.url).port), '127.0.0.1');
    socket.write(text);
    const received = (await buffer(socket)).toString();
    const [head = '', body = ''] = received.split('\r\n\r\n');
    return { head, problem: JSON.parse(body) as { type: string; status: number; detail: string } };
  };
  it.each([
    ['a head that is too long', `GET /${'a'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`, 431, /16 KiB: shorten/],
    ['a control character', 'GET / HTTP/1.1\r\nHost: x\r\nA: \u0001\r\n\r\n', 400, /header/i],
    ['an unknown method', 'NOTHING / HTTP/1.1\r\nHost: x\r\n\r\n', 400, /method/i],
    [
      'two lengths',
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
      /Content-Length/i,
    ],
  ])('is answered with a problem: %s', async (_, text, status, detail) => {
    const { head, problem } = await send(text);
    expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(head).toMatch(/\r\nContent-Type: application\/problem\+json\r\n/i);
    expect(head).toMatch(/\r\nX-Content-Type-Options: nosniff/i);
    expect(problem).toMatchObject({ type: '/problems/malformed-http', status, detail: expect.stringMatching(detail) });
  });
});

describe('a dependency that is down', () => {
  it('/readyz names it; requests are served without Redis, get 503 without Postgres, and work again by themselves', async () => {
    const own = await startApi({}, { servers: 'own' });
    try {
      const { servers } = own.platform;
      if (!servers) throw new Error('no servers of its own');
      const made = await create(own, { seed: [1] });
      const waiting = () => own.platform.db.outbox.count();
      await waitFor('its wake-up to be sent', async () => (await waiting()) === 0);
      await servers.redis.stop();
      const withoutRedis = await supertest(own.api.url).get('/readyz');
      const dependencies = ['postgres', 'redis'].map((name) => ({ name, up: name === 'postgres' }));
      expect(withoutRedis).toMatchObject({ status: 200, body: { ready: true, dependencies } });
      // Postgres is the truth: sweeps are made without Redis, and their wake-ups wait in the outbox.
      await create(own, { seed: [2] });
      expect(await waiting()).toBe(1);

      // One that starts without Redis uses it as soon as it is there.
      await own.api.stop();
      const portFile = join(page, 'address-0');
      const env = {
        DATABASE_URL: own.platform.databaseUrl,
        REDIS_URL: own.platform.redisUrl,
        RANKFORGE_MODELS_DIR: own.modelsDir,
        RANKFORGE_PORT_FILE: portFile,
      };
      const child = fork(main, { env: environment(env), stdio: 'ignore' });
      own.api.url = await waitFor('the address', async () => (await readFile(portFile, 'utf8')).trim());

      await servers.postgres.stop();
      const withoutBoth = await supertest(own.api.url).get('/readyz');
      expect(withoutBoth.status).toBe(503);
      expect(withoutBoth.body).toMatchObject({ ready: false, dependencies: [{ up: false }, { up: false }] });
      const refused = await own.get(`/v1/sweeps/${made.id}`);
      expectProblem(refused, 503, 'unavailable');
      expect(refused.headers['retry-after']).toBeDefined();
      await supertest(own.api.url).get('/livez').expect(200);

      await servers.restartPostgres();
      await servers.restartRedis();
      await waitFor(
        'the API to be ready again',
        async () => (await supertest(own.api.url).get('/readyz')).status === 200,
      );
      await own.get(`/v1/sweeps/${made.id}`).expect(200);
      await waitFor('the wake-up to leave the outbox', async () => (await waiting()) === 0);
      child.kill('SIGTERM');
      expect(await once(child, 'exit')).toEqual([0, null]);
    } finally {
      await own.stop();
    }
  });
});

describe('a client that sends slowly', () => {
  /** Sends text to an address and returns what comes back until the other side closes. */
  const send = async (url: string, text: string, more?: () => string | undefined) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    let received = '';
    socket.on('data', (chunk) => {
      received += chunk.toString();
    });
    const closed = new Promise<void>((resolve) => {
      socket.on('error', () => undefined).on('close', () => resolve());
    });
    socket.write(text);
    const timer = setInterval(() => {
      const next = more?.();
      if (next !== undefined && socket.writable) socket.write(next);
    }, 100);
    await closed;
    clearInterval(timer);
    return received;
  };
  const head = (path: string, length: number, authorization = '') =>
    `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${authorization}Content-Length: ${length}\r\n\r\n`;

  it('is cut off whether it has signed in or not, and one that keeps a pace is heard', async () => {
    const own = await api.platform.hostApi({
      RANKFORGE_MODELS_DIR: api.modelsDir,
      RANKFORGE_REQUEST_GRACE_SECONDS: '1',
      RANKFORGE_BODY_KIB_PER_SECOND: '1',
    });
    const bearer = `Authorization: Bearer ${api.platform.keys.submitter}\r\n`;
    const drip = () => ' ';
    const [unfinished, signIn, sweeps] = await Promise.all([
      send(own.url, 'GET /v1/me HTTP/1.1\r\nHost: x\r\nX-Slow: ', drip),
      send(own.url, head('/v1/session', 100_000), drip),
      send(own.url, head('/v1/sweeps', 100_000, bearer), drip),
    ]);
    expect(unfinished).toMatch(/^HTTP\/1.1 408 /);
    expect(signIn).toMatch(/^HTTP\/1.1 408 /);
    expect(sweeps).toMatch(/^HTTP\/1.1 408 /);
    // 40 KiB at 20 KiB a second take longer than the grace.
    const close = `${bearer}Connection: close\r\n`;
    const body = JSON.stringify({ name: ' '.repeat(40_940) });
    let at = 0;
    const steadily = () => {
      at += 2048;
      return body.slice(at - 2048, at) || undefined;
    };
    expect(await send(own.url, head('/v1/sweeps', body.length, close), steadily)).toMatch(/^HTTP\/1.1 400 /);
    await own.stop();
  });

  it('has its answer before its body where it has no key', async () => {
    const answer = await send(api.api.url, head('/v1/sweeps', 100_000, 'Connection: close\r\n'));
    expect(answer).toMatch(/^HTTP\/1.1 401 /);
  });
});

describe('the process', () => {
  it('writes the address of a free port where it is told to, and ends in order on SIGTERM', async () => {
    const portFile = join(page, 'address');
    const child = fork(main, { env: environment({ RANKFORGE_PORT_FILE: portFile }), stdio: 'ignore' });
    const address = await waitFor('the address', async () => (await readFile(portFile, 'utf8')).trim());
    expect(address).toMatch(/^http:\/\/127\.0\.0\.1:[1-9]\d*$/);
    await supertest(address).get('/readyz').expect(200);
    const stream = await fetch(`${address}/v1/events`, {
      headers: { authorization: `Bearer ${api.platform.keys.viewer}` },
    });
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
    // The stream was ended, not broken.
    expect(await stream.text()).toContain('retry:');
  });

  it('ends with its parent', async () => {
    const portFile = join(page, 'address-2');
    const child = fork(main, { env: environment({ RANKFORGE_PORT_FILE: portFile }), stdio: 'ignore' });
    await waitFor('the address', async () => (await readFile(portFile, 'utf8')).trim());
    child.disconnect();
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  it('names every setting that is wrong', async () => {
    const child = fork(main, { env: environment({ DATABASE_URL: 'mysql://x', PORT: 'http' }), stdio: 'pipe' });
    let text = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    expect((await once(child, 'exit'))[0]).toBe(1);
    expect(text).toContain('DATABASE_URL');
    expect(text).toContain('PORT');
  });
});
