/** @file A Redis that hands over to its replica, by real servers. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { partOf } from '../../../test/support/part-of.js';
import { waitFor } from '../../../test/support/wait-for.js';
import type { ApiSettings } from '../src/platform/env.js';
import { TrialQueues } from '../src/platform/queues.js';

const program = spawnSync('sh', ['-c', 'command -v redis-server || command -v valkey-server'], {
  encoding: 'utf8',
}).stdout.trim();

const wakeUp = (id: string) => [{ queue: 'q', jobId: id, trialId: id, priority: 1 }];

let dir: string;
let processes: ChildProcess[] = [];
let clients: Redis[] = [];
let queues: TrialQueues | undefined;
let primaryPort: number;
let replicaPort: number;

beforeEach(async ({ skip }) => {
  skip(program === '', 'neither redis-server nor valkey-server is installed');
  dir = await mkdtemp(join(tmpdir(), 'failover-'));
  processes = [];
  clients = [];
  queues = undefined;
  primaryPort = await freePort();
  replicaPort = await freePort();
  await redisServer(primaryPort);
  const replica = await redisServer(replicaPort, '--replicaof', '127.0.0.1', String(primaryPort));
  await waitFor('the replica to follow', async () => (await replica.info()).includes('master_link_status:up'));
});
afterEach(async () => {
  await queues?.beforeApplicationShutdown();
  for (const client of clients) client.disconnect();
  for (const child of processes) child.kill('SIGKILL');
  if (dir) await rm(dir, { recursive: true, force: true });
});

it('follows one address to the promoted replica, and says READONLY until then', async () => {
  let target = primaryPort;
  const sockets: Socket[] = [];
  const front: Server = createServer((near) => {
    const far = connect(target, '127.0.0.1');
    sockets.push(near, far);
    near.on('error', () => far.destroy()).pipe(far);
    far.on('error', () => near.destroy()).pipe(near);
  });
  await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
  const { port } = front.address() as { port: number };
  queues = open(`redis://127.0.0.1:${port}`);
  await untilWritable(queues);
  await queues.add(wakeUp('before'));
  await clients[1]!.replicaof('NO', 'ONE');
  await clients[0]!.replicaof('127.0.0.1', replicaPort);
  await expect(queues.probe()).rejects.toThrow('READONLY');
  target = replicaPort;
  await untilWritable(queues);
  await queues.add(wakeUp('after'));
  expect(await queues.waiting('q')).toBe(2);
  expect(await clients[1]!.exists('test:q:after')).toBe(1);
  for (const socket of sockets) socket.destroy();
  front.close();
});

it('follows a Sentinel through its failover', async () => {
  const port = await freePort();
  const file = join(dir, 'sentinel.conf');
  await writeFile(
    file,
    [
      `port ${port}`,
      `dir ${dir}`,
      `sentinel monitor main 127.0.0.1 ${primaryPort} 1`,
      'sentinel down-after-milliseconds main 500',
      'sentinel failover-timeout main 3000',
    ].join('\n'),
  );
  const sentinel = await redisServer(port, file, '--sentinel');
  const ask = async () => ((await sentinel.call('SENTINEL', 'get-master-addr-by-name', 'main')) as string[])[1];
  await waitFor('the Sentinel to know the replica', async () =>
    JSON.stringify(await sentinel.call('SENTINEL', 'replicas', 'main')).includes(String(replicaPort)),
  );
  queues = open(`redis+sentinel://127.0.0.1:${await freePort()},127.0.0.1:${port}/main`);
  await untilWritable(queues);
  await queues.add(wakeUp('before'));
  await clients[0]!.wait(1, 5000);
  processes[0]!.kill('SIGKILL');
  await waitFor('the Sentinel to promote the replica', async () => (await ask()) === String(replicaPort), {
    timeoutMs: 30_000,
  });
  await untilWritable(queues);
  await queues.add(wakeUp('after'));
  expect(await queues.waiting('q')).toBe(2);
}, 60_000);

function open(redisUrl: string): TrialQueues {
  return new TrialQueues(partOf<ApiSettings>({ redisUrl, queuePrefix: 'test' }));
}

const untilWritable = (written: TrialQueues) =>
  waitFor(
    'Redis to take writes',
    () =>
      written.probe().then(
        () => true,
        () => false,
      ),
    { timeoutMs: 30_000 },
  );

/** A server with a client of its own, which the test's end stops. */
async function redisServer(port: number, ...args: string[]): Promise<Redis> {
  const own = args.includes('--sentinel') ? args : ['--port', String(port), '--dir', dir, '--save', '', ...args];
  processes.push(spawn(program, own, { stdio: 'ignore' }));
  const client = new Redis(port, { maxRetriesPerRequest: null });
  client.on('error', () => {}); // it isn't up yet, or was killed
  clients.push(client);
  await client.ping();
  return client;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
