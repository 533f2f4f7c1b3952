/**
 * @file BLEU of one text (Papineni et al. 2002, aclanthology.org/P02-1040), as PyPI sacrebleu has it of a sentence: its tokens `13a`,
 * exponential smoothing, and no more orders than the text has. Divided by 100.
 */

const MOST_WORDS = 4;

type Tokens = (text: string) => string[];

/**
 * @param tokens takes texts apart in place of `13a`
 * @returns 0 … 1 against all right texts together
 */
export const bleu = (written: string, right: readonly string[], tokens: Tokens = tokens13a): number =>
  bleuOf(
    tokens(written),
    right.map((one) => tokens(one)),
  );

/**
 * BLEU as CRUD-RAG reports it (arXiv 2401.17043; its code divides the score by the penalty): of runs of one to four words, without a
 * penalty for brevity and without smoothing, so that it is 0 where no run of four words is right.
 *
 * @returns 0 … 1 against all right texts together
 */
export function plainBleu(written: string, right: readonly string[], tokens: Tokens = tokens13a): number {
  const own = tokens(written);
  const others = right.map((one) => tokens(one));
  let logarithms = 0;
  for (let words = 1; words <= MOST_WORDS; words++) {
    const correct = correctRuns(own, others, words);
    if (correct === 0) return 0;
    logarithms += Math.log(correct / (own.length - words + 1));
  }
  return Math.exp(logarithms / MOST_WORDS);
}

interface BleuOptions {
  /** Whether an order of which nothing is right counts as a small share. Default: true. Otherwise nothing is right then. */
  smooth?: boolean;
}

/** The same of texts that are apart into tokens. */
export function bleuOf(
  written: readonly string[],
  right: readonly (readonly string[])[],
  { smooth = true }: BleuOptions = {},
): number {
  let smoothing = 1;
  let logarithms = 0;
  let orders = 0;
  let anyCorrect = false;
  for (let words = 1; words <= MOST_WORDS; words++) {
    const total = written.length - words + 1;
    if (total <= 0) break;
    const correct = correctRuns(written, right, words);
    if (correct === 0 && !smooth) return 0;
    if (correct > 0) anyCorrect = true;
    else smoothing *= 2;
    logarithms += Math.log((correct > 0 ? correct : 1 / smoothing) / total);
    orders = words;
  }
  if (!anyCorrect) return 0;
  return shortness(written.length, right) * Math.exp(logarithms / orders);
}

/** Runs of so many words that a right text has as well, each as often as the one that has it most. */
function correctRuns(written: readonly string[], right: readonly (readonly string[])[], words: number): number {
  const most = new Map<string, number>();
  for (const one of right) {
    for (const [run, count] of runs(one, words)) most.set(run, Math.max(most.get(run) ?? 0, count));
  }
  let correct = 0;
  for (const [run, count] of runs(written, words)) correct += Math.min(count, most.get(run) ?? 0);
  return correct;
}

/** Runs of so many words, with how often each occurs. */
export function runs(tokens: readonly string[], words: number): Map<string, number> {
  const found = new Map<string, number>();
  for (let at = 0; at + words <= tokens.length; at++) {
    const run = tokens.slice(at, at + words).join('\u0000');
    found.set(run, (found.get(run) ?? 0) + 1);
  }
  return found;
}

/** 1 for a text as long as the right one that is nearest in length, of two as near the shorter. */
function shortness(length: number, right: readonly (readonly string[])[]): number {
  const nearest = right
    .map((one) => one.length)
    .reduce((best, own) => {
      const [a, b] = [Math.abs(length - own), Math.abs(length - best)];
      return a < b || (a === b && own < best) ? own : best;
    });
  return length >= nearest ? 1 : Math.exp(1 - nearest / length);
}

/** Tokens of the script mteval-v13a. */
function tokens13a(text: string): string[] {
  const line = text
    .trimEnd()
    .replaceAll('<skipped>', '')
    .replaceAll('-\n', '')
    .replaceAll('\n', ' ')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>');
  return ` ${line} `
    .replace(/([{-~[-` -&(-+:-@/])/g, ' $1 ')
    .replace(/([^0-9])([.,])/gu, '$1 $2 ')
    .replace(/([.,])([^0-9])/gu, ' $1 $2')
    .replace(/([0-9])(-)/g, '$1 $2 ')
    .split(/\p{White_Space}+/u)
    .filter((token) => token !== '');
}
