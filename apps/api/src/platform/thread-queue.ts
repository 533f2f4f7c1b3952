import { Worker } from 'node:worker_threads';

/** Why a thread gave no answer: it met a limit, which the job is to blame for, it broke, or nobody waits for it any more. */
export type NoAnswer = { exceeded: string } | { failed: string } | { givenUp: true };

/** Whose a job is, and until when it is wanted. */
export interface JobOrigin {
  /** Jobs of one owner run one after the other, and owners take turns. */
  owner: string;
  /** Aborts when nobody waits for the answer any more. */
  signal: AbortSignal;
}

export interface ThreadLimits {
  heapMiB: number;
  minutes: number;
  /** Jobs that run side by side, each of another owner. */
  atOnce: number;
}

interface Waiting<Job, Answer> {
  job: Job;
  signal: AbortSignal;
  answer(answer: Answer | NoAnswer): void;
}

/**
 * Runs a script in a thread of its own for every job, so that no job holds up what else the API does. The script reads
 * `workerData` and posts one message. Owners take turns: whoever sends many jobs waits for their own, not others for them.
 *
 * States of a job: waiting → running → answered; or given up from either of the first two, when its signal aborts. A thread
 * has ended, and writes nothing more, when its job is answered.
 */
export class ThreadQueue<Job, Answer> {
  /** By owner; whose turn comes next stands first. */
  private readonly waiting = new Map<string, Waiting<Job, Answer>[]>();
  private readonly running = new Set<string>();

  constructor(
    private readonly script: URL,
    private readonly limits: ThreadLimits,
  ) {}

  /** Never rejects. */
  run(job: Job, { owner, signal }: JobOrigin): Promise<Answer | NoAnswer> {
    return new Promise((resolve) => {
      const entry = { job, signal, answer: resolve };
      this.waiting.set(owner, [...(this.waiting.get(owner) ?? []), entry]);
      signal.addEventListener('abort', () => this.remove(owner, entry), { once: true });
      if (signal.aborted) this.remove(owner, entry);
      this.startNext();
    });
  }

  private remove(owner: string, entry: Waiting<Job, Answer>): void {
    const line = this.waiting.get(owner) ?? [];
    if (!line.includes(entry)) return; // it runs, and is ended there
    this.setLine(
      owner,
      line.filter((other) => other !== entry),
    );
    entry.answer({ givenUp: true });
  }

  /** The jobs of an owner that had its turn come after those of all others. */
  private standLast(owner: string): void {
    const line = this.waiting.get(owner) ?? [];
    this.waiting.delete(owner);
    this.setLine(owner, line);
  }

  private setLine(owner: string, line: Waiting<Job, Answer>[]): void {
    if (line.length > 0) this.waiting.set(owner, line);
    else this.waiting.delete(owner);
  }

  private startNext(): void {
    while (this.running.size < this.limits.atOnce) {
      const next = [...this.waiting].find(([owner]) => !this.running.has(owner));
      if (!next) return;
      const [owner, [entry, ...rest]] = next;
      this.setLine(owner, rest);
      this.running.add(owner);
      void this.inThread(entry!).then((answer) => {
        this.running.delete(owner);
        this.standLast(owner);
        entry!.answer(answer);
        this.startNext();
      });
    }
  }

  private inThread({ job, signal }: Waiting<Job, Answer>): Promise<Answer | NoAnswer> {
    const { heapMiB, minutes } = this.limits;
    return new Promise((resolve) => {
      const thread = new Worker(this.script, {
        workerData: job,
        resourceLimits: { maxOldGenerationSizeMb: heapMiB },
      });
      let answer: Answer | NoAnswer | undefined;
      const endWith = (reason: NoAnswer) => {
        answer ??= reason;
        void thread.terminate();
      };
      const giveUp = () => endWith({ givenUp: true });
      const timer = setTimeout(
        () => endWith({ exceeded: `not done within ${minutes === 1 ? 'a minute' : `${minutes} minutes`}` }),
        minutes * 60_000,
      );
      signal.addEventListener('abort', giveUp, { once: true });
      if (signal.aborted) giveUp();
      thread.once('message', (message: Answer) => {
        answer ??= message;
      });
      thread.once('error', (error: Error & { code?: string }) => {
        answer ??=
          error.code === 'ERR_WORKER_OUT_OF_MEMORY'
            ? { exceeded: `needs more than ${heapMiB} MiB of memory` }
            : { failed: error.stack ?? error.message };
      });
      thread.once('exit', (code) => {
        clearTimeout(timer);
        signal.removeEventListener('abort', giveUp);
        resolve(answer ?? { failed: `the thread ended with ${code}` });
      });
    });
  }
}
