import type { TrialResult } from '@rankforge/contracts';
import {
  type AnswerRecord,
  findEvaluator,
  type OrderRecord,
  type PartKind,
  type ProcedureScores,
} from '@rankforge/evaluators';
import { metricsOf } from '@rankforge/peft';
import { answered } from '../answer.js';
import { storeAnswers, storeOrders, storePlaces } from '../answers-file.js';
import { audited } from '../audit.js';
import { examined } from '../examine.js';
import type { Prepared } from '../session.js';
import type { Finished, TrialRunner } from './kind.js';

interface Scored extends Pick<ProcedureScores, 'metrics' | 'examples' | 'places'> {
  reports: Pick<TrialResult, 'procedure' | 'robustness'>;
  /** Where questions were answered. */
  answers?: readonly AnswerRecord[];
  /** Where rows of queries were ordered. */
  orders?: readonly OrderRecord[];
  seconds: number;
}

type Scorer = (
  split: 'validation' | 'test',
  ...order: Parameters<TrialRunner['run']>
) => Promise<Omit<Scored, 'seconds'>>;

/** Who scores an evaluator, by the part that it fills; a baseline is no trial of this kind. */
const scorers: Record<Exclude<PartKind, 'ranker'>, Scorer> = {
  robustness: examined,
  visibility: audited,
  reranker: answered,
  answerer: answered,
  summarizer: answered,
};

/** Scores of a trial on a split; undefined where the run was stopped: what was answered so far is on its cassette. */
async function scored(
  split: 'validation' | 'test',
  ...order: Parameters<TrialRunner['run']>
): Promise<Scored | undefined> {
  const started = performance.now();
  const [{ spec }, , tools] = order;
  const { kind } = findEvaluator(spec.method).part;
  if (kind === 'ranker') throw new Error(`${spec.method} is a baseline, and the trial is to evaluate`);
  try {
    const scores = await scorers[kind](split, ...order);
    return { ...scores, seconds: (performance.now() - started) / 1000 };
  } catch (error) {
    if (tools.signal.aborted) return undefined;
    throw error;
  }
}

/** The metric that ranks on the task. */
const ranking = ({ data }: Prepared): string => metricsOf(data.objective)[0]!.name;

const stopped: Finished = { kind: 'stopped' };

/** Scores a procedure, or examines a ranker, on validation. */
export const evaluate: TrialRunner = {
  async run(...order) {
    const scores = await scored('validation', ...order);
    if (!scores) return stopped;
    const { metrics, reports, answers, places, seconds } = scores;
    const left = await storeAnswers({ split: 'validation', metric: ranking(order[1]) }, answers, order[2]);
    const placed = await storePlaces('validation', { places, queries: order[1].data.validation.queries }, order[2]);
    if (left === 'stopped' || placed === 'stopped') return stopped;
    const result = { validation: metrics, trainableParameters: 0, ...reports, seconds };
    return { kind: 'succeeded', step: 0, result, ...left, ...placed };
  },
};

/** Reads the test split once for it. */
export const evaluateTest: TrialRunner = {
  async run(...order) {
    const scores = await scored('test', ...order);
    if (!scores) return stopped;
    const { metrics, examples, reports, answers, orders, places, seconds } = scores;
    const left = await storeAnswers({ split: 'test', metric: ranking(order[1]) }, answers, order[2]);
    const ordered = left === 'stopped' ? left : await storeOrders(orders, order[2]);
    const placed = await storePlaces('test', { places, queries: order[1].data.test.queries }, order[2]);
    if (left === 'stopped' || ordered === 'stopped' || placed === 'stopped') return stopped;
    const exampleScores = Object.fromEntries(Object.entries(examples).map(([name, all]) => [name, Array.from(all)]));
    return {
      kind: 'succeeded',
      step: 0,
      result: { test: metrics, ...reports, seconds },
      exampleScores,
      ...left,
      ...ordered,
      ...placed,
    };
  },
};
