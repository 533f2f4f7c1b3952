import { findEvaluator, scoreBaseline } from '@rankforge/evaluators';
import { storeOrders, storePlaces } from '../answers-file.js';
import type { TrialRunner } from './kind.js';

const scoresOf = (split: 'validation' | 'test', ...[{ spec }, { data }]: Parameters<TrialRunner['run']>) =>
  scoreBaseline({ evaluator: findEvaluator(spec.method), config: spec.methodConfig, data, split, seed: spec.seed });

/** Scores a method that trains nothing on validation. */
export const baseline: TrialRunner = {
  async run(...order) {
    const started = performance.now();
    const { metrics } = scoresOf('validation', ...order);
    const seconds = (performance.now() - started) / 1000;
    return { kind: 'succeeded', step: 0, result: { validation: metrics, trainableParameters: 0, seconds } };
  },
};

/** Reads the test split once for it. */
export const baselineTest: TrialRunner = {
  async run(...order) {
    const started = performance.now();
    const { metrics, examples, orders, places } = scoresOf('test', ...order);
    const exampleScores = Object.fromEntries(Object.entries(examples).map(([name, all]) => [name, Array.from(all)]));
    const seconds = (performance.now() - started) / 1000;
    const left = await storeOrders(orders, order[2]);
    const placed = await storePlaces('test', { places, queries: order[1].data.test.queries }, order[2]);
    if (left === 'stopped' || placed === 'stopped') return { kind: 'stopped' };
    return { kind: 'succeeded', step: 0, result: { test: metrics, seconds }, exampleScores, ...left, ...placed };
  },
};
