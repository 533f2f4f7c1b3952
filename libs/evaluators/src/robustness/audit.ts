/** @file Fields that audits of recommending models share, and how a record of one is completed. */

import { z } from 'zod';
import { defineEvaluator, type Evaluator } from '../evaluator.js';
import { type VisibilityPart } from '../slots/visibility.js';

export const auditFields = {
  victim: z.enum(['trained', 'base']).default('trained').meta({
    description:
      'The model that is audited: the finished training that `teacher` names, or the base of the sweep as it is.',
  }),
  queries: z.number().int().min(1).max(100_000).default(20).meta({
    description: 'Catalogues of a split that are audited, the first ones. Rows of one board should have one number.',
  }),
  target: z.string().min(1).max(200).default('last').meta({
    description: 'The product that a text is written for: its name, or `last`, which the model recommends last.',
  }),
  orders: z
    .number()
    .int()
    .min(0)
    .max(100)
    .default(4)
    .meta({ description: 'Random orders of the products in which what was found is tried.' }),
};

export const textFields = {
  ...auditFields,
  length: z.number().int().min(1).max(200).default(6).meta({ description: 'Tokens of the text.' }),
};

interface AuditConfig {
  victim: 'trained' | 'base';
  queries: number;
  target: string;
  orders: number;
}

type Said<S extends z.ZodType> = Pick<Evaluator<S>, 'name' | 'title' | 'summary' | 'paper' | 'evidence' | 'config'> &
  Pick<VisibilityPart<z.infer<S>>, 'text'> & {
    /** Questions to the model for one catalogue. Default: none. */
    questionsOfCatalogue?(config: z.infer<S>): number;
  };

/** Completes what is said of an audit with what all have in common. */
export const defineAudit = <S extends z.ZodType<AuditConfig>>({
  text,
  questionsOfCatalogue = () => 0,
  ...said
}: Said<S>): Evaluator<S> =>
  defineEvaluator<S>({
    ...said,
    purposes: ['evaluate'],
    part: {
      kind: 'visibility',
      text,
      queries: ({ queries }) => queries,
      victim: ({ victim }) => victim,
      training: { does: 'examines', what: 'model', otherwise: 'victim to base' },
      questions: (config) => config.queries * questionsOfCatalogue(config),
      target: ({ target }) => target,
      orders: ({ orders }) => orders,
    },
  });
