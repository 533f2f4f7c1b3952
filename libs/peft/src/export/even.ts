/**
 * @file Modules whose ranks or scales differ, brought to one of each. Triplets of zeros make every rank the largest, and a
 * scale of its own moves into the factor it multiplies: the update is the same.
 */
import type { HostTensor } from '../method.js';
import { PeftAdapterError } from './error.js';
import { type KeyedModule, type PeftFiles, resized } from './form.js';

/** Where a type's tensors have the rank: the axis, by the end of the key. */
export type RankAxes = Readonly<Record<string, 0 | 1>>;

/** The rank of a module, from the first of its tensors that has one. */
export function rankOf(tensors: PeftFiles['tensors'], { prefix }: KeyedModule, axes: RankAxes): number {
  for (const [name, axis] of Object.entries(axes)) {
    const size = tensors.get(`${prefix}${name}`)?.shape[axis];
    if (size !== undefined) return size;
  }
  throw new PeftAdapterError(`adapter_model.safetensors lacks ${prefix}${Object.keys(axes)[0]}`);
}

/** Tensors with zeros up to `rank`; those named in `factors` are multiplied, by the end of the key. */
export function padded(
  tensors: PeftFiles['tensors'],
  { prefix }: KeyedModule,
  { axes, rank, factors = {} }: { axes: RankAxes; rank: number; factors?: Readonly<Record<string, number>> },
): [string, HostTensor][] {
  return Object.entries(axes).flatMap(([name, axis]): [string, HostTensor][] => {
    const stored = tensors.get(`${prefix}${name}`);
    if (stored === undefined) return [];
    const sizes = stored.shape.map((size, index) => (index === axis ? rank : size));
    const { shape, values } = stored.shape[axis] === rank ? stored : resized(stored, sizes);
    const factor = factors[name] ?? 1;
    return [[`${prefix}${name}`, { shape, values: factor === 1 ? values : values.map((value) => value * factor) }]];
  });
}

/**
 * Finds what a pattern of peft says of a module: the value of the first key that is the end of its path, or a regular expression
 * of it.
 *
 * @throws PeftAdapterError where the pattern is not one
 */
export function patternValue(pattern: unknown, field: string, name: string): number | undefined {
  if (pattern === undefined || pattern === null) return undefined;
  const expected = 'expected numbers above 0 by the names of modules';
  if (typeof pattern !== 'object') throw new PeftAdapterError(`adapter_config.json: ${field}: ${expected}`);
  for (const [key, value] of Object.entries(pattern)) {
    if (!matches(key, field, name)) continue;
    if (typeof value === 'number' && value > 0) return value;
    throw new PeftAdapterError(
      `adapter_config.json: ${field}: ${key}: ${expected}, got ${JSON.stringify(value)?.slice(0, 40)}`,
    );
  }
  return undefined;
}

/** Longer keys, and nested repeats, could take very long to match, and so could many alternatives: each doubles the ways to match. */
const plainKey = /^(?!(?:[^|]*\|){11})[\w.^$|()\\[\]-]{1,500}$/;

function matches(key: string, field: string, name: string): boolean {
  if (name === key || name.endsWith(`.${key}`)) return true;
  // Keys that are names, of other modules.
  if (/^[\w.]+$/.test(key)) return false;
  try {
    if (!plainKey.test(key)) throw new Error('has repeats, or more than ten alternatives');
    return new RegExp(`^(.*\\.)?(${key})$`).test(name);
  } catch (cause) {
    const expected =
      'expected names of modules, or regular expressions without repeats and with ten alternatives at most';
    throw new PeftAdapterError(`adapter_config.json: ${field}: ${key.slice(0, 60)}: ${expected}`, { cause });
  }
}
