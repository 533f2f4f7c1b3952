/**
 * @file Matrix products as the open engine does them best. Everything that multiplies by a transposed matrix comes here, so
 * that one place knows whether the engine reads it where it lies or a copy is turned first.
 */
import type * as tfjs from '@tensorflow/tfjs-core';
import { tf } from '../tensor/tf.js';
import { type EngineTraits, engineTraits } from './traits.js';

let traits: EngineTraits = engineTraits.wasm;

/** Said by the engine that is opened. */
export function multiplyAs(ofEngine: EngineTraits): void {
  traits = ofEngine;
}

/** `a [m, k] · b [k, n] + bias [n]` */
export function timesPlus(a: tfjs.Tensor2D, b: tfjs.Tensor2D, bias: tfjs.Tensor1D | undefined): tfjs.Tensor2D {
  if (traits.fusesBias) return tf.fused.matMul({ a, b, ...(bias ? { bias } : {}) }) as tfjs.Tensor2D;
  return bias ? tf.tidy(() => tf.add(tf.matMul(a, b), bias)) : tf.matMul(a, b);
}

/** `a [m, n] · b [k, n]ᵀ` */
export function timesTransposed(a: tfjs.Tensor, b: tfjs.Tensor): tfjs.Tensor2D {
  return traits.transposedOperand === 'read'
    ? tf.matMul(a as tfjs.Tensor2D, b as tfjs.Tensor2D, false, true)
    : tf.matMul(a as tfjs.Tensor2D, tf.transpose(b) as tfjs.Tensor2D);
}

/** `a [m, k]ᵀ · b [m, n]` */
export function transposedTimes(a: tfjs.Tensor, b: tfjs.Tensor): tfjs.Tensor2D {
  return traits.transposedOperand === 'read'
    ? tf.matMul(a as tfjs.Tensor2D, b as tfjs.Tensor2D, true, false)
    : tf.matMul(tf.transpose(a) as tfjs.Tensor2D, b as tfjs.Tensor2D);
}
