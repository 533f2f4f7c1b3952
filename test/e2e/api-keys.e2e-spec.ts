import { pageHeader, type Role, type SignedIn } from '@rankforge/contracts';
import { createKey, hashSessionSecret, listKeys, revokeKey, rotateKey } from '@rankforge/db';
import supertest from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from '../support/wait-for.js';
import { type ApiUnderTest, expectProblem, startApi, sweep } from './api-client.js';

type Method = 'get' | 'post' | 'delete' | 'put' | 'patch';

let api: ApiUnderTest;
let operations: { method: Method; path: string; isPublic: boolean }[];

beforeAll(async () => {
  api = await startApi();
  const { paths } = (await api.get('/v1/openapi.json').expect(200)).body as {
    paths: Record<string, Record<string, { security?: unknown[] }>>;
  };
  operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { security }]) => ({
      method: method as Method,
      path: path.replaceAll(/\{\w+\}/g, '01a20e48-c583-7731-9cc1-72d64fe4184a'),
      isPublic: security?.length === 0,
    })),
  );
});
afterAll(() => api.stop());

describe('a key', () => {
  it('is needed by every route but the probes and the way to a session', async () => {
    const open = operations.filter(({ isPublic }) => isPublic).map(({ method, path }) => `${method} ${path}`);
    expect(open.sort()).toEqual([
      'get /livez',
      'get /readyz',
      'get /v1/login',
      'get /v1/login/callback',
      'get /v1/session/options',
      'post /v1/session',
    ]);
    for (const { method, path } of [
      ...operations.filter(({ isPublic }) => !isPublic),
      { method: 'get' as const, path: '/v1/openapi.json' },
    ]) {
      expectProblem(await supertest(api.api.url)[method](path), 401, 'unauthenticated');
    }
  });

  it('says how to authenticate', async () => {
    const response = await supertest(api.api.url).get('/v1/me');
    expect(response.headers['www-authenticate']).toContain('Bearer');
  });

  it.each([
    ['unknown', `Bearer rf_${'A'.repeat(43)}`],
    ['of the wrong form', 'Bearer secret'],
    ['in another scheme', 'Basic dXNlcjpwYXNz'],
    ['empty', 'Bearer '],
  ])('that is %s is refused', async (_, authorization) => {
    expectProblem(
      await supertest(api.api.url).get('/v1/me').set('authorization', authorization),
      401,
      'unauthenticated',
    );
  });

  it('is refused as soon as it is revoked', async () => {
    const { key, secret } = await createKey(api.platform.db, { name: 'leaked', role: 'admin' });
    const me = () => supertest(api.api.url).get('/v1/me').set('authorization', `Bearer ${secret}`);
    expect((await me().expect(200)).body).toMatchObject({ name: 'leaked', role: 'admin' });
    await revokeKey(api.platform.db, key.id);
    expectProblem(await me(), 401, 'unauthenticated');
  });

  it('is stored as its hash, and its use is noted', async () => {
    await api.get('/v1/me', 'viewer').expect(200);
    const rows = await api.platform.db.apiKey.findMany();
    for (const row of rows) expect(JSON.stringify(row)).not.toContain(api.platform.keys.viewer.slice(11));
    const viewer = async () => (await listKeys(api.platform.db)).find(({ name }) => name === 'test viewer')!;
    await waitFor('the use to be noted', async () => (await viewer()).lastUsedAt !== null);
  });

  it('opens what is read where the database takes no writes, and what is written is answered with 503', async () => {
    const { db } = api.platform;
    const name = 'read only';
    const { secret } = await createKey(db, { name, role: 'admin' });
    const as = (request: supertest.Test) => request.set('authorization', `Bearer ${secret}`);
    // The error of a server that is read only, since a database that is switched to it ends the connections of others too.
    await db.$executeRaw`
      CREATE FUNCTION read_only() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN RAISE EXCEPTION 'cannot execute in a read-only transaction' USING ERRCODE = '25006'; END $$`;
    await db.$executeRaw`CREATE TRIGGER read_only_keys BEFORE UPDATE ON "ApiKey" EXECUTE FUNCTION read_only()`;
    await db.$executeRaw`CREATE TRIGGER read_only_hooks BEFORE INSERT ON "Webhook" EXECUTE FUNCTION read_only()`;
    await as(supertest(api.api.url).get('/v1/me')).expect(200);
    const hook = { url: 'https://example.com/', events: ['sweep.completed'] };
    expectProblem(await as(supertest(api.api.url).post('/v1/webhooks').send(hook)), 503, 'unavailable');
    expect((await listKeys(db)).find((key) => key.name === name)?.lastUsedAt).toBeNull();
    await db.$executeRaw`DROP TRIGGER read_only_keys ON "ApiKey"`;
    await db.$executeRaw`DROP TRIGGER read_only_hooks ON "Webhook"`;
  });
});

describe('roles', () => {
  const sweepsBefore = () => api.platform.db.sweep.count();

  it('a viewer reads and previews', async () => {
    await api.get('/v1/sweeps', 'viewer').expect(200);
    await api.post('/v1/sweeps/preview', sweep(api.base), 'viewer').expect(200);
  });

  it('a viewer does not submit or steer', async () => {
    const before = await sweepsBefore();
    expectProblem(await api.post('/v1/sweeps', sweep(api.base), 'viewer'), 403, 'forbidden');
    for (const action of ['cancel', 'pause', 'resume', 'retry-failed', 'clone']) {
      const path = `/v1/sweeps/01a20e48-c583-7731-9cc1-72d64fe4184a/${action}`;
      expectProblem(await api.post(path, undefined, 'viewer'), 403, 'forbidden');
    }
    expect(await sweepsBefore()).toBe(before);
  });

  it.each<[Role, number]>([
    ['viewer', 403],
    ['submitter', 403],
    ['admin', 200],
  ])('keys are shown to an admin alone: %s', async (role, status) => {
    const response = await api.get('/v1/keys', role);
    expect(response.status).toBe(status);
    expect(response.text).not.toContain(api.platform.keys.admin);
  });
});

describe('the session of the page', () => {
  const cookieName = 'rankforge_session';
  /** What a browser keeps of a sign-in: the cookie's pair, and the token of the page. */
  const open = async (key: string) => {
    const response = await supertest(api.api.url).post('/v1/session').send({ key }).expect(200);
    const cookie = response
      .get('Set-Cookie')!
      .find((line) => line.startsWith(`${cookieName}=`))!
      .split(';')[0]!;
    return { cookie, [pageHeader]: (response.body as SignedIn).pageToken };
  };
  const signedIn = (role: Role) => open(api.platform.keys[role]);
  type Held = Awaited<ReturnType<typeof open>>;
  const as = (held: Held) => ({ get: (path: string) => supertest(api.api.url).get(path).set(held) });

  it('keeps an id in a cookie that scripts and other sites do not get, and no key', async () => {
    const agent = supertest.agent(api.api.url);
    const signIn = await agent.post('/v1/session').send({ key: api.platform.keys.submitter }).expect(200);
    expect(signIn.body).toMatchObject({ name: 'test submitter', role: 'submitter' });
    const cookies = signIn.get('Set-Cookie')!;
    const cookie = cookies.find((line) => line.startsWith(`${cookieName}=`))!;
    expect(cookie).toContain('HttpOnly');
    expect(cookie).toContain('SameSite=Strict');
    expect(cookies.join()).not.toContain(api.platform.keys.submitter);
    agent.set(pageHeader, (signIn.body as SignedIn).pageToken);
    expect((await agent.get('/v1/me').expect(200)).body).toMatchObject({ name: 'test submitter', role: 'submitter' });
    await agent.delete('/v1/session').expect(204);
    expectProblem(await agent.get('/v1/me'), 401, 'unauthenticated');
  });

  it('is not opened by its cookie alone, which a program on another port of the host receives', async () => {
    const { cookie } = await signedIn('admin');
    const stolen = (token: Record<string, string>) =>
      supertest(api.api.url)
        .get('/v1/keys')
        .set({ cookie, ...token });
    expectProblem(await stolen({}), 401, 'unauthenticated');
    expectProblem(await stolen({ [pageHeader]: 'guessed' }), 401, 'unauthenticated');
    const anothers = (await signedIn('viewer'))[pageHeader]!;
    expectProblem(await stolen({ [pageHeader]: anothers }), 401, 'unauthenticated');
  });

  it('is not ended by its cookie alone either', async () => {
    const held = await signedIn('viewer');
    const leave = (token: Record<string, string>) =>
      supertest(api.api.url)
        .delete('/v1/session')
        .set({ cookie: held.cookie, ...token });
    expectProblem(await leave({}), 401, 'unauthenticated');
    expectProblem(await leave({ [pageHeader]: 'guessed' }), 401, 'unauthenticated');
    await as(held).get('/v1/me').expect(200);
  });

  it('is stored as hashes, and has an end that the database judges', async () => {
    const held = await signedIn('viewer');
    const id = held.cookie.split('=')[1]!;
    const { db } = api.platform;
    const rows = JSON.stringify(await db.session.findMany());
    for (const secret of [id, held[pageHeader]!]) expect(rows).not.toContain(secret);
    await as(held).get('/v1/me').expect(200);
    await db.$executeRaw`UPDATE "Session" SET "expiresAt" = clock_timestamp() WHERE "hash" = ${hashSessionSecret(id)}`;
    expectProblem(await as(held).get('/v1/me'), 401, 'unauthenticated');
  });

  it('ends for good when the page signs out: the old cookie opens nothing', async () => {
    const held = await signedIn('viewer');
    await supertest(api.api.url).delete('/v1/session').set(held).expect(204);
    expectProblem(await as(held).get('/v1/me'), 401, 'unauthenticated');
  });

  it('ends with its key, and with the secret that opened it', async () => {
    const { db } = api.platform;
    const { key, secret } = await createKey(db, { name: 'of a page', role: 'viewer' });
    const first = await open(secret);
    const { secret: fresh } = (await rotateKey(db, key.id, { overlapHours: 0 }))!;
    expectProblem(await as(first).get('/v1/me'), 401, 'unauthenticated');
    const second = await open(fresh);
    await as(second).get('/v1/me').expect(200);
    await revokeKey(db, key.id);
    expectProblem(await as(second).get('/v1/me'), 401, 'unauthenticated');
  });

  it('is not given for a wrong key', async () => {
    const wrong = await supertest(api.api.url)
      .post('/v1/session')
      .send({ key: `rf_${'B'.repeat(43)}` });
    expectProblem(wrong, 401, 'unauthenticated');
    const none = await supertest(api.api.url).post('/v1/session').send({ key: 'short' });
    expectProblem(none, 400, 'validation', ['/key']);
    expect(none.headers['set-cookie']).toBeUndefined();
  });

  it('does not stand in for a wrong Authorization header', async () => {
    const response = await as(await signedIn('admin'))
      .get('/v1/me')
      .set('authorization', 'Bearer wrong');
    expectProblem(response, 401, 'unauthenticated');
  });

  it('is not opened by a key in its cookie', async () => {
    const response = supertest(api.api.url).get('/v1/me').set('cookie', `${cookieName}=${api.platform.keys.admin}`);
    expectProblem(await response, 401, 'unauthenticated');
  });

  it('remembers the project that an admin of the installation looks at', async () => {
    await api.post('/v1/projects', { name: 'looked-at' }, 'admin').expect(201);
    const held = await signedIn('admin');
    const choice = { name: 'looked-at' };
    const chosen = await supertest(api.api.url).put('/v1/session/project').set(held).send(choice).expect(200);
    expect(chosen.body.project.name).toBe('looked-at');
    expect((await as(held).get('/v1/me').expect(200)).body.project.name).toBe('looked-at');
    const byKey = supertest(api.api.url).put('/v1/session/project').send(choice);
    expectProblem(await byKey.set('authorization', `Bearer ${api.platform.keys.admin}`), 409, 'conflict');
  });

  it('is for HTTPS alone, under a name that no plain page can plant, where the page is reached by HTTPS', async () => {
    const behind = await api.platform.hostApi({
      RANKFORGE_MODELS_DIR: api.modelsDir,
      RANKFORGE_PUBLIC_URL: 'https://rankforge.example',
    });
    const anyone = () => supertest(behind.url);
    const key = api.platform.keys.viewer;
    const response = await anyone().post('/v1/session').set('origin', 'https://rankforge.example').send({ key });
    expect(response.status).toBe(200);
    const cookie = response.get('Set-Cookie')!.find((line) => line.startsWith('__Host-rankforge_session='))!;
    expect(cookie).toMatch(/; Path=\/; HttpOnly; Secure; SameSite=Strict$/);
    const [pair] = cookie.split(';');
    const token = (response.body as SignedIn).pageToken;
    await anyone().get('/v1/me').set('cookie', pair!).set(pageHeader, token).expect(200);
    const planted = anyone().get('/v1/me').set('cookie', pair!.replace('__Host-', '')).set(pageHeader, token);
    expectProblem(await planted, 401, 'unauthenticated');
    await behind.stop();
  });
});

describe('a page of another site, or of another port of this host', () => {
  const hook = { url: 'https://attacker.example/', events: ['sweep.completed'] };
  const other = 'http://127.0.0.1:9';
  const marks: { from: string; headers: Record<string, string>; status: number }[] = [
    { from: 'another port', headers: { 'sec-fetch-site': 'same-site', origin: other }, status: 403 },
    { from: 'another site', headers: { 'sec-fetch-site': 'cross-site' }, status: 403 },
    { from: 'another port, over plain HTTP', headers: { origin: other }, status: 403 },
    { from: 'a sandboxed frame', headers: { origin: 'null' }, status: 403 },
    { from: 'the page itself', headers: { 'sec-fetch-site': 'same-origin' }, status: 201 },
  ];
  let agent: ReturnType<typeof supertest.agent>;
  beforeAll(async () => {
    agent = supertest.agent(api.api.url);
    const { body } = await agent.post('/v1/session').send({ key: api.platform.keys.admin }).expect(200);
    // Even a page that had the token would be told apart.
    agent.set(pageHeader, (body as SignedIn).pageToken);
  });

  it.each(marks)('makes a webhook with the session of a person: $from, $status', async ({ headers, status }) => {
    const before = await api.platform.db.webhook.count();
    const response = await agent.post('/v1/webhooks').set(headers).send(hook);
    expect(response.status).toBe(status);
    if (status === 403) expectProblem(response, 403, 'cross-site');
    expect(await api.platform.db.webhook.count()).toBe(before + (status === 201 ? 1 : 0));
  });

  it('reads and downloads nothing', async () => {
    expectProblem(await agent.get('/v1/keys').set('sec-fetch-site', 'same-site'), 403, 'cross-site');
  });

  it('signs nobody in, and nobody out', async () => {
    for (const headers of [{ 'sec-fetch-site': 'cross-site' }, { origin: other }]) {
      const signIn = supertest(api.api.url).post('/v1/session').set(headers).send({ key: api.platform.keys.viewer });
      const refused = await signIn;
      expectProblem(refused, 403, 'cross-site');
      expect(refused.headers['set-cookie']).toBeUndefined();
      expectProblem(await agent.delete('/v1/session').set(headers), 403, 'cross-site');
    }
    await agent.get('/v1/me').expect(200);
  });

  it.each([
    ['a form', 'application/x-www-form-urlencoded', 'url=https%3A%2F%2Fattacker.example&events=sweep.completed'],
    ['plain text', 'text/plain', JSON.stringify(hook)],
    ['a form with parts', 'multipart/form-data; boundary=x', '--x--\r\n'],
    ['bytes', 'application/octet-stream', '{}'],
  ])('is not read where it is %s, whoever sends it', async (_, type, body) => {
    const before = await api.platform.db.webhook.count();
    expectProblem(await agent.post('/v1/webhooks').set('content-type', type).send(body), 415, 'unsupported-media-type');
    const bearer = await api.post('/v1/webhooks', undefined, 'admin').set('content-type', type).send(body);
    expectProblem(bearer, 415, 'unsupported-media-type');
    expect(await api.platform.db.webhook.count()).toBe(before);
  });
});

describe('every answer', () => {
  it('has security headers and an id', async () => {
    const { headers } = await api.get('/v1/me').expect(200);
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
    });
    expect(headers['content-security-policy']).toContain("default-src 'self'");
    expect(headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
    expect(headers['x-powered-by']).toBeUndefined();
  });
});

describe('the rate limit', () => {
  it('counts per key and spares the probes', async () => {
    const limited = await api.platform.hostApi({ RANKFORGE_MODELS_DIR: api.modelsDir, RANKFORGE_RATE_LIMIT: '5' });
    const as = (role: Role) =>
      supertest(limited.url).get('/v1/me').set('authorization', `Bearer ${api.platform.keys[role]}`);
    for (let request = 0; request < 5; request++) await as('viewer').expect(200);
    const refused = await as('viewer');
    expectProblem(refused, 429, 'rate-limited');
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    await as('admin').expect(200);
    for (let probe = 0; probe < 10; probe++) await supertest(limited.url).get('/livez').expect(200, 'ok');
    await limited.stop();
  });
});
