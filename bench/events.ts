import { get, type IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Lease, openDatabase, recordMetrics } from '@rankforge/db';
import type { Bench } from './bench.js';
import { percentile } from './bench.js';
import { type BenchApi, withApi } from './support/platform.js';
import { runningTrial } from './support/sample-trial.js';
import { withServers } from './support/servers.js';

const clients = 500;
/** Clients that never read. */
const sleepers = 5;
const trials = 20;
const pointsASecond = 3000;
/** A worker writes every half second. */
const batchesASecond = 2;
const seconds = 20;

/** Whoever is sent an event twice is sent it again by then. */
const quietMs = 1000;

/** What one client heard. */
interface Heard {
  /** How often each event came, by its id. */
  events: Map<string, number>;
  /** From the event's row to its arrival, ms. */
  delays: number[];
  response: IncomingMessage;
}

const once = (events: ReadonlyMap<string, number>) => [...events.values()].every((count) => count === 1);

function open({ url, secret }: BenchApi, asleep: boolean): Promise<Heard> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${secret}` };
    get(`${url}/v1/events`, { headers, agent: false }, (response) => {
      const heard: Heard = { events: new Map(), delays: [], response };
      let rest = '';
      response.setEncoding('utf8');
      response.on('error', () => undefined); // a dropped sleeper: counted by the API
      response.on('data', (text: string) => {
        const blocks = (rest + text).split('\n\n');
        rest = blocks.pop() ?? '';
        const now = Date.now();
        for (const block of blocks) {
          const at = /"at":"([^"]+)"/.exec(block)?.[1];
          const id = /^id: ?(.*)$/m.exec(block)?.[1];
          if (!at || !id) continue;
          heard.events.set(id, (heard.events.get(id) ?? 0) + 1);
          heard.delays.push(now - Date.parse(at));
        }
      });
      if (asleep) response.pause();
      resolve(heard);
    }).on('error', reject);
  });
}

const bench: Bench = {
  title: `Server-sent events: ${clients} clients of everything while ${pointsASecond} metric points/s arrive`,
  run: () =>
    withServers((servers) =>
      withApi(servers, async (api) => {
        const db = openDatabase({ url: servers.databaseUrl, poolSize: 4 });
        const leases: Lease[] = [];
        for (let trial = 0; trial < trials; trial++) leases.push(await runningTrial(db));
        await sleep(2000);
        const heard = await Promise.all(Array.from({ length: clients }, (_, index) => open(api, index < sleepers)));
        const awake = heard.slice(sleepers);
        const size = pointsASecond / trials / batchesASecond;
        const started = performance.now();
        let batches = 0;
        const play = async (lease: Lease, offset: number) => {
          for (let round = 0; round < seconds * batchesASecond; round++) {
            const due = started + ((round + offset) * 1000) / batchesASecond;
            await sleep(Math.max(0, due - performance.now()));
            const points = Array.from({ length: size }, (_, index) => ({
              name: `series/${index % 5}`,
              step: round * size + index,
              value: Math.sin(index),
            }));
            if (!(await recordMetrics(db, lease, { points, step: round, loss: 1 })))
              throw new Error('a lease was lost');
            batches += 1;
          }
        };
        await Promise.all(leases.map((lease, index) => play(lease, index / trials)));
        const took = (performance.now() - started) / 1000;
        const deadline = Date.now() + 60_000;
        while (awake.some(({ events }) => events.size < batches) && Date.now() < deadline) await sleep(50);
        await sleep(quietMs);
        const ids = new Set(awake.flatMap(({ events }) => [...events.keys()]));
        if (ids.size !== batches)
          throw new Error(`${batches} events were written, and ${ids.size} different ones came`);
        const whole = awake.filter(({ events }) => events.size === ids.size && once(events)).length;
        const twice = awake.filter(({ events }) => !once(events)).length;
        const delays = awake.flatMap((client) => client.delays);
        for (const { response } of heard) response.destroy();
        await db.$disconnect();
        return {
          columns: ['', 'figure'],
          rows: [
            ['points/s written', (batches * size) / took],
            ['events/s', batches / took],
            ['deliveries/s', (batches * awake.length) / took],
            ['clients that heard each event once, of those that read', `${whole} of ${awake.length}`],
            ['clients that heard an event more than once', twice],
            ['row to client, p50 ms', percentile(delays, 0.5)],
            ['row to client, p95 ms', percentile(delays, 0.95)],
            ['row to client, worst ms', percentile(delays, 1)],
          ],
          notes: [
            `${trials} trainings write for ${seconds} s; ${sleepers} clients more never read. All of it on this machine:`,
            `each client keeps the ids that it heard, until ${quietMs} ms after the last of them;`,
            'writers and clients share one process, the API is another, and the delay is in whole milliseconds.',
          ],
        };
      }),
    ),
};
export default bench;
