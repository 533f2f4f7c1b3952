import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Slug } from '@rankforge/contracts';
import { type LinearLayer, linearLayers, type ModelConfig, modelConfigSchema } from '@rankforge/peft';
import { z } from 'zod';

/** A base model of the models folder. */
export interface Base {
  name: string;
  config: ModelConfig;
  /** Linear layers an adapter can be put on, in model order. */
  layers: readonly LinearLayer[];
  provenance: Record<string, unknown>;
  /** Of `model.safetensors`. */
  sha256: string;
}

const Provenance = z.record(z.string(), z.unknown());

/**
 * Reads every base model: the folders of `modelsDir` that hold `config.json`, `provenance.json` and
 * `model.safetensors`. Folders without weights are no base models yet and are left out.
 * @throws Error naming the file that cannot be used
 */
export async function readBases(modelsDir: string): Promise<Base[]> {
  const folders = (await readdir(modelsDir, { withFileTypes: true }))
    .filter((entry) => entry.isDirectory() && Slug.safeParse(entry.name).success)
    .map(({ name }) => name)
    .sort();
  const bases = await Promise.all(folders.map((name) => readBase(join(modelsDir, name), name)));
  return bases.filter((base) => base !== undefined);
}

async function readBase(folder: string, name: string): Promise<Base | undefined> {
  const sha256 = await fileSha256(join(folder, 'model.safetensors'));
  if (sha256 === undefined) return undefined;
  const config = await readJson(join(folder, 'config.json'), modelConfigSchema);
  return {
    name,
    config,
    layers: linearLayers(config),
    provenance: await readJson(join(folder, 'provenance.json'), Provenance),
    sha256,
  };
}

async function readJson<T>(path: string, schema: z.ZodType<T>): Promise<T> {
  try {
    return schema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (cause) {
    throw new Error(`base model: cannot use ${path}: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
}

async function fileSha256(path: string): Promise<string | undefined> {
  const hash = createHash('sha256');
  try {
    await pipeline(createReadStream(path), hash);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  return hash.digest('hex');
}
