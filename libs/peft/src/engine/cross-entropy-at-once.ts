/** @file Cross-entropy of some rows by a kernel of the engine, which writes the gradient where the logits lie. */
import type * as tfjs from '@tensorflow/tfjs-core';
import { tf } from '../tensor/tf.js';
import type { LossAndGradients, LossOfRows, NeededGradients, Rows } from './cross-entropy-rows.js';
import { hasKernel, kernelResult } from './formulas.js';
import { timesTable, transposedTimes } from './products.js';

/** Whether the open engine has the kernel. */
export const losesAtOnce = (): boolean => hasKernel('TokenLoss');

/** Holds one tensor of the size of the rows' logits. */
export function lossAtOnce(rows: Rows, of: LossOfRows, { needsX, needsTable, sum }: NeededGradients): LossAndGradients {
  const x = rows.hidden();
  const { gradient, losses } = throughKernel(rows, x, of);
  const total = tf.sum(losses) as tfjs.Scalar;
  const dx = needsX ? tf.matMul<tfjs.Tensor2D>(gradient, of.table) : undefined;
  const own = needsTable ? transposedTimes(gradient, x) : undefined;
  gradient.dispose();
  return { total, dx, dTable: own && sum ? tf.add<tfjs.Tensor2D>(sum, own) : own };
}

/** `[rows]` losses of each row times its weight. */
export const lossesAtOnce = (rows: Rows, of: LossOfRows): tfjs.Tensor1D =>
  throughKernel(rows, rows.hidden(), of).losses;

/** The gradient of the sum of the weighted losses by each logit `[rows, vocabulary]`, and these losses `[rows]`. */
function throughKernel(
  rows: Rows,
  x: tfjs.Tensor2D,
  { table, weight, softCap = 0 }: LossOfRows,
): { gradient: tfjs.Tensor2D; losses: tfjs.Tensor1D } {
  const logits = timesTable(x, table);
  const operands = [logits, tf.tensor1d(rows.indices, 'int32'), rows.weights(weight)];
  const [gradient, losses] = kernelResult<[tfjs.Tensor2D, tfjs.Tensor1D]>('TokenLoss', operands, {
    floats: { soft_cap: softCap },
  })!;
  tf.dispose(operands);
  return { gradient, losses };
}
