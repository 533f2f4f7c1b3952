/** @file Scores of an examination of a ranker: an attack on the order that it gives, or a certificate, query by query. */

import {
  bySpaces,
  createRandom,
  type Evaluation,
  findObjective,
  type Generator,
  type KeptPlaces,
  metricParts,
  type TaskData,
  type Turn,
  type UnitPlaces,
  undisturbed,
} from '@rankforge/peft';
import { cleanMetric, mean, summarize } from '@rankforge/peft/extension';
import type { Evaluator } from '../evaluator.js';
import {
  type Learned,
  type RobustnessPart,
  type ScoredQuery,
  type SynonymSets,
  type Victim,
} from '../slots/robustness.js';
import { type RankedSplit, rankedSplit, type SplitName } from './ranked.js';
import { bm25Victim } from './victim.js';

export interface RobustnessInput {
  evaluator: Evaluator;
  /** Parsed by the evaluator's schema here: defaults may be left out. */
  config: unknown;
  data: TaskData;
  split: SplitName;
  seed: number;
  /** The ranker; absent where the configuration names BM25. */
  victim?: Victim | undefined;
  generator?: Generator | undefined;
  synonyms?: SynonymSets | undefined;
  /** Passed on before each query. */
  turn?: Turn;
  /** Told after each query. */
  onQuery?(done: number, of: number): void;
}

/** Everything that an examination asked and learned on one split. */
export interface RobustnessScores extends Evaluation {
  /** Places of the attacked documents of each query that was examined. */
  places: KeptPlaces;
  /** Queries that were examined, and questions that the attacker asked the ranker. */
  examined: { queries: number; questions: number };
  learned: Learned;
}

/**
 * Examines a ranker on the first queries of a split.
 *
 * @throws Error if the evaluator is no examination, the data has no queries with rows, the ranker or what else it needs is not given, it asks
 * more questions than it may, or something is certified and broken
 */
export async function scoreRobustness(input: RobustnessInput): Promise<RobustnessScores> {
  const { evaluator, data, split, seed, turn = undisturbed, onQuery, generator, synonyms } = input;
  const part = robustnessOf(evaluator);
  const config = evaluator.config.parse(input.config);
  const { segmenter = bySpaces } = data;
  const reason = part.unfit?.(segmenter);
  if (reason !== undefined) throw new Error(`${evaluator.name}: ${reason}`);
  const ranked = rankedSplit(evaluator, data, split);
  if (data.corpus) {
    throw new Error(
      `${evaluator.name} attacks one of the candidates of a query, and ${data.objective} searches a corpus`,
    );
  }
  const judge = input.victim ?? (part.victim(config) === 'bm25' ? bm25Victim(ranked.collection, segmenter) : undefined);
  if (!judge) throw new Error(`${evaluator.name} examines a finished training, and none was given`);
  const count = Math.min(part.queries(config), ranked.queries.length);
  const found = await Promise.all(Array.from({ length: count }, (_, at) => foundRows(ranked, at)));
  const queries: ScoredQuery[] = [];
  for (const { query, texts } of found) {
    await turn.pass();
    queries.push({ query, texts, scores: await judge.scores(query, texts) });
  }
  const asked = { questions: 0 };
  const learned: Learned = { written: { logProbability: 0, words: 0 } };
  const columns: Record<string, Float64Array> = {};
  const own: Record<string, Float64Array> = {};
  const places: UnitPlaces[] = [];
  let unit = 0;
  for await (const examined of part.examine({
    config,
    queries,
    known: data.train.queries ?? [],
    collection: ranked.collection,
    segmenter,
    victim: counted(judge, asked, part.questions(config)),
    judge,
    generator,
    synonyms,
    random: createRandom(seed).fork(`${evaluator.name} on ${split}`),
    learned,
  })) {
    const scoresOf = (scores: Float64Array) => orderScores(data, ranked, { unit, rows: found[unit]!.rows, scores });
    const orders = examined.orders.map(scoresOf);
    for (const name of Object.keys(orders[0]!)) set(columns, name, mean(orders.map((order) => order[name]!)));
    for (const [name, value] of Object.entries(examined.columns)) set(own, name, value);
    const rows = examined.moves.map(({ before, after }) => ({ before: before + 1, place: after + 1 }));
    places.push({ size: queries[unit]!.texts.length, of: rows.length, rows });
    set(own, cleanMetric, scoresOf(queries[unit]!.scores)['ndcg@10']!);
    unit += 1;
    await turn.pass();
    onQuery?.(unit, count);
  }
  function set(of: Record<string, Float64Array>, name: string, value: number): void {
    of[name] ??= new Float64Array(count);
    of[name][unit] = value;
  }
  const scores = { objective: data.objective, columns };
  const parts = Object.entries(metricParts(scores)).map(([name, { examples }]) => [name, examples]);
  return {
    ...scores,
    metrics: {
      ...summarize(scores),
      ...Object.fromEntries(Object.entries(own).map(([name, values]) => [name, mean(values)])),
    },
    examples: { ...Object.fromEntries(parts), ...own },
    places: { documents: 'attacked', units: count, first: places },
    examined: { queries: count, questions: asked.questions },
    learned,
  };
}

function robustnessOf({ name, part }: Evaluator): RobustnessPart {
  if (part.kind !== 'robustness') throw new Error(`${name} examines no ranker`);
  return part;
}

/** The candidates of a query that a search found, and which rows they are. */
function foundRows({ queries, judged }: RankedSplit, at: number): { query: string; texts: string[]; rows: number[] } {
  const { query, rows: all } = queries[at]!;
  const { lost } = judged(at);
  const rows = all.map((_, row) => row).filter((row) => lost?.[row] !== 1);
  return { query, rows, texts: rows.map((row) => all[row]!) };
}

/** Counts questions, and ends where there are more than an examination said it would ask. */
function counted(victim: Victim, asked: { questions: number }, most: number): Victim {
  const count = () => {
    if (asked.questions >= most) {
      throw new Error(`the limit of ${most} questions to the ranker is reached, and the examination asks for more`);
    }
    asked.questions += 1;
  };
  return {
    async scores(query, texts) {
      count();
      return victim.scores(query, texts);
    },
    async gains(insertion, words) {
      count();
      return victim.gains(insertion, words);
    },
    bounded: (score) => victim.bounded(score),
  };
}

function orderScores(
  data: TaskData,
  { judged, queries }: RankedSplit,
  { unit, rows, scores }: { unit: number; rows: readonly number[]; scores: ArrayLike<number> },
): Record<string, number> {
  const all = new Float32Array(queries[unit]!.rows.length);
  rows.forEach((row, at) => {
    all[row] = scores[at]!;
  });
  const columns = findObjective(data.objective).score(all, judged(unit), data);
  return Object.fromEntries(Object.entries(columns).map(([name, [value]]) => [name, value!]));
}
