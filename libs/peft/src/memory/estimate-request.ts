/** @file An estimate asked for by names: what the command line, the API and its page take, checked against the model. */
import type { EngineName } from '../engine/traits.js';
import { finetunes } from '../method.js';
import { layerNames, type ModelConfig, modelInput } from '../models/config.js';
import { findMethod, findOptimizer, methods } from '../registry.js';
import { UnknownNameError } from '../unknown-name.js';
import type { EstimateRequest } from './estimate-rows.js';

export interface EstimateAsked {
  /** Omitted: all that fine-tune. */
  methods?: readonly string[] | undefined;
  /** Omitted: those of methods and optimizer by default. */
  ranks?: readonly number[] | undefined;
  targets: readonly string[];
  optimizer: string;
  engine: EngineName;
  batch: number;
  /** Omitted: 512, or all that a shorter model takes. */
  sequence?: number | undefined;
  classes?: number | undefined;
  /** Bytes that are to suffice. */
  budget?: number | undefined;
}

/** Tokens of an example, where nothing else is asked for and the model takes them. */
const usualSequence = 512;

/** A name or a length that the library or the model does not have. */
export class EstimateRequestError extends Error {
  constructor(
    readonly field: keyof EstimateAsked,
    /** Where in a list the field is wrong. */
    readonly index: number | undefined,
    message: string,
  ) {
    super(message);
    this.name = 'EstimateRequestError';
  }
}

/**
 * Finds what names stand for, and fills in what is left out.
 *
 * @throws EstimateRequestError naming a method, an optimizer, a target or a length that the library or the model does not have
 * @example
 * const asked = { targets: ['query'], optimizer: 'adamw', engine: 'wasm', batch: 1 } as const;
 * estimateRows(estimateRequest(model, asked)).rows[0]?.memory.total;
 */
export function estimateRequest(model: ModelConfig, asked: EstimateAsked): EstimateRequest {
  const { targets, engine, batch, ranks, classes, budget } = asked;
  const known = layerNames(model);
  targets.forEach((target, index) => {
    if (known.includes(target)) return;
    throw new EstimateRequestError('targets', index, `the model has no layer ${target}; it has ${known.join(', ')}`);
  });
  const input = modelInput(model);
  const most = input.kind === 'tokens' ? input.contextLength : Number.POSITIVE_INFINITY;
  const { sequence = Math.min(usualSequence, most) } = asked;
  if (sequence > most) {
    throw new EstimateRequestError('sequence', undefined, `the model takes at most ${most} tokens, got ${sequence}`);
  }
  return {
    model,
    methods:
      asked.methods?.map((name, index) => named('methods', index, () => findMethod(name))) ?? methods.filter(finetunes),
    ranks,
    targets,
    optimizer: named('optimizer', undefined, () => findOptimizer(asked.optimizer)),
    engine,
    batchSize: batch,
    sequence,
    classes,
    budget,
  };
}

function named<T>(field: keyof EstimateAsked, index: number | undefined, find: () => T): T {
  try {
    return find();
  } catch (error) {
    if (error instanceof UnknownNameError) throw new EstimateRequestError(field, index, error.message);
    throw error;
  }
}
