/** @file Data of tasks that a trainer keeps for the trials to come. */
import type { TaskData } from '@rankforge/peft';
import { begunOnce } from './begun-once.js';

/** Data sets that are kept though no trial in progress reads them. */
const kept = 2;

export interface Reading {
  data: TaskData;
  /** Ends the reading; called once. */
  release(): void;
}

/** Data of tasks by their key: the last two that were asked for, and each that a trial in progress reads. */
export class RecentData {
  /** In the order in which they were asked for last. */
  private readonly loaded = new Map<string, Promise<TaskData>>();
  private readonly readers = new Map<string, number>();

  /** @throws Error as `load` does; it is then asked again by who comes next */
  async read(key: string, load: () => Promise<TaskData>): Promise<Reading> {
    const loading = begunOnce(this.loaded, key, load);
    this.loaded.delete(key);
    this.loaded.set(key, loading);
    this.count(key, 1);
    const release = () => this.count(key, -1);
    try {
      return { data: await loading, release };
    } catch (error) {
      release();
      throw error;
    }
  }

  private count(key: string, more: number): void {
    this.readers.set(key, (this.readers.get(key) ?? 0) + more);
    for (const each of [...this.loaded.keys()].slice(0, -kept)) {
      if (!this.readers.get(each)) this.loaded.delete(each);
    }
    if (this.readers.get(key) === 0) this.readers.delete(key);
  }
}
