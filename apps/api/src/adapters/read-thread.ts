/** @file Reads an adapter of Python peft in a thread of its own, and writes it in our format. */
import { readFile, writeFile } from 'node:fs/promises';
import { parentPort, workerData } from 'node:worker_threads';
import {
  type ImportedAdapter,
  importAdapter,
  type ModelConfig,
  PeftAdapterError,
  readStates,
  SafetensorsError,
} from '@rankforge/peft';

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

parentPort!.postMessage(await run(workerData as Job));

async function run({ model, config, file, out }: Job): Promise<Answer> {
  try {
    const { tensors, metadata } = readStates(await readFile(file), 'adapter_model.safetensors');
    const { adapter, ...read } = importAdapter({ model, config, tensors, metadata });
    await writeFile(out, adapter, { flag: 'wx', mode: 0o600 });
    return { read };
  } catch (error) {
    if (error instanceof PeftAdapterError || error instanceof SafetensorsError) return { refused: error.message };
    return { failed: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}
