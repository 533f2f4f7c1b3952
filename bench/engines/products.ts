/** @file The matrix products of one step, made again by themselves: no step can take less time than they. */
import { performance } from 'node:perf_hooks';
import * as tf from '@tensorflow/tfjs-core';

/** Counts of products by `batch m k n`: `batch` times `[m, k] · [k, n]`. */
type Products = ReadonlyMap<string, number>;

const isProduct = (kernel: string) => kernel === tf.BatchMatMul || kernel === tf._FusedMatMul;

/**
 * The products that a step makes: those of a training of two steps less those of one of one step.
 *
 * @param train trains for so many steps
 */
export async function recordedProducts(train: (steps: number) => Promise<unknown>): Promise<Products> {
  const counted = async (steps: number) => {
    const counts = new Map<string, number>();
    const { kernels } = await tf.profile(async () => {
      await train(steps);
      return [];
    });
    for (const { name, inputShapes, outputShapes } of kernels) {
      const [out] = outputShapes;
      const [left] = inputShapes;
      if (!isProduct(name) || !out || !left) continue;
      const [m, n] = out.slice(-2) as [number, number];
      const batch = out.slice(0, -2).reduce((all, size) => all * size, 1);
      const inner = left.slice(-2).find((size, at, sizes) => size !== m || sizes[1 - at] === m) as number;
      const key = [batch, m, inner, n].join(' ');
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    return counts;
  };
  const [one, two] = [await counted(1), await counted(2)];
  return new Map([...two].map(([key, count]) => [key, count - (one.get(key) ?? 0)]));
}

/** Milliseconds that they take one after another, each at the best of its runs. */
export function productsMs(products: Products): number {
  let total = 0;
  for (const [key, count] of products) {
    const [batch, m, k, n] = key.split(' ').map(Number) as [number, number, number, number];
    // Two matrices are no stack of them: an engine may have another way for these.
    const stack = batch === 1 ? [] : [batch];
    const [a, b] = [tf.randomNormal([...stack, m, k]), tf.randomNormal([...stack, k, n])];
    const runs = Array.from({ length: 6 }, () => {
      const begun = performance.now();
      const product = tf.matMul(a, b);
      // One number is read, so that the product is there: a step copies none of its products to the program either.
      const one = tf.slice(
        product,
        product.shape.map(() => 0),
        product.shape.map(() => 1),
      );
      one.dataSync();
      const ms = performance.now() - begun;
      tf.dispose([product, one]);
      return ms;
    });
    tf.dispose([a, b]);
    total += count * Math.min(...runs);
  }
  return total;
}
