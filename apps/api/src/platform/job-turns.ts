import type { NoTurn } from './job-answer.js';

export interface TurnLimits {
  /** Jobs that run side by side, each of another owner. */
  atOnce: number;
  /** Jobs of one owner that wait for their turn. */
  waiting: number;
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
  giveUp(): void;
}

/**
 * Lets owners of jobs take turns: whoever sends many jobs waits for their own, not others for them.
 *
 * States of a job: waiting → running → answered; refused before it waits, where too many of its owner do; or given up while it waits, when its signal aborts. A running job looks
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
        work: () =>
          job().then(
            (answer) => () => resolve(answer),
            (error: Error) => () => reject(error),
          ),
        giveUp: () => resolve({ givenUp: true }),
      };
      this.waiting.set(owner, [...(this.waiting.get(owner) ?? []), entry]);
      signal.addEventListener('abort', () => this.remove(owner, entry), { once: true });
      if (signal.aborted) this.remove(owner, entry);
      this.startNext();
    });
  }

  private remove(owner: string, entry: Waiting): void {
    const line = this.waiting.get(owner) ?? [];
    if (!line.includes(entry)) return; // it runs, and is ended there
    this.setLine(
      owner,
      line.filter((other) => other !== entry),
    );
    entry.giveUp();
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
