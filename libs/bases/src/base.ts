/** @file A folder as a base model: what it is, what it was made from, and a hash of all that decides its numbers. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type BaseTokenizer,
  baseFiles,
  type LinearLayer,
  LoadedBase,
  linearLayers,
  type ModelConfig,
  type ModelInputKind,
  modelInput,
  openBase,
  openTokenizer,
} from '@rankforge/peft';
import { z } from 'zod';
import { type BaseChat, chatOfFolder } from './chat/of-base.js';
import { digestOf, type FileDigest } from './digests.js';
import { endsBeside, endsOfConfig } from './ends.js';
import { requireKnownPixels } from './image-processor.js';

export interface Base {
  name: string;
  config: ModelConfig;
  /** Linear layers an adapter can be put on, in model order. */
  layers: readonly LinearLayer[];
  /** Version of the ids of its tokenizer: see `BaseTokenizer`. */
  tokenizer?: number;
  /** The content of `provenance.json`, where there is one, and the files with their digests. */
  provenance: Record<string, unknown>;
  /**
   * Digest of the folder: the sha256 of the lines that `sha256sum` prints for its files, in the order of their names.
   * `cd FOLDER && sha256sum config.json model.safetensors tokenizer.json | sha256sum` gives the same.
   */
  sha256: string;
  /**
   * Tokens by which its texts end, the one first that ends a turn: what files beside the model say, of which nothing is in its digest.
   * Absent: those of `config.json`.
   */
  ends?: readonly number[];
  /** How files beside the model lay out conversations, of which nothing is in its digest. Absent: it reads no texts. */
  chat?: BaseChat;
}

const Provenance = z.record(z.string(), z.unknown());
export const provenanceFile = 'provenance.json';

/**
 * Reads a base model's folder and checks that its files fit each other. Weights are hashed, and not kept.
 *
 * @param digest of a file, in place of reading it
 * @throws Error naming the file that cannot be used, and why
 */
export async function readBase(
  folder: string,
  name: string,
  digest: (path: string) => Promise<FileDigest> = digestOf,
): Promise<Base> {
  const { config, configJson, tokenizer, tokenizerJson } = await openChecked(folder);
  const ends = await endsBeside(folder, { configJson, config, tokenizerJson });
  const files = await digests(folder, digest);
  const lines = files.map(({ name, sha256 }) => `${sha256}  ${name}\n`);
  const { model_type: modelType } = configJson as { model_type?: unknown };
  const origin = (await readProvenance(folder)) ?? { madeBy: 'a folder in the format of Hugging Face', modelType };
  return {
    name,
    config,
    layers: linearLayers(config),
    ...(tokenizer.numbers === undefined ? {} : { tokenizer: tokenizer.numbers }),
    provenance: { ...origin, files },
    sha256: createHash('sha256').update(lines.join('')).digest('hex'),
    ...(ends && { ends }),
    ...(modelInput(config).kind === 'tokens' && { chat: await chatOfFolder(folder) }),
  };
}

/**
 * Opens a base model for training, with its tokenizer. Weights stay on disk until they are used.
 *
 * @throws Error as `readBase` does
 */
export async function loadBaseModel(folder: string): Promise<{ model: LoadedBase; tokenizer: BaseTokenizer }> {
  const { tokenizer, ...base } = await openChecked(folder);
  const ends = endsOfConfig(base.configJson, base.config);
  const ended = { end: ends[0], ...(ends.length > 1 && { ends }) };
  return { model: new LoadedBase({ ...base, tokenizer: base.tokenizerJson }), tokenizer: { ...tokenizer, ...ended } };
}

async function openChecked(folder: string) {
  const { tokenizer, ...base } = await openBase(folder);
  const input = modelInput(base.config);
  if (input.kind === 'image') await requireKnownPixels(folder);
  return { ...base, tokenizerJson: tokenizer, tokenizer: tokenizerFor(input, tokenizer, folder) };
}

/**
 * Opens the tokenizer of a model.
 *
 * @param json the content of `tokenizer.json`
 * @param folder where that lies, for messages
 * @throws Error naming the file, where it is no tokenizer or its vocabulary is larger than the model's
 */
export function tokenizerFor(input: ModelInputKind, json: unknown, folder: string): BaseTokenizer {
  if (input.kind !== 'tokens') return withoutTexts;
  const file = join(folder, 'tokenizer.json');
  let tokenizer: BaseTokenizer;
  try {
    tokenizer = openTokenizer(json, input);
  } catch (cause) {
    throw new Error(`${file}: ${(cause as Error).message}`, { cause });
  }
  const { vocabularySize } = input;
  if (tokenizer.vocabularySize > vocabularySize) {
    throw new Error(
      `${file}: its largest token id is ${tokenizer.vocabularySize - 1}, and the model knows ${vocabularySize} tokens ` +
        '(config.json); it is the tokenizer of another model',
    );
  }
  return tokenizer;
}

/** Stands in for the tokenizer of a model that reads images or fields. */
const withoutTexts: BaseTokenizer = {
  vocabularySize: 0,
  encode() {
    throw new Error('the base model reads no text, and the task gives it texts');
  },
  decode() {
    throw new Error('the base model writes no text');
  },
  frame: { before: [], after: [] },
  controls: [],
};

async function digests(folder: string, digest: (path: string) => Promise<FileDigest>) {
  const files: ({ name: string } & FileDigest)[] = [];
  for (const name of (await baseFiles(folder)).sort()) files.push({ name, ...(await digest(join(folder, name))) });
  return files;
}

async function readProvenance(folder: string): Promise<Record<string, unknown> | undefined> {
  const path = join(folder, provenanceFile);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return Provenance.parse(JSON.parse(text));
  } catch (cause) {
    throw new Error(`${path}: expected a JSON object`, { cause });
  }
}
