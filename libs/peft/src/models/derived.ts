/** @file What was computed from a base model and may serve the next trial: bounded, the longest unused goes first. */
import { LRUCache } from 'lru-cache';

/** Host bytes of everything kept for one base. */
const MOST_BYTES = 256 * 2 ** 20;

/** Values by key. What does not fit is not kept, so whoever reads must be able to compute it again. */
export class DerivedValues {
  readonly #values: LRUCache<string, object>;

  constructor(mostBytes = MOST_BYTES) {
    this.#values = new LRUCache({ maxSize: mostBytes });
  }

  get(key: string): object | undefined {
    return this.#values.get(key);
  }

  set(key: string, value: object, bytes: number): void {
    this.#values.set(key, value, { size: Math.max(1, bytes) });
  }

  clear(): void {
    this.#values.clear();
  }
}
