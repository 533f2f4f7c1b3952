/** @file What a configuration file of another tool asks an estimate about. */

import { PeftAdapterError } from '../export/error.js';
import { readExperiment } from '../export/experiment.js';
import type { EstimateAsked } from '../memory/estimate-request.js';
import type { ModelConfig } from '../models/config.js';
import type { ToolFile } from './file.js';
import type { ToolField, ToolTraining } from './training.js';

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

/** The part of a file's problems in lines of its own: each with the line and the key where it stands. */
export const problemTexts = (problems: ToolFile['problems']): string[] =>
  problems.map(({ key, line, message }) => `${line === undefined ? '' : `line ${line}: `}${key}: ${message}`);

/**
 * Asks for the bytes of a training that a file describes, or says which of its values cannot be taken over.
 *
 * @param said fields that the caller says himself, so that those of the file need not be readable
 * @example askedOfFile(model, readToolFile('base_model: a/b\nrl: dpo\n')) // { refused: ['line 2: rl: "dpo" is another objective'] }
 */
export function askedOfFile(
  model: ModelConfig,
  { training, problems, placeOf }: ToolFile,
  said: readonly ToolField[] = [],
): { asked: ToolAsked } | { refused: string[] } {
  // Bytes are the same at any rate.
  const left = problems.filter(({ field }) => field === undefined || ![...said, 'schedule'].includes(field));
  if (left.length > 0) return { refused: problemTexts(left) };
  try {
    return { asked: askedOfTool(model, training) };
  } catch (error) {
    if (!(error instanceof PeftAdapterError)) throw error;
    const [, field = '', message = error.message] = /^adapter_config\.json: (\w+): (.*)$/s.exec(error.message) ?? [];
    return { refused: [`${placeOf(field)}: ${message}`] };
  }
}
