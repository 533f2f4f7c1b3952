/** @file Estimates in a process of its own: many methods and ranks, each walked operation by operation, take seconds. */
import type { FieldError } from '@rankforge/contracts';
import {
  type EstimateAnswer,
  type EstimateAsked,
  EstimateRequestError,
  estimateOf,
  type ModelConfig,
  ModelConfigError,
  readShapes,
} from '@rankforge/peft/estimate';
import { answerJob } from '../platform/answer-job.js';

export interface Job {
  /** The content of a `config.json`, or the configuration of a base model. */
  model: { json: unknown } | { config: ModelConfig };
  asked: EstimateAsked;
}

export type Answer = { made: EstimateAnswer } | { refused: FieldError } | { failed: string };

answerJob(run);

function run({ model, asked }: Job): Answer {
  try {
    return { made: estimateOf('json' in model ? readShapes(model.json) : model.config, asked) };
  } catch (error) {
    if (error instanceof ModelConfigError) return { refused: { path: '/config', message: error.message } };
    if (error instanceof EstimateRequestError) {
      const place = error.within === undefined ? '' : `/${error.within}`;
      return { refused: { path: `/${error.field}${place}`, message: error.message } };
    }
    throw error;
  }
}
