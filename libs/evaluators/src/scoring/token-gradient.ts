/** @file The gradient of a number for what the first block reads of each token: how an inserted token would move it, to first order. */

import type { ModelConfig } from '@rankforge/peft';
import { tf } from '@rankforge/peft/engine';
import { differentiate, disposeGradients, type ModelAccess, tokenTable, wholeTable } from '@rankforge/peft/extension';
import type * as tfjs from '@tensorflow/tfjs-core';

/**
 * @param value a number that a model gives of one row of `sequence` tokens
 * @returns a gradient of the model's width for each place of the row
 */
export async function tokenGradients(
  access: ModelAccess,
  sequence: number,
  value: (access: ModelAccess) => tfjs.Scalar,
): Promise<(place: number) => Float32Array> {
  const shape = shapeBefore(access, value);
  const delta = tf.zeros(shape) as tfjs.Tensor2D;
  const perturb = (x: tfjs.Tensor2D, at: number) => (at === 0 ? (tf.add(x, delta) as tfjs.Tensor2D) : x);
  const made = differentiate(new Map([['tokens', delta]]), () => tf.tidy(() => value({ ...access, perturb })));
  made.value.dispose();
  delta.dispose();
  try {
    const all = (await made.gradients.get('tokens')!.data()) as Float32Array;
    const [rows, width] = shape;
    // A method may put rows of its own before the tokens.
    const first = rows - sequence;
    return (place) => all.slice((first + place) * width, (first + place + 1) * width);
  } finally {
    disposeGradients(made.gradients);
  }
}

function shapeBefore(access: ModelAccess, value: (access: ModelAccess) => tfjs.Scalar): [number, number] {
  let shape: [number, number] | undefined;
  const perturb = (x: tfjs.Tensor2D, at: number) => {
    if (at === 0) shape = x.shape;
    return x;
  };
  tf.tidy(() => void value({ ...access, perturb }));
  return shape!;
}

/** The product of each token's embedding with some gradients: `[tokens]` for each, to first order what it adds to the number. */
export async function gainsOfTokens(
  access: ModelAccess,
  config: ModelConfig,
  gradients: readonly Float32Array[],
): Promise<Float32Array[]> {
  const path = tokenTable(config)!;
  const [tokens, width] = (access.tensor(path) as tfjs.Tensor2D).shape;
  const product = tf.tidy(() => {
    const table = wholeTable(access, path);
    const columns = tf.tensor2d(Float32Array.from(gradients.flatMap((own) => Array.from(own))), [
      gradients.length,
      width,
    ]);
    return tf.matMul(columns, table, false, true);
  });
  const all = (await product.data()) as Float32Array;
  product.dispose();
  return gradients.map((_, at) => all.slice(at * tokens, (at + 1) * tokens));
}
