/** @file The operations of losses on tensors. */
import type * as tfjs from '@tensorflow/tfjs-core';
import { binaryCrossEntropy } from '../engine/binary-cross-entropy.js';
import { crossEntropy, tiedCrossEntropy, tiedRowLosses } from '../engine/cross-entropy.js';
import { groupLogSoftmax, pairDifferences } from '../engine/groups.js';
import { tiedLogits } from '../engine/logits.js';
import { normalized, similarities } from '../engine/similarities.js';
import { squaredError } from '../engine/squared-error.js';
import { errors, softplus, weightedSum } from '../engine/weighted.js';
import type { ModelConfig } from '../models/config.js';
import { logitCap, type ModelAccess, tensorGraph, vocabularyTable } from '../models/forward.js';
import { countedRows, groupsOf, valuesOf } from './answers.js';
import type { Batch } from './data.js';
import type { LossGraph } from './loss-graph.js';

/** A matrix, or the scalar that a loss is: operations of either are the same. */
type Value = tfjs.Tensor2D;
const value = (tensor: tfjs.Tensor): Value => tensor as Value;

/** @param normalizer what sums of a loss are divided by */
export function tensorLossGraph(
  model: ModelConfig,
  batch: Batch,
  access: ModelAccess,
  normalizer: number,
): LossGraph<Value> {
  const table = () => vocabularyTable(model, access);
  const { targets } = batch;
  return {
    ...tensorGraph(model, batch, access),
    tokenCrossEntropy: (hidden) => value(tiedCrossEntropy(hidden, table(), targets, normalizer, logitCap(model))),
    tokenLosses: (hidden) => value(tiedRowLosses(hidden, table(), targets, logitCap(model))),
    tokenLogits: (hidden, rows) => tiedLogits(hidden, table(), countedRows(batch, rows), logitCap(model)),
    crossEntropy: (logits) => value(crossEntropy(logits, targets, normalizer)),
    binaryCrossEntropy: (logits) => value(binaryCrossEntropy(logits, targets, normalizer)),
    squaredError: (outputs) => value(squaredError(outputs, valuesOf(batch), normalizer)),
    errors: (outputs) => errors(outputs, valuesOf(batch)),
    softplus,
    unitLogSoftmax: (scores) => groupLogSoftmax(scores, groupsOf(batch)),
    pairDifferences: (scores, pairs) => pairDifferences(scores, pairs(batch)),
    normalized,
    similarities: (x, scale) => similarities(x, { sizes: groupsOf(batch), scale, excluded: batch.excluded }),
    weightedSum: (x, weights) =>
      value(
        weightedSum(
          x,
          weights(batch).map((weight) => weight / normalizer),
        ),
      ),
  };
}
