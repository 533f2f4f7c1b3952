/** @file Products of two matrices against sums in float64, over every way to multiply that an engine chooses by their sizes. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import { execa } from 'execa';
import { beforeAll, describe, expect, it } from 'vitest';
import { addedEngines, engineOptions } from '../../../test/support/engines.js';
import { openEngine } from '../src/engine/engine.js';
import { createRandom } from '../src/tensor/random.js';
import { tf } from '../src/tensor/tf.js';

const program = fileURLToPath(new URL('support/product-digest.mjs', import.meta.url));

const ways = [
  [false, false],
  [false, true],
  [true, false],
  [true, true],
] as const;
/** Rows, summed numbers and columns. */
const sizes = [
  [3, 5, 4],
  [96, 128, 64],
  // No side is a whole number of tiles.
  [77, 69, 70],
  // More columns and more summed numbers than are packed at a time.
  [80, 1100, 450],
  [65, 513, 385],
  // Too thin for tiles.
  [96, 8, 96],
  [96, 63, 96],
  [96, 96, 8],
] as const;

/** Numbers of many sizes, so that sums cancel in part. */
function drawn(count: number, seed: number): Float32Array {
  const random = createRandom(seed);
  return Float32Array.from({ length: count }, () => random.normal() * Math.exp(2 * random.normal()));
}

/**
 * `Σ x·y` in float64, and `Σ |x·y|`, which bounds what rounding may change. Either matrix lies turned where it says so.
 */
function exact(
  a: Float32Array,
  b: Float32Array,
  [rows, inner, columns]: readonly number[],
  [turnsA, turnsB]: readonly boolean[],
) {
  const product = new Float64Array(rows! * columns!);
  const sizes = new Float64Array(product.length);
  for (let i = 0; i < rows!; i++) {
    for (let k = 0; k < inner!; k++) {
      const left = a[turnsA ? k * rows! + i : i * inner! + k]!;
      for (let j = 0; j < columns!; j++) {
        const term = left * b[turnsB ? j * inner! + k : k * columns! + j]!;
        product[i * columns! + j]! += term;
        sizes[i * columns! + j]! += Math.abs(term);
      }
    }
  }
  return { product, sizes };
}

describe.each(['wasm', ...addedEngines] as const)('on %s', (name) => {
  beforeAll(async () => {
    await openEngine(name, { ...engineOptions, threads: 2 });
  });

  describe.each(sizes)('of %d rows, %d summed numbers and %d columns', (rows, inner, columns) => {
    it.each(ways)('come as exact as sums of float32, turned: %j and %j', (turnsA, turnsB) => {
      const [left, right] = [drawn(rows * inner, 1), drawn(inner * columns, 2)];
      const a = tf.tensor2d(left, turnsA ? [inner, rows] : [rows, inner]);
      const b = tf.tensor2d(right, turnsB ? [columns, inner] : [inner, columns]);
      const made = tf.matMul(a, b, turnsA, turnsB) as Tensor2D;
      expect(made.shape).toEqual([rows, columns]);
      const { product, sizes } = exact(left, right, [rows, inner, columns], [turnsA, turnsB]);
      const worst = Math.max(...made.dataSync().map((value, at) => Math.abs(value - product[at]!) / sizes[at]!));
      // Errors of rounding grow by the root of how many there are.
      expect(worst).toBeLessThan((2 + 2 * Math.sqrt(inner)) * 2 ** -24);
      tf.dispose([a, b, made]);
    });
  });
});

describe.each(addedEngines)('the operation of %s', (name) => {
  const flags = () => readFileSync('/proc/cpuinfo', 'utf8');
  const hasTiles =
    process.arch === 'x64' && ['amx_tile', 'amx_bf16', 'avx512_bf16'].every((flag) => flags().includes(flag));

  /** Operations of TensorFlow that a product of such matrices runs. */
  function operationsOf(rows: number, inner: number, columns: number): string[] {
    const backend = tf.backend() as unknown as { binding: { executeOp(name: string, ...rest: unknown[]): unknown } };
    const { binding } = backend;
    const names: string[] = [];
    tf.tidy(() => {
      const [a, b] = [tf.zeros([rows, inner]) as Tensor2D, tf.zeros([inner, columns]) as Tensor2D];
      tf.matMul(a, b);
      // The object of the library lets no function be replaced.
      backend.binding = new Proxy({} as typeof binding, {
        get: (_, key: keyof typeof binding) =>
          key === 'executeOp'
            ? (name: string, ...rest: unknown[]) => {
                names.push(name);
                return binding.executeOp(name, ...rest);
              }
            : binding[key],
      });
      try {
        tf.matMul(a, b);
      } finally {
        backend.binding = binding;
      }
    });
    return names;
  }

  it('goes by tiles where the processor has them and no side is thin', async () => {
    const { capabilities } = await openEngine(name, { ...engineOptions, threads: 2 });
    const thick = hasTiles && !capabilities.accelerator ? 'RankforgeMultiplyByTiles' : 'MatMul';
    expect(operationsOf(64, 64, 64)).toEqual([thick]);
    expect(operationsOf(64, 63, 64)).toEqual(['MatMul']);
    expect(operationsOf(64, 64, 63)).toEqual(['MatMul']);
    expect(operationsOf(63, 64, 64)).toEqual(['MatMul']);
  });

  it.skipIf(!hasTiles)(
    'gives the same bits by tiles with any number of threads (on a processor with AMX)',
    async () => {
      const digestOf = async (threads: number) => {
        const options = JSON.stringify({ ...engineOptions, threads });
        return (await execa(process.execPath, [program, name, options])).stdout;
      };
      const digests = [await digestOf(1), await digestOf(2), await digestOf(3)];
      expect(digests[0]).toMatch(/^[0-9a-f]{64}$/);
      expect(new Set(digests).size).toBe(1);
    },
  );
});
