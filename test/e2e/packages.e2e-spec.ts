/** @file The packages that leave this repository, as a stranger has them: packed, installed in an empty project, and used. */
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dataOf, openClient } from '@rankforge/client';
import { readSafetensors } from '@rankforge/peft';
import { execa, type Result } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createPlatform, type Platform, type TestApi } from '../support/index.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const names = ['peft', 'federated', 'client'] as const;
type Name = (typeof names)[number];

interface Packed {
  filename: string;
  size: number;
  files: { path: string }[];
}

let platform: Platform;
let api: TestApi;
let project: string;
const packed = {} as Record<Name, Packed>;
/** Why nothing could be installed; only ever that the registry cannot be reached. */
let missing: string | undefined;

beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), 'rankforge-packages-'));
  for (const name of names) {
    const { stdout } = await npm(['pack', '--json', '--pack-destination', project], join(root, 'libs', name));
    packed[name] = (JSON.parse(stdout as string) as Packed[])[0]!;
  }
  await writeFile(join(project, 'package.json'), JSON.stringify({ name: 'stranger', private: true, type: 'module' }));
  const tarballs = names.map((name) => `./${packed[name].filename}`);
  // A GPU is not asked for, and its backend is the larger part of what would be fetched.
  const flags = ['--prefer-offline', '--no-audit', '--no-fund', '--omit=optional'];
  const installed = await npm(['install', ...flags, ...tarballs], project, { reject: false });
  if (installed.exitCode !== 0) {
    const output = `${installed.stderr}`;
    const reason = /E(NOTFOUND|AI_AGAIN|CONNREFUSED|CONNRESET|TIMEDOUT|NOTCACHED)\b/.exec(output)?.[0];
    if (!reason) throw new Error(`npm install failed: ${output}`);
    missing = `the npm registry cannot be reached (${reason}), and npm's cache lacks what the packages depend on`;
    console.log(`SKIPPED: ${missing}`);
  }
  platform = await createPlatform();
  api = await platform.hostApi();
});
afterAll(async () => {
  await platform?.stop();
  await rm(project, { recursive: true, force: true });
});

const npm = (args: string[], cwd: string, options: { reject?: boolean } = {}): Promise<Result> =>
  execa('npm', args, { cwd, env: { npm_config_update_notifier: 'false' }, ...options });

/** The programs of a README; each goes on from those before it. */
async function examplesOf(name: Name): Promise<string[]> {
  const readme = await readFile(join(root, 'libs', name, 'README.md'), 'utf8');
  return [...readme.matchAll(/^```js\n(.*?)^```/gms)].map(([, program]) => program!);
}

async function run(name: string, program: string, env: Record<string, string> = {}) {
  await writeFile(join(project, `${name}.js`), program);
  return execa('node', [`${name}.js`], { cwd: project, env });
}

describe.each(names)('the tarball of %s', (name) => {
  test('holds what was built, its licence and its README, and nothing else', async () => {
    const { files, size } = packed[name];
    const paths = files.map(({ path }) => path);
    expect(paths).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'package.json', 'dist/index.js']));
    expect(paths.filter((path) => !/^(LICENSE|README\.md|package\.json|dist\/.*\.(js|d\.ts))$/.test(path))).toEqual([]);
    expect(size).toBeLessThan(1_000_000);
    const licence = (folder: string) => readFile(join(folder, 'LICENSE'), 'utf8');
    expect(await licence(join(root, 'libs', name))).toBe(await licence(root));
  });

  test('has every file that its exports name', async () => {
    const { exports } = JSON.parse(await readFile(join(root, 'libs', name, 'package.json'), 'utf8')) as {
      exports: Record<string, string | Record<'types' | 'default', string>>;
    };
    const paths = packed[name].files.map(({ path }) => `./${path}`);
    const named = Object.values(exports).flatMap((entry) =>
      typeof entry === 'string' ? entry : [entry.types, entry.default],
    );
    expect(named.filter((path) => !paths.includes(path))).toEqual([]);
  });
});

describe('an empty project', () => {
  test('trains LoRA on WebAssembly by the twelve lines of the README', async (context) => {
    context.skip(missing !== undefined, missing);
    const [example] = await examplesOf('peft');
    expect(example!.trim().split('\n').length).toBeLessThanOrEqual(12);
    await cp(join(root, 'models/nano-sotu'), join(project, 'gpt2'), { recursive: true });
    const { stdout } = await run('peft', example!);
    expect(stdout).toContain('accuracy: 1,');
    expect(stdout).toMatch(/ \d{7} bytes at the peak$/);
    const { tensors } = readSafetensors(await readFile(join(project, 'adapter.safetensors')), 'adapter.safetensors');
    expect([...tensors.keys()].filter((path) => /lora/i.test(path)).length).toBeGreaterThan(0);
  });

  test('trains a federation of two sites by the lines of the README', async (context) => {
    context.skip(missing !== undefined, missing);
    const [training] = await examplesOf('peft');
    const [federation] = await examplesOf('federated');
    const { stdout } = await run('federation', `${training}\n${federation}`);
    const [, accuracy, down, up] = /accuracy: ([\d.]+),[^{]*{ down: (\d+), up: (\d+) }/.exec(stdout as string)!;
    expect(Number(accuracy)).toBe(1);
    expect(Number(down)).toBe(Number(up));
    expect(Number(up)).toBeGreaterThan(0);
  });

  test('trains on a stream of tasks, and on rows of rankings and of quantiles, by the lines of the README', async (context) => {
    context.skip(missing !== undefined, missing);
    const { stdout } = await run('rows', (await examplesOf('peft')).join('\n'));
    const [, scores, last] = /^stream (\[.*\]) {\s+last: ([\d.]+),/m.exec(stdout as string)!;
    expect(
      (JSON.parse(scores!) as { after: string; on: object }[]).map(({ after, on }) => [after, Object.keys(on)]),
    ).toEqual([
      ['paris', ['paris', 'oslo']],
      ['oslo', ['paris', 'oslo']],
    ]);
    expect(Number(last)).toBeGreaterThanOrEqual(0.5);
    const lines = stdout.split('\n').flatMap((line) => /^([a-z-]+) ({.*})$/.exec(line)?.slice(1, 3) ?? []);
    const [listwise, softmax, pairwise, ranknet, quantiles, pinball] = lines;
    expect([listwise, pairwise, quantiles]).toEqual(['ranking', 'ranking-pairwise', 'regression-quantile']);
    // Learnt by heart: graded rows in their order, and numbers to a quarter.
    for (const scores of [softmax, ranknet]) {
      expect(JSON.parse(scores!)).toMatchObject({ 'ndcg@10': 1, 'rr@10': 1, ap: 1, 'recall@10': 1 });
    }
    expect((JSON.parse(pinball!) as { mae: number }).mae).toBeLessThan(0.25);
  });

  test('asks the API and reads its problems by the lines of the README', async (context) => {
    context.skip(missing !== undefined, missing);
    const [example] = await examplesOf('client');
    const env = { RANKFORGE_URL: api.url, RANKFORGE_KEY: platform.keys.viewer };
    const { stdout } = await run('client', example!, env);
    expect(stdout).toMatch(/^2 trials, \d{6,8} and \d{6,8} bytes\n/);
    expect(stdout).toMatch(/\n400 The request is not valid \[\s+\{\s+path: '\/id',/);
  });

  test('has types of all, and no path that is not exported', async (context) => {
    context.skip(missing !== undefined, missing);
    await mkdir(join(project, 'typed'), { recursive: true });
    await writeFile(join(project, 'typed/program.ts'), typed);
    const compilerOptions = {
      ...{ module: 'nodenext', target: 'es2023', strict: true, noEmit: true, skipLibCheck: true, types: [] },
    };
    await writeFile(join(project, 'typed/tsconfig.json'), JSON.stringify({ compilerOptions, files: ['program.ts'] }));
    const compiler = join(root, 'node_modules/typescript/bin/tsc');
    const { stdout } = await execa('node', [compiler, '-p', 'typed'], { cwd: project, reject: false });
    expect(stdout).toBe('');
    const deep = `await import('@rankforge/peft/dist/index.js').catch(({ code }) => console.log(code))`;
    const refused = await execa('node', ['--input-type=module', '-e', deep], { cwd: project });
    expect(refused.stdout).toBe('ERR_PACKAGE_PATH_NOT_EXPORTED');
  });
});

/** Compiles only where the types are those that are used here. */
const typed = `
import { dataOf, openClient, type Problem, type SweepDetail } from '@rankforge/client';
import { federate } from '@rankforge/federated';
import { findMethod, fromRows, type LoadedBase, type TaskData } from '@rankforge/peft';
import { linear } from '@rankforge/peft/engine';

const api = openClient({ url: 'http://localhost' });
const answer = await api.GET('/v1/sweeps/{id}', { params: { path: { id: '1' } } });
export const problem: Problem | undefined = answer.error;
export const sweep: SweepDetail = dataOf(answer);
// @ts-expect-error a path that there is not
await api.GET('/v1/sweep');
// @ts-expect-error a state that there is not
await api.GET('/v1/sweeps', { params: { query: { state: 'DONE' } } });
declare const model: LoadedBase;
const rows = [{ text: 'a', label: 'b' }];
export const data: TaskData = fromRows(model, { objective: 'classification', train: rows, validation: rows });
// @ts-expect-error rows of another objective
fromRows(model, { objective: 'regression', train: rows, validation: rows });
export const names: string[] = [findMethod('lora').name, linear.name, federate.name];
`;

describe('the client', () => {
  test('acts in the project that it is opened for', async () => {
    const open = (project?: string) => openClient({ url: api.url, key: platform.keys.admin, project });
    dataOf(await open().POST('/v1/projects', { body: { name: 'theirs' } }));
    expect(dataOf(await open('theirs').GET('/v1/me')).project.name).toBe('theirs');
    expect(dataOf(await open().GET('/v1/me')).project.name).toBe('default');
    await expect(open('nobodys').GET('/v1/me').then(dataOf)).rejects.toMatchObject({
      name: 'ProblemError',
      message: expect.stringContaining('nobodys'),
      problem: { type: '/problems/not-found', status: 404 },
    });
  });

  test('makes a problem of what is none, as a proxy answers for an API that is away', async () => {
    const pages: Record<string, [type: string, body: string]> = {
      '/v1/sweeps': ['text/html', '<h1>Bad Gateway</h1>'],
      '/v1/tasks': ['application/json', '{"message":"away"}'],
    };
    const proxy = createServer((request, response) => {
      const [type, body] = pages[request.url!]!;
      response.writeHead(502, { 'content-type': type }).end(body);
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    try {
      const away = openClient({ url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}` });
      const problem = { type: 'about:blank', title: 'Bad Gateway', status: 502 };
      const { error } = await away.GET('/v1/sweeps');
      expect(error).toEqual({ ...problem, detail: '<h1>Bad Gateway</h1>' });
      await expect(away.GET('/v1/tasks').then(dataOf)).rejects.toMatchObject({
        problem: { ...problem, detail: '{"message":"away"}' },
      });
    } finally {
      proxy.close();
    }
  });
});

test('no program of the repository reaches into a library past its exports', async () => {
  const libraries = 'bases|client|contracts|db|federated|peft|placement|search|stats|tasks';
  const deep = String.raw`(from|import\()\s*'[./]*(libs/)?(${libraries})/(src|dist)/`;
  const found = await execa('git', ['grep', '-nE', deep, '--', '*.ts', '*.tsx', '*.mjs'], { cwd: root, reject: false });
  expect(found).toMatchObject({ stdout: '', exitCode: 1 });
});
