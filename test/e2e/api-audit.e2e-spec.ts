import { join } from 'node:path';
import type { AuditEntry, AuditPage, KeyWithSecret } from '@rankforge/contracts';
import { ArtifactStore, claimTrial, createKey, recordArtifact } from '@rankforge/db';
import supertest from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiUnderTest, create, expectProblem, playWorker, startApi, trialsOf } from './api-client.js';

interface Operation {
  'x-audit'?: string;
  responses: Record<string, { content?: Record<string, { schema?: { format?: string } }> }>;
}

const sendsFile = ({ responses }: Operation): boolean =>
  Object.values(responses['200']?.content ?? {}).some(({ schema }) => schema?.format === 'binary');

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.stop());

async function entries(query = '', secret = api.platform.keys.admin): Promise<AuditEntry[]> {
  const response = await supertest(api.api.url).get(`/v1/audit${query}`).set('authorization', `Bearer ${secret}`);
  expect(response.status, JSON.stringify(response.body)).toBe(200);
  return (response.body as AuditPage).items;
}

const latest = async () => (await entries('?limit=1'))[0]!;

describe('the audit trail', () => {
  it('says who created, steered and cloned a sweep', async () => {
    const { id } = await create(api);
    expect(await latest()).toMatchObject({
      action: 'sweep.create',
      actor: 'test submitter',
      subject: id,
      detail: { name: 'a sweep' },
      project: { name: 'default' },
      address: '127.0.0.1',
    });
    for (const [path, action] of [
      ['pause', 'sweep.pause'],
      ['resume', 'sweep.resume'],
      ['retry-failed', 'sweep.retry'],
      ['cancel', 'sweep.cancel'],
    ] as const) {
      await api.post(`/v1/sweeps/${id}/${path}`).expect(200);
      expect(await latest()).toMatchObject({ action, subject: id });
    }
    const clone = await api.post(`/v1/sweeps/${id}/clone`).expect(201);
    expect(await latest()).toMatchObject({ action: 'sweep.clone', subject: clone.body.sweep.id });
  });

  it('says who downloaded, also with a key that only reads', async () => {
    const { db, dataDir } = api.platform;
    const { id } = await create(api, { seed: [5] });
    const [trial] = await trialsOf(api, id);
    const claim = { trialId: trial!.id, workerId: await playWorker(api), device: 'host', leaseSeconds: 600 };
    const { lease } = (await claimTrial(db, claim))!;
    const stored = await new ArtifactStore(join(dataDir, 'artifacts')).put(Buffer.from('bytes'));
    await recordArtifact(db, lease, { kind: 'adapter', step: 3, ...stored }, { keep: 1 });
    const artifact = await db.artifact.findFirstOrThrow({ where: { trialId: trial!.id } });
    await api.get(`/v1/artifacts/${artifact.id}`).expect(200);
    expect(await latest()).toMatchObject({ action: 'artifact.download', actor: 'test viewer', subject: artifact.id });
    await api.get(`/v1/trials/${trial!.id}/adapter?format=native`).expect(200);
    expect(await latest()).toMatchObject({ action: 'adapter.download', subject: trial!.id });
  });

  it('says who made, rotated and revoked a key, and never its secret', async () => {
    const made = (await api.post('/v1/keys', { name: 'ci' }, 'admin').expect(201)).body as KeyWithSecret;
    const { id } = made.key;
    const rotated = (await api.post(`/v1/keys/${id}/rotate`, {}, 'admin').expect(201)).body as KeyWithSecret;
    await api.delete(`/v1/keys/${id}`, 'admin').expect(200);
    const about = await entries(`?subject=${id}`);
    expect(about.map(({ action }) => action)).toEqual(['key.revoke', 'key.rotate', 'key.create']);
    expect(JSON.stringify(about)).not.toContain(made.secret);
    expect(JSON.stringify(about)).not.toContain(rotated.secret);
  });

  it('says who signed in, and holds nothing of what was refused', async () => {
    const signIn = (key: string) => supertest(api.api.url).post('/v1/session').send({ key });
    await signIn(api.platform.keys.viewer).expect(200);
    expect(await latest()).toMatchObject({ action: 'session.sign-in', actor: 'test viewer' });
    const before = await api.platform.db.audit.count();
    await signIn(`rf_${'C'.repeat(43)}`).expect(401);
    await api.post(`/v1/sweeps/01a20e48-c583-7731-9cc1-72d64fe4184a/cancel`).expect(404);
    expect(await api.platform.db.audit.count()).toBe(before);
  });

  it.each([
    ['one proxy, by number', '1', '6.6.6.6, 10.1.2.3', '10.1.2.3'],
    ['two proxies, by number', '2', '6.6.6.6, 8.8.8.8, 10.1.2.3', '8.8.8.8'],
    ['two proxies, by address', 'loopback,10.0.0.0/8', '6.6.6.6, 8.8.8.8, 10.1.2.3', '8.8.8.8'],
    ['no proxy', '0', '6.6.6.6', '127.0.0.1'],
  ])(
    'holds the address that the last trusted proxy saw, whatever a client writes: %s',
    async (_, trusted, sent, seen) => {
      const behind = await api.platform.hostApi({
        RANKFORGE_MODELS_DIR: api.modelsDir,
        RANKFORGE_TRUST_PROXY: trusted,
      });
      const signIn = supertest(behind.url).post('/v1/session').set('x-forwarded-for', sent);
      await signIn.send({ key: api.platform.keys.viewer }).expect(200);
      expect(await latest()).toMatchObject({ action: 'session.sign-in', address: seen });
      await behind.stop();
    },
  );

  it('is read page by page, by an admin, who sees the own project', async () => {
    expectProblem(await api.get('/v1/audit', 'submitter'), 403, 'forbidden');
    const all = await entries('?limit=500');
    const paged: AuditEntry[] = [];
    let cursor = '';
    do {
      const page = (await api.get(`/v1/audit?limit=3${cursor}`, 'admin').expect(200)).body as AuditPage;
      paged.push(...page.items);
      cursor = page.nextCursor ? `&cursor=${page.nextCursor}` : '';
    } while (cursor);
    expect(paged).toEqual(all);
    const project = (await api.post('/v1/projects', { name: 'quiet' }, 'admin').expect(201)).body;
    const { secret } = await createKey(api.platform.db, { name: 'head', role: 'admin', projectId: project.id });
    expect(await entries('', secret)).toEqual([]);
    expect((await entries('?project=quiet')).map(({ action }) => action)).toEqual([]);
    const asked = supertest(api.api.url).get('/v1/audit?project=default').set('authorization', `Bearer ${secret}`);
    expectProblem(await asked, 404, 'not-found');
  });

  it('cannot be changed, not even by whoever may write to the database', async () => {
    const { db } = api.platform;
    const before = await db.audit.count();
    await expect(db.audit.updateMany({ data: { actor: 'nobody' } })).rejects.toThrow('append-only');
    await expect(db.audit.deleteMany()).rejects.toThrow('append-only');
    await expect(db.$executeRaw`TRUNCATE "Audit"`).rejects.toThrow('append-only');
    expect(await db.audit.count()).toBe(before);
  });

  it('covers every route that changes something', async () => {
    const { paths } = (await api.get('/v1/openapi.json').expect(200)).body as {
      paths: Record<string, Record<string, Operation>>;
    };
    const silent = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods)
        .filter(([method, operation]) => method !== 'get' && !operation['x-audit'])
        .map(([method]) => `${method} ${path}`),
    );
    // These write nothing, or nothing but a cookie of the caller.
    expect(silent.sort()).toEqual([
      'delete /v1/session',
      'post /v1/datasets/inspect',
      'post /v1/datasets/preview',
      'post /v1/estimate',
      'post /v1/estimate/from',
      'post /v1/peft-experiments',
      'post /v1/sweeps/preview',
      'put /v1/session/project',
    ]);
    const files = Object.entries(paths).filter(([, { get }]) => get && sendsFile(get));
    expect(files.map(([path]) => path).sort()).toEqual([
      '/v1/artifacts/{id}',
      '/v1/trials/{id}/adapter',
      '/v1/trials/{id}/export',
    ]);
    for (const [path, { get }] of files) expect(get!['x-audit'], path).toMatch(/download$/);
  });
});
