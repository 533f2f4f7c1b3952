/** @file Reads an adapter of Python peft in a process of its own, and writes it in our format. */
import { readFile, writeFile } from 'node:fs/promises';
import {
  type ImportedAdapter,
  importAdapter,
  type ModelConfig,
  PeftAdapterError,
  readStates,
  SafetensorsError,
} from '@rankforge/peft';
import { answerJob } from '../platform/answer-job.js';

export interface Job {
  model: ModelConfig;
  /** The content of `adapter_config.json`. */
  config: unknown;
  /** The file of `adapter_model.safetensors`. */
  file: string;
  /** Where the adapter is written. */
  out: string;
}

export type Answer = { read: Omit<ImportedAdapter, 'adapter'> } | { refused: string } | { failed: string };

answerJob(run);

async function run({ model, config, file, out }: Job): Promise<Answer> {
  try {
    const { tensors, metadata } = readStates(await readFile(file), 'adapter_model.safetensors');
    const { adapter, ...read } = importAdapter({ model, config, tensors, metadata });
    await writeFile(out, adapter, { flag: 'wx', mode: 0o600 });
    return { read };
  } catch (error) {
    if (error instanceof PeftAdapterError || error instanceof SafetensorsError) return { refused: error.message };
    throw error;
  }
}
