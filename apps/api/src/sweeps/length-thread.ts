/** @file Reads how long examples are to a base in a thread of its own: a tokenizer and many texts take seconds. */
import { parentPort, workerData } from 'node:worker_threads';
import { loadBaseModel } from '@rankforge/bases';
import { modelInput } from '@rankforge/peft';
import { type DatasetLengths, datasetLengths } from '@rankforge/tasks';

export interface Job {
  /** The kept file of the data set. */
  file: string;
  /** Folder of the base model. */
  base: string;
  /** The length that was asked for; undefined: the data decides. */
  asked: number | undefined;
}

export type Answer = { read: DatasetLengths | undefined } | { refused: string } | { failed: string };

parentPort!.postMessage(await run(workerData as Job));

async function run({ file, base, asked }: Job): Promise<Answer> {
  try {
    const { model, tokenizer } = await loadBaseModel(base);
    const input = modelInput(model.config);
    if (input.kind !== 'tokens') return { read: undefined };
    return { read: await datasetLengths(file, { tokenizer, asked, contextLength: input.contextLength }) };
  } catch (error) {
    if (error instanceof RangeError) return { refused: error.message };
    return { failed: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}
