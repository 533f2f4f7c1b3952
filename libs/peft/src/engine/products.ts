/**
 * @file Matrix products as the open engine does them best. Everything that multiplies by a transposed matrix comes here, so
 * that one place knows whether the engine reads it where it lies or a copy is turned first.
 */
import type * as tfjs from '@tensorflow/tfjs-core';
import { chain } from '../tensor/chain.js';
import { tf } from '../tensor/tf.js';
import { biasAdded } from './formulas.js';
import { type EngineTraits, engineTraits, turnsResult } from './traits.js';

let traits: EngineTraits = engineTraits.wasm;

/** Said by the engine that is opened. */
export function multiplyAs(ofEngine: EngineTraits): void {
  traits = ofEngine;
}

/** `a [m, k] · b [k, n] + bias [n]` */
export function timesPlus(a: tfjs.Tensor2D, b: tfjs.Tensor2D, bias: tfjs.Tensor1D | undefined): tfjs.Tensor2D {
  if (traits.addsBias === 'inside') return tf.fused.matMul({ a, b, ...(bias ? { bias } : {}) }) as tfjs.Tensor2D;
  return plus(tf.matMul(a, b), bias);
}

/** `product + bias [n]` of a product that nothing else reads: it is freed, or becomes the sum. */
export function plus(product: tfjs.Tensor2D, bias: tfjs.Tensor1D | undefined): tfjs.Tensor2D {
  if (!bias) return product;
  const sum = biasAdded(product, bias);
  product.dispose();
  return sum;
}

/** The same with a `b` that is made for it, as the engine multiplies by it best: `[k, n]`, or turned `[n, k]`. */
export function timesMade(
  a: tfjs.Tensor2D,
  make: (as: { turned: boolean }) => tfjs.Tensor2D,
  bias: tfjs.Tensor1D | undefined,
): tfjs.Tensor2D {
  if (traits.transposedOperand === 'copied') return timesPlus(a, make({ turned: false }), bias);
  return plus(timesTransposed(a, make({ turned: true })), bias);
}

/** `a [m, n] · b [k, n]ᵀ` */
export function timesTransposed(a: tfjs.Tensor, b: tfjs.Tensor): tfjs.Tensor2D {
  return traits.transposedOperand === 'read'
    ? tf.matMul(a as tfjs.Tensor2D, b as tfjs.Tensor2D, false, true)
    : tf.matMul(a as tfjs.Tensor2D, tf.transpose(b) as tfjs.Tensor2D);
}

/** `x [rows, width] · table [height, width]ᵀ`. The table may be large: it is turned only where that copies the least. */
export function timesTable(x: tfjs.Tensor2D, table: tfjs.Tensor2D): tfjs.Tensor2D {
  const [rows, width] = x.shape;
  if (!turnsResult(traits, { rows, width, height: table.shape[0] })) return tf.tidy(() => timesTransposed(x, table));
  return chain(
    tf.transpose(x),
    (turned) => tf.matMul(table, turned as tfjs.Tensor2D),
    (product) => tf.transpose(product),
  ) as tfjs.Tensor2D;
}

/** `a [m, k]ᵀ · b [m, n]` */
export function transposedTimes(a: tfjs.Tensor, b: tfjs.Tensor): tfjs.Tensor2D {
  return traits.transposedOperand === 'read'
    ? tf.matMul(a as tfjs.Tensor2D, b as tfjs.Tensor2D, true, false)
    : tf.matMul(tf.transpose(a) as tfjs.Tensor2D, b as tfjs.Tensor2D);
}
