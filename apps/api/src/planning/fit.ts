/** @file Fitting to a budget: which ranks and micro-batches a sweep may be given, and where that is refused. */
import { budgetCount, type CreateSweep, type FieldError, type TrainingOptions } from '@rankforge/contracts';
import type { Strategy } from '../strategies/strategy.js';

/** The settings of a training that are fitted to each budget. */
export interface Fitted {
  rank: boolean;
  microBatch: boolean;
}

/**
 * The training with its batches in micro-batches of `size` examples, which divides the batch. The step sees the same
 * examples and has the same gradient up to rounding (means are over all targets of the step).
 */
export function inMicroBatches(training: TrainingOptions, size: number): TrainingOptions {
  return { ...training, batchSize: size, accumulate: training.accumulate * (training.batchSize / size) };
}

/** Sizes of micro-batches that a batch can be cut into; a step takes at most `accumulateAtMost` of them. */
export function microBatchAllowed({ batchSize, accumulate }: TrainingOptions): (size: number) => boolean {
  return (size) => batchSize % size === 0 && accumulate * (batchSize / size) <= accumulateAtMost;
}

/** Limit in the schema of a training. */
const accumulateAtMost = 256;

/**
 * A search that learns from results compares trainings, and what is fitted is another training under each budget.
 * Micro-batches are accumulated, which updates in the backward pass cannot be.
 */
export function checkFitted(request: CreateSweep, { reads }: Pick<Strategy, 'reads'>, errors: FieldError[]): void {
  const { methods, rank, training } = request;
  if (training.microBatch === 'auto' && training.execution === 'perLayer') {
    const message =
      'fits micro-batches, whose gradients are added up, and execution perLayer keeps none: leave one out';
    errors.push({ path: '/training/microBatch', message });
  }
  const fitted = rank === 'max' || methods.some((method) => method.rank === 'max') || training.microBatch === 'auto';
  if (!fitted || reads === 'nothing' || budgetCount(request) === 1) return;
  const message = 'a rank "max" or micro-batch "auto" is another training under each: a search that learns takes one';
  errors.push({ path: request.memoryBudgetMiB.length > 1 ? '/memoryBudgetMiB' : '/limits', message });
}
