/** @file Reads the test examples of a task in a process of its own: their texts take seconds to make, or are a long file. */
import { findTask, openDatasetTask } from '@rankforge/tasks';
import { answerJob } from '../../platform/answer-job.js';

export interface Job {
  task: string;
  /** The kept file, where the task is a data set of the installation. */
  dataset?: { sha256: string; file: string };
  /** Places in the test split. */
  places: readonly number[];
  /** Where the split has no more than these, all are given. */
  allOf: number;
}

export type Fields = Record<string, string>;

export type Answer = { examples: Map<number, Fields>; size: number } | { failed: string };

answerJob(run);

async function run({ task: name, dataset, places, allOf }: Job): Promise<Answer> {
  const task = dataset ? await openDatasetTask(name, dataset.sha256, dataset.file) : findTask(name);
  const examples = task?.testExamples?.();
  if (!examples) throw new Error(`the task ${name} has no examples that people read`);
  const wanted = new Set(places);
  const found = new Map<number, Fields>();
  const first = new Map<number, Fields>();
  let size = 0;
  for await (const fields of examples) {
    if (wanted.has(size)) found.set(size, fields);
    if (size < allOf) first.set(size, fields);
    size++;
  }
  return { examples: size <= allOf ? first : found, size };
}
