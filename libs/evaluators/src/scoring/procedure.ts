/** @file Scores of a procedure, unit by unit: it orders the first candidates of a search anew, answers questions, or summarizes documents. */
import { Bm25, bySpaces, createRandom, type DataFacts, undisturbed, usualBm25 } from '@rankforge/peft';
import type { Evaluator } from '../evaluator.js';
import { type Asked, type RerankerPart } from '../slots/reranker.js';
import { callsOfAnswers, scoreAnswers } from './answers.js';
import type { ProcedureInput, ProcedureScores } from './procedure-scores.js';
import { OrderScores, type RankedSplit, rankedSplit } from './ranked.js';
import { callsOfSummaries, scoreSummaries } from './summaries.js';

/**
 * Scores every unit of a split by a procedure.
 *
 * @throws Error if the evaluator is no procedure, the data is not what it reads, or the generator gives no whole answer
 */
export function scoreProcedure(input: ProcedureInput): Promise<ProcedureScores> {
  const { part } = input.evaluator;
  if (part.kind === 'answerer') return scoreAnswers(input, part);
  return part.kind === 'summarizer' ? scoreSummaries(input, part) : scoreOrders(input);
}

async function scoreOrders(input: ProcedureInput): Promise<ProcedureScores> {
  const { evaluator, config, data, split, seed, generator, scorer, turn = undisturbed, onQuery } = input;
  const reranker = rerankerOf(evaluator);
  const settings = evaluator.config.parse(config);
  const ranked = rankedSplit(evaluator, data, split);
  const random = createRandom(seed).fork(`${evaluator.name} on ${split}`);
  const asked: Asked = { calls: 0, pairs: 0, agreeing: 0 };
  const scores = new OrderScores(data, ranked);
  const found = candidatesOf(ranked, reranker.depth(settings), data);
  for (const [index, { query, rows }] of ranked.queries.entries()) {
    await turn.pass();
    const { first, after, grades, scored } = found(index);
    const candidates = { query, texts: first.map((row) => rows[row]!), grades: first.map((row) => grades[row]!) };
    const order =
      first.length < 2
        ? first.map((_, place) => place)
        : await reranker.order({
            candidates,
            segmenter: data.segmenter ?? bySpaces,
            config: settings,
            generator,
            scorer,
            random: random.fork(`query/${index}`),
            asked,
          });
    const places = new Map([...order.map((place) => first[place]!), ...after].map((row, place) => [row, place]));
    scores.add(
      rows.map((_, row) => -(places.get(row) ?? rows.length)),
      new Map([...first, ...after].map((row, place) => [row, { place, score: scored[row]! }])),
    );
    onQuery?.(index + 1, ranked.queries.length);
  }
  return { ...scores.evaluation(), asked, orders: scores.orders };
}

/** The most calls that a procedure makes for all units of a split. */
export function callsOf(of: Pick<ProcedureInput, 'evaluator' | 'config' | 'data' | 'split'>): number {
  const { evaluator, config, data, split } = of;
  if (evaluator.part.kind === 'answerer') return callsOfAnswers(of, evaluator.part);
  if (evaluator.part.kind === 'summarizer') return callsOfSummaries(of, evaluator.part);
  const reranker = rerankerOf(evaluator);
  const settings = evaluator.config.parse(config);
  const ranked = rankedSplit(evaluator, data, split);
  const found = candidatesOf(ranked, reranker.depth(settings), data);
  const counts = ranked.queries.map((_, index) => found(index).first.length);
  return counts.reduce((sum, count) => sum + (count < 2 ? 0 : reranker.calls(count, settings)), 0);
}

function rerankerOf({ name, part }: Evaluator): RerankerPart {
  if (part.kind === 'reranker') return part;
  throw new Error(`${name} is no procedure: it neither orders candidates, nor answers, nor summarizes`);
}

const byText = (a: string, b: string) => Number(a > b) - Number(a < b);

/** Rows of each query as BM25 orders them: the first, which are ordered anew, and those after them. */
function candidatesOf(
  { queries, collection, judged }: RankedSplit,
  depth: number,
  { segmenter = bySpaces }: Pick<DataFacts, 'segmenter'>,
) {
  const index = new Bm25(collection, { ...usualBm25, termsOf: (text) => segmenter.terms(text) });
  const place = new Map(collection.map((text, at) => [text, at]));
  return (at: number) => {
    const { query, rows } = queries[at]!;
    const { values, lost } = judged(at);
    const scores = index.scores(
      query,
      rows.map((text) => place.get(text)!),
    );
    // A row that no search found is in no order. Rows that BM25 cannot tell apart stand by their texts: their order in the data may say which is relevant.
    const order = rows
      .map((_, row) => row)
      .filter((row) => lost?.[row] !== 1)
      .sort((a, b) => scores[b]! - scores[a]! || byText(rows[a]!, rows[b]!));
    return { first: order.slice(0, depth), after: order.slice(depth), grades: Array.from(values!), scored: scores };
  };
}
