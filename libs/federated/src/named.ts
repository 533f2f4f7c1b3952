/** @file Arithmetic of named tensors on the host: in float64, rounded to float32 where a tensor is made. */
import type { HostTensor } from '@rankforge/peft';
import type { Layout, Named } from './strategy.js';

export const layoutOf = (tensors: ReadonlyMap<string, { shape: readonly number[] }>): Layout =>
  new Map([...tensors].map(([path, { shape }]) => [path, shape]));

/**
 * A tensor of the same shape for each path of `first`, whose entries are computed from those of all. The list that `entry` is given is
 * the same each time, and not to be kept.
 */
export function combine(
  tensors: readonly Named[],
  entry: (values: readonly number[]) => number,
): Map<string, HostTensor> {
  const [first] = tensors;
  const values = new Array<number>(tensors.length);
  return new Map(
    [...first!].map(([path, { shape }]) => {
      const columns = tensors.map((named) => named.get(path)!.values);
      const made = new Float32Array(columns[0]!.length);
      for (let at = 0; at < made.length; at++) {
        for (let tensor = 0; tensor < columns.length; tensor++) values[tensor] = columns[tensor]![at]!;
        made[at] = entry(values);
      }
      return [path, { shape, values: made }];
    }),
  );
}

/** `Σ weight · tensors`. */
export const weightedSum = (terms: readonly { weight: number; tensors: Named }[]): Map<string, HostTensor> =>
  combine(
    terms.map(({ tensors }) => tensors),
    (values) => values.reduce((sum, value, term) => sum + terms[term]!.weight * value, 0),
  );

/** `left − right`. */
export const difference = (left: Named, right: Named): Map<string, HostTensor> =>
  combine([left, right], ([one, other]) => one! - other!);

export const zeros = (tensors: Named): Map<string, HostTensor> =>
  new Map([...tensors].map(([path, { shape, values }]) => [path, { shape, values: new Float32Array(values.length) }]));

/** Tensors whose path has the prefix, without it. */
export function under(prefix: string, tensors: Named): Map<string, HostTensor> {
  return new Map(
    [...tensors].flatMap(([path, tensor]) =>
      path.startsWith(prefix) ? [[path.slice(prefix.length), tensor] as const] : [],
    ),
  );
}

/** Tensors with the prefix before each path. */
export const prefixed = (prefix: string, tensors: Named): Map<string, HostTensor> =>
  new Map([...tensors].map(([path, tensor]) => [`${prefix}${path}`, tensor]));

/**
 * Tensors that are as they were announced, and finite.
 *
 * @throws RangeError that begins with `who` and names the tensor, what it is and what it should be
 */
export function requireLayout(who: string, tensors: Named, layout: Layout): Named {
  for (const [path, shape] of layout) {
    const sent = tensors.get(path);
    if (sent?.shape.join() !== shape.join()) {
      throw new RangeError(`${who} sent ${path} as ${sent ? `[${sent.shape}]` : 'nothing'}, expected [${shape}]`);
    }
    const at = sent.values.findIndex((value) => !Number.isFinite(value));
    if (at >= 0)
      throw new RangeError(`${who} sent ${path} with ${sent.values[at]} at ${at}: every number must be finite`);
  }
  const unknown = [...tensors.keys()].find((path) => !layout.has(path));
  if (unknown !== undefined) throw new RangeError(`${who} sent ${unknown}, which nobody expects`);
  return tensors;
}
