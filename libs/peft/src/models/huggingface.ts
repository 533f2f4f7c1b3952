/** @file Configurations as Hugging Face writes them: `config.json` to ours and back. */

import { architectureOf, architectures, type ModelConfig, modelConfigSchema } from './config.js';
import { ModelConfigError } from './config-error.js';
import { withoutPrefix } from './tensors.js';

/** Reads fields of a `config.json`. A field that is absent or null gets the fallback; without one it is an error. */
export interface ConfigReader {
  /** A positive integer. */
  count(field: string, fallback?: number): number;
  /** A list of positive integers, which has no fallback. */
  counts(field: string): number[];
  /** A list of words, undefined where it is absent. */
  words(field: string): string[] | undefined;
  /** A positive number. */
  number(field: string, fallback?: number): number;
  flag(field: string, fallback: boolean): boolean;
  /** An object, as a reader of its own; undefined where it is absent. */
  section(field: string): ConfigReader | undefined;
  /** One of `allowed`. For what we compute in one way, or a few, and the file may ask for in others. */
  require<V extends string | number | boolean>(field: string, allowed: readonly V[], fallback?: V): V;
  /** Whether the field is there and not null. */
  has(field: string): boolean;
  /** Whether the field is there, be it null. */
  names(field: string): boolean;
  /** Whether the file holds a tensor of this name, the architecture's prefix left off; undefined where nobody knows. */
  holds(tensor: string): boolean | undefined;
}

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
  if (typeof json !== 'object' || json === null) {
    throw new ModelConfigError('config.json', `expected an object, got ${json === null ? 'null' : typeof json}`);
  }
  const type: unknown = (json as { model_type?: unknown }).model_type;
  const parsed = modelConfigSchema.safeParse(type === undefined ? json : fromHuggingFace(json, type, tensors));
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0]!;
    throw new ModelConfigError(path.join('.') || 'config.json', message, { cause: parsed.error });
  }
  return parsed.data;
}

function fromHuggingFace(json: object, type: unknown, tensors: Iterable<string> | undefined): unknown {
  const architecture = architectures.find(({ huggingFace }) => huggingFace.modelTypes.includes(type as string));
  if (architecture === undefined) {
    const known = architectures.flatMap(({ huggingFace }) => huggingFace.modelTypes).join(', ');
    throw new ModelConfigError('model_type', `${JSON.stringify(type)} is not supported; expected one of ${known}`);
  }
  const names = tensors && new Set([...tensors].map((name) => withoutPrefix(name, architecture)));
  return architecture.huggingFace.config(openReader(json as Record<string, unknown>, names));
}

function openReader(json: Record<string, unknown>, names: ReadonlySet<string> | undefined, at = ''): ConfigReader {
  const read = <V>(field: string, fallback: V | undefined, expected: string, is: (value: unknown) => boolean): V => {
    const value = json[field] ?? fallback;
    if (!is(value)) {
      throw new ModelConfigError(`${at}${field}`, `expected ${expected}, got ${JSON.stringify(value) ?? 'nothing'}`);
    }
    return value as V;
  };
  const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) > 0;
  return {
    count: (field, fallback) => read(field, fallback, 'a positive integer', isCount),
    counts: (field) =>
      read<number[]>(
        field,
        undefined,
        'a list of positive integers',
        (value) => Array.isArray(value) && value.every(isCount),
      ),
    words: (field) =>
      read<string[] | null>(
        field,
        null,
        'a list of words',
        (value) => value === null || (Array.isArray(value) && value.every((word) => typeof word === 'string')),
      ) ?? undefined,
    number: (field, fallback) =>
      read(field, fallback, 'a positive number', (value) => Number.isFinite(value) && (value as number) > 0),
    flag: (field, fallback) => read(field, fallback, 'true or false', (value) => typeof value === 'boolean'),
    section(field) {
      const value = read<object | null>(field, null, 'an object', (value) => typeof value === 'object');
      return value === null ? undefined : openReader(value as Record<string, unknown>, names, `${at}${field}.`);
    },
    require(field, allowed, fallback) {
      const list = allowed.map((value) => JSON.stringify(value)).join(' or ');
      return read(field, fallback, list, (value) => (allowed as readonly unknown[]).includes(value));
    },
    has: (field) => (json[field] ?? null) !== null,
    names: (field) => Object.hasOwn(json, field),
    holds: (tensor) => names?.has(tensor),
  };
}

/** The text of `writeModelConfig` with `more` fields. JSON of JavaScript has no way to write a whole number as a float. */
export function modelConfigText(config: ModelConfig, more: Record<string, unknown> = {}): string {
  const { floats = [] } = architectureOf(config).huggingFace;
  return floats.reduce(
    (text, field) => text.replace(new RegExp(`("${field}": -?\\d+)(?=[,\\s])`), '$1.0'),
    JSON.stringify({ ...writeModelConfig(config), ...more }, null, 2),
  );
}

/** `config.json` of the model for transformers. */
export function writeModelConfig(config: ModelConfig): Record<string, unknown> {
  return { ...architectureOf(config).huggingFace.json(config), dtype: 'float32' };
}
