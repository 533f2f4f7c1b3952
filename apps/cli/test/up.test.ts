import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { waitFor } from '../../../test/support/index.js';
import { processesNaming, strayProcesses } from '../../../test/support/stray-processes.js';
import { bin, rankforge } from './support/run.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));

let home: string;
let mark: [string, string];

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'rankforge-up-'));
  mark = ['RANKFORGE_TEST_UP', randomUUID()];
});

afterEach(async () => {
  for (const { pid } of await left()) process.kill(pid, 'SIGKILL');
  await rm(home, { recursive: true, force: true });
});

const left = async () => [
  ...(await strayProcesses(mark.join('='))),
  ...(await processesNaming(join(home, 'postgres'))),
];

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
  const address = await waitFor(
    'the dashboard address',
    () => {
      if (launcher.exitCode !== null) throw new Error(`up ended: ${printed}`);
      return /http:\/\/[\d.]+:\d+\/#key=\S+/.exec(printed)?.[0];
    },
    { timeoutMs: 50_000 },
  );
  const [url, key] = address.split('/#key=') as [string, string];
  return { launcher, url, key };
}

test('--once starts everything, ends with 0 and leaves no process; the key is for its owner only', async () => {
  const { status, err } = await rankforge(['up', '--once'], environment());
  expect(err).toContain('dashboard http://127.0.0.1:');
  expect(status).toBe(0);
  expect(await left()).toEqual([]);
  expect((await stat(join(home, 'admin.key'))).mode & 0o777).toBe(0o600);
  expect((await stat(join(home, 'state.json'))).mode & 0o777).toBe(0o600);
});

describe('while it is up', () => {
  test('the printed key signs in, other commands find it, a second one is refused, and Ctrl-C ends it with 0', async () => {
    const { launcher, url, key } = await up();
    const session = await fetch(`${url}/v1/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ key }),
    });
    expect(await session.json()).toMatchObject({ role: 'admin' });
    expect(await rankforge(['sweep', 'list'], environment())).toMatchObject({ status: 0 });
    const second = await rankforge(['up'], environment());
    expect(second).toMatchObject({ status: 6, err: expect.stringContaining(`process ${launcher.pid}`) });

    launcher.kill('SIGINT');
    expect((await launcher).exitCode).toBe(0);
    expect(await left()).toEqual([]);
    expect(await rankforge(['sweep', 'list'], environment())).toMatchObject({ status: 4 });
  });

  test('SIGTERM leaves nothing behind', async () => {
    const { launcher } = await up();
    launcher.kill('SIGTERM');
    await launcher;
    expect(await left()).toEqual([]);
  });

  test.runIf(process.platform === 'linux')('kill -9 of the launcher leaves nothing after a short while', async () => {
    const { launcher } = await up();
    expect((await left()).length).toBeGreaterThanOrEqual(5);
    launcher.kill('SIGKILL');
    await waitFor('every process to end', async () => (await left()).length === 0, { timeoutMs: 20_000 });
  });

  test.runIf(process.platform === 'linux')('kill -9 of the npm that started it leaves nothing either', async () => {
    const { launcher } = await up(['npm', 'run', 'rankforge', '--', 'up']);
    launcher.kill('SIGKILL');
    await waitFor('every process to end', async () => (await left()).length === 0, { timeoutMs: 20_000 });
  });

  test.runIf(process.platform === 'linux')(
    'the death of the API ends it with 1, with the reason, leaving nothing',
    async () => {
      const { launcher } = await up();
      const api = (await left()).find(({ command }) => command.includes('apps/api/dist/main.js'));
      process.kill(api?.pid as number, 'SIGKILL');
      const ended = await launcher;
      expect(ended.stderr).toContain('api ended unexpectedly');
      expect(ended.exitCode).toBe(1);
      expect(await left()).toEqual([]);
    },
  );
});

test('a port that was asked for and is in use is said, and nothing is left', async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  const { port } = taken.address() as { port: number };
  const { status, err } = await rankforge(['up', '--once'], { ...environment(), RANKFORGE_PORT: String(port) });
  taken.close();
  expect(err).toContain(`port ${port} is in use`);
  expect(status).toBe(6);
  expect(await left()).toEqual([]);
});
