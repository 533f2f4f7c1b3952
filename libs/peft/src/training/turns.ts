/**
 * @file Trainings in one process take turns at its engine, step by step: between turns only what is theirs stays on the
 * device, and nothing that one does reaches the numbers of another.
 */
import { setImmediate } from 'node:timers/promises';

/** One training's right to use the engine. It is held from the start of the work and lent to others in between. */
export interface Turn {
  /** Handles the process's messages and signals, and lets others run that wait and have run less. */
  pass(): Promise<void>;
  /** Lets others run while `work`, which must not touch the engine, goes on. */
  away<T>(work: () => Promise<T>): Promise<T>;
  /** Tells of every leave and return until the function returned is called. */
  watch(watcher: TurnWatcher): () => void;
}

export interface TurnWatcher {
  /** Others may change the device from now on. */
  left(): void;
  /** It is this training's own again. */
  taken(): void;
}

/** The turn of a training that has the engine to itself. */
export const undisturbed: Turn = {
  pass: () => setImmediate(),
  away: (work) => work(),
  watch: () => () => undefined,
};

/** Seconds of a training's own turns from now on: what others take of the wall time is theirs. */
export function ownTime(turn: Turn): { seconds(): number; close(): void } {
  const started = performance.now();
  let [leftAt, away] = [0, 0];
  const close = turn.watch({
    left() {
      leftAt = performance.now();
    },
    taken() {
      away += performance.now() - leftAt;
    },
  });
  return { seconds: () => (performance.now() - started - away) / 1000, close };
}

interface Member {
  /** Milliseconds of its turns so far. */
  used: number;
  signal: AbortSignal | undefined;
  watchers: Set<TurnWatcher>;
}

/**
 * Shares one engine between trainings, in equal parts of time. One that is told to stop is served first, so that its
 * stop waits for no more than one step of another.
 *
 * @example
 * const turns = new Turns();
 * await Promise.all(trials.map((trial) => turns.run(trial.signal, (turn) => train({ ...trial, turn }))));
 */
export class Turns {
  private holder: Member | undefined;
  private since = 0;
  private readonly waiting: { member: Member; grant(): void }[] = [];

  /** Waits for the engine, runs `work`, and hands the engine on. */
  async run<T>(signal: AbortSignal | undefined, work: (turn: Turn) => Promise<T>): Promise<T> {
    const member: Member = { used: 0, signal, watchers: new Set() };
    await this.take(this.noEarlier(member));
    try {
      return await work(this.turnOf(member));
    } finally {
      this.leave(member);
      this.handOn();
    }
  }

  private turnOf(member: Member): Turn {
    return {
      pass: async () => {
        await setImmediate();
        if (this.waiting.length === 0) return;
        this.leave(member);
        // Stands in the line before the next is chosen: whoever ran least goes on.
        const again = this.take(member);
        this.handOn();
        await again;
      },
      away: async (work) => {
        this.leave(member);
        this.handOn();
        try {
          return await work();
        } finally {
          await this.take(this.noEarlier(member));
        }
      },
      watch: (watcher) => {
        member.watchers.add(watcher);
        return () => void member.watchers.delete(watcher);
      },
    };
  }

  /** Time away earns no turns: otherwise one that comes back would keep the others waiting until it had caught up. */
  private noEarlier(member: Member): Member {
    const present = [this.holder, ...this.waiting.map((waiter) => waiter.member)].filter(
      (other) => other !== undefined,
    );
    if (present.length > 0) member.used = Math.max(member.used, Math.min(...present.map(({ used }) => used)));
    return member;
  }

  private async take(member: Member): Promise<void> {
    await new Promise<void>((resolve) => {
      this.waiting.push({ member, grant: resolve });
      // Whoever leaves calls `handOn`; nobody does where nobody holds it.
      if (this.holder === undefined && this.waiting.length === 1) this.handOn();
    });
  }

  private leave(member: Member): void {
    member.used += performance.now() - this.since;
    for (const { left } of member.watchers) left();
    this.holder = undefined;
  }

  private handOn(): void {
    if (this.holder !== undefined || this.waiting.length === 0) return;
    const stopped = this.waiting.findIndex(({ member }) => member.signal?.aborted);
    const used = this.waiting.map(({ member }) => member.used);
    const [next] = this.waiting.splice(stopped >= 0 ? stopped : used.indexOf(Math.min(...used)), 1);
    this.holder = next!.member;
    this.since = performance.now();
    for (const { taken } of next!.member.watchers) taken();
    next!.grant();
  }
}
