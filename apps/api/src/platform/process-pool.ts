import type { ChildProcess } from 'node:child_process';
import { setPriority } from 'node:os';
import { handOver, startProcess } from './in-process.js';
import { answerOf, type NoAnswer, type ProcessLimits } from './job-answer.js';

/** Leaves the processor to the API first, which answers everything else meanwhile. */
const niceness = 5;

/**
 * Processes of one script, each kept for further jobs: as many as jobs ran side by side. One that is ended, or ends, in the middle of a job
 * costs that job alone. The script hands what it does to `answerJobs`.
 */
export class ProcessPool<Job extends object, Answer> {
  private readonly idle = new Set<ChildProcess>();
  private readonly started = new Set<ChildProcess>();

  constructor(
    private readonly script: URL,
    private readonly limits: Omit<ProcessLimits, 'signal'>,
  ) {}

  /** Never rejects. */
  run(job: Job, signal: AbortSignal): Promise<Answer | NoAnswer> {
    return answerOf<Answer>({ ...this.limits, signal }, ({ gives, ended }) => {
      const child = this.take();
      return handOver<Answer>(child, job, this.limits, {
        gives,
        ended,
        answered: () => {
          if (!child.killed) this.idle.add(child);
          ended('it answered');
        },
      });
    });
  }

  close(): void {
    for (const child of this.started) child.kill('SIGKILL');
  }

  private take(): ChildProcess {
    const [kept] = this.idle;
    if (kept) {
      this.idle.delete(kept);
      return kept;
    }
    const child = startProcess(this.script, this.limits);
    this.started.add(child);
    const forget = () => {
      this.started.delete(child);
      this.idle.delete(child);
    };
    child.once('exit', forget).once('error', forget);
    if (child.pid !== undefined) lower(child.pid);
    return child;
  }
}

function lower(pid: number): void {
  try {
    setPriority(pid, niceness);
  } catch {
    // A system that does not allow it, or a process that has ended, which says so itself.
  }
}
