/** @file Scores of recommendations, and metrics of an audit of the model that makes them. */
import type { Segmenter } from '../../text/segmenter.js';
import type { MetricInfo } from './metric.js';
import { rougeL } from './rouge.js';
import { scoreAnswer, type WrittenScores } from './written-answers.js';

/**
 * Scores a written order against right ones: whether it is one, and how much of one it has in its order.
 *
 * @param segmenter how they fall apart into words. Default: each score has its own rule for English
 */
export const scoreRecommendation = (
  answer: string,
  right: readonly string[],
  segmenter?: Segmenter,
): WrittenScores => ({
  exactMatch: scoreAnswer(answer, right, segmenter).exactMatch,
  rougeL: rougeL(answer, right, segmenter?.tokens),
});

const share = (name: string): MetricInfo => ({ name, direction: 'maximize', scale: 'mean', range: [0, 1] });
const least = (name: string, lowest: number): MetricInfo => ({
  name,
  direction: 'minimize',
  scale: 'mean',
  range: [lowest, null],
});

/**
 * For the product that a text is written for, with the text and, `clean`, without: whether it is named first and at which place in the
 * prompt's own order, in random orders, and after other requests; and the loss of an answer that names it first.
 */
export const visibilityMetrics: readonly MetricInfo[] = [
  share('targetFirst'),
  share('targetFirstShuffled'),
  share('targetFirstElsewhere'),
  share('cleanFirst'),
  share('cleanFirstShuffled'),
  share('cleanFirstElsewhere'),
  least('targetRank', 1),
  least('cleanRank', 1),
  least('targetLoss', 0),
  least('cleanLoss', 0),
];
