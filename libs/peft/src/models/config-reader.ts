/** @file Reads the fields of a `config.json`, each with what is expected of it. */
import { ModelConfigError } from './config-error.js';

/** More than any published model has by far. Numbers are held to it before anything is built from them. */
export const countAtMost = 2 ** 24;
export const layersAtMost = 10_000;

/** Reads fields of a `config.json`. A field that is absent or null gets the fallback; without one it is an error. */
export interface ConfigReader {
  /** A positive integer. */
  count(field: string, fallback?: number): number;
  /** A number of layers. */
  layers(field: string, fallback?: number): number;
  /** A whole number from 0. */
  whole(field: string, fallback?: number): number;
  /** A list of positive integers, which has no fallback. */
  counts(field: string): number[];
  /** A list of whole numbers from 0; empty where it is absent. */
  wholes(field: string): number[];
  /** A list of words, undefined where it is absent. */
  words(field: string): string[] | undefined;
  /** A positive number. */
  number(field: string, fallback?: number): number;
  /** A number from 0 and below 1. */
  share(field: string, fallback: number): number;
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
 * Reads a `config.json`.
 *
 * @param names those of the file's tensors, the architecture's prefix left off, where they are known
 * @param at where the object stands in the file, for messages
 */
export function openReader(
  json: Record<string, unknown>,
  names: ReadonlySet<string> | undefined,
  at = '',
): ConfigReader {
  const read = <V>(field: string, fallback: V | undefined, expected: string, is: (value: unknown) => boolean): V => {
    const value = json[field] ?? fallback;
    if (!is(value)) {
      throw new ModelConfigError(`${at}${field}`, `expected ${expected}, got ${JSON.stringify(value) ?? 'nothing'}`);
    }
    return value as V;
  };
  const atMost = (most: number, field: string, value: number): number => {
    if (value <= most) return value;
    throw new ModelConfigError(`${at}${field}`, `expected at most ${most}, got ${value}`);
  };
  const isWhole = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0;
  const isCount = (value: unknown) => isWhole(value) && value !== 0;
  return {
    count: (field, fallback) => atMost(countAtMost, field, read(field, fallback, 'a positive integer', isCount)),
    layers: (field, fallback) => atMost(layersAtMost, field, read(field, fallback, 'a positive integer', isCount)),
    whole: (field, fallback) => atMost(countAtMost, field, read(field, fallback, 'a whole number from 0', isWhole)),
    counts(field) {
      const areCounts = (value: unknown) => Array.isArray(value) && value.every(isCount);
      const values = read<number[]>(field, undefined, 'a list of positive integers', areCounts);
      for (const value of values) atMost(countAtMost, field, value);
      return values;
    },
    wholes: (field) =>
      read<number[] | null>(
        field,
        null,
        'a list of whole numbers from 0',
        (value) => value === null || (Array.isArray(value) && value.every(isWhole)),
      ) ?? [],
    words: (field) =>
      read<string[] | null>(
        field,
        null,
        'a list of words',
        (value) => value === null || (Array.isArray(value) && value.every((word) => typeof word === 'string')),
      ) ?? undefined,
    number: (field, fallback) =>
      read(field, fallback, 'a positive number', (value) => Number.isFinite(value) && (value as number) > 0),
    share: (field, fallback) =>
      read(
        field,
        fallback,
        'a number from 0 and below 1',
        (value) => typeof value === 'number' && value >= 0 && value < 1,
      ),
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
