import type { KeyWithSecret } from '@rankforge/contracts';
import supertest from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rankforge } from '../../apps/cli/test/support/run.js';
import { type ApiUnderTest, expectProblem, startApi } from './api-client.js';

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi({ RANKFORGE_FAILED_ATTEMPTS: '8' });
});
afterAll(() => api.stop());

const me = (secret: string) => supertest(api.api.url).get('/v1/me').set('authorization', `Bearer ${secret}`);
const make = async (body: object) => (await api.post('/v1/keys', body, 'admin').expect(201)).body as KeyWithSecret;
const rotate = async (id: string, body: object) =>
  (await api.post(`/v1/keys/${id}/rotate`, body, 'admin').expect(201)).body as KeyWithSecret;

describe('a rotated key', () => {
  it('works with both secrets until the overlap is over, then with the new one alone', async () => {
    const { key, secret: old } = await make({ name: 'ci' });
    const { key: after, secret: fresh } = await rotate(key.id, { overlapHours: 2 });
    expect(after.id).toBe(key.id);
    const hours = (Date.parse(after.previousEndsAt!) - Date.parse(after.rotatedAt!)) / 3_600_000;
    expect(hours).toBeCloseTo(2, 3);
    await me(old).expect(200);
    await me(fresh).expect(200);
    await api.platform.db.$executeRaw`
      UPDATE "ApiKey" SET "previousEndsAt" = clock_timestamp() WHERE "id" = ${key.id}::uuid`;
    expectProblem(await me(old), 401, 'unauthenticated');
    await me(fresh).expect(200);
  });

  it('ends its old secret at once without an overlap, and the one before last in any case', async () => {
    const { key, secret: first } = await make({ name: 'ci' });
    const { secret: second } = await rotate(key.id, { overlapHours: 1 });
    const { secret: third } = await rotate(key.id, { overlapHours: 1 });
    expectProblem(await me(first), 401, 'unauthenticated');
    await me(second).expect(200);
    const { secret: fourth } = await rotate(key.id, { overlapHours: 0 });
    expectProblem(await me(third), 401, 'unauthenticated');
    await me(fourth).expect(200);
  });

  it('is ended with both its secrets, and gets no other then', async () => {
    const { key, secret: old } = await make({ name: 'ci' });
    const { secret: fresh } = await rotate(key.id, {});
    await api.delete(`/v1/keys/${key.id}`, 'admin').expect(200);
    expectProblem(await me(old), 401, 'unauthenticated');
    expectProblem(await me(fresh), 401, 'unauthenticated');
    expectProblem(await api.post(`/v1/keys/${key.id}/rotate`, {}, 'admin'), 409, 'conflict');
  });
});

describe('a key with an end', () => {
  it('is refused from then on', async () => {
    const { key, secret } = await make({ name: 'for a week', expiresInDays: 7 });
    expect((Date.parse(key.expiresAt!) - Date.parse(key.createdAt)) / 86_400_000).toBeCloseTo(7, 3);
    await me(secret).expect(200);
    await api.platform.db.$executeRaw`UPDATE "ApiKey" SET "expiresAt" = clock_timestamp() WHERE "id" = ${key.id}::uuid`;
    expectProblem(await me(secret), 401, 'unauthenticated');
  });

  it('may be given another with a new secret', async () => {
    const { key } = await make({ name: 'for a week', expiresInDays: 7 });
    const { key: after } = await rotate(key.id, { expiresInDays: 30 });
    expect((Date.parse(after.expiresAt!) - Date.parse(after.rotatedAt!)) / 86_400_000).toBeCloseTo(30, 3);
  });

  it('gets no new secret after that, which would not work, unless it gets another end', async () => {
    const { key } = await make({ name: 'for a week', expiresInDays: 7 });
    const expiresAt = new Date('2026-01-02T03:04:05.678Z');
    await api.platform.db.apiKey.update({ where: { id: key.id }, data: { expiresAt } });
    const { detail } = expectProblem(await api.post(`/v1/keys/${key.id}/rotate`, {}, 'admin'), 409, 'conflict');
    expect(detail).toBe(
      `The key ${key.id} ended at 2026-01-02T03:04:05.678Z, so that a new secret would not work; ` +
        'name another end with expiresInDays, or make another key',
    );
    const args = ['key', 'rotate', key.id];
    const { status, err } = await rankforge(args, { DATABASE_URL: api.platform.databaseUrl });
    expect({ status, err }).toEqual({ status: 3, err: expect.stringContaining('another end with --expires-in-days') });
    const { secret } = await rotate(key.id, { expiresInDays: 7 });
    await me(secret).expect(200);
  });

  it('ends the secret before the last one no later', async () => {
    const { key } = await make({ name: 'for a day', expiresInDays: 1 });
    const { key: longer } = await rotate(key.id, { overlapHours: 48 });
    expect(longer.previousEndsAt).toBe(key.expiresAt);
    const { key: shorter } = await rotate(key.id, { overlapHours: 1 });
    expect((Date.parse(shorter.previousEndsAt!) - Date.parse(shorter.rotatedAt!)) / 3_600_000).toBeCloseTo(1, 3);
  });

  it('is checked for what makes no sense', async () => {
    expectProblem(await api.post('/v1/keys', { name: 'x', expiresInDays: 0 }, 'admin'), 400, 'validation', [
      '/expiresInDays',
    ]);
    expectProblem(await api.post('/v1/keys', { name: ' ' }, 'admin'), 400, 'validation', ['/name']);
    expectProblem(await api.post('/v1/keys', { name: 'x', installation: true }, 'admin'), 409, 'conflict');
  });
});

describe('refused secrets', () => {
  it('are limited by address, and a good one works all the same', async () => {
    const wrong = (digit: number) => me(`rf_${String(digit).padStart(43, '0')}`);
    let limited = 0;
    for (let tried = 0; tried < 12; tried++) if ((await wrong(tried)).status === 429) limited++;
    expect(limited).toBeGreaterThanOrEqual(4);
    expectProblem(await wrong(99), 429, 'rate-limited');
    const signIn = supertest(api.api.url)
      .post('/v1/session')
      .send({ key: `rf_${'D'.repeat(43)}` });
    expectProblem(await signIn, 429, 'rate-limited');
    await me(api.platform.keys.viewer).expect(200);
  });
});
