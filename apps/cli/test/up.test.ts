import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { waitFor } from '../../../test/support/index.js';
import { processesNaming, strayProcesses } from '../../../test/support/stray-processes.js';
import { bin, rankforge, spawnRankforge } from './support/run.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));

const hasIpv6 = Object.values(networkInterfaces()).some((each) => each?.some(({ address }) => address === '::1'));

let home: string;
let mark: [string, string];

async function newHome() {
  home = await mkdtemp(join(tmpdir(), 'rankforge-up-'));
}
const removeHome = () => rm(home, { recursive: true, force: true });

beforeEach(() => {
  mark = ['RANKFORGE_TEST_UP', randomUUID()];
});
afterEach(async () => {
  for (const { pid } of await left()) process.kill(pid, 'SIGKILL');
});

const left = async () => [
  ...(await strayProcesses(mark.join('='))),
  ...(await processesNaming(join(home, 'postgres'))),
];

/** The watchdog sees a moment later that its launcher is gone, and what a killed one left ends by that. */
const nothingLeft = () => waitFor('every process to end', async () => (await left()).length === 0);

const environment = () => ({ RANKFORGE_HOME: home, [mark[0]]: mark[1] });

/** Starts `rankforge up`, or a command that does, and waits until it has printed the dashboard's address. */
async function up(command: readonly string[] = [process.execPath, bin, 'up']) {
  const { PATH, HOME } = process.env;
  const launcher = execa(command[0] as string, command.slice(1), {
    cwd: root,
    env: { PATH, HOME, NO_COLOR: '1', ...environment() },
    extendEnv: false,
    reject: false,
  });
  let printed = '';
  launcher.stderr.on('data', (data) => {
    printed += String(data);
  });
  const address = await waitFor('the dashboard address', () => {
    if (launcher.exitCode !== null) throw new Error(`up ended: ${printed}`);
    return /http:\/\/[\w.]+:\d+\/#key=\S+/.exec(printed)?.[0];
  });
  const [url, key] = address.split('/#key=') as [string, string];
  return { launcher, url, key, printed: () => printed };
}

/** The process of the API that the launcher runs. */
async function apiProcess(): Promise<number> {
  const api = (await left()).find(({ command }) => command.includes('apps/api/dist/main.js'));
  if (!api) throw new Error('no API runs');
  return api.pid;
}

/** A program that says it is a ready platform to whoever asks, and notes the keys that come. */
async function impostorAt({ hostname, port }: { hostname: string; port: string | number }) {
  const requests: string[] = [];
  const keys: string[] = [];
  const server = createHttpServer((request, response) => {
    requests.push(request.url ?? '');
    if (request.headers.authorization) keys.push(request.headers.authorization);
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ ready: true, dependencies: [], version: '0.1.0', proof: '0'.repeat(64) }));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(Number(port), hostname, resolve);
  });
  const { port: taken } = server.address() as AddressInfo;
  return {
    port: taken,
    requests,
    keys,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

describe('on a new folder', () => {
  beforeEach(newHome);
  afterEach(removeHome);

  test('--once starts everything, ends with 0 and leaves no process; only the owner reads the key', async () => {
    const { status, err } = await spawnRankforge(['up', '--once'], environment());
    expect(err).toContain('dashboard http://127.0.0.1:');
    expect(status).toBe(0);
    await nothingLeft();
    expect((await stat(join(home, 'admin.key'))).mode & 0o777).toBe(0o600);
    expect((await stat(join(home, 'state.json'))).mode & 0o777).toBe(0o600);
  });

  test.runIf(hasIpv6)('--once on an address of IPv6 starts everything there', async () => {
    const { status, err } = await spawnRankforge(['up', '--once'], { ...environment(), RANKFORGE_HOST: '::1' });
    expect(err).toContain('dashboard http://[::1]:');
    expect(status).toBe(0);
    await nothingLeft();
  });

  test('an address that no URL can name is refused at once, and nothing is left', async () => {
    const { status, err } = await spawnRankforge(['up', '--once'], { ...environment(), RANKFORGE_HOST: '::1%lo' });
    expect(err).toContain('RANKFORGE_HOST is "::1%lo": expected a name or an address that a URL can hold');
    expect(status).toBe(6);
    await nothingLeft();
  });

  test.runIf(process.platform === 'linux')(
    'sends no key to another platform at the address it was to have',
    async () => {
      const impostor = await impostorAt({ hostname: '127.0.0.2', port: 0 });
      const { status, err } = await spawnRankforge(['up', '--once'], {
        ...environment(),
        RANKFORGE_HOST: '127.0.0.2',
        RANKFORGE_PORT: String(impostor.port),
      });
      await impostor.close();
      expect(impostor.keys).toEqual([]);
      expect(err).toContain(`port ${impostor.port} is in use`);
      expect(status).toBe(6);
    },
  );

  test.runIf(process.platform === 'linux')('names a service that ends while another is waited for', async () => {
    const bins = join(home, 'bin');
    await mkdir(bins, { recursive: true });
    const { stdout: real } = await execa('sh', ['-c', 'command -v redis-server || command -v valkey-server']);
    const script = [
      '#!/bin/sh',
      `${real} "$@" & pid=$!`,
      'trap "kill $pid; exit 0" TERM',
      // It dies when the API has just been started, which then can never be ready.
      `while [ ! -e '${home}/logs/api.log' ]; do sleep 0.02; done`,
      'kill -9 $pid; echo the last line of this redis; exit 3',
    ];
    await writeFile(join(bins, 'redis-server'), script.join('\n'), { mode: 0o755 });
    const PATH = `${bins}:${process.env.PATH}`;
    const { status, err } = await spawnRankforge(['up', '--once'], { ...environment(), PATH });
    expect(err).toContain('redis ended unexpectedly (exit status 3)');
    expect(err).toContain('the last line of this redis');
    expect(status).toBe(1);
    await nothingLeft();
  });

  test.runIf(process.platform === 'linux')(
    'Ctrl-C while a server is waited for stops the start and what runs',
    async () => {
      const bins = join(home, 'bin');
      await mkdir(bins, { recursive: true });
      const started = join(home, 'redis-runs');
      const script = ['#!/bin/sh', `touch '${started}'`, 'exec sleep 600'];
      await writeFile(join(bins, 'redis-server'), script.join('\n'), { mode: 0o755 });
      const PATH = `${bins}:${process.env.PATH}`;
      const launcher = execa(process.execPath, [bin, 'up'], {
        env: { PATH, HOME: process.env.HOME, NO_COLOR: '1', ...environment() },
        extendEnv: false,
        reject: false,
      });
      await waitFor('the server to be started', () => existsSync(started));
      launcher.kill('SIGINT');
      const { exitCode, stderr } = await launcher;
      expect(stderr).toContain('stopping');
      expect(stderr).not.toContain('Error');
      expect(exitCode).toBe(130);
      await nothingLeft();
    },
  );

  test.each([
    ['REDIS_URL', { REDIS_URL: 'redis://127.0.0.1:1' }, 'Redis at 127.0.0.1:1 (REDIS_URL) does not answer: start it'],
    [
      'DATABASE_URL',
      { DATABASE_URL: 'postgresql://me:hidden@127.0.0.1:1/x' },
      'the database at 127.0.0.1:1 does not answer (ECONNREFUSED)',
    ],
    ['DATABASE_URL', { DATABASE_URL: 'nowhere' }, 'DATABASE_URL is not an address: expected e.g. postgresql://'],
  ])('a %s that leads nowhere is said in one line, and nothing is left', async (_, given, said) => {
    const { status, err } = await spawnRankforge(['up', '--once'], {
      DATABASE_URL: 'postgresql://me:hidden@127.0.0.1:1/x',
      ...environment(),
      ...given,
    });
    expect(err).toContain(said);
    expect(err).not.toMatch(/hidden|\n\s+at /);
    expect([2, 4]).toContain(status);
    await nothingLeft();
  });

  test('a port that was asked for and is in use is said, and nothing is left', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as { port: number };
    const { status, err } = await spawnRankforge(['up', '--once'], { ...environment(), RANKFORGE_PORT: String(port) });
    taken.close();
    expect(err).toContain(`port ${port} is in use`);
    expect(status).toBe(6);
    await nothingLeft();
  });

  test('npm run dev serves the page with hot reload before an API that Enter starts again', async () => {
    const dev = await up([process.execPath, join(root, 'scripts/dev.mjs')]);
    expect(await (await fetch(`${dev.url}/`)).text()).toContain('/@vite/client');
    const tasks = () => fetch(`${dev.url}/v1/tasks`, { headers: { authorization: `Bearer ${dev.key}` } });
    expect((await tasks()).status).toBe(200);
    const first = await apiProcess();
    dev.launcher.stdin.write('\n');
    await waitFor('the platform to be ready again', () => dev.printed().split('API and worker are ready').length > 2);
    expect(await apiProcess()).not.toBe(first);
    expect((await tasks()).status).toBe(200);
    dev.launcher.kill('SIGTERM');
    expect((await dev.launcher).exitCode).toBe(0);
    await nothingLeft();
  });
});

describe('while it is up', () => {
  // Each start finds what the one before left, however that ended.
  beforeAll(newHome);
  afterAll(removeHome);

  test('the printed key signs in, other commands find it, a second one is refused, Ctrl-C ends it with 0, and its backup starts elsewhere', async () => {
    const { launcher, url, key, printed } = await up();
    const session = await fetch(`${url}/v1/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ key }),
    });
    expect(await session.json()).toMatchObject({ role: 'admin' });
    expect(await rankforge(['sweep', 'list'], environment())).toMatchObject({ status: 0 });
    const second = await spawnRankforge(['up'], environment());
    expect(second).toMatchObject({ status: 6, err: expect.stringContaining(`process ${launcher.pid}`) });
    const backup = join(home, 'backup.tar');
    expect(await spawnRankforge(['backup', backup], environment())).toMatchObject({ status: 0, err: '' });
    // Its stores are in use.
    expect(await spawnRankforge(['restore', backup], environment())).toMatchObject({ status: 6, err: second.err });

    launcher.kill('SIGINT');
    expect((await launcher).exitCode).toBe(0);
    expect(printed().match(/^dashboard .*/gm)).toHaveLength(1);
    await nothingLeft();
    expect(await rankforge(['sweep', 'list'], environment())).toMatchObject({ status: 4 });
    expect(await spawnRankforge(['restore', backup], environment())).toMatchObject({ status: 3 });
    const elsewhere = { ...environment(), RANKFORGE_HOME: join(home, 'elsewhere') };
    expect(await spawnRankforge(['restore', backup], elsewhere)).toMatchObject({ status: 0, err: '' });
    expect(await spawnRankforge(['up', '--once'], elsewhere)).toMatchObject({ status: 0 });
  });

  test.runIf(process.platform === 'linux')('kill -9 of the launcher leaves nothing after a short while', async () => {
    const { launcher } = await up();
    expect((await left()).length).toBeGreaterThanOrEqual(5);
    launcher.kill('SIGKILL');
    await nothingLeft();
  });

  test.runIf(process.platform === 'linux')('kill -9 of the npm that started it leaves nothing either', async () => {
    const { launcher } = await up(['npm', 'run', 'rankforge', '--', 'up']);
    launcher.kill('SIGKILL');
    await nothingLeft();
  });

  test.runIf(process.platform === 'linux')(
    'starts an API that died again, no key goes to a program that took its port meanwhile, and SIGTERM leaves nothing behind',
    async () => {
      const { launcher, url, printed } = await up();
      const session = () => fetch(`${url}/livez`).then((answer) => answer.text());
      const first = await apiProcess();
      process.kill(first, 'SIGKILL');
      await waitFor('the port to be free', async () => !(await session().catch(() => undefined)));
      const impostor = await impostorAt(new URL(url));
      // The launcher has asked what answers here, and so does a command of another terminal.
      const listed = await rankforge(['sweep', 'list'], environment());
      expect(listed).toMatchObject({
        status: 4,
        err: expect.stringContaining('not the API that `rankforge up` started'),
      });
      await waitFor('the API to have failed on the port', () => printed().includes('EADDRINUSE'));
      expect(impostor.requests.length).toBeGreaterThan(0);
      expect(impostor.keys).toEqual([]);
      await impostor.close();

      await waitFor('the API to answer again', async () => (await session().catch(() => '')) === 'ok');
      await waitFor('the launcher to say so', () => printed().includes('the api is ready again'));
      expect(await apiProcess()).not.toBe(first);
      expect(printed()).toContain('api ended unexpectedly (SIGKILL)');
      expect(await rankforge(['sweep', 'list'], environment())).toMatchObject({ status: 0 });
      launcher.kill('SIGTERM');
      expect((await launcher).exitCode).toBe(0);
      await nothingLeft();
    },
  );

  test.runIf(process.platform === 'linux')(
    'ends with 1 and the end of the log when its database dies, leaving nothing',
    async () => {
      const { launcher } = await up();
      const [postgres] = await processesNaming(join(home, 'postgres'));
      process.kill(postgres?.pid as number, 'SIGKILL');
      const ended = await launcher;
      expect(ended.stderr).toContain('postgres ended unexpectedly (SIGKILL)');
      expect(ended.exitCode).toBe(1);
      await nothingLeft();
    },
  );
});
