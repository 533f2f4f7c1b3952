/** @file The penalties that a batch's loss is differentiated with: on an adapter's tensors, and on what blocks put out. */
import type * as tfjs from '@tensorflow/tfjs-core';
import { squaredDistance } from '../engine/squared-error.js';
import type { Method } from '../method.js';
import { type Apart, tokenRanges } from '../models/apart.js';
import { blockOutputs, type ModelAccess } from '../models/forward.js';
import type { Batch } from '../objectives/data.js';
import { tf } from '../tensor/tf.js';
import type { StepInput } from './step-input.js';

/** How much a penalty on features weighs; 0 where the method has none. */
export const featureWeight = ({ featurePenalty }: Method, config: unknown): number =>
  featurePenalty?.weight(config) ?? 0;

/**
 * The loss of one batch of a step plus its part of the penalties.
 *
 * @param first the penalty on tensors is added to the first batch alone
 * @param lossOf runs the model once
 */
export function penalized(
  input: StepInput,
  { batch, first }: { batch: Batch; first: boolean },
  lossOf: (access: ModelAccess) => tfjs.Scalar,
): tfjs.Scalar {
  const { trial, pass } = input;
  const access = trial.access(pass);
  const features = comparedWithOriginal(input, batch);
  const loss = lossOf(features ? { ...access, blockOutput: features.blockOutput } : access);
  const penalties = [first ? trial.penalty() : undefined, features?.penalty()];
  return penalties.reduce<tfjs.Scalar>((sum, penalty) => (penalty ? tf.add(sum, penalty) : sum), loss);
}

/** The original model runs at once; what it put out is freed block by block as `blockOutput` is called. */
function comparedWithOriginal({ trial, model, method, config, batches }: StepInput, batch: Batch) {
  const weight = featureWeight(method, config);
  if (weight === 0) return undefined;
  const original = trial.original();
  const { apart } = original;
  const originals = blockOutputs(model, batch, original);
  const [rows] = originals[0]!.shape;
  const counted = batches.reduce((sum, each) => sum + realRows(each, rows / batch.size, apart), 0);
  const distances: tfjs.Scalar[] = [];
  return {
    blockOutput(x: tfjs.Tensor2D): void {
      const original = originals[distances.length]!;
      const share = weight / (originals.length * counted * x.shape[1]);
      distances.push(squaredDistance(x, original, rowWeights(batch, rows, share, apart)));
      original.dispose();
    },
    penalty: () => distances.reduce((sum, distance) => tf.add(sum, distance)),
  };
}

/** Rows of hidden states that are no padding. @param perExample of what is no text */
function realRows(batch: Batch, perExample: number, apart: Apart | undefined): number {
  if (batch.sequence === 0) return batch.size * perExample;
  return tokenRanges(batch, apart).reduce((sum, [start, end]) => sum + end - start, 0);
}

/** The weight of every row: none for padding. */
function rowWeights(batch: Batch, rows: number, weight: number, apart: Apart | undefined): Float32Array {
  const weights = new Float32Array(rows);
  if (batch.sequence === 0) return weights.fill(weight);
  for (const [start, end] of tokenRanges(batch, apart)) weights.fill(weight, start, end);
  return weights;
}
