/**
 * @file Kernels that a base model holds as two thin matrices `A [in, k]` and `B [k, out]`: which of a configuration they are,
 * and what they are as parameters.
 */
import type { LayerShape } from '../method.js';
import type { ParameterSpec } from './architecture.js';

/** What a configuration says besides its architecture's own fields. */
export interface Held {
  /** Rank k of each kernel that is held as two factors, by path of the layer. What is not listed is whole; so are all of a file. */
  factorRanks?: Readonly<Record<string, number>>;
}

/** Paths of the factors of a kernel, e.g. of `blocks.0.attention.query.kernel`. */
export const factorPaths = (kernel: string): [a: string, b: string] => [`${kernel}_A`, `${kernel}_B`];

/** A parameter as it is held: itself, or its two factors. */
export function asHeld(parameter: ParameterSpec, { factorRanks = {} }: Held): ParameterSpec[] {
  const { path, shape } = parameter;
  const rank = parameter.kind === 'kernel' ? factorRanks[path.replace(/\.kernel$/, '')] : undefined;
  if (rank === undefined) return [parameter];
  const [inputs, outputs] = shape as [number, number];
  const [a, b] = factorPaths(path);
  return [
    { path: a, kind: 'kernel-factor', shape: [inputs, rank] },
    { path: b, kind: 'kernel-factor', shape: [rank, outputs] },
  ];
}

/** Floats of a layer's kernel as it is held. */
export const kernelFloats = ({ in: inputs, out, factorRank }: LayerShape): number =>
  factorRank === undefined ? inputs * out : factorRank * (inputs + out);
