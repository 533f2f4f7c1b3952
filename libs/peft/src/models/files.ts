/** @file A base model as a folder: config.json, model.safetensors, tokenizer.json. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readSafetensors, writeSafetensors } from '../io/safetensors.js';
import type { HostTensor } from '../method.js';
import { LoadedBase } from './base.js';
import { baseParameters, type ModelConfig, modelConfigSchema } from './config.js';

const names = { config: 'config.json', weights: 'model.safetensors', tokenizer: 'tokenizer.json' };

/**
 * Loads a base model from a folder. Nothing is put on the device yet.
 *
 * @throws Error naming the file and the field that is not as expected
 */
export async function loadBase(folder: string): Promise<LoadedBase> {
  const weightsFile = join(folder, names.weights);
  const [config, tokenizer, bytes] = await Promise.all([
    readJson(join(folder, names.config)),
    readJson(join(folder, names.tokenizer)),
    readFile(weightsFile),
  ]);
  const parsed = modelConfigSchema.safeParse(config);
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0]!;
    throw new Error(`${join(folder, names.config)}: ${path.join('.')}: ${message}`, { cause: parsed.error });
  }
  const { tensors: values } = readSafetensors(bytes, weightsFile);
  return new LoadedBase({ config: parsed.data, values, tokenizer });
}

/** Writes a base model's folder, which is made if it is missing. `metadata` goes into the weights file: provenance. */
export async function saveBase(
  folder: string,
  model: { config: ModelConfig; values: ReadonlyMap<string, HostTensor>; tokenizer: unknown },
  metadata: Record<string, string> = {},
): Promise<void> {
  const ordered = new Map(baseParameters(model.config).map(({ path }) => [path, model.values.get(path)!]));
  await mkdir(folder, { recursive: true });
  await Promise.all([
    writeFile(join(folder, names.config), `${JSON.stringify(model.config, null, 2)}\n`),
    writeFile(join(folder, names.tokenizer), JSON.stringify(model.tokenizer)),
    writeFile(join(folder, names.weights), writeSafetensors(ordered, metadata)),
  ]);
}

async function readJson(file: string): Promise<unknown> {
  const text = await readFile(file, 'utf8');
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Error(`${file}: not JSON`, { cause });
  }
}
