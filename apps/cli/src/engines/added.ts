/** @file Engines that were added to this installation: a folder each, with a file that says what is in it. */
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
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

const folderOf = (enginesFolder: string) => join(enginesFolder, 'tensorflow');

/** @throws Error naming the file, where it is not what was written */
export async function readAdded(enginesFolder: string): Promise<AddedEngine | undefined> {
  const file = join(folderOf(enginesFolder), 'engine.json');
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  try {
    return AddedEngine.parse(JSON.parse(text));
  } catch (cause) {
    throw new Error(`${file} cannot be read: add the engine again, or remove it`, { cause });
  }
}

/** Puts a finished folder in the place of the one before, if any. */
export async function keep(enginesFolder: string, made: string, engine: AddedEngine): Promise<void> {
  await writeFile(join(made, 'engine.json'), `${JSON.stringify(engine, undefined, 2)}\n`);
  await rm(folderOf(enginesFolder), { recursive: true, force: true });
  await rename(made, folderOf(enginesFolder));
}

/** @returns whether there was one */
export async function removeAdded(enginesFolder: string): Promise<boolean> {
  const found = (await readAdded(enginesFolder).catch(() => true)) !== undefined;
  await rm(folderOf(enginesFolder), { recursive: true, force: true });
  return found;
}
