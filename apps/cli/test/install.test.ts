import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { installing, runningOn, whyStale } from '../../../scripts/lib/install.mjs';
import { launcherLock, ownerOf } from '../../../scripts/lib/lock.mjs';
import { lockFolder } from '../src/local/lock.js';
import { startStamp } from '../src/local/processes.js';

const wanted = {
  packages: {
    '': { name: 'rankforge' },
    'apps/cli': { version: '0.1.0' },
    'node_modules/a': { version: '1.0.0' },
    'node_modules/a/node_modules/b': { version: '2.0.0' },
    'node_modules/for-macos': { version: '1.0.0', optional: true },
  },
};
const installed = {
  packages: { 'node_modules/a': { version: '1.0.0' }, 'node_modules/a/node_modules/b': { version: '2.0.0' } },
};

test('packages are installed again exactly when they differ from the lock file', () => {
  expect(whyStale(wanted, undefined)).toBe('node_modules is missing');
  expect(whyStale(wanted, installed)).toBeUndefined();
  expect(whyStale(wanted, { packages: { 'node_modules/a': { version: '1.0.0' } } })).toBe(
    'node_modules/a/node_modules/b is missing',
  );
  const old = { packages: { ...installed.packages, 'node_modules/a': { version: '0.9.0' } } };
  expect(whyStale(wanted, old)).toBe('node_modules/a is 0.9.0, not 1.0.0');
});

test('the checkout this test runs in is not stale', async () => {
  const { default: lock } = await import('../../../package-lock.json', { with: { type: 'json' } });
  const { default: present } = await import('../../../node_modules/.package-lock.json', { with: { type: 'json' } });
  expect(whyStale(lock, present)).toBeUndefined();
});

test.each([{ NODE_ENV: 'production' }, { npm_config_omit: 'optional' }])(
  'an install brings packages of the build and optional ones in an environment with %o',
  async (env) => {
    const folder = await mkdtemp(join(tmpdir(), 'rankforge-install-'));
    try {
      const own = { name: 'own', version: '1.0.0' };
      const needs = { devDependencies: { compiler: 'file:compiler' }, optionalDependencies: { server: 'file:server' } };
      const link = (resolved: string, kind: string) => ({ resolved, link: true, [kind]: true });
      const packages = {
        '': { ...own, ...needs },
        compiler: { version: '1.0.0', dev: true },
        server: { version: '1.0.0', optional: true },
        'node_modules/compiler': link('compiler', 'dev'),
        'node_modules/server': link('server', 'optional'),
      };
      await writeFile(join(folder, 'package.json'), JSON.stringify({ ...own, ...needs }));
      await writeFile(join(folder, 'package-lock.json'), JSON.stringify({ ...own, lockfileVersion: 3, packages }));
      for (const name of ['compiler', 'server']) {
        await mkdir(join(folder, name));
        await writeFile(join(folder, name, 'package.json'), JSON.stringify({ name, version: '1.0.0' }));
      }
      await execa('npm', [...installing, '--offline'], { cwd: folder, env });
      const brought = await readdir(join(folder, 'node_modules'));
      expect(brought.filter((name) => !name.startsWith('.')).sort()).toEqual(['compiler', 'server']);
    } finally {
      await rm(folder, { recursive: true });
    }
  },
);

describe('the lock of the checkout', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rankforge-lock-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  test('lets one process in at a time, and is taken over from one that is gone', async () => {
    const [lock, log] = [join(folder, 'build.lock'), join(folder, 'log')];
    await writeFile(lock, JSON.stringify({ pid: 2 ** 22 + 1, stamp: '1' }));
    const script = [
      `import { appendFileSync } from 'node:fs';`,
      `import { withLock } from ${JSON.stringify(new URL('../../../scripts/lib/lock.mjs', import.meta.url).href)};`,
      `const [, lock, log] = process.argv;`,
      `withLock(lock, () => {`,
      `  appendFileSync(log, 'in ');`,
      `  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);`,
      `  appendFileSync(log, 'out ');`,
      `});`,
    ].join('\n');
    const run = () => execa(process.execPath, ['--input-type=module', '--eval', script, lock, log]);
    await Promise.all([run(), run(), run()]);
    expect(await readFile(log, 'utf8')).toBe('in out in out in out ');
    expect(await readdir(folder)).toEqual(['log']);
  });

  test('names the platform under which packages must not be installed', async () => {
    expect(runningOn([folder])).toBeUndefined();
    const unlock = await lockFolder(folder);
    try {
      const held = JSON.parse(await readFile(join(folder, 'lock'), 'utf8')) as { pid: number };
      expect(ownerOf(launcherLock(folder))).toBe(held.pid);
      // Its own lock is no other platform's.
      expect(runningOn([folder])).toBeUndefined();
    } finally {
      await unlock();
    }
    const parent = process.ppid;
    await writeFile(join(folder, 'lock'), JSON.stringify({ pid: parent, stamp: await startStamp(parent) }));
    expect(runningOn([undefined, folder])).toBe(`process ${parent} runs the platform in ${folder}`);
  });
});

test('db:migrate names DATABASE_URL where it is not set', async () => {
  const script = fileURLToPath(new URL('../../../scripts/db-migrate.mjs', import.meta.url));
  const { PATH } = process.env;
  const ran = await execa(process.execPath, [script], { env: { PATH }, extendEnv: false, reject: false });
  expect(ran.stderr).toContain('set DATABASE_URL');
  expect(ran.exitCode).toBe(2);
});

test('a Chromium that is named is taken', async () => {
  const { findChromium } = await import('../src/local/chromium.js');
  expect(await findChromium({ CHROMIUM_PATH: '/opt/mine' })).toBe('/opt/mine');
});

test('the first program that is there is found, by its full path', async () => {
  const { findProgram } = await import('../src/local/system-packages.js');
  expect(await findProgram(['no-such-server'])).toBeUndefined();
  expect(await findProgram(['no-such-server', 'sh'])).toMatch(/^\/.*\/sh$/);
});

test('a stage that takes long says so where nobody watches a terminal', async () => {
  const code = `import { run } from './scripts/lib/run.mjs';
    run('waiting', process.execPath, ['-e', 'process.stdin.resume()'], { aliveMs: 50 });`;
  const cwd = fileURLToPath(new URL('../../../', import.meta.url));
  const program = execa(process.execPath, ['--input-type=module', '-e', code], { cwd, stdin: 'pipe' });
  let said = '';
  program.stderr.on('data', (piece) => {
    said += String(piece);
    if (said.includes('so far')) program.stdin.end();
  });
  await program;
  expect(said.split('\n')[0]).toBe('rankforge: waiting');
  expect(said).toMatch(/\nrankforge: waiting: \d+ s so far\n/);
  expect(said).toMatch(/rankforge: waiting took [\d.]+ s\n$/);
});
