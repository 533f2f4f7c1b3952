/** @file Typed reading of a GGUF file's metadata; an error names the key. */
import { GgufError, type GgufHeader } from './header.js';

/** Reads keys; one that is absent gets the fallback, and without one it is an error. */
export interface Metadata {
  /** A positive integer. */
  count(key: string, fallback?: number): number;
  /** An integer from 0. */
  whole(key: string): number;
  /** A positive number. */
  number(key: string, fallback?: number): number;
  flag(key: string, fallback: boolean): boolean;
  text(key: string, fallback?: string): string;
  texts(key: string): string[];
  numbers(key: string): ArrayLike<number>;
  has(key: string): boolean;
}

export function metadataOf({ metadata, file }: GgufHeader): Metadata {
  const read = <V>(key: string, fallback: V | undefined, expected: string, is: (value: unknown) => boolean): V => {
    const value = metadata.get(key) ?? fallback;
    if (is(value)) return value as V;
    const got = typeof value === 'object' ? 'a list' : (JSON.stringify(value) ?? 'nothing');
    throw new GgufError(file, `key ${key}: expected ${expected}, got ${got.slice(0, 80)}`);
  };
  return {
    count: (key, fallback) =>
      read(key, fallback, 'a positive integer', (value) => Number.isSafeInteger(value) && (value as number) > 0),
    whole: (key) =>
      read<number>(
        key,
        undefined,
        'an integer from 0',
        (value) => Number.isSafeInteger(value) && (value as number) >= 0,
      ),
    number: (key, fallback) => decimal(read(key, fallback, 'a positive number', isPositive)),
    flag: (key, fallback) => read(key, fallback, 'true or false', (value) => typeof value === 'boolean'),
    text: (key, fallback) => read(key, fallback, 'a text', (value) => typeof value === 'string'),
    texts: (key) =>
      read<string[]>(
        key,
        undefined,
        'a list of texts',
        (value) => Array.isArray(value) && typeof value[0] === 'string',
      ),
    numbers: (key) =>
      read<ArrayLike<number>>(
        key,
        undefined,
        'a list of numbers',
        (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
      ),
    has: (key) => metadata.has(key),
  };
}

/** The key of a special token's id, such as `bos`. */
export const tokenKey = (name: string): string => `tokenizer.ggml.${name}_token_id`;

const isPositive = (value: unknown) => Number.isFinite(value) && (value as number) > 0;

/** The shortest decimal that is the same float32: 1e-5 is stored as 9.999999747378752e-6. */
function decimal(value: number): number {
  for (let digits = 1; digits < 10; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return value;
}
