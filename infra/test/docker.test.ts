import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { engineNames } from '@rankforge/contracts';
import { type Copy, DockerfileParser, type Instruction } from 'dockerfile-ast';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { infraDirectory } from './support/render.js';

const root = join(infraDirectory, '..');
const dockerfile = DockerfileParser.parse(readFileSync(join(infraDirectory, 'docker/Dockerfile'), 'utf8'));
const instructions = dockerfile.getInstructions();
const stages = dockerfile
  .getFROMs()
  .map((from) => ({ image: from.getImage() as string, name: from.getBuildStage() as string }));
const targets = ['api', 'worker-cpu', 'worker-cuda'];

function stageOf(instruction: Instruction): string {
  const line = instruction.getRange().start.line;
  const from = dockerfile
    .getFROMs()
    .filter((f) => f.getRange().start.line <= line)
    .at(-1);
  return from?.getBuildStage() ?? '';
}

function inStage(stage: string, keyword: string): Instruction[] {
  return instructions.filter((i) => i.getKeyword() === keyword && stageOf(i) === stage);
}

function words(instruction: Instruction): string[] {
  return instruction.getArguments().map((argument) => argument.getValue());
}

/** Lines of the ignore file, in order: the last that a path, or a folder above it, matches decides. */
const ignoreRules = readFileSync(join(infraDirectory, 'docker/Dockerfile.dockerignore'), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => {
    const glob = line.replace(/^!/, '').replaceAll('.', '\\.').replaceAll('**/', '\0').replaceAll('*', '[^/]*');
    return { ignores: !line.startsWith('!'), pattern: new RegExp(`^${glob.replaceAll('\0', '(?:.*/)?')}(?:/|$)`) };
  });

function isIgnored(path: string): boolean {
  return ignoreRules.findLast(({ pattern }) => pattern.test(path))?.ignores ?? false;
}

/** The text of a script and of those that it imports by a relative path. */
function withImports(script: string, seen = new Set<string>()): string {
  if (seen.has(script)) return '';
  seen.add(script);
  const text = readFileSync(script, 'utf8');
  const imported = [...text.matchAll(/(?:from|import) '(\.[^']+)'/g)].map(([, path]) => join(dirname(script), path!));
  return [text, ...imported.map((path) => withImports(path, seen))].join('\n');
}

/** Variables that a stage sets itself. */
function environmentOf(stage: string): Record<string, string> {
  const pairs = inStage(stage, 'ENV').flatMap(words);
  return Object.fromEntries(pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]));
}

describe('the copy of base models', () => {
  const script = join(infraDirectory, 'docker/copy-models.mjs');
  const copy = (from: string, to: string) => execa(process.execPath, [script, from, to]);

  test('brings those of the image whole, keeps what is there, and may run several times at once', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'rankforge-models-'));
    try {
      await mkdir(join(folder, 'click-mlp'));
      await writeFile(join(folder, 'click-mlp', 'config.json'), 'mine');
      const models = join(root, 'models');
      await Promise.all([copy(models, folder), copy(models, folder), copy(models, folder)]);
      expect((await readdir(folder)).sort()).toEqual(readdirSync(models).sort());
      expect(await readdir(join(folder, 'click-mlp'))).toEqual(['config.json']);
      for (const file of readdirSync(join(models, 'nano-sotu'))) {
        expect(await readFile(join(folder, 'nano-sotu', file))).toEqual(readFileSync(join(models, 'nano-sotu', file)));
      }
      expect((await copy(models, folder)).stdout).toBe('');
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test('says what it expects', async () => {
    await expect(execa(process.execPath, [script])).rejects.toMatchObject({
      exitCode: 2,
      stderr: 'expected two folders: node copy-models.mjs FROM TO',
    });
  });
});

describe('Dockerfile', () => {
  test('every stage starts from an earlier stage or from an image with a full version', () => {
    stages.forEach(({ image }, index) => {
      const earlier = stages.slice(0, index).map(({ name }) => name);
      if (!earlier.includes(image)) expect(image).toMatch(/:\d+\.\d+\.\d+-/);
    });
  });

  test('copies only files that exist in the checkout', () => {
    const copies = dockerfile.getCOPYs().filter((copy: Copy) => !copy.getFromFlag());
    const sources = copies.flatMap((copy) => words(copy).slice(0, -1));
    expect(sources.filter((source) => !existsSync(join(root, source)))).toEqual([]);
  });

  test('copies only files that the ignore file lets into the build', () => {
    // What the stage `build` holds came with its `COPY . .`.
    const sources = dockerfile.getCOPYs().flatMap((copy) => {
      const from = copy.getFromFlag()?.getValue();
      if (from === 'build')
        return words(copy)
          .slice(0, -1)
          .map((source) => source.replace(/^\/app\//, ''));
      return from ? [] : words(copy).slice(0, -1);
    });
    expect(sources.length).toBeGreaterThan(20);
    expect(sources.filter((source) => source !== '.' && isIgnored(source))).toEqual([]);
    expect(isIgnored('libs/db/src/generated/client.ts')).toBe(true);
    expect(isIgnored('infra/docker/Dockerfile')).toBe(true);
  });

  test('the build sees every file of the root that its scripts and its tools read', () => {
    const scripts = withImports(join(root, 'scripts/build.mjs'));
    // Tests are not built there.
    const entries = readdirSync(root, { withFileTypes: true }).filter(({ name }) => name !== 'tsconfig.tests.json');
    const files = entries.flatMap((entry) => (entry.isFile() ? [entry.name] : []));
    const named = files.filter((file) => scripts.includes(`'${file}'`));
    expect(named).toEqual(['package-lock.json', 'rolldown.config.mjs']);
    // Their tools look for these by themselves.
    const found = files.filter((file) => /^(package|tsconfig(\..+)?)\.json$|^prisma\.config\./.test(file));
    expect(found).toEqual(['package.json', 'prisma.config.ts', 'tsconfig.base.json', 'tsconfig.json']);
    expect([...named, ...found].filter(isIgnored)).toEqual([]);
  });

  test('copies only from stages that stand before', () => {
    for (const copy of dockerfile.getCOPYs()) {
      const from = copy.getFromFlag()?.getValue();
      if (!from) continue;
      const names = stages.map(({ name }) => name);
      expect(names.indexOf(from), from).toBeGreaterThanOrEqual(0);
      expect(names.indexOf(from)).toBeLessThan(names.indexOf(stageOf(copy)));
    }
  });

  test('the install sees the package.json of every workspace', () => {
    const { workspaces } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { workspaces: string[] };
    const folders = workspaces.flatMap((pattern) =>
      pattern.endsWith('/*')
        ? readdirSync(join(root, pattern.slice(0, -2))).map((name) => pattern.replace('*', name))
        : [pattern],
    );
    const files = folders.map((folder) => `${folder}/package.json`);
    const copied = inStage('manifests', 'COPY').flatMap((copy) => words(copy).slice(0, -1));
    expect(copied.filter((file) => file.includes('/')).sort()).toEqual(files.sort());
  });

  test.each(['api', 'worker'])(
    'what %s installs keeps the optional packages that data sets are read with',
    (program) => {
      const text = inStage(`${program}-dependencies`, 'RUN')
        .map((each) => each.getRawArgumentsContent() ?? '')
        .join();
      const { optionalDependencies } = JSON.parse(readFileSync(join(root, 'libs/tasks/package.json'), 'utf8')) as {
        optionalDependencies: Record<string, string>;
      };
      expect(text).toContain('npm ci ');
      expect(text).not.toContain('--omit=optional');
      expect(Object.keys(optionalDependencies).filter((name) => text.includes(`node_modules/${name}`))).toEqual([]);
    },
  );

  test.each(targets)(
    '%s runs without root, says whether it is healthy, and starts a program of the build',
    (target) => {
      expect(inStage(target, 'USER').map(words)).toEqual([['node']]);
      expect(inStage(target, 'HEALTHCHECK')).toHaveLength(1);
      const [command] = inStage(target, 'CMD');
      const [program, script] = JSON.parse(command!.getArgumentsContent() as string) as [string, string];
      expect(program).toBe('node');
      expect(existsSync(join(root, script.replace('/dist/', '/src/').replace(/\.js$/, '.ts'))), script).toBe(true);
    },
  );

  test.each([
    { target: 'worker-cpu', stage: 'engine-cpu', options: [] },
    { target: 'worker-cuda', stage: 'engine-cuda', options: ['--cuda'] },
  ])('$target carries the engine that the command line adds and proves in $stage', ({ target, stage, options }) => {
    const folder = environmentOf('with-compiler').RANKFORGE_ENGINES_DIR!;
    expect(stages.find(({ name }) => name === stage)?.image).toBe('with-compiler');
    expect(inStage(stage, 'RUN').map(words)).toEqual([
      ['node', 'apps/cli/bin/rankforge.js', 'engine', 'add', 'tensorflow', ...options],
    ]);
    const copies = dockerfile.getCOPYs().filter((copy) => stageOf(copy) === target);
    const carried = copies.filter((copy) => copy.getFromFlag()?.getValue() === stage);
    expect(carried.map((copy) => words(copy))).toEqual([[folder, folder]]);
    const { RANKFORGE_ENGINES: engines = '', RANKFORGE_ENGINES_DIR } = environmentOf(target);
    expect(RANKFORGE_ENGINES_DIR).toBe(folder);
    expect(engines.split(',').filter((name) => !engineNames.some((known) => known === name))).toEqual([]);
    expect(engines.split(',')).toContain('tensorflow');
  });

  test('the engines are outside the folder of data, which a volume hides', () => {
    for (const target of ['worker-cpu', 'worker-cuda']) {
      const { RANKFORGE_DATA_DIR: data = '', RANKFORGE_ENGINES_DIR: engines = '' } = environmentOf(target);
      expect(`${engines}/`.startsWith(`${data}/`)).toBe(false);
    }
  });

  test('packages of the system are installed without recommendations, and leave no lists behind', () => {
    const installing = instructions
      .map((each) => each.getRawArgumentsContent() ?? '')
      .filter((text) => text.includes('apt-get'));
    expect(installing.length).toBeGreaterThan(0);
    for (const text of installing) {
      expect(text).toMatch(/^apt-get update/);
      expect(text).toContain('apt-get install -y --no-install-recommends ');
      expect(text).toMatch(/rm -rf \/var\/lib\/apt\/lists\/\*$/);
    }
  });
});
