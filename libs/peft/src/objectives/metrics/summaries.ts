/** @file Scores of a summary, and of the candidates that one was chosen from. */
import type { Segmenter } from '../../text/segmenter.js';
import { bleuOf } from './bleu.js';
import { type MetricInfo, mean, meanOf } from './metric.js';
import { rougeL, rougeN, wordsOf } from './rouge.js';
import type { WrittenScores } from './written-answers.js';

/**
 * @param right at least one summary; ROUGE against the nearest of them, 0 where it has no word
 * @param segmenter how they fall apart into words. Default: as ROUGE reads them
 */
export const scoreSummary = (
  summary: string,
  right: readonly string[],
  { tokens }: Pick<Segmenter, 'tokens'> = {},
): WrittenScores => ({
  rouge1: rougeN(summary, right, 1, tokens),
  rouge2: rougeN(summary, right, 2, tokens),
  rougeL: rougeL(summary, right, tokens),
});

const share = (name: string): MetricInfo => ({ name, direction: 'maximize', scale: 'mean', range: [0, 1] });

export const meanRouge1 = meanOf('rouge1', share('rouge1'));
export const meanRouge2 = meanOf('rouge2', share('rouge2'));

/** Metrics of the candidates of a document, which a procedure that summarizes has besides those of the summary that it chose. */
export const candidateMetrics: readonly MetricInfo[] = ['bestRouge1', 'averageRouge1', 'diversity'].map(share);

/** @param candidates at least one */
export function scoreCandidates(
  candidates: readonly string[],
  right: readonly string[],
  { tokens }: Pick<Segmenter, 'tokens'> = {},
): WrittenScores {
  const scores = candidates.map((candidate) => rougeN(candidate, right, 1, tokens));
  return { bestRouge1: Math.max(...scores), averageRouge1: mean(scores), diversity: diversityOf(candidates, tokens) };
}

/**
 * The mean over texts of 1 − BLEU against all others together, unsmoothed, as nltk's `sentence_bleu` has it, but with no longer
 * runs of words than the text has: how little they repeat each other. A text by itself has 0.
 */
export function diversityOf(texts: readonly string[], tokens: (text: string) => string[] = wordsOf): number {
  if (texts.length < 2) return 0;
  const words = texts.map((text) => tokens(text));
  return mean(
    words.map((own, at) => {
      const others = words.filter((_, other) => other !== at);
      return 1 - bleuOf(own, others, { smooth: false });
    }),
  );
}
