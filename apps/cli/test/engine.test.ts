import { chmod, cp, mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type AddedEngine,
  currentLlama,
  currentTensorflow,
  isCurrent,
  llamaManifest,
  manifest,
  removeAdded,
} from '../src/engines/added.js';
import { compileBinding } from '../src/engines/binding.js';
import { startLlama } from '../src/engines/llama.js';
import { type Machine, unableToRun } from '../src/engines/machine.js';
import { ownEngines } from '../src/engines/own-engines.js';
import { problemOf, proveEngine } from '../src/engines/proof.js';
import { recipes, releasesOf } from '../src/engines/recipe.js';
import { requireFitting, torchModule, torchRunner, unsound } from '../src/engines/torch.js';
import { exitCode } from '../src/exit-codes.js';
import { fetchWheels } from '../src/local/wheels.js';
import { skipWithoutPip } from './support/pip.js';
import { rankforge } from './support/run.js';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rankforge-engine-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

describe('unableToRun', () => {
  const able: Machine = { platform: 'linux', arch: 'x64', glibc: '2.36', node: 20, freeBytes: 2 ** 31 };

  it('takes Linux on x64 with a GNU C library, Node 20 to 24 and room', () => {
    expect(unableToRun(recipes.cpu, able)).toBeUndefined();
    expect(unableToRun(recipes.cpu, { ...able, glibc: '2.17', node: 24 })).toBeUndefined();
  });

  it.each<[Partial<Machine>, RegExp]>([
    [{ platform: 'darwin', arch: 'arm64' }, /needs Linux on x64, and this is darwin on arm64/],
    [{ arch: 'arm64' }, /this is linux on arm64/],
    [{ glibc: undefined }, /needs the GNU C library, and this system has another one/],
    [{ glibc: '2.12' }, /needs the GNU C library 2\.17 or newer, and this system has 2\.12/],
    [{ node: 18 }, /Node 20 to 24, and this is Node 18/],
    [{ node: 25 }, /Node 20 to 24, and this is Node 25/],
    [{ freeBytes: 2 ** 30 }, /needs 1\.5 GiB of disk while it is made, and 1\.0 GiB are free/],
  ])('says what is missing and what to do: %o', (lacking, reason) => {
    expect(unableToRun(recipes.cpu, { ...able, ...lacking })).toMatch(reason);
  });

  it('asks for the room of the libraries of CUDA', () => {
    expect(unableToRun(recipes.cuda, able)).toMatch(/needs 9\.0 GiB/);
  });
});

it('ends with the status of an engine that is not sound where llama.cpp does not start', async () => {
  await writeFile(join(folder, 'start.mjs'), "console.error('libgomp.so.1: cannot open'); process.exit(1);");
  await expect(startLlama(folder)).rejects.toMatchObject({
    status: exitCode.unsound,
    message: 'llama.cpp was fetched and does not start on this machine:\nlibgomp.so.1: cannot open',
  });
});

describe('problemOf', () => {
  const sound = {
    device: 'a device',
    lossDifference: 1e-6,
    predictedBytes: 1_000_000,
    measuredBytes: 1_000_004,
    stepMs: 1,
    wasmStepMs: 2,
  };

  it('trusts an engine whose losses and bytes are those of wasm and of the prediction', () => {
    expect(problemOf(sound)).toBeUndefined();
  });

  it.each([
    ['losses differ', { lossDifference: 0.01 }, /losses differ from those of wasm by 0\.01/],
    ['a loss is no number', { lossDifference: Number.NaN }, /losses differ from those of wasm by NaN/],
    ['it held more bytes', { measuredBytes: 1_002_000 }, /held 1002000 bytes at the peak, and 1000000 were predicted/],
    ['it held fewer bytes', { measuredBytes: 990_000 }, /held 990000 bytes/],
  ])('says so when %s', (_, changed, problem) => {
    expect(problemOf({ ...sound, ...changed })).toMatch(problem);
  });
});

describe('removeAdded', () => {
  it('takes the wheels along that a try left', async () => {
    await mkdir(join(folder, 'tensorflow'));
    await mkdir(join(folder, '.wheels-cuda'));
    expect(await removeAdded(folder, 'tensorflow')).toBe(true);
    expect(await readdir(folder)).toEqual([]);
    expect(await removeAdded(folder, 'tensorflow')).toBe(false);
  });
});

describe('fetchWheels', () => {
  it('fetches nothing where a file with the digest lies there', async () => {
    const path = join(folder, 'six-1.16.0-py2.py3-none-any.whl');
    await writeFile(path, 'abc');
    // FIPS 180-2, appendix B.1.
    const sha256 = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
    const wheels = [{ release: 'six==1.16.0', sha256 }];
    expect(await fetchWheels('/no/python', wheels, folder, { isQuiet: true })).toEqual([path]);
  });

  it('keeps no file whose digest differs', async ({ skip }) => {
    const python = await skipWithoutPip(skip);
    const other = { release: 'six==1.16.0', sha256: '0'.repeat(64) };
    await expect(fetchWheels(python, [other], folder, { isQuiet: true })).rejects.toThrow(
      /six==1\.16\.0 is not the one that was tried \(its sha256 differs\), and was not used/,
    );
    expect((await readdir(folder)).filter((file) => file.endsWith('.whl'))).toEqual([]);
  });

  it('names a release that the index does not have', async ({ skip }) => {
    const python = await skipWithoutPip(skip);
    const absent = { release: 'six==999.0', sha256: '0'.repeat(64) };
    await expect(fetchWheels(python, [absent], folder, { isQuiet: true })).rejects.toThrow(
      /six==999\.0 could not be fetched \(pip ended with 1\); run the command again/,
    );
  });
});

it('proveEngine calls an engine unsound whose training fails, and says what it said', async () => {
  await expect(proveEngine('tensorflow', folder)).rejects.toMatchObject({
    name: 'CommandError',
    status: exitCode.unsound,
    message: expect.stringMatching(/^the training that proves engine tensorflow failed \(exit 1\):\n.*tensorflow/s),
  });
});

it('compileBinding says what the compiler said, which is no lack of the machine', async () => {
  const compiler = join(folder, 'compiler');
  await writeFile(compiler, '#!/bin/sh\necho "binding.cc:1: no such thing" >&2\nexit 1\n');
  await chmod(compiler, 0o755);
  const tensorflow = join(folder, 'tensorflow');
  await mkdir(tensorflow);
  for (const library of ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2']) {
    await writeFile(join(tensorflow, library), '');
  }
  const kernels = join(folder, 'kernels');
  const compiling = compileBinding({
    compiler,
    modules: join(folder, 'modules'),
    package: 'binding',
    kernels,
    tensorflow,
  });
  await expect(compiling).rejects.toMatchObject({
    name: 'CommandError',
    status: exitCode.unexpected,
    message: `${compiler} could not compile the binding of TensorFlow:\nbinding.cc:1: no such thing`,
  });
});

describe('isCurrent', () => {
  const kernels = join(manifest, 'kernels');

  it('holds for an engine with the operations of this version, whose sources lie with it', async () => {
    expect(isCurrent(folder)).toBe(false);
    await cp(kernels, join(folder, 'tensorflow', 'kernels'), { recursive: true });
    expect(isCurrent(folder)).toBe(true);
    const [source] = (await readdir(kernels)) as [string];
    await writeFile(join(folder, 'tensorflow', 'kernels', source), 'of another version');
    expect(isCurrent(folder)).toBe(false);
  });

  it('decides whether the list calls an engine one to add again', async () => {
    const home = join(folder, 'data', 'engines', 'tensorflow');
    await mkdir(home, { recursive: true });
    await writeFile(join(home, 'engine.json'), JSON.stringify(earlier));
    const env = { RANKFORGE_HOME: folder };
    expect((await rankforge(['engine', 'list'], env)).out).toMatch(
      /tensorflow +added by another version of Rankforge: add it again/,
    );
  });
});

describe('ownEngines', () => {
  const add = async (variant: 'cpu' | 'cuda') => {
    const home = join(folder, 'tensorflow');
    await mkdir(home, { recursive: true });
    await writeFile(join(home, 'engine.json'), JSON.stringify({ ...earlier, variant }));
    return home;
  };

  it('name wasm alone where nothing was added', async () => {
    expect(await ownEngines(folder)).toEqual({ names: ['wasm'], added: [] });
    expect(await ownEngines(join(folder, 'absent'))).toEqual({ names: ['wasm'], added: [] });
  });

  it.each(['cpu', 'cuda'] as const)('name TensorFlow (%s) too where this version added it', async (variant) => {
    const home = await add(variant);
    await cp(join(manifest, 'kernels'), join(home, 'kernels'), { recursive: true });
    expect(await ownEngines(folder)).toEqual({ names: ['wasm', 'tensorflow'], added: [{ ...earlier, variant }] });
  });

  it('leave out one of another version, and say so', async () => {
    await add('cpu');
    expect(await ownEngines(folder)).toEqual({
      names: ['wasm'],
      added: [],
      leftOut: 'engine tensorflow is left out: it was added by another version of Rankforge: add it again',
    });
  });
});

/** The description of an engine that an earlier version added. */
const earlier: AddedEngine = {
  name: 'tensorflow',
  variant: 'cpu',
  releases: ['tensorflow-cpu==2.20.0'],
  addedAt: '2026-01-01T00:00:00.000Z',
  proof: {
    device: 'libtensorflow on the CPU',
    lossDifference: 1e-6,
    predictedBytes: 1_000_000,
    measuredBytes: 1_000_004,
    stepMs: 1,
    wasmStepMs: 2,
  },
};

/** Puts an engine there as this version of Rankforge makes it, but for its libraries. */
async function putTensorflow(enginesFolder: string, changed: Partial<AddedEngine> = {}): Promise<void> {
  const at = join(enginesFolder, 'tensorflow');
  await cp(join(manifest, 'kernels'), join(at, 'kernels'), { recursive: true });
  const engine = { ...earlier, releases: releasesOf(recipes.cpu), ...changed };
  await writeFile(join(at, 'engine.json'), JSON.stringify(engine));
}

describe('currentTensorflow', () => {
  const current = () => currentTensorflow(folder, recipes.cpu);

  it('finds the engine of the recipe with the releases and operations of this version', async () => {
    expect(await current()).toBeUndefined();
    await putTensorflow(folder);
    expect(await current()).toMatchObject({ variant: 'cpu', releases: releasesOf(recipes.cpu) });
  });

  it.each([
    ['other releases', { releases: ['tensorflow-cpu==2.19.0'] }],
    ['the other variant', { variant: 'cuda' as const }],
  ])('finds none of %s', async (_, changed) => {
    await putTensorflow(folder, changed);
    expect(await current()).toBeUndefined();
  });

  it('finds none with the operations of another version, nor where the description cannot be read', async () => {
    await putTensorflow(folder);
    const [source] = (await readdir(join(manifest, 'kernels'))) as [string];
    await writeFile(join(folder, 'tensorflow/kernels', source), 'of another version');
    expect(await current()).toBeUndefined();
    await putTensorflow(folder);
    await writeFile(join(folder, 'tensorflow/engine.json'), '{');
    expect(await current()).toBeUndefined();
  });
});

it('currentLlama knows llama.cpp by the files that it was made from', async () => {
  const at = join(folder, 'llama');
  await cp(llamaManifest, at, { recursive: true });
  const engine = { name: 'llama', releases: ['node-llama-cpp==3.0.0'], addedAt: '2026-01-01T00:00:00.000Z' };
  await writeFile(join(at, 'engine.json'), JSON.stringify(engine));
  expect(await currentLlama(folder)).toEqual(engine);
  await writeFile(join(at, 'package-lock.json'), '{}');
  expect(await currentLlama(folder)).toBeUndefined();
});

describe('engine torch', () => {
  const proof = {
    device: 'torch 2.13.0',
    firstLossDifference: 1e-8,
    lossDifference: 1e-6,
    scoreDifference: 1e-6,
    stepMs: 1,
    wasmStepMs: 2,
  };
  const able = { peftTypes: ['LORA'], optimizers: ['adamw'], dtypes: ['float32'] };
  const made = { module: torchModule, releases: ['torch==2.13.0'], addedAt: earlier.addedAt };
  const engine = { name: 'torch', ...made, able, proof };
  /** A program that answers as a Python with these releases does. */
  async function python(releases: Record<string, string | null>): Promise<string> {
    const path = join(folder, 'python');
    await writeFile(path, `#!/bin/sh\necho 'a warning'\necho '${JSON.stringify(releases)}'\n`);
    await chmod(path, 0o755);
    return path;
  }
  async function putTorch(enginesFolder: string, interpreter: string): Promise<void> {
    const home = join(enginesFolder, 'torch');
    await cp(join(torchRunner, 'src', torchModule), join(home, 'src', torchModule), { recursive: true });
    await writeFile(join(home, 'engine.json'), JSON.stringify({ ...engine, python: interpreter }));
  }
  const fitting = {
    python: '3.11.7',
    torch: '2.13.0+cpu',
    transformers: '5.24.0',
    peft: '0.21.2',
    safetensors: '0.8.0',
  };

  it('takes an interpreter with the releases that were tried, or newer ones', async () => {
    expect(await requireFitting(await python(fitting))).toEqual([
      'python==3.11.7',
      'torch==2.13.0+cpu',
      'transformers==5.24.0',
      'peft==0.21.2',
      'safetensors==0.8.0',
    ]);
    const newer = { ...fitting, torch: '3.0.1', peft: '0.30', bitsandbytes: '0.50.2' };
    expect(await requireFitting(await python(newer))).toEqual(
      expect.arrayContaining(['torch==3.0.1', 'bitsandbytes==0.50.2']),
    );
  });

  it('names everything about an interpreter that does not fit', async () => {
    const path = await python({ ...fitting, python: '3.9.25', torch: null, peft: '0.20.9' });
    await expect(requireFitting(path)).rejects.toThrow(
      `${path} does not fit: python is 3.9.25, and 3.10 or newer is needed; torch is missing; peft is 0.20.9, and 0.21 or newer is needed`,
    );
    await expect(requireFitting(join(folder, 'nothing'))).rejects.toThrow(/nothing is no Python that runs here/);
  });

  it('asks for the Python of the pinned packages before it fetches any', async () => {
    const path = await python({ ...fitting, python: '3.13.1' });
    const bin = join(folder, 'bin');
    await mkdir(bin);
    await rename(path, join(bin, 'python3'));
    const env = { RANKFORGE_HOME: folder, PATH: `${bin}:${process.env.PATH}` };
    const { status, err } = await rankforge(['engine', 'add', 'torch'], env);
    expect(status).toBe(exitCode.setup);
    expect(err).toContain(
      `${join(bin, 'python3')} is Python 3.13.1, and the pinned packages are for 3.11: install that, or name an interpreter that has torch by --python`,
    );
    expect(await readdir(join(folder, 'data/engines'))).toEqual([]);
  });

  it('is sound within the tolerances alone', () => {
    expect(unsound(proof)).toBeUndefined();
    expect(unsound({ ...proof, lossDifference: 2e-3 })).toMatch(/its losses differ from wasm's by 0\.002/);
    expect(unsound({ ...proof, firstLossDifference: Number.NaN })).toMatch(/first loss differs/);
    expect(unsound({ ...proof, scoreDifference: 1e-3 })).toMatch(/validation score differs/);
  });

  it('is among the engines of a worker while its runner is current and its interpreter there', async () => {
    const path = await python(fitting);
    await putTorch(folder, path);
    expect(await ownEngines(folder)).toEqual({ names: ['wasm', 'torch'], added: [{ ...engine, python: path }] });
    await rm(path);
    expect((await ownEngines(folder)).leftOut).toBe(
      `engine torch is left out: it was added with ${path}, which is gone: add it again`,
    );
    await putTorch(folder, await python(fitting));
    await writeFile(join(folder, 'torch/src', torchModule, 'run.py'), '# of another version');
    expect(await ownEngines(folder)).toEqual({
      names: ['wasm'],
      added: [],
      leftOut: 'engine torch is left out: it was added by another version of Rankforge: add it again',
    });
  });

  it('is listed with its interpreter, and said to be there where it is asked for again', async () => {
    const path = await python(fitting);
    await putTorch(join(folder, 'data/engines'), path);
    const env = { RANKFORGE_HOME: folder };
    expect((await rankforge(['engine', 'list'], env)).out).toMatch(/torch +torch 2\.13\.0, .*python +2\.0 ×/);
    expect((await rankforge(['engine', 'add', 'torch'], env)).out).toBe(
      'engine torch is there and current: torch==2.13.0, added 2026-01-01\n--again makes it anew',
    );
  });

  it.each([
    [['torch', '--cuda'], '--cuda is for tensorflow, and not for torch'],
    [['llama', '--cuda'], '--cuda is for tensorflow, and not for llama'],
    [['tensorflow', '--python', '/usr/bin/python3'], '--python is for torch, and not for tensorflow'],
  ])('refuses an option of another engine: %s', async (args, message) => {
    const { status, err } = await rankforge(['engine', 'add', ...args], { RANKFORGE_HOME: folder });
    expect({ status, err }).toMatchObject({ status: exitCode.usage, err: expect.stringContaining(message) });
  });

  it('keeps nothing of an interpreter that does not fit', async () => {
    const path = await python({ ...fitting, transformers: '4.57.1' });
    const { status, err } = await rankforge(['engine', 'add', 'torch', '--python', path], { RANKFORGE_HOME: folder });
    expect(status).toBe(exitCode.setup);
    expect(err).toContain('transformers is 4.57.1, and 5.24 or newer is needed');
    expect(await readdir(join(folder, 'data/engines'))).toEqual([]);
  });
});

describe('rankforge engine', () => {
  const home = () => ({ RANKFORGE_HOME: folder });

  it('lists what is built in and how to add what is absent', async () => {
    const { status, out } = await rankforge(['engine', 'list'], home());
    expect(status).toBe(0);
    expect(out).toMatch(/wasm +built in/);
    expect(out).toMatch(/tensorflow +absent: rankforge engine add tensorflow/);
    expect(out).toMatch(/torch +absent: rankforge engine add torch/);
    expect(out).toMatch(/llama +absent: rankforge engine add llama/);
  });

  it('removes what is not there without complaint', async () => {
    const { status, out } = await rankforge(['engine', 'remove', 'tensorflow'], home());
    expect([status, out]).toEqual([0, 'tensorflow was not there']);
  });

  it('refuses a name that it does not know', async () => {
    const { status, err } = await rankforge(['engine', 'add', 'tensorrt'], home());
    expect(status).toBe(2);
    expect(err).toContain('there is no engine tensorrt to add or remove; there are tensorflow, torch, llama');
  });

  describe('add of one that is there', () => {
    /** pip and npm reach nothing, so that whatever is fetched fails. */
    const offline = () => ({ ...home(), PIP_NO_INDEX: '1', PIP_FIND_LINKS: folder, npm_config_offline: 'true' });
    const there = () => putTensorflow(join(folder, 'data/engines'));

    it('says so with its releases and makes nothing', async () => {
      await there();
      const { status, out, err } = await rankforge(['engine', 'add', 'tensorflow'], offline());
      expect({ status, err }).toEqual({ status: 0, err: '' });
      expect(out).toBe(
        'engine tensorflow (cpu) is there and current: @tensorflow/tfjs-node==4.22.0, tensorflow-cpu==2.20.0, added 2026-01-01\n' +
          '--again makes it anew',
      );
    });

    it('makes it where it is asked for anew', async ({ skip }) => {
      await skipWithoutPip(skip);
      await there();
      const { status, err } = await rankforge(['engine', 'add', 'tensorflow', '--again'], offline());
      expect(status).toBe(6);
      expect(err).toMatch(/could not (be fetched|fetch)/);
    });
  });

  it('leaves nothing half-made where a download fails', async ({ skip }) => {
    await skipWithoutPip(skip);
    // pip looks in an empty folder alone.
    const offline = { PIP_NO_INDEX: '1', PIP_FIND_LINKS: folder };
    const { status, err } = await rankforge(['engine', 'add', 'tensorflow'], { ...home(), ...offline });
    expect(err).toMatch(/tensorflow-cpu==2\.20\.0 could not be fetched/);
    expect(status).toBe(6);
    expect(await readdir(join(folder, 'data/engines'))).toEqual(['.wheels-cpu']);
  });
});
