import { priceOf, type TrialResult } from '@rankforge/contracts';
import {
  type AnswerRecord,
  callsOf,
  findMethod,
  metricsOf,
  type OrderRecord,
  type ProcedureScores,
  scoreProcedure,
} from '@rankforge/peft';
import { storeAnswers, storeOrders } from '../answers-file.js';
import { audited } from '../audit.js';
import { examined } from '../examine.js';
import { openEncoder } from '../open-encoder.js';
import { openGenerator } from '../open-generator.js';
import type { Prepared } from '../session.js';
import type { Finished, TrialRunner } from './kind.js';

interface Scored extends Pick<ProcedureScores, 'metrics' | 'examples'> {
  reports: Pick<TrialResult, 'procedure' | 'robustness'>;
  /** Where questions were answered. */
  answers?: readonly AnswerRecord[];
  /** Where rows of queries were ordered. */
  orders?: readonly OrderRecord[];
  seconds: number;
}

/** Scores of a trial on a split; undefined where the run was stopped: what was answered so far is on its cassette. */
async function scored(
  split: 'validation' | 'test',
  ...order: Parameters<TrialRunner['run']>
): Promise<Scored | undefined> {
  const started = performance.now();
  const [{ spec }, , tools] = order;
  const { robustness, visibility } = findMethod(spec.method);
  try {
    const scores = await (robustness
      ? examined(split, robustness, ...order)
      : visibility
        ? audited(split, ...order)
        : answered(split, ...order));
    return { ...scores, seconds: (performance.now() - started) / 1000 };
  } catch (error) {
    if (tools.signal.aborted) return undefined;
    throw error;
  }
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Scores of a procedure. */
async function answered(
  split: 'validation' | 'test',
  ...[{ spec }, prepared, tools]: Parameters<TrialRunner['run']>
): Promise<Omit<Scored, 'seconds'>> {
  const of = { method: findMethod(spec.method), config: spec.methodConfig, data: prepared.data, split };
  const { generator, meter, close } = await openGenerator(spec, prepared, tools, callsOf(of));
  let encoder: ReturnType<typeof openEncoder>;
  try {
    encoder = openEncoder(of, prepared, tools);
    const scores = await scoreProcedure({
      ...of,
      seed: spec.seed,
      generator,
      encode: encoder?.encode,
      turn: tools.turn,
      onQuery() {
        tools.signs.other();
        tools.signal.throwIfAborted();
      },
    });
    const { asked, answers } = scores;
    const { replayed, tokens, seconds } = meter.used;
    const price = priceOf(tokens, spec.generator?.kind === 'endpoint' ? spec.generator.price : undefined);
    const queries = prepared.data[split].size;
    const agreement = asked.pairs === 0 ? null : asked.agreeing / asked.pairs;
    const judged = answers?.filter((one) => one.judged !== undefined) ?? [];
    const right = judged.filter((one) => one.judged === true).length;
    const quests = answers?.flatMap(({ quest }) => quest ?? []) ?? [];
    if (generator) tools.reports.log(`${meter.used.calls} calls, ${replayed} of them known from earlier runs`);
    return {
      ...scores,
      reports: {
        procedure: {
          ...{ queries, calls: asked.calls, replayed, tokens, seconds, agreement },
          ...(judged.length > 0 && { judged: right / judged.length }),
          ...(price !== undefined && { price }),
          ...(quests.length > 0 && {
            quest: { f1: mean(quests.map(({ f1 }) => f1)), recall: mean(quests.map(({ recall }) => recall)) },
          }),
        },
      },
    };
  } finally {
    encoder?.dispose();
    await close();
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
    const { metrics, reports, answers, seconds } = scores;
    const left = await storeAnswers({ split: 'validation', metric: ranking(order[1]) }, answers, order[2]);
    if (left === 'stopped') return stopped;
    const result = { validation: metrics, trainableParameters: 0, ...reports, seconds };
    return { kind: 'succeeded', step: 0, result, ...left };
  },
};

/** Reads the test split once for it. */
export const evaluateTest: TrialRunner = {
  async run(...order) {
    const scores = await scored('test', ...order);
    if (!scores) return stopped;
    const { metrics, examples, reports, answers, orders, seconds } = scores;
    const left = await storeAnswers({ split: 'test', metric: ranking(order[1]) }, answers, order[2]);
    const ordered = left === 'stopped' ? left : await storeOrders(orders, order[2]);
    if (left === 'stopped' || ordered === 'stopped') return stopped;
    const exampleScores = Object.fromEntries(Object.entries(examples).map(([name, all]) => [name, Array.from(all)]));
    return {
      kind: 'succeeded',
      step: 0,
      result: { test: metrics, ...reports, seconds },
      exampleScores,
      ...left,
      ...ordered,
    };
  },
};
