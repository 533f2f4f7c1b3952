/** @file The memory that a trial takes where it shares a process, and one frozen copy of the base, with others. */
import { baseParameters } from '../models/config.js';
import { trainedConfig } from '../models/pruning.js';
import { keepsReference } from '../training/reference.js';
import { planTraining } from '../training/refusals/refusal.js';
import type { PackedMemory } from './pack-bytes.js';
import { type PredictInput, predictMemory, teacherFloats } from './predict.js';
import { bytesOf, total } from './sizes.js';
import { traitsFor } from './trace.js';

/**
 * Predicts a member of a pack. Base parameters that the method trains, or replaces at the start, are copies of the
 * trial's own beside the shared ones: what a method declares says which.
 *
 * @throws Error as `predictMemory`
 * @example
 * const lora = predictPacked({ model, method, config, optimizer, targets, batchSize: 8, sequence: 64 });
 * packBytes([lora, lora, lora]); // one base, three adapters, the activations of one
 */
export function predictPacked(input: PredictInput): PackedMemory {
  const { method, config, optimizer, steps, bytesPerElement = 4 } = input;
  const model = trainedConfig(input.model, method, config);
  const plan = planTraining({ ...input, model });
  const trained = new Set(plan.trainedBase.map(({ path }) => path));
  const changes = method.init?.leavesResidual || method.init?.changesKernel;
  const replaced = new Set(changes ? plan.layers.map(({ path }) => `${path}.kernel`) : []);
  // A pruned base is nobody else's, nor is one of random weights.
  const whole = method.pruning !== undefined || input.initial === 'random';
  // Nor are packed kernels shared with trials that hold floats.
  const own = plan.base.filter(
    ({ path, kind }) => whole || kind === 'kernel-part' || trained.has(path) || replaced.has(path),
  );
  const shared = total(plan.base) - total(own);
  const resident =
    total(own) +
    bytesOf(plan.adapters, bytesPerElement) / bytesPerElement +
    (keepsReference(input) ? total(plan.info) : 0) +
    teacherFloats(input) +
    (steps === 0 ? 0 : (method.rank?.memory(plan.layers, config).state ?? 0));
  const state =
    steps === 0 ? 0 : optimizer.memory(plan.info, { bytesPerFloat: bytesPerElement, engine: traitsFor(input) }).state;
  return {
    peak: predictMemory(input).total + (total(baseParameters(input.model)) - shared) * bytesPerElement,
    resident: resident * bytesPerElement + state,
  };
}
