/** @file A platform that is backed up while trials run, and restored elsewhere. */
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile, mkdir, mkdtemp, open, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Leaderboard } from '@rankforge/contracts';
import { execa } from 'execa';
import getPort from 'get-port';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createDatabase,
  createPlatform,
  createRedisUrl,
  type Platform,
  type TestApi,
  type TestDatabase,
  waitFor,
} from '../support/index.js';
import { tinyTask } from '../support/tiny-dataset.js';
import { createTinyPlatform, type TinyPlatform } from '../support/tiny-platform.js';
import {
  expectSoundHistories,
  longTraining,
  losses,
  steps,
  submit,
  tinySweep,
  trainings,
  untilCompleted,
} from './worker-sweeps.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const bin = join(root, 'apps/cli/bin/rankforge.js');

let source: TinyPlatform;
let folder: string;
let file: string;
let trained: string;
let waiting: string;
/** Answers before the backup, as they came. */
let before: { board: string; adapter: Buffer };
let madeWhile: string[];

/** Runs a command line with the stores that it names, and nothing else of this process. */
function run(args: string[], stores: { url: string; dataDir: string } | { home: string }) {
  const named =
    'home' in stores
      ? { RANKFORGE_HOME: stores.home }
      : { DATABASE_URL: stores.url, RANKFORGE_DATA_DIR: stores.dataDir };
  return execa(process.execPath, [bin, ...args], {
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      NO_COLOR: '1',
      ...named,
    },
    extendEnv: false,
    reject: false,
  });
}

const board = async (platform: Platform, api: TestApi) => {
  const response = await platform.request(
    api,
    `/v1/leaderboard?task=${tinyTask}&base=${source.base}&sweepId=${trained}`,
  );
  expect(response.status).toBe(200);
  return response.text();
};

async function adapter(platform: Platform, api: TestApi): Promise<Buffer> {
  const [trial] = await trainings(source, trained);
  const response = await platform.request(api, `/v1/trials/${trial!.id}/adapter`);
  expect(response.status).toBe(200);
  // The archive has the time at which it was packed.
  const { stdout } = await execa('tar', ['-xO'], {
    input: new Uint8Array(await response.arrayBuffer()),
    encoding: 'buffer',
  });
  return Buffer.from(stdout);
}

beforeAll(async () => {
  source = await createTinyPlatform();
  folder = await mkdtemp(join(tmpdir(), 'rankforge-backups-'));
  await mkdir(join(source.dataDir, 'cassettes', 'of-one'), { recursive: true });
  await writeFile(join(source.dataDir, 'cassettes', 'of-one', 'answers.jsonl'), '{"kept":true}\n');
  await source.hostWorker({ RANKFORGE_WORKER_SLOTS: '1', RANKFORGE_PACK_SIZE: '1' });
  const { api, base } = source;
  trained = await submit(source, api, tinySweep(base, { methods: [{ name: 'lora' }, { name: 'dora' }], seed: [0, 1] }));
  await untilCompleted(source, trained);
  before = { board: await board(source, api), adapter: await adapter(source, api) };
  waiting = await submit(
    source,
    api,
    tinySweep(base, { name: 'waits', seed: [5, 6, 7], training: { ...longTraining, steps: 800, checkpointEvery: 10 } }),
  );
  await waitFor('a checkpoint of a trial that runs', async () => {
    const all = await trainings(source, waiting);
    return all.some(({ state, artifacts }) => state === 'RUNNING' && artifacts.length > 0);
  });
  const { stdout, stderr, exitCode } = await run(['backup', folder, '--json'], {
    url: source.databaseUrl,
    dataDir: source.dataDir,
  });
  expect(exitCode, stderr).toBe(0);
  ({ file } = JSON.parse(stdout) as { file: string });
  madeWhile = (await trainings(source, waiting)).map(({ state }) => state);
});

afterAll(async () => {
  await source.stop();
  await rm(folder, { recursive: true, force: true });
});

/** An empty place for a restore; goes with `drop`. */
async function emptyPlace(): Promise<TestDatabase & { dataDir: string }> {
  const database = await createDatabase({ migrated: false });
  const dataDir = await mkdtemp(join(tmpdir(), 'rankforge-restored-'));
  return {
    url: database.url,
    dataDir,
    async drop() {
      await database.drop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

async function count({ url }: TestDatabase, sql: string): Promise<number> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return (await client.query<{ n: number }>(sql)).rows[0]!.n;
  } finally {
    await client.end();
  }
}

const tables = (place: TestDatabase) =>
  count(place, `SELECT count(*)::int AS n FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'`);

/** Makes a folder a disk of 64 KiB; undefined, said aloud, where this user may not mount one. */
async function mountFull(folder: string) {
  const mounted = await execa('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'full', folder], { reject: false });
  if (mounted.exitCode === 0) return { unmount: () => execa('umount', [folder]) };
  console.log(`not tried: a full disk needs the right to mount (${mounted.stderr})`);
  return undefined;
}

/** Entries of a tar, read by another reader than the command's. */
async function entriesOf(path: string): Promise<string[]> {
  return (await execa('tar', ['-tf', path])).stdout.split('\n');
}

describe('a backup', () => {
  it('is made while trials run and wait, for its owner alone, and leaves no link in the store', async () => {
    expect(madeWhile).toContain('RUNNING');
    expect(madeWhile).toContain('QUEUED');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toHaveLength(1);
    expect(await readdir(join(source.dataDir, 'artifacts'))).not.toContain('.held');
  });

  it('holds every artifact that its rows name, under its digest', async () => {
    const out = await mkdtemp(join(tmpdir(), 'rankforge-unpacked-'));
    await execa('tar', ['-xf', file, '-C', out]);
    const rows = await readFile(join(out, 'tables', 'Artifact', '1'), 'utf8');
    const named = new Set(rows.match(/\b[0-9a-f]{64}\b/g));
    expect(named.size).toBeGreaterThan(4);
    const artifacts = await readdir(join(out, 'artifacts'));
    for (const name of named) expect(artifacts).toContain(name);
    for (const name of artifacts) {
      const bytes = await readFile(join(out, 'artifacts', name));
      expect(createHash('sha256').update(bytes).digest('hex')).toBe(name);
    }
    await rm(out, { recursive: true });
  });

  it('holds no secret of a key', async () => {
    const bytes = await readFile(file);
    for (const secret of Object.values(source.keys)) expect(bytes.includes(secret)).toBe(false);
  });

  it('is not written over a file that is there', async () => {
    const again = await run(['backup', file], { url: source.databaseUrl, dataDir: source.dataDir });
    expect([again.exitCode, again.stderr]).toEqual([2, `${file} is there already: name a new file, or a folder`]);
  });

  it('refuses a folder of data that is not the one of the database', async () => {
    const other = await emptyPlace();
    await mkdir(join(other.dataDir, 'artifacts'));
    const ran = await run(['backup', folder], { url: source.databaseUrl, dataDir: other.dataDir });
    expect(ran.exitCode).toBe(3);
    expect(ran.stderr).toContain('is not the folder of artifacts of this platform');
    await other.drop();
  });

  it('goes whole through a pipe', async () => {
    const piped = join(folder, 'piped.tar');
    const line = `"${process.execPath}" "${bin}" backup /dev/stdout | cat > "${piped}"`;
    const env = { PATH: process.env.PATH, DATABASE_URL: source.databaseUrl, RANKFORGE_DATA_DIR: source.dataDir };
    const { stderr } = await execa('sh', ['-c', line], { env, extendEnv: false });
    expect(stderr).toMatch(/^\/dev\/stdout: [\d.k ]+ rows and \d+ artifacts of /);
    const checked = await run(['restore', '--check', piped], { url: '', dataDir: '/nowhere' });
    expect([checked.exitCode, checked.stderr]).toEqual([0, '']);
    await rm(piped);
  });

  it('ends in order when it is interrupted', async () => {
    const held = async () => (await readdir(join(source.dataDir, 'artifacts'))).includes('.held');
    const pipe = join(folder, 'pipe');
    await execa('mkfifo', [pipe]);
    const reader = await open(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
    const waits = run(['backup', pipe], { url: source.databaseUrl, dataDir: source.dataDir });
    // Nobody reads further, so that it waits.
    const isWriting = async () => (await reader.read(Buffer.alloc(1), 0, 1).catch(() => undefined))?.bytesRead === 1;
    await waitFor('the first byte', isWriting);
    expect(await held()).toBe(true);
    waits.kill('SIGINT');
    expect(await waits).toMatchObject({ exitCode: 130, stderr: 'interrupted' });
    await reader.close();
    await rm(pipe);
    expect(await held()).toBe(false);
  });

  it('leaves nothing on a disk that is full, and says so', async () => {
    const full = await mkdtemp(join(tmpdir(), 'rankforge-full-'));
    const disk = await mountFull(full);
    if (!disk) return;
    try {
      const ran = await run(['backup', full], { url: source.databaseUrl, dataDir: source.dataDir });
      expect(ran.stderr).toContain('cannot be written (ENOSPC)');
      expect(ran.exitCode).toBe(2);
      expect(await readdir(full)).toEqual([]);
      expect(await readdir(join(source.dataDir, 'artifacts'))).not.toContain('.held');
    } finally {
      await disk.unmount();
      await rm(full, { recursive: true });
    }
  });
});

describe('a restore', () => {
  it('gives the same board to the bit and the same adapter, and what waited ends', async () => {
    const place = await emptyPlace();
    const ran = await run(['restore', file], place);
    expect(ran.exitCode, ran.stderr).toBe(0);
    const redisUrl = await createRedisUrl();
    const platform = await createPlatform({ database: place });
    const env = {
      RANKFORGE_DATA_DIR: place.dataDir,
      RANKFORGE_MODELS_DIR: source.modelsDir,
      REDIS_URL: redisUrl,
    };
    try {
      const api = await platform.startApi(env);
      expect(await board(platform, api)).toBe(before.board);
      expect((JSON.parse(before.board) as Leaderboard).rows.map(({ status }) => status)).toEqual(['scored', 'scored']);
      expect((await adapter(platform, api)).equals(before.adapter)).toBe(true);
      // A key of the installation that was backed up works on.
      const answer = await fetch(`${api.url}/v1/sweeps`, {
        headers: { authorization: `Bearer ${source.keys.viewer}` },
      });
      expect(answer.status).toBe(200);
      await platform.startWorker({ ...env, RANKFORGE_WORKER_SLOTS: '2' });
      await untilCompleted(platform, waiting);
      for (const { id, state } of await trainings(platform, waiting)) {
        expect(state).toBe('SUCCEEDED');
        expect((await losses(platform, id)).map(([step]) => step)).toEqual(steps(1, 800));
      }
      await expectSoundHistories(platform);
      expect(await readFile(join(place.dataDir, 'cassettes', 'of-one', 'answers.jsonl'), 'utf8')).toBe(
        '{"kept":true}\n',
      );
    } finally {
      await platform.stop();
      await rm(place.dataDir, { recursive: true, force: true });
    }
  });

  it('fills what an API waits for that has started already, which then is ready', async () => {
    const place = await emptyPlace();
    const port = await getPort();
    const api = execa(process.execPath, [join(root, 'apps/api/dist/main.js')], {
      env: {
        PATH: process.env.PATH,
        NODE_ENV: 'production',
        HOST: '127.0.0.1',
        PORT: String(port),
        DATABASE_URL: place.url,
        REDIS_URL: await createRedisUrl(),
        RANKFORGE_DATA_DIR: place.dataDir,
        RANKFORGE_MODELS_DIR: source.modelsDir,
      },
      extendEnv: false,
      reject: false,
    });
    const readiness = async () => {
      const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined);
      return answer && { status: answer.status, text: await answer.text() };
    };
    try {
      const waits = await waitFor('the API to answer', readiness);
      expect([waits.status, waits.text]).toEqual([503, expect.stringContaining('MIGRATIONS_PENDING')]);
      const ran = await run(['restore', file], place);
      expect(ran.exitCode, ran.stderr).toBe(0);
      await waitFor('the API to be ready', async () => (await readiness())?.status === 200);
      const authorization = `Bearer ${source.keys.viewer}`;
      const sweeps = await fetch(`http://127.0.0.1:${port}/v1/sweeps/${trained}`, { headers: { authorization } });
      expect(await sweeps.json()).toMatchObject({ id: trained, state: 'COMPLETED' });
      await waitFor('the API to mark the folder', () =>
        readFile(join(place.dataDir, 'artifacts', 'store-id'), 'utf8').catch(() => undefined),
      );
    } finally {
      api.kill('SIGTERM');
      await api;
      await place.drop();
    }
  });

  it('goes on after it was killed at any time, and refuses to do it twice', async () => {
    const place = await emptyPlace();
    const restore = () => run(['restore', file], place);
    const killed = restore();
    await waitFor(
      'artifacts of the restore',
      async () => {
        const found = await readdir(join(place.dataDir, 'artifacts')).catch(() => []);
        return found.some((name) => /^[0-9a-f]{2}$/.test(name));
      },
      { everyMs: 1 },
    );
    killed.kill('SIGKILL');
    await killed;
    const left = await tables(place);
    if (left === 0) {
      const again = await restore();
      expect(again.exitCode, again.stderr).toBe(0);
    }
    expect(await count(place, `SELECT count(*)::int AS n FROM "Trial"`)).toBeGreaterThan(4);
    const twice = await restore();
    expect(twice.exitCode).toBe(3);
    expect(twice.stderr).toMatch(/^the database "test_\w+" is not empty: it holds \d+ tables and sequences, such as /);
    await place.drop();
  });

  it.each([
    ['cut off', async (copy: string) => truncate(copy, (await stat(copy)).size / 2), /is no whole backup: /],
    [
      'cut off between two entries',
      async (copy: string) => {
        const from = (await readFile(copy)).indexOf('end.json');
        await truncate(copy, from);
      },
      /is no whole backup: it ends before end\.json: it was cut off/,
    ],
    [
      'changed in one byte of an artifact',
      async (copy: string) => changeByte(copy, await placeOf(copy, 'artifacts/')),
      /is no whole backup: artifact [0-9a-f]{64} hashes to [0-9a-f]{64}/,
    ],
    [
      'changed in one byte of a table',
      async (copy: string) => changeByte(copy, await placeOf(copy, 'tables/Trial/')),
      /is no whole backup: tables\/Trial\/1 hashes to [0-9a-f]{64}, and [0-9a-f]{64} was written/,
    ],
    [
      'of a newer version',
      async (copy: string) => {
        const bytes = await readFile(copy);
        const [name] = /\d{14}_\w+/.exec(bytes.subarray(0, 4096).toString())!;
        const newer = `29991231235959_${'n'.repeat(name.length - 15)}`;
        await writeFile(copy, rehashed(bytes, name, newer));
      },
      /was made by rankforge 0\.1\.0 with the migration 29991231235959_n+, which this version does not have/,
    ],
  ])('refuses a backup that is %s, and writes nothing', async (_, damage, message) => {
    const copy = join(folder, 'damaged');
    await copyFile(file, copy);
    await damage(copy);
    const place = await emptyPlace();
    const ran = await run(['restore', copy], place);
    expect(ran.stderr).toMatch(message);
    expect(ran.exitCode).toBe(3);
    expect(await tables(place)).toBe(0);
    expect(await readdir(place.dataDir)).toEqual([]);
    const checked = await run(['restore', '--check', copy], place);
    expect([checked.exitCode, checked.stderr]).toEqual([3, ran.stderr]);
    await place.drop();
    await rm(copy);
  });

  it('refuses a folder of data that holds something, and leaves the database empty', async () => {
    const place = await emptyPlace();
    await mkdir(join(place.dataDir, 'artifacts', 'ab'), { recursive: true });
    const ran = await run(['restore', file], place);
    expect(ran.stderr).toContain(`${join(place.dataDir, 'artifacts')} is not empty: it holds ab. Move it away`);
    expect(ran.exitCode).toBe(3);
    expect(await tables(place)).toBe(0);
    await place.drop();
  });

  it('says that the disk of files is full, and goes on when it has room', async () => {
    const place = await emptyPlace();
    const disk = await mountFull(place.dataDir);
    if (!disk) return;
    try {
      const ran = await run(['restore', file], place);
      expect(ran.stderr).toBe(
        `a file below ${place.dataDir} cannot be written (ENOSPC): make room, then start the same command again`,
      );
      expect(ran.exitCode).toBe(6);
      expect(await tables(place)).toBe(0);
      await execa('mount', ['-o', 'remount,size=64m', place.dataDir]);
      const again = await run(['restore', file], place);
      expect(again.exitCode, again.stderr).toBe(0);
    } finally {
      await disk.unmount();
      await place.drop();
    }
  });

  it('fills a folder of `rankforge up`, which is backed up again while it is stopped', async () => {
    const home = await mkdtemp(join(tmpdir(), 'rankforge-home-'));
    const here = (args: string[]) => run(args, { home });
    try {
      const none = await here(['backup', folder]);
      expect([none.exitCode, none.stderr]).toEqual([4, expect.stringContaining(`there is no platform in ${home}`)]);
      const ran = await here(['restore', file]);
      expect(ran.exitCode, ran.stderr).toBe(0);
      const again = join(folder, 'again.tar');
      const made = await here(['backup', again]);
      expect(made.exitCode, made.stderr).toBe(0);
      const entries = await entriesOf(again);
      expect(entries.sort()).toEqual((await entriesOf(file)).filter((name) => name !== 'tables/Store/1').sort());
      const rows = async (path: string) =>
        (await execa('tar', ['-xOf', path, 'tables/Metric/1'])).stdout.split('\n').sort();
      expect(await rows(again)).toEqual(await rows(file));
    } finally {
      await rm(home, { recursive: true, force: true });
      await rm(join(folder, 'again.tar'), { force: true });
    }
  });

  it('checks a whole backup without a database', async () => {
    const ran = await run(['restore', '--check', file], { url: '', dataDir: '/nowhere' });
    expect([ran.exitCode, ran.stderr]).toEqual([0, '']);
    expect(ran.stdout).toContain('is whole: made by rankforge 0.1.0');
    expect(await entriesOf(file)).toContain('end.json');
  });
});

/** Where the bytes of the first entry begin whose name begins so. */
async function placeOf(path: string, prefix: string): Promise<number> {
  return (await readFile(path)).indexOf(prefix) + 512;
}

async function changeByte(path: string, at: number): Promise<void> {
  const handle = await open(path, 'r+');
  const byte = Buffer.alloc(1);
  await handle.read(byte, 0, 1, at);
  await handle.write(Buffer.from([byte[0]! ^ 1]), 0, 1, at);
  await handle.close();
}

/** A backup with another text of the same length in its head, and the digest that fits it. */
function rehashed(bytes: Buffer, from: string, to: string): Buffer {
  const size = Number.parseInt(bytes.subarray(124, 135).toString(), 8);
  const sha = () =>
    createHash('sha256')
      .update(bytes.subarray(512, 512 + size))
      .digest('hex');
  const old = sha();
  bytes.write(to, bytes.indexOf(from));
  const at = bytes.lastIndexOf(old);
  expect(at).toBeGreaterThan(0);
  bytes.write(sha(), at);
  return bytes;
}
