/** @file Configurations as Hugging Face writes them: `config.json` to ours and back. */

import type { z } from 'zod';
import type { Architecture } from './architecture.js';
import {
  architectureOf,
  architectures,
  type ModelConfig,
  modelConfigSchema,
  shapeArchitectures,
  shapesSchema,
} from './config.js';
import { ModelConfigError } from './config-error.js';
import { countAtMost, layersAtMost, openReader } from './config-reader.js';
import type { ModelDropout } from './dropout.js';
import { withoutPrefix } from './tensors.js';

/**
 * Configuration of a model from the JSON of its `config.json`: Hugging Face's, told by `model_type`, or our own, told by
 * `architecture`.
 *
 * @param tensors names of the tensors in the file, for what a configuration leaves open, e.g. whether there is a pooler
 * @throws ModelConfigError naming the field that is missing or not supported
 * @example
 * readModelConfig({ model_type: 'gpt2', n_embd: 768 }, header.keys()).width; // 768
 */
export function readModelConfig(json: unknown, tensors?: Iterable<string>): ModelConfig {
  return readOf(json, { among: architectures, schema: modelConfigSchema, tensors });
}

interface Reading {
  among: readonly Architecture[];
  schema: z.ZodType<ModelConfig>;
  tensors?: Iterable<string> | undefined;
}

function readOf(json: unknown, reading: Reading): ModelConfig {
  if (typeof json !== 'object' || json === null) {
    throw new ModelConfigError('config.json', `expected an object, got ${json === null ? 'null' : typeof json}`);
  }
  const type: unknown = (json as { model_type?: unknown }).model_type;
  const parsed = reading.schema.safeParse(type === undefined ? json : fromHuggingFace(json, type, reading));
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0]!;
    throw new ModelConfigError(path.join('.') || 'config.json', message, { cause: parsed.error });
  }
  return parsed.data;
}

/** More than any published model has by far, by the field of our configuration; every other whole number has `sizeAtMost`. */
const atMost: Readonly<Record<string, number>> = {
  layers: layersAtMost,
  vocabularySize: countAtMost,
  contextLength: countAtMost,
};
const sizeAtMost = 2 ** 20;

/**
 * The same for whoever has no weights to hold it against: a size is one line of a file and may be any, and a file that says its weights
 * are quantized has others than are read here. Models that are known by their shapes alone are among them. It has the dropout of the model, which decides what transformers holds.
 *
 * @throws ModelConfigError as `readModelConfig` does
 */
export function readShapes(json: unknown): ModelConfig {
  const config = readOf(json, { among: [...architectures, ...shapeArchitectures], schema: shapesSchema });
  refuseQuantized(json as { quantization_config?: unknown });
  for (const [field, value] of Object.entries(config)) {
    const most = atMost[field] ?? sizeAtMost;
    if (!Number.isInteger(value) || value <= most) continue;
    throw new ModelConfigError(nameOf(value, json as object) ?? field, `expected at most ${most}, got ${value}`);
  }
  const dropout = dropoutOf(json as Record<string, unknown>, config);
  return dropout ? { ...config, dropout } : config;
}

/** Dropout of the model where transformers trains it; undefined where there is none. */
function dropoutOf(json: Record<string, unknown>, config: ModelConfig): ModelDropout | undefined {
  if (json.model_type === undefined) return undefined;
  const dropout = architectureOf(config).huggingFace.dropout?.(openReader(json, undefined));
  return dropout && Object.values(dropout).some((share) => share > 0) ? dropout : undefined;
}

/** The field of a file that has this value; undefined where ours follows from others. */
const nameOf = (value: unknown, json: object): string | undefined =>
  Object.entries(json).find(([, said]) => said === value)?.[0];

function refuseQuantized({ quantization_config: quantization }: { quantization_config?: unknown }): void {
  if (quantization === undefined || quantization === null) return;
  const kind = (quantization as { quant_method?: unknown }).quant_method ?? 'an unknown way';
  throw new ModelConfigError(
    'quantization_config',
    `weights quantized by ${kind} are not read: name the model that they were quantized from`,
  );
}

function fromHuggingFace(json: object, type: unknown, { among, tensors }: Reading): unknown {
  const ofType = (all: readonly Architecture[]) =>
    all.find(({ huggingFace }) => huggingFace.modelTypes.includes(type as string));
  const architecture = ofType(among);
  if (architecture === undefined) {
    if (ofType(shapeArchitectures)) {
      throw new ModelConfigError(
        'model_type',
        `${JSON.stringify(type)} is known by its shapes alone: rankforge estimate --profile torch says what it takes, and nothing here trains it`,
      );
    }
    const known = among.flatMap(({ huggingFace }) => huggingFace.modelTypes).join(', ');
    throw new ModelConfigError('model_type', `${JSON.stringify(type)} is not supported; expected one of ${known}`);
  }
  const names = tensors && new Set([...tensors].map((name) => withoutPrefix(name, architecture)));
  return architecture.huggingFace.config(openReader(json as Record<string, unknown>, names));
}

const tokenFields = ['bos_token_id', 'eos_token_id', 'pad_token_id'];

/** Fields by which a `config.json` names tokens: transformers takes others where they are left out. */
export function namedTokens(json: unknown): Record<string, unknown> {
  return Object.fromEntries(Object.entries(json ?? {}).filter(([field]) => tokenFields.includes(field)));
}

/** The tokens by which a `config.json` says that texts end, in its order; none where it names none of so many tokens. */
export function endsOfText(json: unknown, { vocabularySize }: { vocabularySize: number }): number[] {
  const named = [namedTokens(json).eos_token_id].flat();
  return named.filter(
    (id): id is number => Number.isInteger(id) && (id as number) >= 0 && (id as number) < vocabularySize,
  );
}

/** The text of `writeModelConfig` with `more` fields that it does not write itself. JSON of JavaScript has no way to write a whole number as a float. */
export function modelConfigText(config: ModelConfig, more: Record<string, unknown> = {}): string {
  const { floats = [] } = architectureOf(config).huggingFace;
  return floats.reduce(
    (text, field) => text.replace(new RegExp(`("${field}": -?\\d+)(?=[,\\s])`), '$1.0'),
    JSON.stringify({ ...more, ...writeModelConfig(config) }, null, 2),
  );
}

/** `config.json` of the model for transformers. */
export function writeModelConfig(config: ModelConfig): Record<string, unknown> {
  return { ...architectureOf(config).huggingFace.json(config), dtype: 'float32' };
}
