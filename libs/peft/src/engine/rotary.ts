/** @file Rotary position embedding: each pair of units of a head is turned by an angle that grows with the position. */
import type * as tfjs from '@tensorflow/tfjs-core';
import { tf } from '../tensor/tf.js';
import { turnedHeads } from './formulas.js';
import { fused } from './fused.js';

/**
 * Turns unit `i` and unit `i + d/2` of every head of width d by `position · frequencies[i]` (the half-split layout of
 * Hugging Face's Llama; arXiv 2104.09864, equation 34, with the units reordered). Keeps nothing.
 *
 * @param x `[batch · sequence, heads · d]`
 * @param frequencies `[d / 2]` radians for each position
 * @param first position of the first token
 */
export function rotary(
  x: tfjs.Tensor2D,
  { sequence, frequencies, first = 0 }: { sequence: number; frequencies: Float64Array; first?: number },
): tfjs.Tensor2D {
  const { cosines, sines } = tableOf({ sequence, frequencies, first });
  const turned = (y: tfjs.Tensor, sines: Float32Array) => {
    const [cos, sin] = [cosines, sines].map((table) => tf.tensor2d(table, [sequence, frequencies.length])) as [
      tfjs.Tensor2D,
      tfjs.Tensor2D,
    ];
    return turnedHeads(y as tfjs.Tensor2D, cos, sin);
  };
  return fused(
    [
      [
        x,
        (dy) =>
          turned(
            dy,
            sines.map((sine) => -sine),
          ),
      ],
    ],
    () => ({ value: turned(x, sines), save: {} }),
  );
}

/** Cosines and sines of the angle of each position and frequency, `[sequence, d / 2]`. */
interface Table {
  first: number;
  sequence: number;
  cosines: Float32Array;
  sines: Float32Array;
}

/** The last table of some frequencies: every layer of a step reads the same. */
const tables = new WeakMap<Float64Array, Table>();

function tableOf({
  sequence,
  frequencies,
  first,
}: Pick<Table, 'first' | 'sequence'> & { frequencies: Float64Array }): Table {
  const known = tables.get(frequencies);
  if (known?.first === first && known.sequence === sequence) return known;
  const half = frequencies.length;
  const angles = Float64Array.from(
    { length: sequence * half },
    (_, at) => (first + Math.floor(at / half)) * frequencies[at % half]!,
  );
  const table = {
    first,
    sequence,
    cosines: Float32Array.from(angles, Math.cos),
    sines: Float32Array.from(angles, Math.sin),
  };
  tables.set(frequencies, table);
  return table;
}
