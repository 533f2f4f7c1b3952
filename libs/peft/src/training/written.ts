/** @file Scores of what a model writes to the questions of a split. */
import type { Split, Writing } from '../objectives/data.js';
import type { Columns } from '../objectives/metrics/metric.js';
import { columnsOf, type ScoreAnswer } from '../objectives/metrics/written-answers.js';
import type { Segmenter } from '../text/segmenter.js';
import { type DecodeInput, decodeGreedily } from './decode.js';
import type { Turn } from './turns.js';

export interface Written {
  /** In the order of the split. */
  answers: readonly string[];
  /** The first of them, for people. */
  samples: readonly WrittenSample[];
  /** Scores of the units. */
  columns: Columns;
}

export interface WrittenSample {
  asked: string;
  written: string;
  right: readonly string[];
}

const shownSamples = 3;

/** What answers are written to, and how they are scored. */
interface Asked {
  split: Split;
  writing: Writing;
  answered: ScoreAnswer;
  /** How answers fall apart into words. */
  segmenter: Segmenter | undefined;
}

const askedNothing = 'The answers of this task are written, and a split of it has no questions';

/**
 * Answers that are written at a time where so many examples are trained on: reading the weights is most of what a token of each
 * costs, and nothing is kept for a backward pass.
 */
export const answersAtATime = (batchSize: number): number => 4 * batchSize;

/**
 * Writes the answer to each question of a split by greedy decoding, in batches of prompts of like lengths, and scores it. Between
 * batches nothing is held.
 *
 * @throws Error where the split asks nothing
 */
export async function scoreWritten({
  split,
  writing,
  answered,
  segmenter,
  batchSize,
  turn,
  ...model
}: Pick<DecodeInput, 'config' | 'access'> &
  Asked & {
    /** Examples that are trained on at a time. */
    batchSize: number;
    turn: Turn;
  }): Promise<Written> {
  const { size, questions } = split;
  if (questions === undefined) throw new Error(askedNothing);
  const asked = Array.from({ length: size }, (_, index) => ({ index, prompt: questions.prompt(index) }));
  const byLength = asked.toSorted((a, b) => a.prompt.length - b.prompt.length);
  const tokens = new Array<readonly number[]>(size);
  const take = answersAtATime(batchSize);
  const { end, ends = [end] } = writing;
  for (let start = 0; start < size; start += take) {
    await turn.pass();
    const batch = byLength.slice(start, start + take);
    const prompts = batch.map(({ prompt }) => prompt);
    const written = await decodeGreedily({ ...model, prompts, ends, most: writing.tokens });
    batch.forEach(({ index }, row) => {
      tokens[index] = written[row]!;
    });
  }
  return writtenBy(tokens, { split, writing, answered, segmenter });
}

/**
 * Scores answers that were written to the questions of a split, in its order.
 *
 * @param tokens of each answer, without its end
 * @throws Error where the split asks nothing
 */
export function writtenBy(
  tokens: readonly (readonly number[])[],
  { split: { questions }, writing, answered, segmenter }: Asked,
): Written {
  if (questions === undefined) throw new Error(askedNothing);
  const answers = tokens.map((each) => writing.decode(each));
  const scores = answers.map((answer, index) => answered(answer, questions.right(index), segmenter));
  const samples = answers.slice(0, shownSamples).map((written, index) => ({
    asked: writing.decode(Array.from(questions.prompt(index))),
    written,
    right: questions.right(index),
  }));
  return { answers, samples, columns: columnsOf(scores) };
}
