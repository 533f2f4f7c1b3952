/** @file Bytes of a model that is examined: a finished training as a ranker, or one that recommends. */
import {
  type EngineName,
  layerNames,
  type MemoryParts,
  type ObjectiveName,
  type PlanOptions,
  predictMemory,
  refusal,
} from '@rankforge/peft';
import {
  chain,
  defineMethod,
  descend,
  everyParameter,
  unplaced,
  unsuitable,
  untouched,
} from '@rankforge/peft/extension';
import { recommenderBatch } from './scoring/recommender.js';
import { unranked, victimBatch } from './scoring/victim.js';

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
  const reason =
    unranked(objective) ??
    unsuitable(victim, of) ??
    unplaced(victim, { objective, sequence }) ??
    refusal({ ...victim, objective, sequence })?.reason;
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

/**
 * The most that is held while a model that recommends writes, and its losses and gradients are taken: a step of plain descent on as many
 * prompts as are read at a time, which keeps as much and more. It is a bound.
 *
 * @param victim the finished training; undefined for the base as it is
 * @returns the reason where the training is of another base or has a head
 */
export function predictRecommender(
  victim: PlanOptions | undefined,
  { engine, objective, sequence, of }: VictimInput,
): MemoryParts | { reason: string } {
  const reason = victim && unsuitable(victim, of);
  if (reason !== undefined) return { reason };
  const { model } = of;
  const base = { model, method: lightest, config: {}, targets: layerNames(model).slice(0, 1) };
  return predictMemory({
    ...(victim ?? base),
    engine,
    objective,
    sequence,
    optimizer: everyParameter(chain(descend())),
    batchSize: recommenderBatch,
    steps: 1,
  });
}

/** A prediction has to train something: of a base as it is, gains of norms. */
const lightest = defineMethod({ ...untouched, trainsBase: ({ kind }) => kind === 'norm-gain' });
