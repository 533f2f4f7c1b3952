/** @file A Redis that hands over to its replica, and one that is reached over TLS, by real servers. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RedisTls } from '@rankforge/contracts';
import { openRedis } from '@rankforge/db';
import { Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Certificates, makeCertificates } from '../../../test/support/certificates.js';
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
let workers: Worker[] = [];
let queues: TrialQueues | undefined;
let primaryPort: number;
let replicaPort: number;

beforeEach(async ({ skip }) => {
  skip(program === '', 'neither redis-server nor valkey-server is installed');
  dir = await mkdtemp(join(tmpdir(), 'failover-'));
  processes = [];
  clients = [];
  workers = [];
  queues = undefined;
});
afterEach(async () => {
  await queues?.beforeApplicationShutdown();
  await Promise.all(workers.map((worker) => worker.close()));
  for (const client of clients) client.disconnect();
  for (const child of processes) child.kill('SIGKILL');
  if (dir) await rm(dir, { recursive: true, force: true });
});

it('follows one address to the promoted replica, and says READONLY until then', async () => {
  await primaryAndReplica();
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
  await primaryAndReplica();
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

it('reaches Redis over TLS by its authority, its name and a certificate of the client, and is refused without any of them', async () => {
  const files = makeCertificates(dir, 'redis.internal');
  const port = await freePort();
  await tlsServer(port, files, ['--port', '0', '--tls-port', String(port), '--dir', dir, '--save', '']);
  const url = `rediss://127.0.0.1:${port}`;
  queues = open(url, trusted(files));
  await untilWritable(queues);
  await queues.add(wakeUp('over-tls'));
  const seen = await queues.inspect();
  expect([seen.isEncrypted, seen.isLocal, seen.info.get('role')]).toEqual([true, true, 'master']);
  // A worker of BullMQ opens a second connection, which must carry the same certificates.
  const taken = new Promise<string | undefined>((resolve) => {
    const connection = openRedis(url, trusted(files), { maxRetriesPerRequest: null });
    clients.push(connection);
    workers.push(new Worker('q', async ({ id }) => resolve(id), { connection, prefix: 'test' }));
  });
  expect(await taken).toBe('over-tls');
  const refusal = async (tls: RedisTls) => {
    const client = openRedis(url, tls, { lazyConnect: true, retryStrategy: () => null });
    clients.push(client);
    const said: string[] = [];
    client.on('error', (error) => said.push(error.message));
    await expect(client.connect()).rejects.toThrow();
    return said.join();
  };
  const { caFile, certFile, keyFile, serverName } = trusted(files);
  expect(await refusal({ certFile, keyFile, serverName })).toContain('certificate');
  expect(await refusal({ caFile, certFile, keyFile })).toContain("does not match certificate's altnames");
  // The server's word may be lost with the connection that it resets.
  expect(await refusal({ caFile, serverName })).toMatch(/certificate required|ECONNRESET|EPIPE/);
});

it('reads certificates that changed while it ran when it connects again', async () => {
  const files = makeCertificates(dir, 'redis.internal');
  const port = await freePort();
  const serve = () => tlsServer(port, files, ['--port', '0', '--tls-port', String(port), '--dir', dir, '--save', '']);
  await serve();
  queues = open(`rediss://127.0.0.1:${port}`, trusted(files));
  await untilWritable(queues);
  // Another authority, under the same names of files.
  makeCertificates(dir, 'redis.internal');
  const ended = new Promise((resolve) => processes[0]!.once('exit', resolve));
  processes[0]!.kill('SIGKILL');
  await ended;
  await serve();
  await untilWritable(queues);
});

it('reads a password that changed while it ran when it connects again, as the second connection of a worker does', async () => {
  const [port, file] = [await freePort(), join(dir, 'password')];
  const server = await redisServer(port);
  const change = async (password: string) => {
    await server.config('SET', 'requirepass', password);
    // Connections that were let in stay so until they end.
    await server.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
  };
  await writeFile(file, 'first\n');
  await change('first');
  const url = `redis://127.0.0.1:${port}/0?passwordfile=${file}`;
  queues = open(url);
  await untilWritable(queues);
  const taken: (string | undefined)[] = [];
  const connection = openRedis(url, {}, { maxRetriesPerRequest: null });
  connection.on('error', () => {}); // refused until the file has changed as well
  clients.push(connection);
  const worker = new Worker('q', async ({ id }) => taken.push(id), { connection, prefix: 'test' });
  worker.on('error', () => {}); // the same
  workers.push(worker);
  await queues.add(wakeUp('before'));
  await waitFor('the worker to take a wake-up', () => taken.includes('before'));
  await change('second');
  await expect(queues.probe()).rejects.toThrow();
  await writeFile(file, 'second\n');
  await untilWritable(queues);
  await queues.add(wakeUp('after'));
  await waitFor('the worker to take a wake-up by its new password', () => taken.includes('after'));
});

it('asks a Sentinel over TLS for a primary that is reached over TLS', async () => {
  const files = makeCertificates(dir, 'redis.internal');
  const [port, ownPort] = [await freePort(), await freePort()];
  const tls = (at: number) => ['--port', '0', '--tls-port', String(at), '--tls-replication', 'yes', '--dir', dir];
  await tlsServer(port, files, [...tls(port), '--save', '']);
  const file = join(dir, 'sentinel.conf');
  await writeFile(file, `sentinel monitor main 127.0.0.1 ${port} 1\n`);
  await tlsServer(ownPort, files, [file, '--sentinel', ...tls(ownPort)]);
  queues = open(`rediss+sentinel://127.0.0.1:${ownPort}/main`, trusted(files));
  await untilWritable(queues);
  await queues.add(wakeUp('found'));
  expect(await queues.waiting('q')).toBe(1);
});

async function primaryAndReplica(): Promise<void> {
  primaryPort = await freePort();
  replicaPort = await freePort();
  await redisServer(primaryPort);
  const replica = await redisServer(replicaPort, '--replicaof', '127.0.0.1', String(primaryPort));
  await waitFor('the replica to follow', async () => (await replica.info()).includes('master_link_status:up'));
}

function open(redisUrl: string, tls: RedisTls = {}): TrialQueues {
  return new TrialQueues(partOf<ApiSettings>({ redisUrl, redisTls: tls, queuePrefix: 'test' }));
}

const trusted = ({ ca, clientCert, clientKey }: Certificates): RedisTls => ({
  caFile: ca,
  certFile: clientCert,
  keyFile: clientKey,
  serverName: 'redis.internal',
});

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
  return started(own, new Redis({ port, maxRetriesPerRequest: null }));
}

/** A server that lets in who shows a certificate of the same authority. */
function tlsServer(port: number, files: Certificates, args: readonly string[]): Promise<Redis> {
  const { ca, serverCert, serverKey } = files;
  const certificates = ['--tls-ca-cert-file', ca, '--tls-cert-file', serverCert, '--tls-key-file', serverKey];
  const client = openRedis(`rediss://127.0.0.1:${port}`, trusted(files), { maxRetriesPerRequest: null });
  return started([...args, ...certificates], client);
}

async function started(args: readonly string[], client: Redis): Promise<Redis> {
  processes.push(spawn(program, args, { stdio: 'ignore' }));
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
