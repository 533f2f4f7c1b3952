/** @file Scores of a procedure, unit by unit: it orders the first candidates of a search anew, answers questions, or summarizes documents. */
import {
  type Asked,
  Bm25,
  bySpaces,
  createRandom,
  type DataFacts,
  type Method,
  type RerankerPart,
  undisturbed,
  usualBm25,
} from '@rankforge/peft';
import { callsOfAnswers, scoreAnswers } from './answers.js';
import type { ProcedureInput, ProcedureScores } from './procedure-scores.js';
import { OrderScores, type RankedSplit, rankedSplit } from './ranked.js';
import { callsOfSummaries, scoreSummaries } from './summaries.js';

/**
 * Scores every unit of a split by a procedure.
 *
 * @throws Error if the method is no procedure, the data is not what it reads, or the generator gives no whole answer
 */
export function scoreProcedure(input: ProcedureInput): Promise<ProcedureScores> {
  const { answerer, summarizer } = input.method;
  if (answerer) return scoreAnswers(input, answerer);
  return summarizer ? scoreSummaries(input, summarizer) : scoreOrders(input);
}

async function scoreOrders(input: ProcedureInput): Promise<ProcedureScores> {
  const { method, config, data, split, seed, generator, scorer, turn = undisturbed, onQuery } = input;
  const reranker = rerankerOf(method);
  const settings = method.config.parse(config);
  const ranked = rankedSplit(method, data, split);
  const random = createRandom(seed).fork(`${method.name} on ${split}`);
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
export function callsOf({
  method,
  config,
  data,
  split,
}: Pick<ProcedureInput, 'method' | 'config' | 'data' | 'split'>): number {
  if (method.answerer) return callsOfAnswers({ method, config, data, split }, method.answerer);
  if (method.summarizer) return callsOfSummaries({ method, config, data, split }, method.summarizer);
  const reranker = rerankerOf(method);
  const settings = method.config.parse(config);
  const ranked = rankedSplit(method, data, split);
  const found = candidatesOf(ranked, reranker.depth(settings), data);
  const counts = ranked.queries.map((_, index) => found(index).first.length);
  return counts.reduce((sum, count) => sum + (count < 2 ? 0 : reranker.calls(count, settings)), 0);
}

function rerankerOf({ name, reranker }: Method): RerankerPart {
  if (!reranker) throw new Error(`${name} is no procedure: it neither orders candidates, nor answers, nor summarizes`);
  return reranker;
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
