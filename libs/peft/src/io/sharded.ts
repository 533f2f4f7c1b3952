/** @file The weights of a model's folder: one safetensors file, or several with an index. */
import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { brief, SafetensorsError } from './errors.js';
import { openSafetensors, type SafetensorsFile, type StoredTensor } from './open.js';

const singleFile = 'model.safetensors';
const indexFile = 'model.safetensors.index.json';

const indexSchema = z.object({
  weight_map: z.record(
    z.string(),
    // Never a path out of the folder.
    z.string().regex(/^\w[\w.-]*\.safetensors$/, 'expected the name of a safetensors file beside the index'),
  ),
});

/**
 * Names of the files that hold a folder's weights, the index included; empty where there are none. The single file is
 * taken when both are there, as the reference implementation does.
 *
 * @throws SafetensorsError for an index that cannot be used
 */
export async function weightFiles(folder: string): Promise<string[]> {
  if (await exists(join(folder, singleFile))) return [singleFile];
  const shards = await readIndex(folder);
  return shards === undefined ? [] : [indexFile, ...shards.keys()];
}

/**
 * Opens the weights of a folder; a tensor is read when its values are asked for.
 *
 * @throws SafetensorsError naming the file, and the tensor that the index and the files do not agree on
 */
export async function openWeights(folder: string): Promise<SafetensorsFile> {
  if (await exists(join(folder, singleFile))) return openSafetensors(join(folder, singleFile));
  const shards = await readIndex(folder);
  if (shards === undefined) throw new SafetensorsError(folder, `neither ${singleFile} nor ${indexFile} is there`);
  const opened: [string, StoredTensor][] = [];
  for (const [shard, names] of shards) opened.push(...(await openShard(join(folder, shard), names)));
  return { tensors: new Map(opened), metadata: {} };
}

/** Names of the tensors of each file, or undefined where there is no index. */
async function readIndex(folder: string): Promise<Map<string, Set<string>> | undefined> {
  const path = join(folder, indexFile);
  if (!(await exists(path))) return undefined;
  const parsed = indexSchema.safeParse(await readJson(path));
  if (!parsed.success) {
    const { path: field, message } = parsed.error.issues[0]!;
    throw new SafetensorsError(path, `${field.join('.')}: ${message}`, { cause: parsed.error });
  }
  const shards = new Map<string, Set<string>>();
  for (const [name, shard] of Object.entries(parsed.data.weight_map)) {
    shards.set(shard, (shards.get(shard) ?? new Set()).add(name));
  }
  return shards;
}

async function openShard(path: string, names: ReadonlySet<string>): Promise<[string, StoredTensor][]> {
  if (!(await exists(path))) throw new SafetensorsError(path, `is missing; ${indexFile} names it`);
  const { tensors } = await openSafetensors(path);
  for (const name of tensors.keys()) {
    if (!names.has(name))
      throw new SafetensorsError(path, `holds tensor ${brief(name)}, which ${indexFile} does not put here`);
  }
  return [...names].map((name) => {
    const tensor = tensors.get(name);
    if (!tensor) throw new SafetensorsError(path, `tensor ${brief(name)} is missing; ${indexFile} says it is here`);
    return [name, tensor];
  });
}

async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    throw new SafetensorsError(path, 'is not JSON', { cause });
  }
}

const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  );
