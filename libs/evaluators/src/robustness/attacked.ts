/** @file The worst documents of each query, attacked one at a time, and what became of their places. */
import type { Random } from '@rankforge/peft';
import { type ExaminationInput, type ExaminedQuery, type Move, type ScoredQuery } from '../slots/robustness.js';
import { placeOf, worstOf } from './ranks.js';

/** A document of a query that is attacked. */
export interface Pair extends ScoredQuery {
  /** Index of the query, and of the document among its texts. */
  index: number;
  target: number;
  /** A stream of this pair. */
  random: Random;
}

/** Means over the documents of a query that were attacked; 0 where there were none. */
export class Boosts {
  readonly moves: Move[] = [];
  private readonly sums = { boostSuccess: 0, boost: 0, enteredTop: 0 };

  constructor(private readonly top: number) {}

  /** A document's place before and after. */
  add(before: number, after: number): void {
    this.moves.push({ before, after });
    this.sums.boostSuccess += Number(after < before);
    this.sums.boost += before - after;
    this.sums.enteredTop += Number(after < this.top && before >= this.top);
  }

  columns(): Record<string, number> {
    return Object.fromEntries(
      Object.entries(this.sums).map(([name, sum]) => [name, sum / Math.max(1, this.moves.length)]),
    );
  }
}

/** Puts words before a text. */
export const prefixed = (words: readonly string[], text: string): string => [...words, text].join(' ');

/**
 * Attacks the worst documents of each query.
 * @param write gives the words that are put before a document
 */
export async function* attacked(
  { queries, judge, random }: Pick<ExaminationInput<unknown>, 'queries' | 'judge' | 'random'>,
  { documents, top }: { documents: number; top: number },
  write: (pair: Pair) => Promise<readonly string[]> | readonly string[],
): AsyncGenerator<ExaminedQuery> {
  for (const [index, of] of queries.entries()) {
    const { query, texts, scores } = of;
    const boosts = new Boosts(top);
    const orders: Float64Array[] = [];
    for (const target of worstOf(scores, documents)) {
      const words = await write({ ...of, index, target, random: random.fork(`pair/${index}/${target}`) });
      const [score] =
        words.length === 0 ? [scores[target]!] : await judge.scores(query, [prefixed(words, texts[target]!)]);
      boosts.add(placeOf(scores, target), placeOf(scores, target, score!));
      orders.push(Float64Array.from(scores, (own, row) => (row === target ? score! : own)));
    }
    yield { orders: orders.length > 0 ? orders : [scores], columns: boosts.columns(), moves: boosts.moves };
  }
}
