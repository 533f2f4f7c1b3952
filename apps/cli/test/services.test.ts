import { pbkdf2, randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { homedir, networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { execa, type ResultPromise } from 'execa';
import getPort from 'get-port';
import { Redis } from 'ioredis';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeCertificates } from '../../../test/support/certificates.js';
import { waitFor } from '../../../test/support/index.js';
import { processesNaming, strayProcesses } from '../../../test/support/stray-processes.js';
import { LocalSetupError } from '../src/local/errors.js';
import { startPostgres } from '../src/local/postgres.js';
import { startService } from '../src/local/processes.js';
import { findRedisServer, redisTrouble, redisVersion, startRedis } from '../src/local/redis.js';
import { type LocalServices, startServices } from '../src/local/services.js';
import { startPatienceMs } from '../src/local/start-patience.js';
import { readState } from '../src/local/state.js';
import { serverAt } from '../src/local/trouble.js';

let home: string;
let started: LocalServices[];
let launchers: ResultPromise[];

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'rankforge-services-'));
  started = [];
  launchers = [];
});

afterEach(async () => {
  for (const launcher of launchers) launcher.kill('SIGKILL');
  await Promise.allSettled(started.map((services) => services.stop()));
  await rm(home, { recursive: true, force: true });
});

async function start(env: NodeJS.ProcessEnv = {}): Promise<LocalServices> {
  const services = await startServices({ home, env });
  started.push(services);
  return services;
}

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

async function withRedis<T>(url: string, work: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(url);
  try {
    return await work(redis);
  } finally {
    redis.disconnect();
  }
}

test('a start refuses a patience that is no number of seconds, and says which it was', async () => {
  for (const [text, seconds] of [['soon'], ['0'], ['3601'], [undefined, 180], ['600', 600]] as const) {
    const patience = () => startPatienceMs({ RANKFORGE_START_SECONDS: text });
    if (seconds !== undefined) expect(patience()).toBe(1000 * seconds);
    else expect(patience).toThrow(`RANKFORGE_START_SECONDS is "${text}": expected whole seconds from 1 to 3600`);
  }
  await expect(startServices({ home, env: { RANKFORGE_START_SECONDS: 'soon' } })).rejects.toThrow(LocalSetupError);
  // Nothing was begun.
  await rm(home, { recursive: true });
});

test('a server that does not serve within the patience is said to need longer', async () => {
  await expect(startRedis({ dir: home, patienceMs: 1, settings: { requirepass: 'nobody' } })).rejects.toThrow(
    /redis did not answer on port \d+ within 0.001 s: a machine .* RANKFORGE_START_SECONDS says how long/,
  );
});

test('a private Redis answers nobody without its password', async () => {
  const redis = await startRedis({ dir: home });
  try {
    expect(await redisTrouble({ REDIS_URL: `redis://127.0.0.1:${redis.port}` })).toMatch(/^answers NOAUTH/);
    expect(await redisTrouble({ REDIS_URL: `redis://:guess@127.0.0.1:${redis.port}` })).toMatch(/^answers WRONGPASS/);
    expect(await redisTrouble({ REDIS_URL: redis.url() })).toBeUndefined();
    for (const file of ['password', 'redis.conf']) expect((await stat(join(home, file))).mode & 0o777).toBe(0o600);
  } finally {
    await redis.stop();
  }
});

test.runIf(Object.values(networkInterfaces()).some((each) => each?.some(({ address }) => address === '::1')))(
  'a Redis at an address of IPv6 is asked like any other',
  async () => {
    const redis = await startRedis({ dir: home, settings: { bind: '127.0.0.1 ::1' } });
    try {
      const env = { REDIS_URL: `redis://:${redis.password}@[::1]:${redis.port}` };
      expect(await redisTrouble(env)).toBe(undefined);
      expect(await redisVersion(env)).toMatch(/_version:\d/);
    } finally {
      await redis.stop();
    }
  },
);

test('a Redis behind a Sentinel, and one over TLS, are asked as API and worker reach them', async () => {
  const files = makeCertificates(home, 'redis.internal');
  const settings = { 'tls-port': String(await getPort()), 'tls-ca-cert-file': files.ca };
  const certificates = { 'tls-cert-file': files.serverCert, 'tls-key-file': files.serverKey };
  const redis = await startRedis({ dir: join(home, 'redis'), settings: { ...settings, ...certificates } });
  const sentinelPort = await getPort();
  const conf = join(home, 'sentinel.conf');
  await writeFile(
    conf,
    `port ${sentinelPort}\nsentinel monitor main 127.0.0.1 ${redis.port} 1\nsentinel auth-pass main ${redis.password}\n`,
  );
  const sentinel = execa((await findRedisServer())!, [conf, '--sentinel'], { reject: false });
  try {
    const behind = (ports: string) => ({ REDIS_URL: `redis+sentinel://:${redis.password}@${ports}/main` });
    await waitFor(
      'the Sentinel to answer',
      async () => (await redisTrouble(behind(`127.0.0.1:${sentinelPort}`))) === undefined,
    );
    const nobody = `127.0.0.1:${await getPort()}`;
    expect(await redisVersion(behind(`${nobody},127.0.0.1:${sentinelPort}`))).toMatch(/_version:\d/);
    expect(await redisTrouble(behind(nobody))).toMatch(/^cannot be used \(All sentinels are unreachable/);
    const overTls = {
      REDIS_URL: `rediss://:${redis.password}@127.0.0.1:${settings['tls-port']}`,
      REDIS_CA_FILE: files.ca,
      REDIS_CERT_FILE: files.clientCert,
      REDIS_KEY_FILE: files.clientKey,
      REDIS_SERVER_NAME: 'redis.internal',
    };
    expect(await redisVersion(overTls)).toMatch(/_version:\d/);
    expect(await redisTrouble({ ...overTls, REDIS_CA_FILE: undefined })).toMatch(/^cannot be used \(.*certificate/);
    expect(await redisTrouble({ ...overTls, REDIS_CA_FILE: '/nowhere' })).toContain("'/nowhere'");
  } finally {
    sentinel.kill('SIGKILL');
    await redis.stop();
  }
});

test('hosts of an address are named, and its password is not', () => {
  expect(serverAt('REDIS_URL', 'redis+sentinel://me:p@ss@a:26379,b:26379/main')).toBe('a:26379,b:26379');
  expect(serverAt('DATABASE_URL', 'postgresql://me:hidden@a,b:5433/x?sslmode=require')).toBe('a,b:5433');
});

describe('a start, a stop and a second start', () => {
  test('keep the data, the ports and the password', async () => {
    const first = await start();
    await query(first.databaseUrl, 'CREATE TABLE kept AS SELECT 42 AS n');
    await withRedis(first.redisUrl, (redis) => redis.set('kept', '42'));
    await first.stop();

    const second = await start();
    expect(second.databaseUrl).toBe(first.databaseUrl);
    expect(second.redisUrl).toBe(first.redisUrl);
    expect(await query(second.databaseUrl, 'SELECT n FROM kept')).toEqual([{ n: 42 }]);
    expect(await withRedis(second.redisUrl, (redis) => redis.get('kept'))).toBe('42');
  });

  test('give a database in UTF-8 and a Redis that keeps every key in an append-only file', async () => {
    const services = await start();
    expect(await query(services.databaseUrl, 'SHOW server_encoding')).toEqual([{ server_encoding: 'UTF8' }]);
    const locale = "SELECT datlocprovider, datlocale FROM pg_database WHERE datname = 'rankforge'";
    expect(await query(services.databaseUrl, locale)).toEqual([{ datlocprovider: 'b', datlocale: 'C.UTF-8' }]);
    expect(await query(services.databaseUrl, "SELECT lower('Ä'), 'Z' < 'a' AS \"byCodePoint\"")).toEqual([
      { lower: 'ä', byCodePoint: true },
    ]);
    const settings = await withRedis(services.redisUrl, (redis) =>
      redis.config('GET', 'appendonly', 'maxmemory-policy', 'save'),
    );
    expect(settings).toEqual(
      expect.arrayContaining(['appendonly', 'yes', 'maxmemory-policy', 'noeviction', 'save', '']),
    );
  });

  test('refuse connections without the password', async () => {
    const { databaseUrl } = await start();
    const stranger = new URL(databaseUrl);
    stranger.password = 'guess';
    await expect(query(stranger.href, 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
  });
});

describe('one folder, one launcher', () => {
  test('a second start says who holds it and how to end that', async () => {
    await start();
    await expect(start()).rejects.toThrow(
      new RegExp(`another rankforge \\(process ${process.pid}\\) already runs on ${home}`),
    );
  });

  test('a lock whose owner is gone, or whose number another process has now, is taken over', async () => {
    await mkdir(home, { recursive: true });
    await writeFile(join(home, 'lock'), JSON.stringify({ pid: process.pid, stamp: 'long ago' }));
    await (await start()).stop();
    await writeFile(join(home, 'lock'), 'half a writ');
    await (await start()).stop();
  });
});

test('DATABASE_URL and REDIS_URL are taken instead, and nothing is started', async () => {
  const env = { DATABASE_URL: 'postgresql://elsewhere/db', REDIS_URL: 'redis://elsewhere' };
  const services = await start(env);
  expect(services).toMatchObject({ databaseUrl: env.DATABASE_URL, redisUrl: env.REDIS_URL, watched: [] });
});

describe.runIf(process.platform === 'linux')('after kill -9', () => {
  const mark = `RANKFORGE_TEST_LAUNCHER=${randomUUID()}`;
  // PostgreSQL overwrites its environment with its title, so it is found by its folder.
  const processes = async () => [...(await strayProcesses(mark)), ...(await processesNaming(join(home, 'postgres')))];

  async function launch(): Promise<{ launcher: ResultPromise; databaseUrl: string }> {
    const script = fileURLToPath(new URL('./support/launcher.mjs', import.meta.url));
    const [name, value] = mark.split('=') as [string, string];
    const launcher = execa(process.execPath, [script, home], { env: { [name]: value }, reject: false });
    launchers.push(launcher);
    const line = await new Promise<string>((resolve, reject) => {
      launcher.stdout.once('data', (data) => resolve(String(data)));
      launcher.once('exit', (code) => reject(new Error(`the launcher ended with ${code}`)));
    });
    return { launcher, databaseUrl: (JSON.parse(line) as { databaseUrl: string }).databaseUrl };
  }

  test('ends the servers of a killed launcher and keeps their data whole', async () => {
    const { launcher, databaseUrl } = await launch();
    await query(databaseUrl, 'CREATE TABLE kept AS SELECT 42 AS n');
    expect((await processes()).length).toBe(4);
    launcher.kill('SIGKILL');
    await waitFor('every process to end', async () => (await processes()).length === 0);
    expect(await query((await start()).databaseUrl, 'SELECT n FROM kept')).toEqual([{ n: 42 }]);
  });

  test('ends the servers that a killed launcher and watchdog left, and uses their data at the next start', async () => {
    const { launcher, databaseUrl } = await launch();
    await query(databaseUrl, 'CREATE TABLE kept AS SELECT 42 AS n');
    const watchdog = (await processes()).find(({ command }) => command.includes('watchdog-main'));
    process.kill(watchdog?.pid as number, 'SIGKILL');
    launcher.kill('SIGKILL');
    await launcher;
    // The killed are gone a moment later; the two servers stay.
    await waitFor('the servers alone', async () => (await processes()).length === 2);
    expect(await query((await start()).databaseUrl, 'SELECT n FROM kept')).toEqual([{ n: 42 }]);
    expect(await strayProcesses(mark)).toEqual([]);
  });

  test('reads the file of a killed Redis again', async () => {
    const services = await start();
    await withRedis(services.redisUrl, (redis) =>
      redis.multi().set('kept', '42').call('WAITAOF', '1', '0', '2000').exec(),
    );
    const { pid } = JSON.parse(await readFile(join(home, 'redis', 'redis.pid'), 'utf8')) as { pid: number };
    process.kill(pid, 'SIGKILL');
    await services.stop();
    expect(await withRedis((await start()).redisUrl, (redis) => redis.get('kept'))).toBe('42');
  });
});

test.each<[string, (pid: number) => string]>([
  ['is of an older version', (pid) => `${pid}\n`],
  ['says another start', (pid) => JSON.stringify({ pid, stamp: 'long ago' })],
])('a process that was given the id of a Redis that is gone goes on where redis.pid %s', async (_, left) => {
  await writeFile(join(home, 'redis-server.log'), '');
  await mkdir(join(home, 'redis'));
  const other = execa('tail', ['-f', join(home, 'redis-server.log')], { reject: false });
  try {
    await writeFile(join(home, 'redis', 'redis.pid'), left(other.pid as number));
    const redis = await startRedis({ dir: join(home, 'redis') });
    await redis.stop();
    expect([other.exitCode, other.signalCode]).toEqual([null, null]);
  } finally {
    other.kill();
  }
});

test('a start takes away what is left of a database that was half made', async () => {
  const dir = join(home, 'postgres');
  // An initdb that is killed early has written its version, and no database.
  await mkdir(join(dir, 'data.new', 'base'), { recursive: true });
  await writeFile(join(dir, 'data.new', 'PG_VERSION'), '18\n');
  const server = await startPostgres({ dir });
  try {
    expect(await query(server.url('postgres'), 'SELECT 1 AS "one"')).toEqual([{ one: 1 }]);
    expect(await readdir(dir)).not.toContain('data.new');
  } finally {
    await server.stop();
  }
});

test('a program that ends before its log is closed is seen to end', async () => {
  // Each file operation waits behind these for some 100 ms.
  let isBusy = true;
  const busy = Array.from({ length: 16 }, async () => {
    while (isBusy) await promisify(pbkdf2)('', '', 50_000, 32, 'sha256');
  });
  try {
    const service = await startService({ name: 'none', command: 'true', args: [], logFile: join(home, 'none.log') });
    expect(await Promise.race([service.exited, sleep(10_000)])).toEqual({ code: 0, signal: null });
  } finally {
    isBusy = false;
    await Promise.all(busy);
  }
});

test('a failed start leaves no lock and no server', async () => {
  await mkdir(join(home, 'postgres'), { recursive: true });
  await writeFile(join(home, 'postgres', 'data'), 'a file where the folder should be');
  await mkdir(join(home, 'redis'), { recursive: true });
  await writeFile(join(home, 'redis', 'appendonlydir'), 'a file where the folder should be');
  await expect(start()).rejects.toThrow(LocalSetupError);
  await expect(start()).rejects.toThrow(/redis ended at start/);
});

test.runIf(process.getuid?.() === 0 && homedir() === '/root')(
  'as root, a folder that only root may enter is no hindrance',
  async () => {
    const hidden = await mkdtemp(join(homedir(), '.rankforge-test-'));
    try {
      const services = await startServices({ home: hidden, env: {} });
      started.push(services);
      expect(await query(services.databaseUrl, 'SELECT current_user')).toEqual([{ current_user: 'postgres' }]);
      await services.stop();
      expect((await readState(hidden)).databaseUrl).toBe(services.databaseUrl);
    } finally {
      await rm(hidden, { recursive: true, force: true });
    }
  },
);
