/**
 * @file Products in bfloat16 by the operation of TensorFlow's host, by tiles, pairs and loops, against sums in float64 of numbers that are
 * rounded by arithmetic. Products of kernels as trainings hold them stand in training.compute-dtype.test.ts, against torch.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { addedEngines, engineOptions } from '../../../test/support/engines.js';
import { openEngine } from '../src/engine/engine.js';
import { packedDtypes } from '../src/engine/packed/registry.js';
import { createRandom } from '../src/tensor/random.js';
import { tf } from '../src/tensor/tf.js';

interface Binding {
  TF_ATTR_TYPE: number;
  TF_ATTR_BOOL: number;
  TF_ATTR_INT: number;
  TF_ATTR_STRING: number;
  TF_FLOAT: number;
  TF_INT32: number;
  createTensor(shape: readonly number[], type: number, values: Float32Array | Int32Array): number;
  executeOp(name: string, attributes: readonly object[], inputs: readonly number[], outputs: number): [{ id: number }];
  tensorDataSync(id: number): Float32Array;
  deleteTensor(id: number): void;
}

/** Rows, summed numbers and columns. */
const sizes = [
  [1, 1, 1],
  [3, 5, 4],
  [64, 64, 64],
  // No side is a whole number of tiles.
  [77, 69, 71],
  // More columns and more summed numbers than are packed at a time.
  [33, 801, 790],
] as const;

/** The nearest number with eight significant bits; of two as near the even one. */
function nearest(value: number): number {
  if (value === 0) return 0;
  const step = 2 ** (Math.floor(Math.log2(Math.abs(value))) - 7);
  const steps = value / step;
  const below = Math.floor(steps);
  const rest = steps - below;
  const isUp = rest === 0.5 ? below % 2 !== 0 : rest > 0.5;
  return (isUp ? below + 1 : below) * step;
}

const drawn = (count: number, seed: number): Float32Array => {
  const random = createRandom(seed);
  return Float32Array.from({ length: count }, () => random.normal() * Math.exp(random.normal()));
};

it('words hold the nearest number of each, the first in the lower half', () => {
  const values = Float32Array.of(...drawn(1000, 3), 1 + 2 ** -8, 1 + 3 * 2 ** -8, -(2 ** -100));
  const { words } = packedDtypes.bfloat16.pack(values, { in: values.length, out: 1 });
  const bits = new Uint16Array((words as Int32Array).buffer);
  const upper = Uint32Array.from(values, (_, at) => bits[at]! * 2 ** 16);
  expect(new Float32Array(upper.buffer)).toEqual(values.map(nearest));
});

describe.each(addedEngines)('on %s', (name) => {
  beforeAll(async () => {
    await openEngine(name, engineOptions);
  });

  /** @param kernel `[rows, columns]` as it lies, in floats, or in words with two numbers each */
  function product(
    x: Float32Array,
    kernel: Float32Array | Int32Array,
    { rows, columns, turned, best }: { rows: number; columns: number; turned: boolean; best: string },
  ): Float32Array {
    const { binding } = tf.backend() as unknown as { binding: Binding };
    const isHalved = kernel instanceof Int32Array;
    const type = isHalved ? binding.TF_INT32 : binding.TF_FLOAT;
    const inner = turned ? columns : rows;
    const inputs = [
      binding.createTensor([x.length / inner, inner], binding.TF_FLOAT, x),
      binding.createTensor([kernel.length], type, kernel),
    ];
    const attributes = [
      { name: 'T', type: binding.TF_ATTR_TYPE, value: type },
      { name: 'transpose_kernel', type: binding.TF_ATTR_BOOL, value: turned },
      { name: 'kernel_rows', type: binding.TF_ATTR_INT, value: rows },
      { name: 'kernel_columns', type: binding.TF_ATTR_INT, value: columns },
      { name: 'best', type: binding.TF_ATTR_STRING, value: best },
    ];
    const [{ id }] = binding.executeOp('RankforgeMultiplyInBfloat16', attributes, inputs, 1);
    const values = Float32Array.from(binding.tensorDataSync(id));
    for (const made of [...inputs, id]) binding.deleteTensor(made);
    return values;
  }

  const ways = ['tiles', 'pairs', 'loops'].flatMap((best) =>
    [false, true].flatMap((turned) => [false, true].map((isHalved) => ({ best, turned, isHalved }))),
  );

  describe.each(sizes)('of %d rows, %d summed numbers and %d columns', (count, inner, out) => {
    const x = drawn(count * inner, 1);
    const values = drawn(inner * out, 2);
    it.each(ways)(
      'a product is the nearest to the sum, by $best, kernel turned: $turned, in words: $isHalved',
      ({ best, turned, isHalved }) => {
        const [rows, columns] = turned ? [out, inner] : [inner, out];
        const words = () => packedDtypes.bfloat16.pack(values, { in: columns, out: rows }).words as Int32Array;
        const found = product(x, isHalved ? words() : values, { rows, columns, turned, best });
        expect(found).toHaveLength(count * out);
        const [left, right] = [x.map(nearest), values.map(nearest)];
        let worst = 0;
        for (let i = 0; i < count; i++) {
          for (let j = 0; j < out; j++) {
            let sum = 0;
            let size = 0;
            for (let k = 0; k < inner; k++) {
              const term = left[i * inner + k]! * right[turned ? j * inner + k : k * out + j]!;
              sum += term;
              size += Math.abs(term);
            }
            const value = found[i * out + j]!;
            expect(nearest(value)).toBe(value);
            // Half a step of eight bits, and the rounding of sums in float32.
            const most = 2 ** -8 * Math.abs(sum) + (2 + 2 * Math.sqrt(inner)) * 2 ** -24 * size;
            worst = Math.max(worst, Math.abs(value - sum) / most);
          }
        }
        expect(worst).toBeLessThan(1);
      },
    );
  });

  it('a kernel of another size is refused with both', () => {
    const asked = { rows: 4, columns: 3, turned: false, best: 'tiles' };
    expect(() => product(drawn(8, 1), drawn(11, 2), asked)).toThrow(
      'expected rows of 4 numbers and a kernel of 4 x 3, got [2,4] and [11]',
    );
  });
});
