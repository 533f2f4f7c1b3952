/** @file Adds the engine `torch` to an installation: a Python of its own or one that is there, proven before it is kept. */
import { cp, mkdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { AddedRunner } from '@rankforge/contracts';
import { execa } from 'execa';
import { z } from 'zod';
import { CommandError, exitCode } from '../exit-codes.js';
import { LocalSetupError } from '../local/errors.js';
import { lockFolder } from '../local/lock.js';
import { programs, repositoryRoot } from '../local/paths.js';
import { ensurePip } from '../local/wheels.js';
import { keep } from './added.js';

/** The runner's package and the releases that it was tried with. */
export const torchRunner = join(repositoryRoot, 'runners/torch');
export const torchModule = 'rankforge_torch';

export interface AddTorchOptions {
  folder: string;
  onProgress: (line: string) => void;
  /** An interpreter that has the packages; omitted: an environment of its own is made. */
  python?: string | undefined;
}

/** Releases below these were not tried. */
const oldest: Readonly<Record<string, readonly [number, number]>> = {
  python: [3, 10],
  torch: [2, 13],
  transformers: [5, 24],
  peft: [0, 21],
  safetensors: [0, 8],
};

/** Packages that some trials alone need, where an interpreter has them. */
const optional = ['bitsandbytes'];

/** The Python that the pinned wheels are for. */
const pinnedPython = [3, 11] as const;

/**
 * Makes it in a folder beside, so that what is there works until the new one has proven itself.
 *
 * @throws LocalSetupError with what this machine lacks, cannot fetch, or has that does not fit
 * @throws CommandError where its numbers are not those of wasm
 */
export async function addTorch({ folder, onProgress, python }: AddTorchOptions): Promise<AddedRunner> {
  await mkdir(folder, { recursive: true });
  const unlock = await lockFolder(folder);
  const made = join(folder, '.made');
  const home = join(made, 'torch');
  try {
    await rm(made, { recursive: true, force: true });
    await cp(join(torchRunner, 'src', torchModule), join(home, 'src', torchModule), {
      recursive: true,
      filter: (from) => !from.includes('__pycache__'),
    });
    const own = join('venv', 'bin', 'python');
    if (python === undefined) await makeEnvironment(join(home, 'venv'), onProgress);
    const interpreter = python === undefined ? join(home, own) : resolve(python);
    const releases = await requireFitting(interpreter);
    const description = {
      name: 'torch',
      python: interpreter,
      module: torchModule,
      releases,
      addedAt: new Date().toISOString(),
    };
    onProgress('proving it: the same short training on wasm and by it');
    const proven = await proveRunner(join(home, 'src'), interpreter);
    // Where it lies once it is kept.
    const kept = python === undefined ? join(folder, 'torch', own) : interpreter;
    const engine: AddedRunner = { ...description, python: kept, ...proven };
    await keep(folder, home, engine);
    return engine;
  } finally {
    await rm(made, { recursive: true, force: true });
    await unlock();
  }
}

async function makeEnvironment(to: string, onProgress: AddTorchOptions['onProgress']): Promise<void> {
  const python = await ensurePip(onProgress);
  const { python: version } = await releasesOf(python);
  if (!version?.startsWith(`${pinnedPython.join('.')}.`)) {
    throw new LocalSetupError(
      `${python} is Python ${version}, and the pinned packages are for ${pinnedPython.join('.')}: install that, or name an interpreter that has torch by --python`,
    );
  }
  const made = await execa(python, ['-m', 'venv', to], { reject: false, all: true });
  if (made.exitCode !== 0) {
    throw new LocalSetupError(
      `${python} could not make a virtual environment: install python3-venv\n${lastLines(made.all)}`,
    );
  }
  const interpreter = join(to, 'bin/python');
  onProgress('fetching torch, transformers and peft from the package index');
  const installed = await execa(
    interpreter,
    [
      '-m',
      'pip',
      '--disable-pip-version-check',
      'install',
      '--require-hashes',
      '--only-binary=:all:',
      '-r',
      join(torchRunner, 'requirements.txt'),
    ],
    { reject: false, all: true },
  );
  if (installed.exitCode === 0) return;
  throw new LocalSetupError(
    `pip could not install the releases that were tried; run the command again:\n${lastLines(installed.all)}`,
  );
}

const Found = z.record(z.string(), z.string().nullable());

/** Releases of an interpreter by name, its own among them. @throws LocalSetupError where it does not run */
async function releasesOf(python: string): Promise<z.infer<typeof Found>> {
  const program = [
    'import importlib.metadata, json, platform, sys',
    'def release(name):',
    '    try:',
    '        return platform.python_version() if name == "python" else importlib.metadata.version(name)',
    '    except importlib.metadata.PackageNotFoundError:',
    '        return None',
    'print(json.dumps({name: release(name) for name in sys.argv[1].split(",")}))',
  ].join('\n');
  const names = [...Object.keys(oldest), ...optional].join(',');
  const asked = await execa(python, ['-c', program, names], { reject: false, all: true });
  if (asked.exitCode === 0) return Found.parse(JSON.parse(asked.stdout.trim().split('\n').at(-1)!));
  throw new LocalSetupError(
    `${python} is no Python that runs here:\n${asked.all ? lastLines(asked.all) : asked.message}`,
  );
}

/**
 * The releases of an interpreter.
 *
 * @throws LocalSetupError with everything about it that does not fit
 */
export async function requireFitting(python: string): Promise<string[]> {
  const releases = await releasesOf(python);
  const wrong = Object.entries(oldest).flatMap(([name, [major, minor]]) => {
    const release = releases[name];
    if (!release) return [`${name} is missing`];
    const [ownMajor = 0, ownMinor = 0] = release.split('.').map(Number);
    const isOld = ownMajor < major || (ownMajor === major && ownMinor < minor);
    return isOld ? [`${name} is ${release}, and ${major}.${minor} or newer is needed`] : [];
  });
  if (wrong.length > 0) throw new LocalSetupError(`${python} does not fit: ${wrong.join('; ')}`);
  return Object.entries(releases).flatMap(([name, release]) => (release ? [`${name}==${release}`] : []));
}

/** First losses before anything is trained, later ones, and scores of the adapter that is left. */
const tolerances = { firstLossDifference: 1e-4, lossDifference: 1e-3, scoreDifference: 1e-4 } as const;

/** @throws CommandError where the proof does not run, or its numbers are not those of wasm */
async function proveRunner(sources: string, python: string): Promise<ProvenRunner> {
  const proven = await measureRunner(sources, python);
  const problem = unsound(proven.proof);
  if (problem !== undefined) {
    throw new CommandError(`engine torch was made and is not sound: ${problem}`, exitCode.unsound);
  }
  return proven;
}

type ProvenRunner = Pick<AddedRunner, 'able' | 'proof'>;

/**
 * What the runner can do, and numbers of the training that proves the runner.
 *
 * @param on.card UUID of the card that it computes on. Default: the cores
 * @throws CommandError where it does not run
 */
export async function measureRunner(
  sources: string,
  python: string,
  { card, env = {} }: { card?: string | undefined; env?: NodeJS.ProcessEnv } = {},
): Promise<ProvenRunner> {
  const args = [programs.runnerProof, sources, python, torchModule, ...(card === undefined ? [] : [card])];
  const ran = await execa(process.execPath, args, { reject: false, env });
  if (ran.exitCode !== 0) {
    const message = `the training that proves engine torch failed (${ran.signal ?? `exit ${ran.exitCode}`}):\n${lastLines(ran.stderr)}`;
    throw new CommandError(message, exitCode.unsound, { cause: ran });
  }
  return AddedRunner.pick({ able: true, proof: true }).parse(JSON.parse(ran.stdout.trim().split('\n').at(-1)!));
}

/** Why a runner is not to be trusted; undefined where it is. */
export function unsound(proof: AddedRunner['proof']): string | undefined {
  const names = {
    firstLossDifference: 'first loss differs',
    lossDifference: 'losses differ',
    scoreDifference: 'validation score differs',
  };
  for (const [field, most] of Object.entries(tolerances) as [keyof typeof tolerances, number][]) {
    // A difference that is no number is one too.
    if (!(proof[field] <= most)) {
      return `its ${names[field]} from wasm's by ${proof[field]} of its size, and at most ${most} is rounding`;
    }
  }
  return undefined;
}

const lastLines = (text: string | undefined) => (text ?? '').trim().split('\n').slice(-8).join('\n');
