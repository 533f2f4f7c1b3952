/** @file The peak of a trial's training step by part, from shapes alone. Makes no tensor and needs no backend. */
import type { GradientPart, ParameterInfo } from '../method.js';
import { vocabularySize } from '../models/config.js';
import { type PlanOptions, planTraining, type TrialPlan } from '../training/plan.js';
import { calibrationMoments } from './calibration.js';
import type { OperationCost } from './costs.js';
import { type Moment, peakOf } from './moment.js';
import type { MemoryParts } from './parts.js';
import { traceStep } from './trace.js';

export interface PredictInput extends PlanOptions {
  optimizer: GradientPart;
  batchSize: number;
  /** Tokens of an example. */
  sequence: number;
  /** Default 1. */
  accumulate?: number;
  /** Default 0. */
  dropout?: number;
  /** Bytes of one number, default 4: the library computes in float32. 2 reproduces tables published for bf16. */
  bytesPerElement?: number;
}

/**
 * Bytes held at the peak of a trial. A step is walked operation by operation, forward and back, then the update; a
 * calibration, where the method asks for one, is walked before. The peak is the moment that holds most, and the parts are
 * those of that moment.
 *
 * @throws Error naming an unknown target, a layer that the method cannot be put on, or a method that trains nothing
 * @example
 * predictMemory({ model, method, config, optimizer, targets: ['query', 'value'], batchSize: 8, sequence: 64 }).total;
 */
export function predictMemory(input: PredictInput): MemoryParts {
  const { bytesPerElement = 4 } = input;
  const plan = planTraining(input);
  const training = ofTraining(input, plan);
  const calibration = predictCalibration(input, plan);
  const peak = calibration && sumOf(calibration) > sumOf(training) ? calibration : training;
  const bytes = Object.fromEntries(Object.entries(peak).map(([part, count]) => [part, count * bytesPerElement]));
  return { ...(bytes as Floats), total: sumOf(peak) * bytesPerElement };
}

type Floats = Omit<MemoryParts, 'total'>;

/** Floats held at the peak of the calibration; undefined where the method asks for none. */
export function predictCalibration(input: PredictInput, plan = planTraining(input)): Floats | undefined {
  const request = input.method.calibration?.(input.config);
  if (request === undefined) return undefined;
  const peak = peakOf(calibrationMoments(request, { ...input, plan, dropout: 0 }));
  return { weights: total(plan.base), adapters: 0, optimizer: 0, ...peak };
}

function ofTraining(input: PredictInput, plan: TrialPlan): Floats {
  const { method, config, optimizer, batchSize, sequence } = input;
  const { masks = 0, ...rankMemory } = method.rank?.memory(plan.layers, config) ?? { state: 0, workspace: 0 };
  const optimizerMemory = optimizer.memory(plan.info);

  const costs = traceStep({ ...input, plan, batchSize, sequence, dropout: input.dropout ?? 0 });
  const penalty = {
    kept:
      method.penalty?.activations(
        plan.layers.map(({ shape }) => shape),
        config,
      ) ?? 0,
    gradients: method.penalty ? total(plan.adapters.filter(({ trained }) => trained)) : 0,
  };
  const gradients = total(plan.info);
  const largest = Math.max(0, ...plan.info.map(sizeOf));
  const accumulated = (input.accumulate ?? 1) > 1 ? gradients : 0;

  const rows = method.outputPenalty?.rows(config) ?? 0;
  const outputs =
    input.classes === undefined
      ? Math.min(rows, batchSize * sequence) * vocabularySize(input.model)
      : batchSize * input.classes;

  const moments: Moment[] = [
    ...passMoments(costs, { ...penalty, outputs: rows > 0 ? outputs : 0 }, accumulated),
    // The two sums of gradients while they are added up.
    { gradients: gradients + accumulated, activations: 0, workspace: accumulated > 0 ? largest : 0 },
    { gradients, activations: 0, workspace: Math.max(optimizerMemory.workspace + masks, rankMemory.workspace) },
    // Updates of all parameters, and one parameter's next value: in place of its update, or chosen from it by a mask,
    // whose condition takes a byte for each entry.
    { gradients, activations: 0, workspace: gradients + masks + (masks > 0 ? 1.25 : 1) * largest },
  ];
  return {
    weights: total(plan.base),
    adapters: total(plan.adapters) + (method.outputPenalty ? gradients : 0),
    optimizer: optimizerMemory.state + rankMemory.state,
    ...peakOf(moments),
  };
}

const sumOf = (floats: Floats): number => Object.values(floats).reduce((sum, count) => sum + count, 0);

/** Trained scalars of a trial, a classification head included. Throws as `predictMemory` does. */
export function countTrainable(input: PlanOptions): number {
  return total(planTraining(input).info);
}

/** Every operation forward and back. `accumulated` gradients of earlier batches are held throughout. */
function passMoments(
  costs: readonly OperationCost[],
  penalty: { kept: number; gradients: number; outputs: number },
  accumulated: number,
): Moment[] {
  const moments: Moment[] = [];
  let kept = 0;
  for (const cost of costs) {
    moments.push({ gradients: accumulated, activations: kept, workspace: cost.forward });
    kept += cost.kept;
  }
  // Logits that a penalty looks at, and its gradient with respect to them.
  moments.push({ gradients: accumulated, activations: kept + penalty.kept, workspace: 2 * penalty.outputs });
  let gradients = accumulated + penalty.gradients;
  for (const cost of costs.toReversed()) {
    moments.push({ gradients, activations: kept, workspace: cost.backward });
    gradients += cost.gradients;
    kept -= cost.kept;
  }
  return moments;
}

const sizeOf = ({ shape }: { shape: readonly number[] }): number =>
  shape.reduce((size, dimension) => size * dimension, 1);
const total = (tensors: readonly Pick<ParameterInfo, 'shape'>[]): number =>
  tensors.reduce((sum, tensor) => sum + sizeOf(tensor), 0);
