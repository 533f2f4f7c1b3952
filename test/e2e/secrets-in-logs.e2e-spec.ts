import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Service } from '@rankforge/cli';
import { type KeyWithSecret, pageHeader, type SignedIn, type WebhookWithSecret } from '@rankforge/contracts';
import supertest from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from '../support/wait-for.js';
import { type ApiUnderTest, create, startApi } from './api-client.js';

/** What the settings of a program may hold: none of it belongs in a log either. */
const settings = { HF_TOKEN: 'hf_TokenOfTheHubThatNobodyMaySee', PGPASSWORD: 'PasswordOfTheDatabase' };

let api: ApiUnderTest;
let worker: Service;
const secrets = new Map<string, string>(Object.entries(settings));

beforeAll(async () => {
  // A process of its own, so that all that it prints is read.
  const env = { LOG_LEVEL: 'trace', RANKFORGE_WEBHOOKS_PRIVATE: 'true', ...settings };
  api = await startApi(env, { ownProcess: true });
  worker = await api.platform.startWorker({ LOG_LEVEL: 'trace', RANKFORGE_MODELS_DIR: api.modelsDir, ...settings });
});
afterAll(() => api.stop());

const logs = async () => `${await readFile(api.api.logFile, 'utf8')}${await readFile(worker.logFile, 'utf8')}`;

/** Everything that carries a secret, used well and used badly. */
async function useEverything(): Promise<void> {
  const { keys, db } = api.platform;
  for (const [role, secret] of Object.entries(keys)) secrets.set(`key of ${role}`, secret);
  const made = (await api.post('/v1/keys', { name: 'logged?' }, 'admin').expect(201)).body as KeyWithSecret;
  secrets.set('new key', made.secret);
  const rotated = (await api.post(`/v1/keys/${made.key.id}/rotate`, {}, 'admin').expect(201)).body as KeyWithSecret;
  secrets.set('rotated key', rotated.secret);
  const hash = (await db.apiKey.findUniqueOrThrow({ where: { id: made.key.id } })).hash;
  secrets.set('hash of a key', hash);

  const agent = supertest.agent(api.api.url);
  const signedIn = await agent.post('/v1/session').send({ key: keys.admin }).expect(200);
  secrets.set(
    'cookie of a session',
    signedIn
      .get('Set-Cookie')!
      .join()
      .match(/rankforge_session=([\w-]+)/)![1]!,
  );
  secrets.set('token of a page', (signedIn.body as SignedIn).pageToken);
  agent.set(pageHeader, (signedIn.body as SignedIn).pageToken);
  // A key that somebody puts into an address by mistake.
  for (const path of [
    '/v1/trials?key=',
    '/v1/trials?cursor=',
    '/v1/trials?rf_',
    '/v1/sweeps/',
    '/v1/login?key=',
    '/nowhere/',
  ]) {
    await agent.get(`${path}${keys.admin}`);
    await agent.get(`${path}${keys.admin.replace('rf_', '%72f%5F')}`);
  }
  await agent.get('/v1/me').expect(200);
  await agent.get('/v1/sweeps?cursor=broken').expect(400);

  const wrong = `rf_${'W'.repeat(43)}`;
  secrets.set('wrong key', wrong);
  await supertest(api.api.url).post('/v1/session').send({ key: wrong }).expect(401);
  await supertest(api.api.url).get('/v1/me').set('authorization', `Bearer ${wrong}`).expect(401);
  const malformed = 'rf_almost-a-key-with-a-typo-in-it';
  secrets.set('malformed key', malformed);
  await supertest(api.api.url).post('/v1/session').send({ key: malformed }).expect(400);

  const receiver = createServer((_, response) => response.writeHead(500).end());
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
  const body = { url, events: ['sweep.completed'] };
  const hook = (await api.post('/v1/webhooks', body, 'admin').expect(201)).body as WebhookWithSecret;
  secrets.set('webhook secret', hook.secret.replace('whsec_', ''));
  await api.post(`/v1/webhooks/${hook.webhook.id}/test`, undefined, 'admin').expect(200);
  receiver.close();

  await create(api);
  await waitFor('a trial to end', async () => (await db.attempt.count({ where: { endedAt: { not: null } } })) > 0);
}

describe('the logs of API and worker at their most talkative', () => {
  it('hold no secret', async () => {
    await useEverything();
    const text = await logs();
    // The logs are the talkative ones: requests and trials are in them.
    expect(text).toContain('"url":"/v1/session"');
    expect(text.split('\n').length).toBeGreaterThan(20);
    const leaked = [...secrets].filter(([, secret]) => text.includes(secret)).map(([name]) => name);
    expect(leaked).toEqual([]);
  });

  it('would hold one that was written carelessly, but for the redaction', async () => {
    const { createLogger } = await import('../../apps/api/dist/platform/logging.js');
    const lines: string[] = [];
    const logger = createLogger('trace', { write: (line: string) => void lines.push(line) });
    const secret = 'rf_careless';
    logger.info({ key: secret, secret, password: secret, token: secret }, 'flat');
    logger.info({ body: { key: secret, secret, token: secret } }, 'nested');
    logger.info({ req: { headers: { authorization: secret, cookie: secret } } }, 'request');
    logger.info({ headers: { authorization: secret, cookie: secret, 'set-cookie': secret } }, 'headers');
    expect(lines).toHaveLength(4);
    expect(lines.join('')).not.toContain(secret);
    expect(lines.join('')).toContain('[redacted]');
  });
});
