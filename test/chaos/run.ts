/** @file One run of the sweep, with or without faults. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { CreateSweepInput } from '@rankforge/contracts';
import type { Cluster } from './cluster.js';
import { type Heal, holdsOf, strike } from './faults.js';
import type { Fault } from './schedule.js';
import { type Progress, progressOf, workOf } from './sweep.js';

/** A fault as it happened; times are seconds since the sweep was submitted. */
export interface Struck extends Fault {
  struckAt: number;
  healedAt: number;
  /** The sweep had completed: this one did no harm. */
  late: boolean;
}

export interface Watch {
  progress(ended: number): void;
  struck(fault: Fault, at: number): void;
  healed(fault: Fault, at: number): void;
}

/** A sweep that makes no progress for so long, with everything healed, is stuck. */
const patienceMs = 5 * 60_000;
const pollMs = 200;

/**
 * Takes a sweep to its end under the faults of a schedule. A fault strikes when its share of the trials has ended and what it
 * is about is whole; faults about different things overlap.
 *
 * @throws Error when the sweep is stuck, or a fault cannot be done or undone
 */
export async function runUnder(
  cluster: Cluster,
  sweep: CreateSweepInput,
  sweepId: string,
  faults: readonly Fault[],
  watch: Watch,
): Promise<Struck[]> {
  const started = performance.now();
  const now = () => (performance.now() - started) / 1000;
  const follow = new Follower(cluster, sweepId, watch);
  const total = workOf(sweep);
  const held = new Map<string, Promise<Struck>>();
  const all: Promise<Struck>[] = [];
  const troubles: unknown[] = [];
  for (const fault of faults) {
    const thing = holdsOf(fault);
    await follow.until(({ ended, completed }) => completed || ended >= fault.at * total);
    await held.get(thing)?.catch(() => undefined); // its trouble is thrown below
    if (troubles.length > 0) throw troubles[0];
    const late = follow.last.completed;
    watch.struck(fault, now());
    const struckAt = now();
    const heal = await strike(cluster, fault);
    const healing = healAfter(fault.healAfterMs, heal).then((): Struck => {
      watch.healed(fault, now());
      return { ...fault, struckAt, healedAt: now(), late };
    });
    healing.catch((error) => troubles.push(error));
    held.set(thing, healing);
    all.push(healing);
  }
  const struck = await Promise.all(all);
  await follow.until(({ completed }) => completed);
  return struck;
}

async function healAfter(ms: number, heal: Heal): Promise<void> {
  if (ms > 0) await sleep(ms);
  await heal();
}

/** Reads how far a sweep is; while Postgres is away, what was read last holds. */
class Follower {
  last: Progress = { ended: 0, completed: false };
  private changedAt = performance.now();

  constructor(
    private readonly cluster: Cluster,
    private readonly sweepId: string,
    private readonly watch: Watch,
  ) {}

  async until(reached: (progress: Progress) => boolean): Promise<void> {
    for (;;) {
      await this.read();
      if (reached(this.last)) return;
      if (performance.now() - this.changedAt > patienceMs) {
        throw new Error(
          `the sweep is stuck: ${this.last.ended} trials have ended, and none for ${patienceMs / 1000} s`,
        );
      }
      await sleep(pollMs);
    }
  }

  private async read(): Promise<void> {
    const found = await progressOf(this.cluster.db, this.sweepId).catch(() => undefined);
    if (!found) return;
    if (found.ended !== this.last.ended || found.completed !== this.last.completed) this.changedAt = performance.now();
    this.last = found;
    this.watch.progress(found.ended);
  }
}
