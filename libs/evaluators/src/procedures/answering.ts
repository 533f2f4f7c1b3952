/** @file Procedures that answer questions: fields and steps that they share, whatever their context is. */

import type { GroundedQuestion } from '@rankforge/peft';
import { z } from 'zod';
import { type Answer, type AnswererInput, type Found, type Statement } from '../slots/answerer.js';
import { answerBy, generateFields, promptWords, type Reader } from '../stages/generate.js';
import { judgeFields, judges, verdictOf } from '../stages/judge.js';

export const answeringFields = { ...generateFields, ...judgeFields };
type AnsweringConfig = z.infer<z.ZodObject<typeof answeringFields>> & { reader: Reader };

/** The ground that a question is answered from. */
interface Context {
  found: readonly Found[];
  statements?: readonly Statement[];
}

/** Answers a question from its context, and has the answer judged where that is asked for. */
export async function answerFrom(
  {
    config,
    generator,
    seed,
    asked,
    segmenter,
  }: Pick<AnswererInput<AnsweringConfig>, 'config' | 'generator' | 'seed' | 'asked' | 'segmenter'>,
  { question, right, request }: GroundedQuestion,
  { found, statements }: Context,
): Promise<Answer> {
  const passages = found.map(({ text }) => text);
  const input = { question, right, passages, ...(statements && { statements }), ...(request && { request }) };
  const text = await answerBy(config.reader, input, { config, generator, seed, asked, segmenter });
  const verdict = await verdictOf(
    config.judge,
    { question, right: right[0]!, answer: text },
    { generator, asked, segmenter },
  );
  return { text, context: found, ...(statements && { statements }), ...verdict };
}

/** Facts of calls that follow from who reads and who judges. */
export const answering = {
  calls: ({ reader, judge }: AnsweringConfig): number => Number(reader === 'generator') + judges[judge].calls,
  /** The changes by which neither asks a generator, as `askingBy` takes them. */
  changes: ({ reader, judge }: AnsweringConfig) => [
    reader === 'generator' && 'its reader to another',
    judges[judge].calls > 0 && 'its judge to none',
  ],
  /** @param context words of it, in so many passages */
  words: (config: AnsweringConfig, context: number, passages: number): number =>
    Math.max(config.reader === 'generator' ? promptWords(config, passages) + context : 0, judges[config.judge].words),
};
