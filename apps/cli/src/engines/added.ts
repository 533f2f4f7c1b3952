/** @file Engines that were added to this installation: a folder each, with a file that says what is in it. */
import { readdirSync, readFileSync } from 'node:fs';
import { access, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { repositoryRoot } from '../local/paths.js';
import { variants } from './recipe.js';

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

/** Whether the operations in the binding of an engine, which lies with their sources, are those of this version of Rankforge. */
export function isCurrent(enginesFolder: string): boolean {
  const ours = join(manifest, 'kernels');
  const theirs = join(enginesFolder, 'tensorflow', 'kernels');
  return readdirSync(ours).every((file) => {
    try {
      return readFileSync(join(ours, file)).equals(readFileSync(join(theirs, file)));
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

export type Addable = (AddedEngine | AddedLlama)['name'];

/** @throws Error naming the file, where it is not what was written */
export const readAdded = (enginesFolder: string): Promise<AddedEngine | undefined> =>
  readNamed(enginesFolder, 'tensorflow', AddedEngine);

/** @throws Error naming the file, where it is not what was written */
export const readAddedLlama = (enginesFolder: string): Promise<AddedLlama | undefined> =>
  readNamed(enginesFolder, 'llama', AddedLlama);

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

/** Puts a finished folder in the place of the one before, if any. */
export async function keep(enginesFolder: string, made: string, engine: AddedEngine | AddedLlama): Promise<void> {
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
