/** @file Reads a user's file in a process of its own: what the file does to it is an answer, not the end of the API. */
import { DatasetError, type Imported, importDataset, inspectDataset, type ReadOptions } from '@rankforge/tasks';
import { answerJob } from '../platform/answer-job.js';

export type Job =
  | { kind: 'import'; options: ReadOptions; out: string | undefined }
  | { kind: 'inspect'; source: ReadOptions['source']; format: ReadOptions['format'] };

export type Inspection = Awaited<ReturnType<typeof inspectDataset>>;

export type Answer =
  | { imported: Imported }
  | { inspected: Inspection }
  | { refused: { field: string; message: string }[] }
  | { failed: string };

answerJob(run);

async function run(job: Job): Promise<Answer> {
  try {
    return job.kind === 'import'
      ? { imported: await importDataset(job.options, job.out) }
      : { inspected: await inspectDataset(job.source, job.format) };
  } catch (error) {
    if (error instanceof DatasetError) {
      return { refused: error.problems.map(({ field, message }) => ({ field, message })) };
    }
    throw error;
  }
}
