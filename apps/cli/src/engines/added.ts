/** @file Engines that were added to this installation: a folder each, with a file that says what is in it. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { access, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { AddedRunner } from '@rankforge/contracts';
import { z } from 'zod';
import { repositoryRoot } from '../local/paths.js';
import { type Recipe, releasesOf, variants } from './recipe.js';

export const AddedEngine = z.object({
  name: z.literal('tensorflow'),
  variant: z.enum(variants),
  /** Releases that it is made of. */
  releases: z.array(z.string()),
  addedAt: z.iso.datetime(),
  /** Numbers of the training that proved it. */
  proof: z.object({
    device: z.string(),
    lossDifference: z.number(),
    predictedBytes: z.number(),
    measuredBytes: z.number(),
    stepMs: z.number(),
    wasmStepMs: z.number(),
  }),
});
export type AddedEngine = z.infer<typeof AddedEngine>;

/** Packages of npm pinned by a lock file, what stands in for those that would download binaries, and sources of operations. */
export const manifest = join(repositoryRoot, 'apps/cli/engines/tensorflow');

/** Packages of npm that llama.cpp comes by, pinned by a lock file, and the program that starts it. */
export const llamaManifest = join(repositoryRoot, 'apps/cli/engines/llama');

/** Whether the operations in the binding of an engine, which lies with their sources, are those of this version of Rankforge. */
export const isCurrent = (enginesFolder: string): boolean =>
  holdsFiles(join(enginesFolder, 'tensorflow', 'kernels'), join(manifest, 'kernels'));

/** Whether llama.cpp is there as this version of Rankforge adds it. */
export const isCurrentLlama = (enginesFolder: string): boolean =>
  holdsFiles(join(enginesFolder, 'llama'), llamaManifest);

/** The sources of the runner of torch, and where they lie in an engine. */
const runnerSources = 'src/rankforge_torch';

/** Whether the runner of torch is there as this version of Rankforge adds it. */
export const isCurrentTorch = (enginesFolder: string): boolean =>
  holdsFiles(join(enginesFolder, 'torch', runnerSources), join(repositoryRoot, 'runners/torch', runnerSources));

/** Whether every file that lies directly in `ours` lies in `theirs` with the same bytes. */
function holdsFiles(theirs: string, ours: string): boolean {
  const files = readdirSync(ours, { withFileTypes: true }).filter((entry) => entry.isFile());
  return files.every(({ name }) => {
    try {
      return readFileSync(join(ours, name)).equals(readFileSync(join(theirs, name)));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
      throw error;
    }
  });
}

/** Said of an engine that is not current. */
export const outdated = 'added by another version of Rankforge: add it again';

/** llama.cpp, which generators that are GGUF files run on. */
export const AddedLlama = z.object({
  name: z.literal('llama'),
  /** Releases that it is made of. */
  releases: z.array(z.string()),
  addedAt: z.iso.datetime(),
});
export type AddedLlama = z.infer<typeof AddedLlama>;

/** Engines that are added by a command. */
export type Addable = (AddedEngine | AddedLlama)['name'] | 'torch';
export type Added = AddedEngine | AddedLlama | AddedRunner;

/** @throws Error naming the file, where it is not what was written */
export const readAdded = (enginesFolder: string): Promise<AddedEngine | undefined> =>
  readNamed(enginesFolder, 'tensorflow', AddedEngine);

/** @throws Error naming the file, where it is not what was written */
export const readAddedLlama = (enginesFolder: string): Promise<AddedLlama | undefined> =>
  readNamed(enginesFolder, 'llama', AddedLlama);

/** @throws Error naming the file, where it is not what was written */
export const readAddedTorch = (enginesFolder: string): Promise<AddedRunner | undefined> =>
  readNamed(enginesFolder, 'torch', AddedRunner);

async function readNamed<S extends z.ZodType>(
  enginesFolder: string,
  name: Addable,
  schema: S,
): Promise<z.output<S> | undefined> {
  const file = join(enginesFolder, name, 'engine.json');
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new Error(`${file} cannot be read: add the engine again, or remove it`, { cause });
  }
}

/**
 * The engine of a recipe, where it is there as this version of Rankforge makes it; undefined where it is to be made, also in
 * place of one that cannot be read.
 */
export async function currentTensorflow(enginesFolder: string, recipe: Recipe): Promise<AddedEngine | undefined> {
  const added = await readAdded(enginesFolder).catch(() => undefined);
  const isSame = added?.variant === recipe.variant && isDeepStrictEqual(added.releases, releasesOf(recipe));
  return isSame && isCurrent(enginesFolder) ? added : undefined;
}

/** The same of llama.cpp. */
export async function currentLlama(enginesFolder: string): Promise<AddedLlama | undefined> {
  const added = await readAddedLlama(enginesFolder).catch(() => undefined);
  return added && isCurrentLlama(enginesFolder) ? added : undefined;
}

/** The same of the runner of torch, with its interpreter. */
export async function currentTorch(enginesFolder: string): Promise<AddedRunner | undefined> {
  const added = await readAddedTorch(enginesFolder).catch(() => undefined);
  return added && isCurrentTorch(enginesFolder) && existsSync(added.python) ? added : undefined;
}

/** Puts a finished folder in the place of the one before, if any. */
export async function keep(enginesFolder: string, made: string, engine: Added): Promise<void> {
  const folder = join(enginesFolder, engine.name);
  await writeFile(join(made, 'engine.json'), `${JSON.stringify(engine, undefined, 2)}\n`);
  await rm(folder, { recursive: true, force: true });
  await rename(made, folder);
}

/** Where wheels of a variant of TensorFlow lie until it was proven. */
export const wheelsFolder = (enginesFolder: string, variant: AddedEngine['variant']): string =>
  join(enginesFolder, `.wheels-${variant}`);

/** Removes wheels as well that a try to add it left. @returns whether there was one */
export async function removeAdded(enginesFolder: string, name: Addable): Promise<boolean> {
  const folder = join(enginesFolder, name);
  const found = await access(folder).then(
    () => true,
    () => false,
  );
  await rm(folder, { recursive: true, force: true });
  if (name === 'tensorflow') {
    for (const variant of variants) await rm(wheelsFolder(enginesFolder, variant), { recursive: true, force: true });
  }
  return found;
}
