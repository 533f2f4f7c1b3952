/** @file Bytes of a base model that writes, as `ContinuingModel` does, or encodes texts. */
import type { MemoryParts } from '../engine/memory-parts.js';
import type { EngineName } from '../engine/traits.js';
import { defineMethod } from '../method.js';
import { layerNames, type ModelConfig, modelInput } from '../models/config.js';
import { objectiveOn } from '../objectives/registry.js';
import { descend } from '../parts/gradient/scale.js';
import { chain, everyParameter } from '../parts/gradient/transform.js';
import { unitsAtATime } from '../training/encode.js';
import { untouched } from '../training/untouched.js';
import { type PredictInput, predictMemory } from './predict.js';

/** A prediction has to train something: this gives gains of norms no step. */
const lightest = defineMethod({ ...untouched, trainsBase: ({ kind }) => kind === 'norm-gain' });

/**
 * The most that is held while so many tokens are read at once, or as many as the model's context has. Logits are counted for every
 * token, and only those of a few are made: it is a bound.
 */
export const predictContinuing = (model: ModelConfig, read: Reading): MemoryParts =>
  predictReading(model, read, { objective: objectiveOn('vocabulary').name, batchSize: 1 });

/** The most that is held while texts of so many tokens are encoded, as `textEncoder` does. */
export const predictEncoding = (model: ModelConfig, read: Reading): MemoryParts =>
  predictReading(model, read, { objective: objectiveOn('embedding').name, batchSize: unitsAtATime });

interface Reading {
  engine: EngineName;
  tokens: number;
}

function predictReading(
  model: ModelConfig,
  { engine, tokens }: Reading,
  of: Pick<PredictInput, 'objective' | 'batchSize'>,
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
    sequence: Math.min(tokens, input.kind === 'tokens' ? input.contextLength : tokens),
    steps: 0,
  });
}
