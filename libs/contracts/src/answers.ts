/** @file Answers of a procedure, question by question: what was found, what was answered, and why that scored so. */
import { z } from 'zod';
import { wholeText } from './bounds.js';
import { Id } from './common.js';
import { Scores } from './scores.js';

export const AnswerRecord = z
  .object({
    question: z.string(),
    request: z
      .enum(['answer', 'continue', 'correct', 'summarize'])
      .optional()
      .meta({ description: 'What it asks for; absent where it is an answer.' }),
    right: z.array(z.string()).meta({ description: 'Answers that are right.' }),
    answer: z.string(),
    context: z
      .array(
        z.object({
          document: z.number().int().meta({ description: 'Its place among the documents, from 0.' }),
          text: z.string(),
          score: z.number().optional().meta({ description: 'Of the search; absent where it was given.' }),
          evidence: z.number().meta({ description: 'Share of its words that is evidence of the question.' }),
          hasAnswer: z
            .boolean()
            .optional()
            .meta({ description: 'Whether it has a right answer as a run of its words.' }),
        }),
      )
      .meta({ description: 'Passages that stood before whoever answered, the best first.' }),
    statements: z
      .array(z.object({ kind: z.string(), text: z.string() }))
      .optional()
      .meta({ description: 'Other statements that did, such as relations of a graph.' }),
    scores: Scores,
    nearest: z.object({
      right: z.string().meta({ description: 'The right answer that the answer shares most with.' }),
      shared: z.array(z.string()).meta({ description: 'Words that both have, as scores read them.' }),
    }),
    judged: z.boolean().optional().meta({ description: 'The verdict of a judge, where one was asked.' }),
    quest: z
      .object({
        f1: z.number(),
        recall: z.number(),
        questions: z.array(
          z.object({
            question: z.string(),
            right: z.string().nullable().meta({ description: 'By the right answer; null where it does not say.' }),
            said: z.string().nullable().meta({ description: 'By the answer; null where it does not say.' }),
          }),
        ),
      })
      .optional()
      .meta({
        description: 'Of the judge quest-eval: questions about the right answer, and how much the answer says.',
      }),
  })
  .meta({ id: 'AnswerRecord' });
export type AnswerRecord = z.infer<typeof AnswerRecord>;

/** First line of the file that a trial leaves; each further line is an {@link AnswerRecord}. */
export const AnswersHead = z.object({
  format: z.literal('rankforge-answers-1'),
  split: z.enum(['validation', 'test']),
  questions: z.number().int(),
  metric: z.string().default('tokenF1').meta({ description: 'The score that answers are sorted by.' }),
});
export type AnswersHead = z.infer<typeof AnswersHead>;

/** The first rows of a query in the order of a method. */
export const OrderRecord = z.object({
  query: z.string(),
  rows: z.array(
    z.object({
      text: z.string(),
      grade: z.number(),
      score: z.number(),
      /** Where it stood in the order that was made anew, and what it scored there. */
      before: z.object({ place: z.number().int(), score: z.number() }).optional(),
    }),
  ),
});
export type OrderRecord = z.infer<typeof OrderRecord>;

/** First line of the file of orders that a trial leaves; each further line is an {@link OrderRecord}. */
export const OrdersHead = z.object({
  format: z.literal('rankforge-orders-1'),
  split: z.enum(['validation', 'test']),
  queries: z.number().int(),
});
export type OrdersHead = z.infer<typeof OrdersHead>;

/** Files of other programs that what a trial answered or ordered is written as. */
export const trialExports = ['rankify'] as const;
export const TrialExportQuery = z.strictObject({
  as: z.enum(trialExports).meta({ description: '`rankify`: a list of documents, as PyPI rankify reads it.' }),
});
export type TrialExportQuery = z.infer<typeof TrialExportQuery>;

/** Questions that are kept of a trial, the first of its split. */
export const mostKeptAnswers = 1000;

export const AnswersQuery = z.object({
  from: wholeText(0).default(0).meta({ description: 'Place of the first, in this order.' }),
  limit: wholeText(1, 100).default(20),
  sort: z.enum(['question', 'score', '-score']).default('question').meta({
    description: 'As the split has them, or by the metric that ranks on the task: the worst first, or the best.',
  }),
});
export type AnswersQuery = z.infer<typeof AnswersQuery>;

export const AnswerPage = z
  .object({
    trialId: Id,
    split: z.enum(['validation', 'test']),
    questions: z.number().int().meta({ description: 'Of the split.' }),
    kept: z
      .number()
      .int()
      .meta({ description: `Answers that are kept: those of its first ${mostKeptAnswers} questions.` }),
    metric: z.string().meta({ description: 'Name of the score that answers are sorted by.' }),
    answers: z.array(AnswerRecord),
  })
  .meta({ id: 'AnswerPage' });
export type AnswerPage = z.infer<typeof AnswerPage>;
