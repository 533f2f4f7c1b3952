/**
 * @file Modules whose ranks or scales differ, brought to one of each. Triplets of zeros make every rank the largest, and a
 * scale of its own moves into the factor it multiplies: the update is the same.
 */
import type { HostTensor } from '../method.js';
import { sizeOf } from '../tensor/shape.js';
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

interface Padding {
  axes: RankAxes;
  /** The rank of all. */
  rank: number;
  /** Numbers by which tensors of a module are multiplied, by the end of the key. */
  factors?(module: KeyedModule): Readonly<Record<string, number>>;
}

/** Values that tensors may have once all have the largest rank: 512 MiB of them. One module of a great rank makes many of a small file. */
const valuesAtMost = 2 ** 27;

/**
 * Tensors of all modules with zeros up to one rank.
 *
 * @throws PeftAdapterError where they would be too large; nothing is made of them before
 */
export function padded(
  tensors: PeftFiles['tensors'],
  modules: readonly KeyedModule[],
  { axes, rank, factors }: Padding,
): [string, HostTensor][] {
  const shapes = modules.flatMap(({ prefix }) =>
    Object.entries(axes).map(([name, axis]) => sizesAt(tensors.get(`${prefix}${name}`)?.shape ?? [0], axis, rank)),
  );
  const values = shapes.reduce((sum, sizes) => sum + sizeOf(sizes), 0);
  if (values > valuesAtMost) {
    const size = `${Math.ceil((4 * values) / 2 ** 20)} MiB`;
    throw new PeftAdapterError(
      `adapter_model.safetensors: its ${modules.length} modules take ${size} where all have the largest rank, ${rank}, as they are ` +
        `stored here; expected at most ${(4 * valuesAtMost) / 2 ** 20} MiB: give the largest a smaller rank`,
    );
  }
  return modules.flatMap((module) => paddedOne(tensors, module, { axes, rank, factors: factors?.(module) ?? {} }));
}

const sizesAt = (shape: readonly number[], axis: number, rank: number) =>
  shape.map((size, index) => (index === axis ? rank : size));

function paddedOne(
  tensors: PeftFiles['tensors'],
  { prefix }: KeyedModule,
  { axes, rank, factors }: { axes: RankAxes; rank: number; factors: Readonly<Record<string, number>> },
): [string, HostTensor][] {
  return Object.entries(axes).flatMap(([name, axis]): [string, HostTensor][] => {
    const stored = tensors.get(`${prefix}${name}`);
    if (stored === undefined) return [];
    const { shape, values } = stored.shape[axis] === rank ? stored : resized(stored, sizesAt(stored.shape, axis, rank));
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
