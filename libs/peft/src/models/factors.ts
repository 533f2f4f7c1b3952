/**
 * @file Kernels that a base model holds as two thin matrices `A [in, k]` and `B [k, out]`: which of a configuration they are,
 * and what they are as parameters.
 */

import { packedDtypes } from '../engine/packed/registry.js';
import type { LayerShape } from '../method.js';
import type { PackedDtypeName } from '../tensor/base-dtypes.js';
import type { ParameterSpec } from './architecture.js';
import type { ModelDropout } from './dropout.js';

/** Fields of a configuration besides those of its architecture. */
export interface Held {
  /** Rank k of each kernel that is held as two factors, by path of the layer. What is not listed is whole; so are all of a file. */
  factorRanks?: Readonly<Record<string, number>>;
  /** Type of the numbers that kernels of linear layers are packed in, those of factors left as they are. Default: floats. */
  kernelDtype?: PackedDtypeName;
  /** Shares of numbers that transformers drops where it trains the model; engines of this library drop none. Absent: it drops none. */
  dropout?: ModelDropout;
}

/** Paths of the factors of a kernel, e.g. of `blocks.0.attention.query.kernel`. */
export const factorPaths = (kernel: string): [a: string, b: string] => [`${kernel}_A`, `${kernel}_B`];

/** Path of a part of a packed kernel. */
export const partPath = (kernel: string, part: string): string => `${kernel}#${part}`;

/** Paths of all parts of a layer's kernel; none where it is not packed. */
export const partPaths = (kernel: string, shape: LayerShape): string[] =>
  shape.packed === undefined
    ? []
    : Object.keys(packedDtypes[shape.packed].parts(shape)).map((part) => partPath(kernel, part));

/** The kernel and the part that a path names; undefined where it names no part. */
export function partAt(path: string): { kernel: string; part: string } | undefined {
  const [kernel, part] = path.split('#') as [string, string?];
  return part === undefined ? undefined : { kernel, part };
}

/** A parameter as it is held: itself, its two factors or its parts. @param layer what it is a parameter of, where a trial may target that */
export function asHeld(
  parameter: ParameterSpec,
  { factorRanks = {}, kernelDtype }: Held,
  layer: LayerShape | undefined,
): ParameterSpec[] {
  const { path, shape } = parameter;
  if (parameter.kind !== 'kernel') return [parameter];
  const [inputs, outputs] = shape as [number, number];
  const rank = factorRanks[path.replace(/\.kernel$/, '')];
  if (rank === undefined) {
    if (kernelDtype === undefined || layer === undefined || layer.table) return [parameter];
    return Object.entries(packedDtypes[kernelDtype].parts({ in: inputs, out: outputs })).map(([part, { length }]) => ({
      path: partPath(path, part),
      kind: 'kernel-part',
      shape: [length],
    }));
  }
  const [a, b] = factorPaths(path);
  return [
    { path: a, kind: 'kernel-factor', shape: [inputs, rank] },
    { path: b, kind: 'kernel-factor', shape: [rank, outputs] },
  ];
}

/** Floats of a layer's kernel as it is held. */
export const kernelFloats = ({ in: inputs, out, factorRank }: LayerShape): number =>
  factorRank === undefined ? inputs * out : factorRank * (inputs + out);
