/** @file Bytes of a model that writes, as `ContinuingModel` does, or of a base that encodes texts. */
import type { MemoryParts } from '../engine/memory-parts.js';
import type { EngineName } from '../engine/traits.js';
import { defineMethod } from '../method.js';
import { layerNames, type ModelConfig, modelInput } from '../models/config.js';
import { objectiveOn } from '../objectives/registry.js';
import { descend } from '../parts/gradient/scale.js';
import { chain, everyParameter } from '../parts/gradient/transform.js';
import { unitsAtATime } from '../training/encode.js';
import { unmergeable } from '../training/inject.js';
import { planTrial } from '../training/plan.js';
import type { PlanOptions } from '../training/plan-options.js';
import { untouched } from '../training/untouched.js';
import { type PredictInput, predictMemory } from './predict.js';

/** Tokens that a word becomes, in the bound of a prompt or of a text that is encoded; what has more is cut. */
export const tokensOfWord = 2;

/** A prediction has to train something: this gives gains of norms no step. */
const lightest = defineMethod({ ...untouched, trainsBase: ({ kind }) => kind === 'norm-gain' });

/**
 * The most that is held while so many tokens are read at once, or as many as the model's context has. Logits are counted for every
 * token, and only those of a few are made: it is a bound.
 *
 * @param trained the adapter that it writes with; kernels that hold it stand beside those of the base
 * @throws Error where the adapter cannot be put on the model
 */
export function predictContinuing(
  model: ModelConfig,
  read: Reading,
  trained?: Omit<PlanOptions, 'model'>,
): MemoryParts {
  const of = { objective: objectiveOn('vocabulary').name, batchSize: 1 };
  if (!trained) return predictReading(model, read, of);
  // The refusals of trainings, and a base that was pruned for one, do not concern what a training left.
  const { requires: _, pruning: __, ...method } = trained.method;
  const { config } = trained;
  const taken = method.sequence?.length(config) ?? 0;
  const parts = predictReading(model, { ...read, taken }, { ...of, ...trained, method, starts: true });
  const merged = unmergeable(method, config) === undefined && method.weight ? kernelBytes(model, trained) : 0;
  return { ...parts, adapters: parts.adapters + merged, total: parts.total + merged };
}

const kernelBytes = (model: ModelConfig, trained: Omit<PlanOptions, 'model'>): number =>
  planTrial({ ...trained, model }).layers.reduce((sum, { shape }) => sum + 4 * (shape.in + 1) * shape.out, 0);

/** The most that is held while texts of so many tokens are encoded, as `textEncoder` does. */
export const predictEncoding = (model: ModelConfig, read: Reading): MemoryParts =>
  predictReading(model, read, { objective: objectiveOn('embedding').name, batchSize: unitsAtATime });

interface Reading {
  engine: EngineName;
  tokens: number;
}

function predictReading(
  model: ModelConfig,
  { engine, tokens, taken = 0 }: Reading & { taken?: number },
  of: Pick<PredictInput, 'objective' | 'batchSize'> & Partial<PredictInput>,
): MemoryParts {
  const input = modelInput(model);
  return predictMemory({
    model,
    engine,
    method: lightest,
    config: {},
    optimizer: everyParameter(chain(descend())),
    targets: layerNames(model).slice(0, 1),
    ...of,
    sequence: Math.min(tokens, input.kind === 'tokens' ? input.contextLength - taken : tokens),
    steps: 0,
  });
}
