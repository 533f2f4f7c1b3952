import { Worker } from 'node:worker_threads';
import { answerOf, type NoAnswer } from './job-answer.js';
import { type JobOrigin, JobTurns } from './job-turns.js';

export interface ThreadLimits {
  heapMiB: number;
  minutes: number;
  /** Jobs that run side by side, each of another owner. */
  atOnce: number;
}

/**
 * Runs a script in a thread of its own for every job, so that no job holds up what else the API does. The script reads
 * `workerData` and posts one message. Owners take turns.
 *
 * States of a job: waiting → running → answered; or given up from either of the first two, when its signal aborts. A thread
 * has ended, and writes nothing more, when its job is answered.
 */
export class ThreadQueue<Job, Answer> {
  private readonly turns: JobTurns;

  constructor(
    private readonly script: URL,
    private readonly limits: ThreadLimits,
  ) {
    this.turns = new JobTurns(limits.atOnce);
  }

  /** Never rejects. */
  run(job: Job, origin: JobOrigin): Promise<Answer | NoAnswer> {
    return this.turns.run(() => this.inThread(job, origin.signal), origin);
  }

  private inThread(job: Job, signal: AbortSignal): Promise<Answer | NoAnswer> {
    const { heapMiB, minutes } = this.limits;
    return answerOf<Answer>({ minutes, signal }, ({ gives, ended }) => {
      const thread = new Worker(this.script, {
        workerData: job,
        resourceLimits: { maxOldGenerationSizeMb: heapMiB },
      });
      thread.once('message', gives);
      thread.once('error', (error: Error & { code?: string }) => {
        gives(
          error.code === 'ERR_WORKER_OUT_OF_MEMORY'
            ? { exceeded: `needs more than ${heapMiB} MiB of memory` }
            : { failed: error.stack ?? error.message },
        );
      });
      thread.once('exit', (code) => ended(`the thread ended with ${code}`));
      return () => thread.terminate();
    });
  }
}
