import type { NoTurn } from './job-answer.js';

export interface TurnLimits {
  /** Jobs that run side by side, each of another owner. */
  atOnce: number;
  /** Jobs of one owner that wait for their turn. */
  waiting: number;
  /** Time after which a job that waits is given back; default: any. */
  patienceSeconds?: number;
}

/** Whose a job is, and until when it is wanted. */
export interface JobOrigin {
  /** Jobs of one owner run one after the other, and owners take turns. */
  owner: string;
  /** Aborts when nobody waits for the answer any more. */
  signal: AbortSignal;
}

interface Waiting {
  /** Does the job; never rejects, and returns what tells of its end. */
  work(): Promise<() => void>;
  /** Says that it will not be begun. */
  leave(why: { givenUp: true } | NoTurn): void;
}

/**
 * Lets owners of jobs take turns: whoever sends many jobs waits for their own, not others for them.
 *
 * States of a job: waiting → running → answered; refused before it waits, where too many of its owner do; or given up while it waits, when its signal aborts or its patience ends. A running job looks
 * after its signal itself.
 */
export class JobTurns {
  /** By owner; whose turn comes next stands first. */
  private readonly waiting = new Map<string, Waiting[]>();
  private readonly running = new Set<string>();

  constructor(private readonly limits: TurnLimits) {}

  /** Does a job when it is its owner's turn, unless as many of the owner wait as may. Rejects where the job does. */
  async run<Answer>(
    job: () => Promise<Answer>,
    { owner, signal }: JobOrigin,
  ): Promise<Answer | { givenUp: true } | NoTurn> {
    const before = this.waiting.get(owner)?.length ?? 0;
    if (before >= this.limits.waiting) return { waiting: before };
    return new Promise((resolve, reject) => {
      const entry: Waiting = {
        work() {
          clearTimeout(timer);
          return job().then(
            (answer) => () => resolve(answer),
            (error: Error) => () => reject(error),
          );
        },
        leave(why) {
          clearTimeout(timer);
          resolve(why);
        },
      };
      const timer = this.giveBackLater(owner, entry);
      this.waiting.set(owner, [...(this.waiting.get(owner) ?? []), entry]);
      const giveUp = () => this.remove(owner, entry, { givenUp: true });
      signal.addEventListener('abort', giveUp, { once: true });
      if (signal.aborted) giveUp();
      this.startNext();
    });
  }

  private giveBackLater(owner: string, entry: Waiting): NodeJS.Timeout | undefined {
    const { patienceSeconds } = this.limits;
    if (patienceSeconds === undefined) return undefined;
    const giveBack = () => this.remove(owner, entry, { waitedSeconds: patienceSeconds });
    return setTimeout(giveBack, patienceSeconds * 1000);
  }

  private remove(owner: string, entry: Waiting, why: Parameters<Waiting['leave']>[0]): void {
    const line = this.waiting.get(owner) ?? [];
    if (!line.includes(entry)) return; // it runs, and is ended there
    this.setLine(
      owner,
      line.filter((other) => other !== entry),
    );
    entry.leave(why);
  }

  /** The jobs of an owner that had its turn come after those of all others. */
  private standLast(owner: string): void {
    const line = this.waiting.get(owner) ?? [];
    this.waiting.delete(owner);
    this.setLine(owner, line);
  }

  private setLine(owner: string, line: Waiting[]): void {
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
      void entry!.work().then((tell) => {
        this.running.delete(owner);
        this.standLast(owner);
        tell();
        this.startNext();
      });
    }
  }
}
