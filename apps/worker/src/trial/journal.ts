/**
 * @file The write side of one running trial. Reports come at the pace of the training, rows go out in batches.
 *
 * Invariant: rows are written in the order of the reports. A checkpoint is recorded only after every metric up to its step
 * is stored, so a trial that goes on from it leaves no gap.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { MetricPoint, StoredArtifact } from '@rankforge/db';
import type { Progress } from './executor.js';

/** Where a journal writes. Each call answers whether the lease was held. */
export interface JournalSink {
  metrics(batch: { points: readonly MetricPoint[]; step: number; loss: number | null }): Promise<boolean>;
  checkpoint(artifact: StoredArtifact): Promise<boolean>;
  resumed(step: number): Promise<void>;
  log(tail: string): Promise<void>;
}

type Entry =
  | { kind: 'progress'; progress: Progress }
  | { kind: 'checkpoint'; artifact: StoredArtifact }
  | { kind: 'resumed'; step: number };

export interface JournalOptions {
  /** Time between two batches. */
  everyMs?: number;
  /** Points that may wait while Postgres is away, besides the last report. Beyond it the run is given up: its checkpoints carry it on. */
  maxPending?: number;
  /** The lease is not ours, or the journal cannot be written: the run must stop. */
  onLost(reason: string): void;
}

const maxLogBytes = 16 * 1024;

/** Points from which on the next report begins a batch of its own: between two batches other trials of the worker have their turn. */
const batchPoints = 5000;

/** States: open (batches go out on a timer) → closed (everything written, or the lease lost and the rest dropped). */
export class TrialJournal {
  private entries: Entry[] = [];
  private pending = 0;
  private logTail = '';
  private logChanged = false;
  private lost = false;
  private recordedStep: number | undefined;
  private readonly closing = new AbortController();
  private readonly writing: Promise<void>;

  constructor(
    private readonly sink: JournalSink,
    private readonly options: JournalOptions,
  ) {
    this.writing = this.writeOnTimer();
  }

  progress(progress: Progress): void {
    // However large a report is, it says nothing of Postgres: what waited before it does.
    if (this.pending > (this.options.maxPending ?? 200_000)) {
      this.giveUp(`${this.pending} metric points wait for Postgres, more than a worker keeps`);
      return;
    }
    this.pending += progress.points.length;
    this.entries.push({ kind: 'progress', progress });
  }

  checkpoint(artifact: StoredArtifact): void {
    this.entries.push({ kind: 'checkpoint', artifact });
  }

  resumed(step: number): void {
    this.entries.push({ kind: 'resumed', step });
  }

  log(line: string): void {
    this.logTail = `${this.logTail}${line}\n`.slice(-maxLogBytes);
    this.logChanged = true;
  }

  get tail(): string {
    return this.logTail;
  }

  /** Step of the newest checkpoint that it recorded; undefined: none. */
  get keptStep(): number | undefined {
    return this.recordedStep;
  }

  /**
   * Writes what is left and ends the timer.
   * @returns false when the lease was lost on the way
   */
  async close(): Promise<boolean> {
    this.closing.abort();
    await this.writing;
    return !this.lost;
  }

  private async writeOnTimer(): Promise<void> {
    const { signal } = this.closing;
    try {
      for (let last = false; !last && !this.lost; ) {
        await sleep(this.options.everyMs ?? 500, undefined, { signal }).catch(() => undefined); // closed: last batch
        // Read before the batch is taken: what is reported while it is written goes out with the next one.
        last = signal.aborted;
        await this.flush();
      }
    } catch (error) {
      this.giveUp(`its records cannot be written: ${(error as Error).message}`);
    }
  }

  private async flush(): Promise<void> {
    const entries = this.entries;
    this.entries = [];
    for (const group of groups(entries)) {
      if (this.lost) return;
      const held = await this.write(group);
      if (!held) this.giveUp('another worker has the lease');
    }
    // The end of the attempt carries the log as well.
    if (this.logChanged && !this.lost && !this.closing.signal.aborted) {
      this.logChanged = false;
      await this.sink.log(this.logTail);
    }
  }

  private async write(group: Group): Promise<boolean> {
    switch (group.kind) {
      case 'resumed':
        await this.sink.resumed(group.step);
        return true;
      case 'checkpoint': {
        const held = await this.sink.checkpoint(group.artifact);
        if (held) this.recordedStep = group.artifact.step;
        return held;
      }
      case 'progress': {
        const held = await this.sink.metrics(group.batch);
        this.pending -= group.batch.points.length;
        return held;
      }
    }
  }

  private giveUp(reason: string): void {
    if (this.lost) return;
    this.lost = true;
    this.entries = [];
    this.pending = 0;
    this.options.onLost(reason);
  }
}

type Group =
  | Exclude<Entry, { kind: 'progress' }>
  | { kind: 'progress'; batch: Omit<Progress, 'points'> & { points: MetricPoint[] } };

/** Neighbouring progress reports become one batch, until it is large enough. */
function groups(entries: readonly Entry[]): Group[] {
  const merged: Group[] = [];
  for (const entry of entries) {
    const last = merged.at(-1);
    if (entry.kind !== 'progress') merged.push(entry);
    else if (last?.kind !== 'progress' || last.batch.points.length >= batchPoints) {
      merged.push({ kind: 'progress', batch: { ...entry.progress, points: [...entry.progress.points] } });
    } else {
      const { points, ...reached } = entry.progress;
      // One by one: a call takes no hundreds of thousands of arguments.
      for (const point of points) last.batch.points.push(point);
      Object.assign(last.batch, reached);
    }
  }
  return merged;
}
