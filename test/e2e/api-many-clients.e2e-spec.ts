import { get, type IncomingMessage } from 'node:http';
import { claimTrial, type Lease, recordMetrics } from '@rankforge/db';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from '../support/index.js';
import { type ApiUnderTest, create, playWorker, startApi, trialsOf } from './api-client.js';

const readers = 495;
const sleepers = 5;
const eventsABurst = 500;
/** The flow ends here where a sleeper is never dropped: some 100 MB, more than any socket takes. */
const eventsAtMost = 300_000;

let api: ApiUnderTest;

beforeAll(async () => {
  api = await startApi(
    { RANKFORGE_EVENT_BUFFER_KIB: '64', RANKFORGE_STREAMS_PER_KEY: '1000', LOG_LEVEL: 'warn' },
    { ownProcess: true },
  );
});
afterAll(() => api.stop());

/** A client with a socket of its own that reads only while it is awake. */
class Client {
  readonly ids: string[] = [];
  ended = false;
  private rest = '';

  private constructor(private readonly response: IncomingMessage) {
    response.setEncoding('utf8');
    response.on('data', (text: string) => this.read(text));
    const end = () => {
      this.ended = true;
    };
    response.on('end', end).on('error', end).on('close', end);
  }

  static open(query: string, lastEventId?: string): Promise<Client> {
    return new Promise((resolve, reject) => {
      const headers = {
        authorization: `Bearer ${api.platform.keys.viewer}`,
        ...(lastEventId ? { 'last-event-id': lastEventId } : {}),
      };
      get(`${api.api.url}/v1/events${query}`, { headers, agent: false }, (response) => {
        if (response.statusCode === 200) resolve(new Client(response));
        else reject(new Error(`the stream was refused: ${response.statusCode}`));
      }).on('error', reject);
    });
  }

  sleep(): void {
    this.response.pause();
  }

  wake(): void {
    this.response.resume();
  }

  close(): void {
    this.response.destroy();
  }

  private read(text: string): void {
    const blocks = (this.rest + text).split('\n\n');
    this.rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const id = /^id: (.*)$/m.exec(block)?.[1];
      if (id) this.ids.push(id);
    }
  }
}

interface Running {
  lease: Lease;
  sweepId: string;
}

async function startTrial(seed: number): Promise<Running> {
  const { id: sweepId } = await create(api, { seed: [seed] });
  const [trial] = await trialsOf(api, sweepId);
  const workerId = await playWorker(api);
  const claimed = await claimTrial(api.platform.db, {
    trialId: trial!.id,
    workerId,
    device: 'host',
    leaseSeconds: 600,
  });
  return { lease: claimed!.lease, sweepId };
}

/** Progress as `recordMetrics` tells it, many at once. */
async function progress({ lease, sweepId }: Running, events: number): Promise<void> {
  await api.platform.db.$executeRaw`
    WITH told AS (
      INSERT INTO "Event" ("type", "sweepId", "trialId", "data")
      SELECT 'trial.progress', ${sweepId}::uuid, ${lease.trialId}::uuid, jsonb_build_object('step', n, 'loss', 1.0 / n)
      FROM generate_series(1, ${events}::int) n
    )
    SELECT pg_notify('rankforge_event', ${sweepId})`;
}

const points = (step: number) =>
  Array.from({ length: 250 }, (_, index) => ({ name: `series/${index % 5}`, step: step + index, value: index }));

async function seriesOf(name: string): Promise<number> {
  const { text } = await api.get('/metrics', 'admin').expect(200);
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
}

const eventsOf = async (sweepId: string) =>
  (
    await api.platform.db.$queryRaw<{ id: string }[]>`
      SELECT e."xact"::text || '-' || e."id" AS "id" FROM "Event" e
      WHERE e."sweepId" = ${sweepId}::uuid ORDER BY e."xact", e."id"`
  ).map(({ id }) => id);

/** Waits until every reader has its events; fails at once where one of them was dropped. */
async function waitForReaders(counts: ReadonlyMap<readonly Client[], number>): Promise<void> {
  const readers = [...counts].flatMap(([clients, count]) => clients.map((client) => ({ client, count })));
  const dropped = () => readers.filter(({ client }) => client.ended);
  await waitFor(
    'the readers to have it all',
    () => dropped().length > 0 || readers.every(({ client, count }) => client.ids.length >= count),
    { everyMs: 5 },
  );
  expect(dropped()).toHaveLength(0);
}

describe('five hundred clients', () => {
  it('get everything, each once, while those that do not read are dropped and go on where they were', async () => {
    const busy = await startTrial(1);
    const quiet = await startTrial(2);
    const own = `?sweepId=${busy.sweepId}`;
    // A few read all that flows; most follow a sweep of which little is told, as pages do.
    const eager = await Promise.all(Array.from({ length: 15 }, () => Client.open(own)));
    const others = await Promise.all(
      Array.from({ length: readers - eager.length }, () => Client.open(`?sweepId=${quiet.sweepId}`)),
    );
    const asleep = await Promise.all(Array.from({ length: sleepers }, () => Client.open(own)));
    // The sweep, its trial, and that it runs.
    const before = 3;
    expect(await eventsOf(busy.sweepId)).toHaveLength(before);
    expect(await seriesOf('rankforge_event_stream_clients')).toBe(readers + sleepers);
    for (const client of asleep) client.sleep();

    let sent = 0;
    while ((await seriesOf('rankforge_event_stream_drops_total')) < sleepers) {
      if (sent > eventsAtMost) throw new Error(`${sleepers} clients read nothing of ${sent} events and are kept`);
      for (let burst = 0; burst < 4; burst++) {
        await progress(busy, eventsABurst);
        sent += eventsABurst;
        // A reader that is slow here, in one process with five hundred, would be dropped as a sleeper is.
        await waitForReaders(new Map([[eager, sent]]));
      }
      await progress(quiet, 5);
      expect(await recordMetrics(api.platform.db, busy.lease, { points: points(sent), step: sent, loss: 1 })).toBe(
        true,
      );
    }
    const told = {
      busy: (await eventsOf(busy.sweepId)).slice(before),
      quiet: (await eventsOf(quiet.sweepId)).slice(before),
    };

    await waitForReaders(
      new Map([
        [eager, told.busy.length],
        [others, told.quiet.length],
      ]),
    );
    for (const { ids } of eager) expect(ids).toEqual(told.busy);
    for (const { ids } of others) expect(ids).toEqual(told.quiet);

    for (const client of asleep) {
      client.wake();
      await waitFor('the end of a dropped stream', () => client.ended);
      const seen = client.ids;
      expect(seen.length).toBeLessThan(told.busy.length);
      expect(seen).toEqual(told.busy.slice(0, seen.length));
      const resumed = await Client.open(own, seen.at(-1));
      await waitFor('what it missed', () => resumed.ids.length === told.busy.length - seen.length);
      expect([...seen, ...resumed.ids]).toEqual(told.busy);
      resumed.close();
    }
    for (const client of [...eager, ...others]) client.close();
    await waitFor('all to be forgotten', async () => (await seriesOf('rankforge_event_stream_clients')) === 0);
  });
});
