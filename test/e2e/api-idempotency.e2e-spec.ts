import { createHash } from 'node:crypto';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { SweepDetail } from '@rankforge/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiUnderTest, expectProblem, startApi, sweep } from './api-client.js';

let api: ApiUnderTest;

beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.stop());

/** SHA-256 of JSON whose names are in order, for values of ASCII. */
const hashed = (value: unknown) =>
  createHash('sha256')
    .update(JSON.stringify(inOrder(value)))
    .digest('hex');

function inOrder(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(inOrder);
  return Object.fromEntries(
    Object.entries(value)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([name, each]) => [name, inOrder(each)]),
  );
}

describe('Idempotency-Key', () => {
  const submit = (key: string, overrides = {}, role: 'submitter' | 'admin' = 'submitter') =>
    api.post('/v1/sweeps', sweep(api.base, { seed: [1000], ...overrides }), role).set('idempotency-key', key);

  it('makes one sweep of a repeated request', async () => {
    const first = await submit('key-1').expect(201);
    const second = await submit('key-1').expect(201);
    expect(second.body.id).toBe(first.body.id);
    expect([first.headers['idempotency-replayed'], second.headers['idempotency-replayed']]).toEqual([
      undefined,
      'true',
    ]);
    expect(first.headers.location).toBe(`/v1/sweeps/${first.body.id}`);
  });

  it('makes one sweep of requests that arrive together', async () => {
    const responses = await Promise.all(Array.from({ length: 6 }, () => submit('key-2').expect(201)));
    expect(new Set(responses.map(({ body }) => body.id)).size).toBe(1);
  });

  it('is refused for another request, and nothing is written', async () => {
    await submit('key-3').expect(201);
    const before = await api.platform.db.sweep.count();
    expectProblem(await submit('key-3', { name: 'another' }), 422, 'idempotency-mismatch');
    expect(await api.platform.db.sweep.count()).toBe(before);
  });

  it('gives the sweep that was made, though what it names is gone', async () => {
    const first = await submit('key-5').expect(201);
    const folder = join(api.modelsDir, api.base);
    await rename(folder, `${folder}-away`);
    try {
      expectProblem(await submit('key-6'), 400, 'validation', ['/base']);
      expect((await submit('key-5').expect(201)).body.id).toBe(first.body.id);
    } finally {
      await rename(`${folder}-away`, folder);
    }
  });

  it('knows the request by what was sent, and one that an earlier version made by its defaults too', async () => {
    const { id, spec } = (await submit('key-7').expect(201)).body as SweepDetail;
    const hashOf = async () => (await api.platform.db.sweep.findUniqueOrThrow({ where: { id } })).requestHash;
    expect(await hashOf()).toBe(hashed(sweep(api.base, { seed: [1000] })));
    const requestHash = hashed(spec);
    expect(requestHash).not.toBe(await hashOf());
    await api.platform.db.sweep.update({ where: { id }, data: { requestHash } });
    expect((await submit('key-7').expect(201)).body.id).toBe(id);
  });

  it('belongs to the caller', async () => {
    const first = await submit('key-4').expect(201);
    const other = await submit('key-4', {}, 'admin').expect(201);
    expect(other.body.id).not.toBe(first.body.id);
  });
});
