/** @file Rows of a table that cannot be read: they are told together, or left out. */
import { type AlikeRows, DatasetError, RowError, RowErrors } from './dataset-error.js';

/** Things wrong that are named, and rows of each; the rest is counted, up to so many: a column of another kind than was said has no row that can be read. */
const mostNamed = 20;
const mostRows = 5;
const mostCounted = 10_000;

/** Rows that were not read, in the order of the source. */
export class FaultyRows {
  /** What is wrong, by field and words. */
  private readonly alike = new Map<string, { first: [RowError, ...RowError[]]; count: number }>();
  /** Rows that cannot be read, and those of them with an empty cell. */
  count = 0;
  empty = 0;
  /** Rows with an empty cell that were left out, as was asked for. */
  leftOut = 0;

  /** @param skipEmpty whether rows with an empty cell are left out */
  constructor(private readonly skipEmpty: boolean) {}

  /**
   * Reads a row.
   *
   * @returns undefined where it cannot be read, which `refuse` tells unless it is left out
   * @throws what `read` throws, where that is not about this row alone
   */
  read<T>(read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof RowError)) throw error;
      this.note(error);
      return undefined;
    }
  }

  private note(error: RowError): void {
    if (error.isEmpty && this.skipEmpty) {
      this.leftOut += 1;
      return;
    }
    this.count += 1;
    if (error.isEmpty) this.empty += 1;
    const key = `${error.field} ${error.problem}`;
    const known = this.alike.get(key);
    if (known) {
      known.count += 1;
      if (known.first.length < mostRows) known.first.push(error);
    } else if (this.alike.size < mostNamed) this.alike.set(key, { first: [error], count: 1 });
    if (this.count === mostCounted) this.refuse();
  }

  /** @throws DatasetError naming the rows that cannot be read, where there are any */
  refuse(): void {
    const [first, ...others]: AlikeRows[] = [...this.alike.values()];
    if (!first) return;
    throw this.count === 1 ? first.first[0] : new RowErrors([first, ...others], this, this.count === mostCounted);
  }

  /** @throws DatasetError where every row was left out */
  refuseNone(file: string): void {
    if (this.leftOut === 0) return;
    throw new DatasetError(file, undefined, '/skipEmpty', `each of its ${this.leftOut} rows has an empty cell`);
  }
}
