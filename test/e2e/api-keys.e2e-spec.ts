import type { Role } from '@rankforge/contracts';
import { createKey, listKeys, revokeKey } from '@rankforge/db';
import supertest from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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
  it('is needed by every route but the probes, the session and the way to it', async () => {
    const open = operations.filter(({ isPublic }) => isPublic).map(({ method, path }) => `${method} ${path}`);
    expect(open.sort()).toEqual([
      'delete /v1/session',
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

  it('that is revoked is refused at once', async () => {
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
    expect((await listKeys(api.platform.db)).find(({ name }) => name === 'test viewer')?.lastUsedAt).not.toBeNull();
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
  it('keeps the key in a cookie that scripts and other sites do not get', async () => {
    const agent = supertest.agent(api.api.url);
    const signIn = await agent.post('/v1/session').send({ key: api.platform.keys.submitter }).expect(200);
    expect(signIn.body).toMatchObject({ name: 'test submitter', role: 'submitter' });
    const cookie = String(signIn.headers['set-cookie']);
    expect(cookie).toContain('HttpOnly');
    expect(cookie).toContain('SameSite=Strict');
    expect((await agent.get('/v1/me').expect(200)).body).toMatchObject({ name: 'test submitter', role: 'submitter' });
    await agent.delete('/v1/session').expect(204);
    expectProblem(await agent.get('/v1/me'), 401, 'unauthenticated');
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
    const response = await supertest(api.api.url)
      .get('/v1/me')
      .set('cookie', `rankforge_key=${api.platform.keys.admin}`)
      .set('authorization', 'Bearer wrong');
    expectProblem(response, 401, 'unauthenticated');
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
