import { inProcess } from './in-process.js';
import type { NoAnswer, ProcessLimits } from './job-answer.js';
import { type JobOrigin, JobTurns, type TurnLimits } from './job-turns.js';

type QueueLimits = Omit<ProcessLimits, 'signal'> & TurnLimits;

/**
 * Runs a script in a process of its own for every job, so that no job holds up what else the API does, and none that its input
 * makes too large ends more than itself: V8 ends the whole process where one allocation meets the limit of a heap, in a thread too.
 * A process takes about 0.1 s longer to begin than a thread. Owners take turns.
 *
 * States of a job: waiting → running → answered; or given up from either of the first two, when its signal aborts. A process
 * has ended, and writes nothing more, when its job is answered.
 */
export class ProcessQueue<Job extends object, Answer> {
  private readonly turns: JobTurns;

  constructor(
    private readonly script: URL,
    private readonly limits: QueueLimits,
  ) {
    this.turns = new JobTurns(limits);
  }

  /** Never rejects. */
  run(job: Job, origin: JobOrigin): Promise<Answer | NoAnswer> {
    const { signal } = origin;
    return this.turns.run(() => inProcess<Job, Answer>(this.script, job, { ...this.limits, signal }), origin);
  }
}
