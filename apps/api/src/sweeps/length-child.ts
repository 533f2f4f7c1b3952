/** @file Reads how long examples are to a base in a process of its own: a tokenizer and many texts take seconds. */
import { ChatError, loadBaseModel, readingOfFolder } from '@rankforge/bases';
import type { ChatTemplateName } from '@rankforge/contracts';
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
  /** Where its examples are conversations: the template that is named in place of the base's. Absent: they are none. */
  chat?: { template: ChatTemplateName | undefined };
}

export type Answer =
  | { read: DatasetLengths | undefined }
  | { refused: string }
  | { unreadable: string }
  | { failed: string };

answerJob(run);

async function run({ file, base, asked, chat }: Job): Promise<Answer> {
  try {
    const { model, tokenizer } = await loadBaseModel(base);
    const input = modelInput(model.config);
    if (input.kind !== 'tokens') return { read: undefined };
    const reading = chat ? (await readingOfFolder(base, tokenizer, chat.template)).reading : tokenizer;
    return { read: await datasetLengths(file, { tokenizer: reading, asked, contextLength: input.contextLength }) };
  } catch (error) {
    if (error instanceof ChatError) return { unreadable: error.message };
    if (error instanceof RangeError) return { refused: error.message };
    throw error;
  }
}
