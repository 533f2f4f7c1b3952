/** @file Values that were computed from a base model and may serve the next trial: bounded, the longest unused goes first. */
import { LRUCache } from 'lru-cache';

/** Host bytes of everything kept for one base. */
const MOST_BYTES = 256 * 2 ** 20;

/** Values by key. What does not fit is not kept, so whoever reads must be able to compute it again. */
export class DerivedValues {
  readonly #values: LRUCache<string, object>;

  constructor(mostBytes = MOST_BYTES) {
    this.#values = new LRUCache({ maxSize: mostBytes });
  }

  /** The value of a key, computed where it is not kept. A key always names values of one type. */
  make<T extends object>(key: string, bytes: number, compute: () => T): T {
    const known = this.get(key) as T | undefined;
    if (known !== undefined) return known;
    const value = compute();
    this.set(key, value, bytes);
    return value;
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
