/** @file Notices a training process in which nothing moves: one that is frozen, deadlocked or hung says nothing, for ever. */

/** Steps of a training and batches of a scoring, which come at a pace; or work without one: loading, calibrating, storing. */
export type Work = 'steps' | 'other';

export interface StallBounds {
  /** Shortest silence between two steps after which a process is given up. */
  stepMs: number;
  /** The same while it does work that has no pace. */
  otherMs: number;
}

/** A pause this many times the longest one before is no longer the training's own pace. */
const longerThanEver = 20;

/**
 * Watches one process while it runs orders. It is still until an order moves; what it waits for outside of itself does not
 * count, nor does time in which the watching process did not run either.
 *
 * States: idle → watching, from the first order that began to the last that ended → stalled, of which it tells once.
 */
export class StallWatch {
  /** By trial: what the order does; undefined while it waits for something outside of the process. */
  private readonly orders = new Map<string, Work | undefined>();
  private timer: NodeJS.Timeout | undefined;
  private countedAt = 0;
  private stillMs = 0;
  /** Longest time that a step took. */
  private longestMs = 0;
  private readonly everyMs: number;

  constructor(
    private readonly bounds: StallBounds,
    private readonly onStall: (reason: string) => void,
  ) {
    this.everyMs = Math.min(1000, Math.max(10, Math.min(bounds.stepMs, bounds.otherMs) / 10));
  }

  began(trialId: string): void {
    if (this.orders.size === 0) {
      this.longestMs = 0;
      this.watch();
    }
    this.moved(trialId, 'other');
  }

  /** @param work what the order does from now on; default: what it did */
  moved(trialId: string, work = this.orders.get(trialId)): void {
    this.goOn();
    const stepped = work === 'steps' && this.orders.get(trialId) === 'steps';
    if (stepped) this.longestMs = Math.max(this.longestMs, this.stillMs);
    this.stillMs = 0;
    this.orders.set(trialId, work);
  }

  waits(trialId: string): void {
    this.goOn();
    if (this.orders.has(trialId)) this.orders.set(trialId, undefined);
  }

  ended(trialId: string): void {
    this.goOn();
    this.orders.delete(trialId);
    this.stillMs = 0;
    if (this.orders.size === 0) clearInterval(this.timer);
  }

  private watch(): void {
    this.countedAt = performance.now();
    this.timer = setInterval(() => this.look(), this.everyMs);
  }

  /** Counts the time since this was last called as still, unless an order waits. */
  private goOn(): void {
    const now = performance.now();
    // A longer gap is one of this process: what the other has said meanwhile is not read yet.
    const passedMs = Math.min(now - this.countedAt, 2 * this.everyMs);
    this.countedAt = now;
    if (!this.isWaiting()) this.stillMs += passedMs;
  }

  private isWaiting(): boolean {
    return [...this.orders.values()].includes(undefined);
  }

  private look(): void {
    this.goOn();
    if (this.isWaiting()) return;
    const works = [...this.orders.values()];
    const pacedMs = Math.max(this.bounds.stepMs, longerThanEver * this.longestMs);
    const paced = works.every((work) => work === 'steps');
    if (this.stillMs < (paced ? pacedMs : this.bounds.otherMs)) return;
    clearInterval(this.timer);
    const before = paced
      ? `no step before had taken longer than ${seconds(this.longestMs)} s`
      : 'while it loaded, calibrated or stored';
    this.onStall(`nothing moved in the training process for ${seconds(this.stillMs)} s (${before}), so it was killed`);
  }
}

const seconds = (ms: number) => (ms < 10_000 ? (ms / 1000).toFixed(1) : String(Math.round(ms / 1000)));
