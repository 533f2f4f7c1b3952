/**
 * @file A base model as a folder: `config.json`, weights in safetensors (one file, or several with an index) and
 * `tokenizer.json`, as Hugging Face writes it or as we do.
 */
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readableDtypes } from '../io/dtypes.js';
import type { StoredTensor } from '../io/open.js';
import { safetensorsPieces } from '../io/safetensors.js';
import { openWeights, weightFiles } from '../io/sharded.js';
import type { HostTensor } from '../method.js';
import { LoadedBase } from './base.js';
import { baseParameters, type ModelConfig, modelInput } from './config.js';
import { readModelConfig, readShapes } from './huggingface.js';
import { parametersOf } from './tensors.js';

const names = { config: 'config.json', weights: 'model.safetensors', tokenizer: 'tokenizer.json' };

/** A base model whose weights are still on disk. */
export interface BaseFolder {
  config: ModelConfig;
  /** The content of `config.json`. */
  configJson: unknown;
  /** The content of `tokenizer.json`; null where the model reads no text. */
  tokenizer: unknown;
  /** By path; each reading of `values` reads the disk. */
  values: ReadonlyMap<string, HostTensor>;
}

/** Names of the files that a base model's folder is made of; those that decide what it computes. */
export async function baseFiles(folder: string): Promise<string[]> {
  const tokenizer = existsSync(join(folder, names.tokenizer)) ? [names.tokenizer] : [];
  return [names.config, ...tokenizer, ...(await weightFiles(folder))];
}

/**
 * Opens a base model's folder and checks that its files fit each other. Only headers are read of the weights.
 *
 * @throws Error naming the file, and the field or tensor that is missing, surplus or not as expected
 */
export async function openBase(folder: string): Promise<BaseFolder> {
  const configJson = await readJson(join(folder, names.config));
  const weights = weightsAmong((await openWeights(folder)).tensors);
  const config = inFile(join(folder, names.config), () => {
    const read = readModelConfig(configJson, weights.tensors.keys());
    requireRoom(read, weights.tensors.size);
    return read;
  });
  const tokenizer = modelInput(config).kind === 'tokens' ? await readJson(join(folder, names.tokenizer)) : null;
  const isOurs = (configJson as { model_type?: unknown }).model_type === undefined;
  const values = isOurs ? weights.tensors : inFile(folder, () => parametersOf(config, weights.tensors), weights.others);
  return { config, configJson, tokenizer, values };
}

/**
 * Reads the configuration alone of a base model's folder; no other file needs to be there. What the tensors would decide,
 * e.g. whether there is a pooler, is as the configuration says or as its architecture usually is.
 *
 * @throws Error naming the file, and what is wrong with it
 */
export async function readConfig(folder: string): Promise<ModelConfig> {
  const file = join(folder, names.config);
  const json = await readJson(file);
  return inFile(file, () => readShapes(json));
}

/**
 * Opens a base model for training. Weights stay on disk: a tensor is on the host only while it is put on the device or
 * while a method's first values are made from it.
 *
 * @throws Error as `openBase` does
 */
export async function loadBase(folder: string): Promise<LoadedBase> {
  const base = await openBase(folder);
  return inFile(folder, () => new LoadedBase(base));
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
    ...(modelInput(model.config).kind === 'tokens'
      ? [writeFile(join(folder, names.tokenizer), JSON.stringify(model.tokenizer))]
      : []),
    writeFile(join(folder, names.weights), safetensorsPieces(ordered, metadata)),
  ]);
}

/** Before anything is listed layer by layer: a number of layers is one line of a file, and may be any. */
function requireRoom({ layers }: ModelConfig, tensors: number): void {
  if (layers > tensors) throw new Error(`says ${layers} layers, and the weights are ${tensors} tensors`);
}

/** Names that checkpoints of the first years have, BERT's own among them; transformers renames them as well. */
const oldNames: readonly [RegExp, string][] = [
  [/LayerNorm\.gamma$/, 'LayerNorm.weight'],
  [/LayerNorm\.beta$/, 'LayerNorm.bias'],
];

/** Tensors of integers are masks and positions, which are no weights; they are named where a weight is missed. */
function weightsAmong(tensors: ReadonlyMap<string, StoredTensor>) {
  const named = [...tensors].map(([name, tensor]): [string, StoredTensor] => [
    oldNames.reduce((renamed, [old, present]) => renamed.replace(old, present), name),
    tensor,
  ]);
  const others = named.filter(([, { dtype }]) => !readableDtypes.includes(dtype));
  return {
    tensors: new Map(named.filter(([, { dtype }]) => readableDtypes.includes(dtype))),
    others: others.map(([name, { dtype }]) => `${name} is ${dtype}, expected ${readableDtypes.join(', ')}`),
  };
}

/** Longest message: a folder of another model lacks hundreds of tensors. */
const MESSAGE_LENGTH = 600;

/** Does some work; an error of it names the file. */
function inFile<T>(file: string, work: () => T, notes: readonly string[] = []): T {
  try {
    return work();
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    const short = message.length > MESSAGE_LENGTH ? `${message.slice(0, MESSAGE_LENGTH)}…` : message;
    throw new Error([`${file}: ${short}`, ...notes.slice(0, 5)].join('; '), { cause });
  }
}

async function readJson(file: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    throw new Error(`${file}: cannot be read (${(cause as NodeJS.ErrnoException).code})`, { cause });
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Error(`${file}: not JSON`, { cause });
  }
}
