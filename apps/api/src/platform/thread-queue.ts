import { Worker } from 'node:worker_threads';

/** Why a thread gave no answer: it met a limit, which the job is to blame for, or it broke. */
export type NoAnswer = { exceeded: string } | { failed: string };

/**
 * Runs a script in a thread of its own for every job, one after the other: jobs never take more than one core and one heap,
 * and never hold up what else the API does. The script reads `workerData` and posts one message.
 */
export class ThreadQueue<Job, Answer> {
  private last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly script: URL,
    private readonly limits: { heapMiB: number; minutes: number },
  ) {}

  /** Never rejects. */
  run(job: Job): Promise<Answer | NoAnswer> {
    const next = this.last.then(() => this.inThread(job));
    this.last = next;
    return next;
  }

  private inThread(job: Job): Promise<Answer | NoAnswer> {
    const { heapMiB, minutes } = this.limits;
    return new Promise((resolve) => {
      const thread = new Worker(this.script, {
        workerData: job,
        resourceLimits: { maxOldGenerationSizeMb: heapMiB },
      });
      const timer = setTimeout(() => {
        resolve({ exceeded: `not read within ${minutes} minutes` });
        void thread.terminate();
      }, minutes * 60_000);
      thread.once('message', (answer: Answer) => resolve(answer));
      thread.once('error', (error: Error & { code?: string }) => {
        if (error.code === 'ERR_WORKER_OUT_OF_MEMORY')
          resolve({ exceeded: `needs more than ${heapMiB} MiB to be read` });
        else resolve({ failed: error.stack ?? error.message });
      });
      thread.once('exit', (code) => {
        clearTimeout(timer);
        resolve({ failed: `the thread ended with ${code}` });
      });
    });
  }
}
