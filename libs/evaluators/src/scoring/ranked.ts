/** @file Orders of the rows of queries that no model of a trial made, and their scores. */

import type { Batch, Evaluation, RankedTexts, TaskData } from '@rankforge/peft';
import { evaluationOf, GatheredScores, largest, unitsInCorpus } from '@rankforge/peft/extension';
import { type JudgedQuery } from '../slots/ranker.js';

export type SplitName = 'train' | 'validation' | 'test';

/** A split whose units are queries with rows, or that search a corpus. */
export interface RankedSplit {
  queries: readonly RankedTexts[];
  /** Every different text among the rows of all splits, in the order in which they first occur; or the corpus. */
  collection: readonly string[];
  /** The rows of a unit, or the whole corpus, with their grades; tokens are left out. */
  judged(unit: number): Batch;
}

/** @throws Error where the units of the split are no queries; RangeError where there are none */
export function rankedSplit({ name }: { name: string }, data: TaskData, split: SplitName): RankedSplit {
  const own = data[split];
  const { queries = [], size } = own;
  if (size === 0) throw new RangeError(`${split}: the data has no example of this split to score`);
  if (queries.length !== size || !(data.corpus || own.answers)) {
    throw new Error(`${name} orders the rows of queries, and the data of ${data.objective} has none`);
  }
  return {
    queries,
    collection: data.corpus?.texts ?? collectionOf(data),
    judged(unit) {
      if (data.corpus) return unitsInCorpus(data, own, [unit]);
      const size = queries[unit]!.rows.length;
      const none = new Int32Array(0);
      const bare = { size, sequence: 0, inputs: none, lengths: none, groups: Int32Array.of(size) };
      return { ...bare, ...own.answers!([unit]) };
    },
  };
}

/** Queries of the training split with what is relevant to each; each query once. */
export function* trainingQueries({ train, corpus }: TaskData): Generator<JudgedQuery> {
  const seen = new Set<string>();
  for (const [unit, { query, rows }] of (train.queries ?? []).entries()) {
    if (seen.has(query)) continue;
    seen.add(query);
    const grades = corpus ? undefined : train.answers!([unit]).values!;
    const relevant = grades
      ? rows.filter((_, row) => grades[row]! > 0)
      : train.searches!.relevant(unit).map(({ document }) => corpus!.texts[document]!);
    yield { query, relevant };
  }
}

function collectionOf({ train, validation, test }: TaskData): string[] {
  const queries = [train, validation, test].flatMap((split) => split.queries ?? []);
  return [...new Set(queries.flatMap(({ rows }) => rows))];
}

/** The first rows of a query, the best first. */
export interface OrderRecord {
  query: string;
  rows: readonly {
    text: string;
    grade: number;
    /** The number that orders them: the largest stands first. */
    score: number;
    /** Where it stood in the order that was made anew, and what it scored there. Absent: there is one order. */
    before?: { place: number; score: number };
  }[];
}

/** Bounds of what is kept of orders: queries of a split, rows of each, and characters of a text. */
const [keptQueries, keptRows, keptCharacters] = [1000, 20, 2000];

/** Gathers the scores of queries, one after another: of the rows of one at a time. */
export class OrderScores {
  /** The first rows of the first queries. */
  readonly orders: OrderRecord[] = [];
  private readonly gathered: GatheredScores;
  private unit = 0;

  constructor(
    data: TaskData,
    private readonly ranked: RankedSplit,
  ) {
    this.gathered = new GatheredScores(data, ranked.queries.length, { places: true });
  }

  /**
   * @param scores of the rows of the next query; the largest stands first
   * @param before the order that was made anew, by rows
   */
  add(scores: ArrayLike<number>, before?: ReadonlyMap<number, { place: number; score: number }>): void {
    const { ranked, unit } = this;
    const batch = ranked.judged(unit);
    this.gathered.add(unit, Float32Array.from(scores), batch);
    if (unit < keptQueries) this.orders.push(orderOf(ranked.queries[unit]!, batch, scores, before));
    this.unit += 1;
  }

  evaluation(): Evaluation {
    return evaluationOf(this.gathered.scores());
  }
}

/** Rows that no search found are in no order. */
function orderOf(
  { query, rows }: RankedTexts,
  { values, lost }: Batch,
  scores: ArrayLike<number>,
  before: ReadonlyMap<number, { place: number; score: number }> | undefined,
): OrderRecord {
  const found = rows.map((_, row) => row).filter((row) => lost?.[row] !== 1);
  const first = largest(found, keptRows, scores);
  return {
    query,
    rows: first.map((row) => {
      const earlier = before?.get(row);
      const text = rows[row]!.slice(0, keptCharacters);
      return { text, grade: values![row]!, score: scores[row]!, ...(earlier && { before: earlier }) };
    }),
  };
}
