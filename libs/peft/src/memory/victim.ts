/** @file Bytes of a finished training that is examined as a ranker. */
import type { MemoryParts } from '../engine/memory-parts.js';
import type { EngineName } from '../engine/traits.js';
import type { ObjectiveName } from '../objectives/registry.js';
import { descend } from '../parts/gradient/scale.js';
import { chain, everyParameter } from '../parts/gradient/transform.js';
import type { PlanOptions } from '../training/plan-options.js';
import { unsuitable } from '../training/refusals/method.js';
import { victimBatch } from '../training/victim.js';
import { predictMemory } from './predict.js';

interface VictimInput {
  engine: EngineName;
  objective: ObjectiveName;
  sequence: number;
  /** The base and the head that the task needs. */
  of: Pick<PlanOptions, 'model' | 'classes'>;
}

/**
 * The most that is held while texts are scored and gradients of one are taken: a step of training on as many texts by plain descent, which
 * keeps as much and more. It is a bound.
 *
 * @returns the reason where the training cannot score the texts of the task
 */
export function predictVictim(
  victim: PlanOptions,
  { engine, objective, sequence, of }: VictimInput,
): MemoryParts | { reason: string } {
  const reason = unsuitable(victim, of);
  if (reason !== undefined) return { reason };
  return predictMemory({
    ...victim,
    engine,
    objective,
    sequence,
    optimizer: everyParameter(chain(descend())),
    batchSize: 1,
    unitRows: victimBatch,
    steps: 1,
  });
}
