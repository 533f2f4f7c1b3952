/** @file Parts that recipes share which ask for one thing but not for another: a query is taken apart where its words say so. */
import { z } from 'zod';
import { apart } from '../text/negation.js';
import type { AskPart } from './recipe.js';

export const separatorField = {
  separator: z
    .string()
    .min(1)
    .default(' but not ')
    .describe('Words between what a query asks for and what it does not, whatever their case'),
};

export const strengthField = {
  strength: z.number().min(0).max(1).default(1).describe('How much is taken away: 0 is nothing, 1 is all'),
};

/** The wanted part, then each unwanted word. */
export const wantedThenUnwanted: AskPart<{ separator: string }>['parts'] = (query, { separator }) => {
  const { wanted, unwanted } = apart(query, separator);
  return [wanted, ...unwanted];
};
