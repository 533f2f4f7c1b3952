import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { EventView, type Role } from '@rankforge/contracts';
import { claimTrial, createKey, finishTrial, revokeKey, rotateKey } from '@rankforge/db';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from '../support/index.js';
import { type ApiUnderTest, create, expectProblem, playWorker, startApi, trialsOf } from './api-client.js';

let api: ApiUnderTest;

beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.stop());

interface Follower {
  events: EventView[];
  text: () => string;
  close(): void;
}

/** Follows the log as a browser does. */
async function follow(query = '', lastEventId?: string): Promise<Follower> {
  const abort = new AbortController();
  const response = await fetch(`${api.api.url}/v1/events${query}`, {
    headers: {
      authorization: `Bearer ${api.platform.keys.viewer}`,
      ...(lastEventId ? { 'last-event-id': lastEventId } : {}),
    },
    signal: abort.signal,
  });
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  const events: EventView[] = [];
  let text = '';
  void (async () => {
    let rest = '';
    const decoder = new TextDecoder();
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      const part = decoder.decode(chunk, { stream: true });
      text += part;
      const blocks = (rest + part).split('\n\n');
      rest = blocks.pop() ?? '';
      for (const block of blocks) {
        const data = /^data: (.*)$/m.exec(block)?.[1];
        if (!data) continue;
        const event = EventView.parse(JSON.parse(data));
        expect(block).toContain(`id: ${event.id}\nevent: ${event.type}\n`);
        events.push(event);
      }
    }
  })().catch((error: Error) => {
    if (!abort.signal.aborted && error.message !== 'terminated') throw error;
  });
  await waitFor('the stream to open', () => text.includes('retry:'));
  return { events, text: () => text, close: () => abort.abort() };
}

const states = (events: readonly EventView[]) =>
  events.map(({ type, data }) => (type === 'trial.progress' ? type : `${type} ${data.from} ${data.to}`));

describe('the stream of events', () => {
  it('tells what happens to a sweep and nothing of another', async () => {
    const other = await create(api, { seed: [1] });
    const stream = await follow();
    const made = await create(api, { seed: [2, 3] });
    await waitFor(
      'its trials',
      () => stream.events.filter(({ sweepId, type }) => sweepId === made.id && type === 'trial.state').length === 2,
    );
    const narrow = await follow(`?sweepId=${made.id}`);
    await api.post(`/v1/sweeps/${made.id}/pause`).expect(200);
    await api.post(`/v1/sweeps/${other.id}/pause`).expect(200);
    await waitFor(
      'the events',
      () => stream.events.some(({ sweepId }) => sweepId === other.id) && narrow.events.length > 0,
    );
    expect(states(stream.events.filter(({ sweepId }) => sweepId === made.id))).toEqual([
      'sweep.state null RUNNING',
      'trial.state null QUEUED',
      'trial.state null QUEUED',
      'sweep.state RUNNING PAUSED',
    ]);
    expect(states(narrow.events)).toEqual(['sweep.state RUNNING PAUSED']);
    stream.close();
    narrow.close();
  });

  it('goes on behind the last event a client saw, with no gap and no repeat', async () => {
    const first = await follow();
    const made = await create(api, { seed: [10, 11, 12] });
    await waitFor('the first events', () => first.events.length === 4);
    first.close();
    const seen = first.events[1]?.id;
    await api.post(`/v1/sweeps/${made.id}/pause`).expect(200);
    const second = await follow('', seen);
    await api.post(`/v1/sweeps/${made.id}/resume`).expect(200);
    await waitFor('the rest', () => second.events.some(({ data }) => 'to' in data && data.from === 'PAUSED'));
    expect(second.events.slice(0, 2).map(({ id }) => id)).toEqual(first.events.slice(2).map(({ id }) => id));
    expect(states(second.events)).toEqual([
      'trial.state null QUEUED',
      'trial.state null QUEUED',
      'sweep.state RUNNING PAUSED',
      'sweep.state PAUSED RUNNING',
    ]);
    second.close();
  });

  it('keeps the order of commits: an event written first and committed last is not lost', async () => {
    const made = await create(api, { seed: [20, 21] });
    const [slow, quick] = await trialsOf(api, made.id);
    const workerId = await playWorker(api);
    const stream = await follow(`?sweepId=${made.id}`);
    const late = new pg.Client(api.platform.databaseUrl);
    await late.connect();
    await late.query('BEGIN');
    await late.query(`UPDATE "Trial" SET "state" = 'CANCELLED', "finishedAt" = now() WHERE "id" = $1`, [slow?.id]);
    const claimed = await claimTrial(api.platform.db, {
      trialId: quick?.id ?? '',
      workerId,
      device: 'host',
      leaseSeconds: 60,
    });
    await finishTrial(
      api.platform.db,
      claimed?.lease ?? { trialId: '', token: 0 },
      {
        state: 'FAILED',
        reason: 'for the test',
        attempt: 'failed',
      },
      '',
    );
    await late.query('COMMIT');
    await late.end();
    await waitFor('all events', () => stream.events.length >= 3);
    const own = stream.events
      .filter(({ type }) => type === 'trial.state')
      .map(({ trialId, data }) => [trialId, 'to' in data && data.to]);
    expect(own).toEqual([
      [slow?.id, 'CANCELLED'],
      [quick?.id, 'RUNNING'],
      [quick?.id, 'FAILED'],
    ]);
    stream.close();
  });

  it('orders transactions as numbers, where their text would be ordered otherwise', async () => {
    const made = await create(api, { seed: [40] });
    for (const [xact, step] of [
      [9, 1],
      [10, 2],
      [99, 3],
      [100, 4],
    ]) {
      await api.platform.db.$executeRaw`
        INSERT INTO "Event" ("xact", "type", "sweepId", "trialId", "data")
        SELECT ${String(xact)}::xid8, 'trial.progress', t."sweepId", t."id", jsonb_build_object('step', ${step}::int, 'loss', 1)
        FROM "Trial" t WHERE t."sweepId" = ${made.id}::uuid`;
    }
    const stream = await follow(`?sweepId=${made.id}`, '0-0');
    await waitFor('the events', () => stream.events.length >= 6);
    const steps = stream.events.flatMap(({ data }) => ('step' in data ? [data.step] : []));
    expect(steps).toEqual([1, 2, 3, 4]);
    stream.close();
    // At the present nothing is behind: the newest transaction is the largest number.
    const now = await follow(`?sweepId=${made.id}`);
    await api.post(`/v1/sweeps/${made.id}/pause`).expect(200);
    await waitFor('the pause', () => states(now.events).includes('sweep.state RUNNING PAUSED'));
    expect(states(now.events)).not.toContain('trial.progress');
    now.close();
  });

  it('goes on at the present for a client that names a transaction which this cluster has not made', async () => {
    const made = await create(api, { seed: [45] });
    const ahead = await follow(`?sweepId=${made.id}`, `${10n ** 15n}-1`);
    await api.post(`/v1/sweeps/${made.id}/pause`).expect(200);
    await waitFor('the pause', () => ahead.events.length > 0);
    expect(states(ahead.events)).toEqual(['sweep.state RUNNING PAUSED']);
    ahead.close();
  });

  it('is followed by many, each from its own place', async () => {
    const before = await follow();
    const made = await create(api, { seed: Array.from({ length: 250 }, (_, index) => 100 + index) });
    const early = await waitFor('its first event', () => before.events.find(({ sweepId }) => sweepId === made.id));
    const streams = await Promise.all(Array.from({ length: 10 }, () => follow(`?sweepId=${made.id}`, early.id)));
    await api.post(`/v1/sweeps/${made.id}/cancel`).expect(200);
    for (const { events } of streams) {
      await waitFor('every event', () => events.length >= 501);
      expect(new Set(events.map(({ id }) => id)).size).toBe(501);
      expect(events.filter(({ data }) => 'to' in data && data.to === 'CANCELLED')).toHaveLength(251);
    }
    for (const { close } of [before, ...streams]) close();
    await waitFor('the clients to be forgotten', async () =>
      /^rankforge_event_stream_clients 0$/m.test((await api.get('/metrics', 'admin').expect(200)).text),
    );
  });

  it('reaches a client that takes compressed answers as it is, one event at a time', async () => {
    const made = await create(api, { seed: [50] });
    const request = get(`${api.api.url}/v1/events?sweepId=${made.id}`, {
      headers: { authorization: `Bearer ${api.platform.keys.viewer}`, 'accept-encoding': 'gzip, deflate, br' },
    });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    expect(response.headers).not.toHaveProperty('content-encoding');
    let text = '';
    response.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
    // Each event is read before the next one is caused.
    for (const [action, from, to] of [
      ['pause', 'RUNNING', 'PAUSED'],
      ['resume', 'PAUSED', 'RUNNING'],
      ['pause', 'RUNNING', 'PAUSED'],
    ]) {
      text = '';
      await api.post(`/v1/sweeps/${made.id}/${action}`).expect(200);
      await waitFor(`the event of ${action}`, () => text.endsWith('\n\n') && text.includes(`"to":"${to}"`));
      // The event of its beginning may come late, before that of the first action.
      expect(JSON.parse([...text.matchAll(/^data: (.*)$/gm)].at(-1)![1]!)).toMatchObject({ data: { from, to } });
    }
    request.destroy();
  });

  it.each<[string, (id: string) => Promise<unknown>]>([
    ['revoked', (id) => revokeKey(api.platform.db, id)],
    ['rotated without an overlap', (id) => rotateKey(api.platform.db, id, { overlapHours: 0 })],
    [
      'at its end',
      (id) => api.platform.db.$executeRaw`UPDATE "ApiKey" SET "expiresAt" = clock_timestamp() WHERE "id" = ${id}::uuid`,
    ],
  ])('ends when its key is %s, with nothing that happens later', async (_, end) => {
    const { key, secret } = await createKey(api.platform.db, { name: 'follower', role: 'viewer' });
    const headers = { authorization: `Bearer ${secret}` };
    const response = await fetch(`${api.api.url}/v1/events`, { headers });
    expect(response.status).toBe(200);
    const untouched = await follow();
    await end(key.id);
    // The text is whole when the API has ended the stream.
    const text = await response.text();
    const later = await create(api, { seed: [60] });
    await waitFor('the event of another key', () => untouched.events.some(({ sweepId }) => sweepId === later.id));
    expect(text).not.toContain(later.id);
    untouched.close();
    expect((await fetch(`${api.api.url}/v1/events`, { headers })).status).toBe(401);
  });

  it('refuses one stream more than a key may hold, and lets it in when one is closed', async () => {
    const few = await api.platform.hostApi({ RANKFORGE_MODELS_DIR: api.modelsDir, RANKFORGE_STREAMS_PER_KEY: '2' });
    const open = (role: Role) => {
      const abort = new AbortController();
      const headers = { authorization: `Bearer ${api.platform.keys[role]}` };
      return fetch(`${few.url}/v1/events`, { headers, signal: abort.signal }).then((response) => ({ response, abort }));
    };
    const [first, second] = [await open('viewer'), await open('viewer')];
    expect([first.response.status, second.response.status]).toEqual([200, 200]);
    const third = await open('viewer');
    expect(third.response.status).toBe(429);
    expect(await third.response.json()).toMatchObject({ type: '/problems/rate-limited' });
    const others = await open('submitter');
    expect(others.response.status).toBe(200);
    first.abort.abort();
    await waitFor('the place of the closed stream', async () => {
      const again = await open('viewer');
      const { status } = again.response;
      again.abort.abort();
      return status === 200;
    });
    await few.stop();
  });

  it('refuses an id that is none', async () => {
    expectProblem(await api.get('/v1/events').set('last-event-id', 'yesterday'), 400, 'validation', ['/last-event-id']);
    expectProblem(await api.get('/v1/events?sweepId=1'), 400, 'validation', ['/sweepId']);
  });

  it('is resumed from another process after a restart', async () => {
    const made = await create(api, { seed: [30] });
    const second = await api.platform.startApi({ RANKFORGE_MODELS_DIR: api.modelsDir });
    const stream = await follow(`?sweepId=${made.id}`, '0-0');
    await waitFor('what happened before', () => stream.events.length === 2);
    await api.api.stop();
    api.api = second;
    await api.post(`/v1/sweeps/${made.id}/pause`).expect(200);
    const resumed = await follow(`?sweepId=${made.id}`, stream.events.at(-1)?.id);
    await waitFor('what was missed', () => resumed.events.length === 1);
    expect(states(resumed.events)).toEqual(['sweep.state RUNNING PAUSED']);
    resumed.close();
  });
});
