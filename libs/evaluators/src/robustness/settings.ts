/** @file Fields and texts that examinations of rankers share, and how a record of one is completed. */

import { secondBesideSpaces } from '@rankforge/peft/extension';
import { z } from 'zod';
import { defineEvaluator, type Evaluator } from '../evaluator.js';
import { askingBy } from '../slots/asking.js';
import { type RobustnessPart } from '../slots/robustness.js';

export const examinationFields = {
  victim: z.enum(['trained', 'bm25']).default('trained').meta({
    description:
      'The ranker that is examined: the finished training that `teacher` names, or BM25 over the same texts.',
  }),
  queries: z.number().int().min(1).max(100_000).default(100).meta({
    description: 'Queries of a split that are examined, the first ones. Rows of one board should have one number.',
  }),
  documents: z.number().int().min(1).max(100).default(1).meta({
    description: 'Documents of a query that are attacked, one at a time; scores of a query are means over them.',
  }),
};

export const topField = {
  top: z.number().int().min(1).max(1000).default(10).meta({ description: 'First places that a document may enter.' }),
};

/** Words of a trigger, at most. */
export const mostTriggerWords = 20;

export const triggerFields = {
  ...examinationFields,
  ...topField,
  length: z
    .number()
    .int()
    .min(1)
    .max(mostTriggerWords)
    .default(3)
    .meta({ description: 'Words that are put before a document.' }),
};

export const imitationFields = {
  imitationLists: z
    .number()
    .int()
    .min(1)
    .max(100_000)
    .default(200)
    .meta({ description: 'Lists that the ranker is asked to order, and that an imitation learns from.' }),
  listSize: z
    .number()
    .int()
    .min(3)
    .max(1000)
    .default(30)
    .meta({ description: 'Documents of such a list: those of a query of the training split, and others by chance.' }),
  width: z
    .number()
    .int()
    .min(2)
    .max(1024)
    .default(64)
    .meta({ description: 'Width of the word vectors of the imitation.' }),
};

export interface ExaminationConfig {
  victim: 'trained' | 'bm25';
  queries: number;
  documents: number;
}

type Said<S extends z.ZodType> = Pick<Evaluator<S>, 'name' | 'title' | 'summary' | 'paper' | 'evidence' | 'config'> & {
  examine: RobustnessPart<z.infer<S>>['examine'];
  /** Questions to the ranker for a document of one query. Default: none. */
  questionsOfDocument?(config: z.infer<S>): number;
  /** Questions to the ranker before the first. Default: none. */
  questionsBefore?(config: z.infer<S>): number;
} & Partial<Pick<RobustnessPart<z.infer<S>>, 'calls' | 'synonyms' | 'unfit'>> & {
    /** The changes by which it asks no generator, as `askingBy` takes them. Default: none, as it asks none. */
    changes?: Parameters<typeof askingBy<z.infer<S>>>[0];
  };

/** Completes what is said of an examination with what all have in common. */
export const defineExamination = <S extends z.ZodType<ExaminationConfig>>({
  examine,
  questionsOfDocument = () => 0,
  questionsBefore = () => 0,
  calls = () => 0,
  changes = () => [],
  synonyms,
  unfit,
  ...said
}: Said<S>): Evaluator<S> =>
  defineEvaluator<S>({
    ...said,
    numbers: secondBesideSpaces,
    purposes: ['evaluate'],
    part: {
      kind: 'robustness',
      examine,
      queries: ({ queries }) => queries,
      victim: ({ victim }) => victim,
      training: { does: 'examines', what: 'ranker', otherwise: 'victim to bm25' },
      questions: (config) => questionsBefore(config) + config.queries * config.documents * questionsOfDocument(config),
      calls,
      ...askingBy(changes),
      ...(synonyms && { synonyms }),
      ...(unfit && { unfit }),
    },
  });
