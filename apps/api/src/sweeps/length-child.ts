/** @file Reads how long examples are to a base in a process of its own: a tokenizer and many texts take seconds. */
import { loadBaseModel } from '@rankforge/bases';
import { modelInput } from '@rankforge/peft';
import { type DatasetLengths, datasetLengths } from '@rankforge/tasks';
import { answerJob } from '../platform/answer-job.js';

export interface Job {
  /** The kept file of the data set. */
  file: string;
  /** Folder of the base model. */
  base: string;
  /** The length that was asked for; undefined: the data decides. */
  asked: number | undefined;
}

export type Answer = { read: DatasetLengths | undefined } | { refused: string } | { failed: string };

answerJob(run);

async function run({ file, base, asked }: Job): Promise<Answer> {
  try {
    const { model, tokenizer } = await loadBaseModel(base);
    const input = modelInput(model.config);
    if (input.kind !== 'tokens') return { read: undefined };
    return { read: await datasetLengths(file, { tokenizer, asked, contextLength: input.contextLength }) };
  } catch (error) {
    if (error instanceof RangeError) return { refused: error.message };
    throw error;
  }
}
