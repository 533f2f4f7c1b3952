/**
 * @file Scores of an answer in words, as the evaluation script of SQuAD has them (arXiv 1606.05250, section 6.1; the script of
 * version 2.0, arXiv 1806.03822).
 */
import { bySpaces, type Segmenter } from '../../text/segmenter.js';
import { bleu, plainBleu } from './bleu.js';
import { type Columns, meanOf, meanOfKnown } from './metric.js';
import { rougeL } from './rouge.js';

/** Scores of a written text by name. */
export type WrittenScores = Readonly<Record<string, number>>;

export type AnswerScores = {
  /** 1 where the answer is one of the right ones, else 0. */
  exactMatch: number;
  /** Harmonic mean of precision and recall over words, 0 … 1, against the right answer that is nearest. */
  tokenF1: number;
};

/**
 * Scores an answer against those that are right, at least one.
 *
 * @param segmenter how they fall apart into words, of the data. Undefined: at white space
 */
export type ScoreAnswer = (answer: string, right: readonly string[], segmenter: Segmenter | undefined) => WrittenScores;

/** @param right at least one answer */
export function scoreAnswer(answer: string, right: readonly string[], segmenter: Segmenter = bySpaces): AnswerScores {
  const { tokens = wordsOf } = segmenter;
  const written = tokens(answer);
  const scores = right.map((one) => tokenF1(written, tokens(one)));
  const plain = (text: string) => plainWords(text, segmenter).join(' ');
  const matches = right.some((one) => plain(one) === plain(answer));
  return { exactMatch: Number(matches), tokenF1: Math.max(...scores) };
}

/** Scores of an answer that may be a sentence, and of what it was answered from. */
export type GroundedScores = AnswerScores & {
  rougeL: number;
  bleu: number;
  /** BLEU without a penalty for brevity and without smoothing. */
  plainBleu: number;
  /** Share of the words of the evidence that stood before whoever answered; NaN where nobody said what the evidence is. */
  evidenceRecall: number;
};

/** @param evidenceRecall 0 where nothing was read */
export const scoreGrounded = (
  answer: string,
  right: readonly string[],
  segmenter: Segmenter = bySpaces,
  evidenceRecall = 0,
): GroundedScores => ({
  ...scoreAnswer(answer, right, segmenter),
  rougeL: rougeL(answer, right, segmenter.tokens),
  bleu: bleu(answer, right, segmenter.tokens),
  plainBleu: plainBleu(answer, right, segmenter.tokens),
  evidenceRecall,
});

/** Scores of units as columns. */
export const columnsOf = (scores: readonly WrittenScores[]): Columns =>
  Object.fromEntries(Object.keys(scores[0]!).map((name) => [name, Float64Array.from(scores, (score) => score[name]!)]));

/** The right answer that an answer shares most with, and the words that both have. */
export function nearestAnswer(
  answer: string,
  right: readonly string[],
  segmenter: Segmenter = bySpaces,
): { right: string; shared: string[] } {
  const written = new Set(plainWords(answer, segmenter));
  const scored = right.map((one) => ({ one, f1: scoreAnswer(answer, [one], segmenter).tokenF1 }));
  const { one } = scored.reduce((best, other) => (other.f1 > best.f1 ? other : best));
  return { right: one, shared: [...new Set(plainWords(one, segmenter))].filter((word) => written.has(word)) };
}

/** Punctuation of ASCII, which is left out; what it parts grows together. */
const punctuation = /[!-/:-@[-`{-~]/g;
/** English articles that stand by themselves. */
const articles = /(?<![\p{L}\p{N}_])(?:an?|the)(?![\p{L}\p{N}_])/gu;
const spaces = /\p{White_Space}+/u;

/** Words of an answer without case, punctuation and articles. */
export function wordsOf(answer: string): string[] {
  const plain = answer.toLowerCase().replace(punctuation, '').replace(articles, ' ');
  return plain.split(spaces).filter((word) => word !== '');
}

/** The same of any language: words of English as above, else tokens in lower case that have a letter or a digit. */
export const plainWords = (text: string, { tokens }: Segmenter): string[] =>
  tokens ? tokens(text.toLowerCase()).filter((token) => /[\p{L}\p{N}]/u.test(token)) : wordsOf(text);

/** Whether a text has an answer as a run of its words, without case, punctuation and articles. */
export function hasAnswer(text: string, answer: string, segmenter: Segmenter): boolean {
  const wanted = plainWords(answer, segmenter);
  const { between } = segmenter;
  const framed = (words: readonly string[]) => `${between}${words.join(between)}${between}`;
  return wanted.length > 0 && framed(plainWords(text, segmenter)).includes(framed(wanted));
}

/** F1 of words, each as often as both have it. Two answers without words are equal: 1. */
export function tokenF1(written: readonly string[], right: readonly string[]): number {
  if (written.length === 0 || right.length === 0) return Number(written.length === right.length);
  const left = new Map<string, number>();
  for (const word of right) left.set(word, (left.get(word) ?? 0) + 1);
  let same = 0;
  for (const word of written) {
    const count = left.get(word) ?? 0;
    if (count > 0) same++;
    left.set(word, count - 1);
  }
  return (2 * same) / (written.length + right.length);
}

/** Share of the units whose answer is a right one. */
export const exactMatch = meanOf('exactMatch', { name: 'exactMatch', direction: 'maximize', range: [0, 1] });

export const meanTokenF1 = meanOf('tokenF1', { name: 'tokenF1', direction: 'maximize', range: [0, 1] });

export const meanRougeL = meanOf('rougeL', { name: 'rougeL', direction: 'maximize', range: [0, 1] });

export const meanBleu = meanOf('bleu', { name: 'bleu', direction: 'maximize', range: [0, 1] });

export const meanPlainBleu = meanOf('plainBleu', { name: 'plainBleu', direction: 'maximize', range: [0, 1] });

export const evidenceRecall = meanOfKnown('evidenceRecall', {
  name: 'evidenceRecall',
  direction: 'maximize',
  range: [0, 1],
});
