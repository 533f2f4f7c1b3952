import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { launchProof, Me } from '@rankforge/contracts';
import { expect, it, onTestFinished } from 'vitest';
import { unreachable } from '../src/api/client.js';
import { connect, databaseUrl } from '../src/api/connection.js';
import { updateState } from '../src/local/state.js';

const secret = 'of-the-launcher';
const me = {
  name: 'ada',
  role: 'admin',
  installation: true,
  project: { id: '01a22dcc-3214-7543-9e03-eee2f6cade85', name: 'default' },
};

/** A server that proves to be the launcher's, and knows who asks. */
const api = createServer(async (request, response) => {
  const { pathname, searchParams } = new URL(request.url!, 'http://api');
  const { port } = api.address() as AddressInfo;
  const proof = await launchProof(secret, searchParams.get('challenge') ?? '', port);
  const answer = pathname === '/readyz' ? { ready: true, dependencies: [], version: '1', proof } : me;
  response.setHeader('content-type', 'application/json').end(JSON.stringify(answer));
});
const listening = (port: number) => new Promise<void>((resolve) => api.listen(port, '127.0.0.1', resolve));
const closed = () => new Promise((resolve) => api.close(resolve));

it('reaches an API that did not answer the first time, as while it is started again', async () => {
  const home = await mkdtemp(join(tmpdir(), 'connection-'));
  onTestFinished(() => rm(home, { recursive: true }));
  await listening(0);
  const { port } = api.address() as AddressInfo;
  await closed();
  await updateState(home, { apiUrl: `http://127.0.0.1:${port}`, launchSecret: secret });
  const client = await connect({ key: 'rf_key' }, { RANKFORGE_HOME: home });
  await expect(client.get('/v1/me', Me)).rejects.toThrow(/ECONNREFUSED|cannot be reached|not reach/);
  await listening(port);
  onTestFinished(() => void closed());
  expect(await client.get('/v1/me', Me)).toEqual(me);
});

it('does not tell to start a platform that is silent', () => {
  const { message } = unreachable(
    'http://127.0.0.1:8080',
    AbortSignal.abort(new DOMException('', 'TimeoutError')).reason,
  );
  expect(message).toContain('no answer from http://127.0.0.1:8080 in time');
  expect(message).not.toContain('Start it');
});

it.each([
  ['127.0.0.1', 0, 'set RANKFORGE_KEY, or make one: rankforge key create'],
  ['localhost', 0, 'set RANKFORGE_KEY, or make one: rankforge key create'],
  // Another port of this machine, as that of a tunnel, and a name that says nothing of whose platform it is.
  ['127.0.0.1', 1, 'set RANKFORGE_KEY to one that an admin of that installation made'],
  ['0.0.0.0', 0, 'set RANKFORGE_KEY to one that an admin of that installation made'],
])('says where to get a key for an API at %s, %d ports from that of this machine', async (host, apart, advice) => {
  const asking = createServer((_, response) => {
    const problem = { type: '/problems/unauthenticated', title: 'A key is needed', status: 401 };
    response.writeHead(401, { 'content-type': 'application/problem+json' }).end(JSON.stringify(problem));
  });
  await new Promise<void>((resolve) => asking.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void asking.close());
  const home = await mkdtemp(join(tmpdir(), 'connection-'));
  onTestFinished(() => rm(home, { recursive: true }));
  const { port } = asking.address() as AddressInfo;
  await updateState(home, { apiUrl: `http://127.0.0.1:${port - apart}`, databaseUrl: 'postgresql://here/rankforge' });
  const env = { RANKFORGE_HOME: home, RANKFORGE_URL: `http://${host}:${port}` };
  const client = await connect({}, env);
  await expect(client.get('/v1/me', Me)).rejects.toThrow(`401 A key is needed\n  no key was sent: ${advice}`);
  // `rankforge key create` does what it is advised for.
  const makes = await databaseUrl({}, env).catch(() => undefined);
  expect(makes !== undefined).toBe(advice.endsWith('rankforge key create'));
});

it('finds the database of this machine only where no API elsewhere is named', async () => {
  const home = await mkdtemp(join(tmpdir(), 'connection-'));
  onTestFinished(() => rm(home, { recursive: true }));
  await updateState(home, { apiUrl: 'http://127.0.0.1:8080', databaseUrl: 'postgresql://here/rankforge' });
  const env = { RANKFORGE_HOME: home };
  const elsewhere = { ...env, RANKFORGE_URL: 'https://ranks.example.com' };
  expect(await databaseUrl({}, env)).toBe('postgresql://here/rankforge');
  expect(await databaseUrl({}, { ...env, RANKFORGE_URL: 'http://127.0.0.1:8080/' })).toBe(
    'postgresql://here/rankforge',
  );
  expect(await databaseUrl({}, { ...elsewhere, DATABASE_URL: 'postgresql://there/r' })).toBe('postgresql://there/r');
  await expect(databaseUrl({}, elsewhere)).rejects.toMatchObject({
    status: 2,
    message: expect.stringContaining('RANKFORGE_URL names an API elsewhere (https://ranks.example.com)'),
  });
});
