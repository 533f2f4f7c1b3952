/** @file Kernels in numbers of fewer bits: what is left of them against Python, on every engine, and products by them. */
import { readFileSync } from 'node:fs';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { addedEngines, engineOptions } from '../../../test/support/engines.js';
import { differentiate, disposeGradients } from '../src/engine/autograd.js';
import { type Engine, openEngine } from '../src/engine/engine.js';
import { linear } from '../src/engine/ops.js';
import { linearOpened, opened, type PackedKernel } from '../src/engine/packed/open.js';
import { packedDtypes } from '../src/engine/packed/registry.js';
import type { BackendName } from '../src/engine/traits.js';
import type { PackedDtypeName } from '../src/tensor/base-dtypes.js';
import { toDevice } from '../src/tensor/host.js';
import { createRandom } from '../src/tensor/random.js';
import { tf } from '../src/tensor/tf.js';

type Case = Record<'weight' | PackedDtypeName, number[][]> & { nf4Codes: number[] };
const { cases } = JSON.parse(readFileSync(new URL('vectors/tensor/packed-dtypes.json', import.meta.url), 'utf8')) as {
  cases: Case[];
};
const names = Object.keys(packedDtypes) as PackedDtypeName[];
const flat = (rows: number[][]) => Float32Array.from(rows.flat());
const turned = (rows: number[][]) => rows[0]!.map((_, column) => rows.map((row) => row[column]!));

/** A kernel on the device, from its numbers `[out, in]`. */
function packed(dtype: PackedDtypeName, weight: number[][]): PackedKernel {
  const shape = { in: weight[0]!.length, out: weight.length };
  const parts = Object.entries(packedDtypes[dtype].pack(flat(weight), shape)).map(([name, values]) => {
    return [name, toDevice({ shape: [values.length], values })] as const;
  });
  return { dtype, shape, parts: Object.fromEntries(parts) };
}
const free = ({ parts }: PackedKernel) => tf.dispose(Object.values(parts));

const engines: readonly BackendName[] = ['wasm', 'cpu', ...addedEngines];
describe.each(engines)('on %s', (name) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine(name, engineOptions);
  });

  describe.each(names)('a kernel in %s', (dtype) => {
    it.each(cases.map((one, index) => ({ index, one })))('is opened as Python opens it, case $index', ({ one }) => {
      const kernel = packed(dtype, one.weight);
      const expected = turned(one[dtype]);
      const largest = Math.max(...expected.flat().map(Math.abs));
      for (const isTurned of [false, true]) {
        const open = opened(kernel, { turned: isTurned });
        const rows = open.arraySync() as number[][];
        open.dispose();
        for (const [row, values] of (isTurned ? turned(rows) : rows).entries()) {
          for (const [column, value] of values.entries()) {
            // float16 and bfloat16 are exact; scales are float32.
            const error = Math.abs(value - expected[row]![column]!);
            expect(error).toBeLessThanOrEqual(dtype === 'int8' || dtype === 'nf4' ? 1e-6 * largest : 0);
          }
        }
      }
      free(kernel);
    });

    it('takes the bytes that it says, and is open only while it is multiplied by', () => {
      const random = createRandom(3);
      const weight = Array.from({ length: 48 }, () => Array.from({ length: 80 }, () => 0.05 * random.normal()));
      const tensors = tf.memory().numTensors;
      const before = engine.liveBytes();
      const kernel = packed(dtype, weight);
      const said = Object.values(packedDtypes[dtype].parts(kernel.shape)).reduce((sum, { length }) => sum + length, 0);
      expect(engine.liveBytes() - before).toBe(4 * said);
      const x = tf.randomNormal([5, 80], 0, 1, 'float32', 1) as Tensor2D;
      const bias = tf.randomNormal([48], 0, 1, 'float32', 2) as ReturnType<typeof tf.tensor1d>;
      const scale = tf.tensor1d([1.5]);
      const open = opened(kernel);
      const by = (product: (x: Tensor2D) => Tensor2D) => {
        engine.resetPeak();
        const start = engine.liveBytes();
        const found = differentiate(new Map([['scale', scale]]), () =>
          tf.sum(tf.square(product(tf.mul(x, scale) as Tensor2D))),
        );
        const gradient = found.gradients.get('scale')!.dataSync()[0]!;
        const value = found.value.dataSync()[0]!;
        disposeGradients(found.gradients);
        found.value.dispose();
        return { value, gradient, peak: engine.peakBytes() - start };
      };
      const [whole, held] = [by((x) => linear(x, open, bias)), by((x) => linearOpened(x, kernel, bias))];
      expect(Math.abs(held.value / whole.value - 1)).toBeLessThan(1e-5);
      expect(Math.abs(held.gradient / whole.gradient - 1)).toBeLessThan(1e-5);
      expect(held.peak).toBeLessThan((1 + packedDtypes[dtype].heldFlat) * 4 * 48 * 80);
      tf.dispose([x, bias, scale, open]);
      free(kernel);
      expect(tf.memory().numTensors).toBe(tensors);
    });
  });

  it('zeros stay zeros in every type', () => {
    for (const dtype of names) {
      const kernel = packed(dtype, [new Array(9).fill(0), new Array(9).fill(0)]);
      const open = opened(kernel);
      expect(new Set(open.dataSync())).toEqual(new Set([0]));
      open.dispose();
      free(kernel);
    }
  });
});

interface OfBitsandbytes {
  nf4: number[][];
  nf4Codes: number[];
  nf4ScaleCodes: number[];
  int8Codes: number[][];
  int8Largest: number[];
}
const { cases: byBitsandbytes } = JSON.parse(
  readFileSync(new URL('vectors/tensor/bitsandbytes-dtypes.json', import.meta.url), 'utf8'),
) as { cases: OfBitsandbytes[] };

describe.each(byBitsandbytes.map((made, index) => ({ index, made, one: cases[index]! })))(
  'what bitsandbytes itself makes of case $index',
  ({ made, one }) => {
    const shape = { in: one.weight[0]!.length, out: one.weight.length };

    it('has the codes of nf4, those of its scales, and the numbers that are opened', () => {
      const parts = packedDtypes.nf4.pack(flat(one.weight), shape);
      const codes = parts.codes as Int32Array;
      expect(made.nf4Codes.map((_, at) => (codes[at >> 3]! >>> (4 * (at & 7))) & 15)).toEqual(made.nf4Codes);
      const scaleCodes = new Uint8Array((parts.scaleCodes as Int32Array).buffer);
      expect([...scaleCodes.subarray(0, made.nf4ScaleCodes.length)]).toEqual(made.nf4ScaleCodes);
      const open = new Float32Array(shape.in * shape.out);
      packedDtypes.nf4.open(parts, open, { from: 0, to: open.length, shape });
      const expected = flat(made.nf4);
      const largest = Math.max(...expected.map(Math.abs));
      open.forEach((value, at) => {
        expect(Math.abs(value - expected[at]!)).toBeLessThan(1e-6 * largest);
      });
    });

    it('has the codes of int8 and the largest of each row', () => {
      const { words, scales } = packedDtypes.int8.pack(flat(one.float16), shape);
      const codes = new Int8Array((words as Int32Array).buffer).subarray(0, shape.in * shape.out);
      expect([...codes]).toEqual(made.int8Codes.flat());
      made.int8Largest.forEach((largest, row) => {
        expect(scales![row]! * 127).toBeCloseTo(largest, 6);
      });
    });
  },
);

describe('packed kernels', () => {
  it('have the codes of nf4 that numpy finds', () => {
    for (const { weight, nf4Codes } of cases) {
      const codes = packedDtypes.nf4.pack(flat(weight), { in: weight[0]!.length, out: weight.length })
        .codes as Int32Array;
      expect(nf4Codes.map((_, at) => (codes[at >> 3]! >>> (4 * (at & 7))) & 15)).toEqual(nf4Codes);
    }
  });

  it.each([
    ['bfloat16', 16],
    ['float16', 16],
    ['int8', 8 + 32 / 4096],
    ['nf4', 4 + 8 / 64 + 32 / (64 * 256)],
  ] as const)('take %s: %d bits of each number of a large kernel', (dtype, bits) => {
    const shape = { in: 4096, out: 4096 };
    const words = Object.values(packedDtypes[dtype].parts(shape)).reduce((sum, { length }) => sum + length, 0);
    expect(Math.abs((32 * words) / 4096 ** 2 - bits)).toBeLessThan(1e-5);
  });
});
