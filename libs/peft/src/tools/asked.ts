/** @file What a configuration file of another tool asks an estimate about. */
import { readExperiment } from '../export/experiment.js';
import type { EstimateAsked } from '../memory/estimate-request.js';
import type { ModelConfig } from '../models/config.js';
import type { ToolTraining } from './training.js';

/** The part of an estimate that a file asks for. */
export type ToolAsked = Pick<
  EstimateAsked,
  | 'methods'
  | 'ranks'
  | 'configs'
  | 'targets'
  | 'dropout'
  | 'optimizer'
  | 'batch'
  | 'accumulate'
  | 'sequence'
  | 'dtype'
  | 'checkpointing'
  | 'torch'
>;

/**
 * Asks for the bytes of a training that a file describes.
 *
 * @throws PeftAdapterError naming a field of the adapter that has no counterpart here
 * @example estimateOf(model, { engine: 'wasm', ...askedOfTool(model, readToolFile(text).training) }).rows
 */
export function askedOfTool(model: ModelConfig, training: ToolTraining): ToolAsked {
  const { adapter, optimizer, batch, accumulate, sequence, dtype, checkpointing, torch } = training;
  const { method, config, targets, dropout } = readExperiment({ model, ...(adapter && { config: adapter }) });
  const { rank, ...settings } = config as Record<string, unknown>;
  return {
    methods: [method],
    ranks: typeof rank === 'number' ? [rank] : undefined,
    configs: { [method]: settings },
    targets,
    dropout,
    optimizer,
    batch,
    accumulate,
    sequence,
    dtype,
    checkpointing,
    torch,
  };
}
