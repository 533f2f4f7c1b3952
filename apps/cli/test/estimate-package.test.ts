/** @file The command `estimate` as a package that installs alone, packed and installed as users do. */
import { mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { rankforge } from './support/run.js';

const script = fileURLToPath(new URL('../../../scripts/pack-estimate.mjs', import.meta.url));
const mebibyte = 2 ** 20;

let folder: string;
let tarball: string;
let installed: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rankforge-estimate-package-'));
  const { stdout } = await execa(process.execPath, [script, folder]);
  tarball = stdout.trim();
  installed = join(folder, 'empty');
  await mkdir(installed);
  // Nothing comes from a registry.
  await execa('npm', ['install', '--offline', '--no-audit', '--no-fund', tarball], { cwd: installed });
});
afterAll(() => rm(folder, { recursive: true }));

const alone = (...args: string[]) =>
  execa(join(installed, 'node_modules/.bin/rankforge-estimate'), args, {
    cwd: installed,
    env: { PATH: process.env.PATH, HOME: folder, NO_COLOR: '1', RANKFORGE_HUB: 'off' },
    extendEnv: false,
    reject: false,
  });

test('takes at most 5 MB, packed and unpacked, and brings no other package and no native part', async () => {
  const own = join(installed, 'node_modules/rankforge-estimate');
  const files = (await readdir(own, { recursive: true, withFileTypes: true })).filter((each) => each.isFile());
  const sizes = await Promise.all(files.map(async ({ parentPath, name }) => (await stat(join(parentPath, name))).size));
  expect((await stat(tarball)).size).toBeLessThan(5 * mebibyte);
  expect(sizes.reduce((sum, size) => sum + size)).toBeLessThan(5 * mebibyte);
  expect(files.map(({ name }) => name).sort()).toEqual(
    ['LICENCES.txt', 'LICENSE', 'README.md', 'estimate.js', 'package.json', 'rankforge-estimate.js'].sort(),
  );
  expect((await readdir(join(installed, 'node_modules'))).filter((name) => !name.startsWith('.'))).toEqual([
    'rankforge-estimate',
  ]);
});

test.each([
  ['all methods on an engine here', ['meta-llama/Llama-3.1-8B', '--budget', '24GiB']],
  ['all methods in torch, without a budget', ['meta-llama/Llama-3.1-8B', '--profile', 'torch']],
  [
    'QLoRA on a card',
    [
      ...['meta-llama/Llama-3.1-8B', '--profile', 'torch', '--method', 'lora'],
      ...['--dtype', 'nf4', '--checkpointing', 'block', '--gpu', 'rtx-4090'],
    ],
  ],
])('answers as the checkout does: %s', async (_, args) => {
  const [ours, theirs] = await Promise.all([rankforge(['estimate', ...args, '--json']), alone(...args, '--json')]);
  expect(theirs).toMatchObject({ stderr: '', exitCode: 0 });
  expect(JSON.parse(theirs.stdout)).toEqual(JSON.parse(ours.out));
});

test('refuses as the checkout does', async () => {
  const missing = await alone('llama-that-is-not-here');
  expect(missing.exitCode).toBe(2);
  expect(missing.stderr).toContain('expected a folder with config.json, an id of a hub');
  const hubIsOff = await alone('nobody/nothing');
  expect(hubIsOff).toMatchObject({ exitCode: 3, stderr: expect.stringContaining('the hub is switched off') });
});

test('says its version, and carries the licences of packages that are in its file', async () => {
  expect(await alone('--version')).toMatchObject({ stdout: '0.1.0', exitCode: 0 });
  const licences = await readFile(join(installed, 'node_modules/rankforge-estimate/dist/LICENCES.txt'), 'utf8');
  for (const name of ['commander', 'yaml', 'zod']) expect(licences).toMatch(new RegExp(`^${name} \\d`, 'm'));
});
