import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type DeliveryPage,
  type DeliveryView,
  type KeyWithSecret,
  predictionTolerance,
  type WebhookEvent,
  type WebhookList,
  type WebhookWithSecret,
} from '@rankforge/contracts';
import { claimTrial, finishTrial } from '@rankforge/db';
import { Webhook } from 'standardwebhooks';
import supertest from 'supertest';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { waitFor } from '../support/wait-for.js';
import { type ApiUnderTest, create, expectProblem, playWorker, startApi, sweep, trialsOf } from './api-client.js';

interface Received {
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

let api: ApiUnderTest;
let receiver: Server;
let address: string;
let received: Received[] = [];
/** Status of the answer to the nth request of a path. */
let answer: (path: string, nth: number) => number = () => 204;
/** Keeps the answer to a path back. */
let hold: (path: string) => Promise<void> = async () => undefined;

beforeAll(async () => {
  receiver = createServer((request, response) => {
    const path = request.url ?? '';
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', async () => {
      await hold(path);
      received.push({ path, headers: request.headers, body });
      const status = answer(path, received.filter((one) => one.path === path).length);
      response.writeHead(status, status === 302 ? { location: `${address}/moved-to` } : {}).end();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
  api = await startApi({ RANKFORGE_WEBHOOKS_PRIVATE: 'true', RANKFORGE_WEBHOOK_RETRIES: '1,1' });
});
afterAll(async () => {
  await api.stop();
  receiver.close();
});
beforeEach(() => {
  received = [];
  answer = () => 204;
  hold = async () => undefined;
});

async function add(path: string, events: WebhookEvent[]): Promise<WebhookWithSecret> {
  const response = await api.post('/v1/webhooks', { url: `${address}${path}`, events }, 'admin');
  expect(response.status, JSON.stringify(response.body)).toBe(201);
  return response.body as WebhookWithSecret;
}

const on = (path: string) => received.filter((one) => one.path === path);
const deliveries = async (id: string) =>
  ((await api.get(`/v1/webhooks/${id}/deliveries`, 'admin').expect(200)).body as DeliveryPage).items;

describe('a webhook', () => {
  it('is told of a sweep that ended, signed so that the receiver can check it', async () => {
    const { webhook, secret } = await add('/ended', ['sweep.cancelled']);
    const sweep = await create(api, { name: 'to be cancelled' });
    await api.post(`/v1/sweeps/${sweep.id}/cancel`).expect(200);
    await waitFor('the delivery', () => on('/ended').length > 0);
    const { headers, body } = on('/ended')[0]!;
    const told = new Webhook(secret).verify(body, headers as Record<string, string>);
    expect(told).toMatchObject({
      type: 'sweep.cancelled',
      data: { project: 'default', sweepId: sweep.id, sweep: 'to be cancelled' },
    });
    // The scheme as its specification states it, without the library.
    const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
    const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
    expect(headers['webhook-signature']).toBe(`v1,${createHmac('sha256', key).update(signed).digest('base64')}`);
    await waitFor('the end', async () => (await deliveries(webhook.id))[0]?.state === 'DELIVERED');
    expect((await deliveries(webhook.id))[0]).toMatchObject({ attempts: 1, status: 204, id: headers['webhook-id'] });
    const tampered = body.replace('cancelled', 'completed');
    expect(() => new Webhook(secret).verify(tampered, headers as Record<string, string>)).toThrow();
  });

  it('is told of a failed trial, and of a prediction that was off', async () => {
    const { db } = api.platform;
    await add('/trials', ['trial.failed', 'trial.prediction-drift']);
    const { id } = await create(api, { seed: [61, 62, 63] });
    const trials = await trialsOf(api, id);
    const workerId = await playWorker(api);
    const claim = (trialId: string) => claimTrial(db, { trialId, workerId, device: 'host', leaseSeconds: 600 });
    const parts = { weights: 0, adapters: 0, gradients: 0, optimizer: 0, activations: 0, workspace: 0 };
    const over = (share: number, predicted: number) => ({
      state: 'OVER_BUDGET' as const,
      reason: 'measured',
      measured: { ...parts, total: Math.round(predicted * share) },
      dominantPart: 'weights' as const,
    });
    const [failed, off, near] = await Promise.all(trials.map((trial) => claim(trial.id)));
    await finishTrial(db, failed!.lease, { state: 'FAILED', reason: 'diverged', attempt: 'failed' }, '');
    await finishTrial(db, off!.lease, over(1 + predictionTolerance + 0.01, off!.predicted.total), '');
    await finishTrial(db, near!.lease, over(1 + predictionTolerance - 0.01, near!.predicted.total), '');
    await waitFor('both deliveries', () => on('/trials').length >= 2);
    const told = on('/trials').map(({ body }) => JSON.parse(body));
    expect(told).toHaveLength(2);
    expect(told.find(({ type }) => type === 'trial.failed').data).toMatchObject({
      trialId: failed!.lease.trialId,
      reason: 'diverged',
    });
    expect(told.find(({ type }) => type === 'trial.prediction-drift').data).toMatchObject({
      trialId: off!.lease.trialId,
      predictedBytes: off!.predicted.total,
    });
  });

  it('is tried again under the same id, and given up after the last attempt', async () => {
    const { webhook } = await add('/flaky', ['sweep.cancelled']);
    const { webhook: deaf } = await add('/deaf', ['sweep.cancelled']);
    answer = (path, nth) => (path === '/deaf' || nth < 2 ? 503 : 200);
    const sweep = await create(api, { seed: [71] });
    await api.post(`/v1/sweeps/${sweep.id}/cancel`).expect(200);
    await waitFor('the dead one', async () => (await deliveries(deaf.id))[0]?.state === 'DEAD');
    expect((await deliveries(deaf.id))[0]).toMatchObject({ attempts: 3, status: 503 });
    expect((await deliveries(webhook.id))[0]).toMatchObject({ state: 'DELIVERED', attempts: 2, status: 200 });
    expect(new Set(on('/flaky').map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    const list = (await api.get('/v1/webhooks', 'admin').expect(200)).body as WebhookList;
    expect(list.webhooks.find(({ id }) => id === deaf.id)).toMatchObject({ dead: 1, pending: 0 });
    answer = () => 200;
    const retried = await api.post(`/v1/webhooks/${deaf.id}/retry-dead`, undefined, 'admin').expect(200);
    expect(retried.body).toEqual({ retried: 1 });
    await waitFor('the second life', async () => (await deliveries(deaf.id))[0]?.state === 'DELIVERED');
  });

  it('is tested at once, and a redirect is not followed', async () => {
    const { webhook } = await add('/tested', ['sweep.completed']);
    const test = async () =>
      (await api.post(`/v1/webhooks/${webhook.id}/test`, undefined, 'admin').expect(200)).body as DeliveryView;
    expect(await test()).toMatchObject({ type: 'webhook.test', state: 'DELIVERED', status: 204 });
    answer = () => 302;
    const redirected = await test();
    expect(redirected).toMatchObject({ state: 'DEAD', attempts: 1, status: 302 });
    expect(redirected.error).toContain('redirects are not followed');
    expect(on('/moved-to')).toEqual([]);
    // Whoever asked knows how it went: nothing waits, and nothing is left to be tried again.
    const list = (await api.get('/v1/webhooks', 'admin').expect(200)).body as WebhookList;
    expect(list.webhooks.find(({ id }) => id === webhook.id)).toMatchObject({ pending: 0, dead: 0 });
    const retried = await api.post(`/v1/webhooks/${webhook.id}/retry-dead`, undefined, 'admin').expect(200);
    expect(retried.body).toEqual({ retried: 0 });
  });

  it('answers 404 when it is deleted while it is tested', async () => {
    const { webhook } = await add('/slow', ['sweep.completed']);
    let arrived: () => void = () => undefined;
    const isThere = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    let go: () => void = () => undefined;
    hold = (path) => {
      if (path !== '/slow') return Promise.resolve();
      arrived();
      return new Promise((resolve) => {
        go = resolve;
      });
    };
    const tested = api.post(`/v1/webhooks/${webhook.id}/test`, undefined, 'admin').then((response) => response);
    await isThere;
    await api.delete(`/v1/webhooks/${webhook.id}`, 'admin').expect(204);
    go();
    const { detail } = expectProblem(await tested, 404, 'not-found');
    expect(detail).toBe(`There is no webhook ${webhook.id}`);
  });

  it('says of an address that is too long how long it may be', async () => {
    const url = `http://x.com/${'a'.repeat(2000)}`;
    const refused = await api.post('/v1/webhooks', { url, events: ['sweep.completed'] }, 'admin');
    expect(expectProblem(refused, 400, 'validation', ['/url']).detail).toBe('/url: may have at most 2000 characters');
    const endpoint = { name: 'long', kind: 'endpoint', url, model: 'm' };
    const other = await api.post('/v1/generators', endpoint);
    expect(expectProblem(other, 400, 'validation', ['/url']).detail).toBe('/url: may have at most 2000 characters');
  });

  it('shows its secret once, and to admins alone', async () => {
    const { secret } = await add('/secret', ['sweep.completed']);
    expect(secret).toMatch(/^whsec_/);
    expect((await api.get('/v1/webhooks', 'admin').expect(200)).text).not.toContain(secret);
    expectProblem(await api.get('/v1/webhooks', 'submitter'), 403, 'forbidden');
  });

  it.each([
    [{ url: 'ftp://example.com', events: ['sweep.completed'] }, '/url'],
    [{ url: 'https://user:secret@example.com', events: ['sweep.completed'] }, '/url'],
    [{ url: 'https://example.com', events: [] }, '/events'],
    [{ url: 'https://example.com', events: ['sweep.vanished'] }, '/events/0'],
  ])('is refused with what is wrong: %j', async (body, path) => {
    expectProblem(await api.post('/v1/webhooks', body, 'admin'), 400, 'validation', [path]);
  });
});

describe('webhooks of several projects', () => {
  it('receivers are told although all of another project do not answer', async () => {
    const { keys } = api.platform;
    const request = (secret: string, path: string, project?: string) =>
      supertest(api.api.url)
        .post(path)
        .set('authorization', `Bearer ${secret}`)
        .set(project ? { 'rankforge-project': project } : {});
    await api.post('/v1/projects', { name: 'silent' }, 'admin').expect(201);
    const made = await request(keys.admin, '/v1/keys', 'silent').send({ name: 'silent', role: 'admin' }).expect(201);
    const { secret } = made.body as KeyWithSecret;
    hold = (path) => (path.startsWith('/silent') ? new Promise<void>((release) => released.push(release)) : done);
    const released: (() => void)[] = [];
    const done = Promise.resolve();
    const hooks: string[] = [];
    for (let index = 0; index < 30; index++) {
      const hook = { url: `${address}/silent/${index}`, events: ['sweep.cancelled'] };
      hooks.push((await request(secret, '/v1/webhooks').send(hook).expect(201)).body.webhook.id);
    }
    const theirs = await request(secret, '/v1/sweeps').send(sweep(api.base)).expect(201);
    await request(secret, `/v1/sweeps/${theirs.body.id}/cancel`).expect(200);
    await waitFor('receivers to keep silent', () => released.length > 0);
    await add('/other-project', ['sweep.cancelled']);
    const { id } = await create(api, { name: 'of the default project' });
    await api.post(`/v1/sweeps/${id}/cancel`).expect(200);
    await waitFor('the delivery', () => on('/other-project').length > 0);
    // None of theirs had to end for it.
    const tried = await api.platform.db.webhookDelivery.findMany({ where: { webhookId: { in: hooks } } });
    expect(tried.map(({ error }) => error)).toEqual(hooks.map(() => null));
    expect(tried.filter(({ attempts }) => attempts > 0)).toHaveLength(10);
    for (const release of released) release();
    for (const hook of hooks)
      await supertest(api.api.url).delete(`/v1/webhooks/${hook}`).set('authorization', `Bearer ${secret}`);
  });

  it('number 50 at most, in each', async () => {
    await api.post('/v1/projects', { name: 'many' }, 'admin').expect(201);
    const statuses = await Promise.all(
      Array.from({ length: 55 }, async (_, index) => {
        const { status } = await api
          .post('/v1/webhooks', { url: `${address}/many/${index}`, events: ['sweep.cancelled'] }, 'admin')
          .set('rankforge-project', 'many');
        return status;
      }),
    );
    expect(statuses.filter((status) => status === 201)).toHaveLength(50);
    const refused = await api
      .post('/v1/webhooks', { url: `${address}/many`, events: ['sweep.cancelled'] }, 'admin')
      .set('rankforge-project', 'many');
    expect(expectProblem(refused, 409, 'conflict').detail).toContain('has 50 webhooks, which is the most: delete one');
  });
});

describe('an address inside the own network', () => {
  it('is not connected to, however it is written', async () => {
    const guarded = await api.platform.hostApi({ RANKFORGE_MODELS_DIR: api.modelsDir });
    const { port } = receiver.address() as AddressInfo;
    const hosts = ['127.0.0.1', 'localhost', '2130706433', '0x7f.1', '[::1]', '[::ffff:127.0.0.1]', '0.0.0.0'];
    const elsewhere = [
      'http://169.254.169.254/latest/meta-data',
      'http://10.0.0.1/',
      'http://192.168.1.1/',
      'http://[fd00::1]/',
    ];
    for (const url of [...hosts.map((host) => `http://${host}:${port}/inside`), ...elsewhere]) {
      const made = await api.platform.request(guarded, '/v1/webhooks', { body: { url, events: ['sweep.completed'] } });
      expect(made.status, url).toBe(201);
      const { webhook } = (await made.json()) as WebhookWithSecret;
      const tested = await api.platform.request(guarded, `/v1/webhooks/${webhook.id}/test`, { method: 'POST' });
      const delivery = (await tested.json()) as DeliveryView;
      expect(delivery, url).toMatchObject({ state: 'DEAD', status: null });
      expect(delivery.error, url).toMatch(
        /not allowed: an administrator allows those by RANKFORGE_WEBHOOKS_PRIVATE=true/,
      );
      await api.delete(`/v1/webhooks/${webhook.id}`, 'admin').expect(204);
    }
    expect(on('/inside')).toEqual([]);
    await guarded.stop();
  });
});
