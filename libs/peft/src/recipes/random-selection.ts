/** @file A random share of the examples: the rival that any choice has to beat. */
import { z } from 'zod';
import { shuffled } from '../tensor/shuffled.js';
import { defineRecipe } from './recipe.js';
import { settingsOf, shareField } from './selection.js';

export const randomSelection = defineRecipe({
  name: 'random-selection',
  title: 'Random selection',
  summary: 'Trains on a share of the examples, drawn at random.',
  evidence: { level: 'full' },
  config: z.strictObject(shareField),
  select: {
    settings: settingsOf,
    choose: ({ candidates, count, random }) => [...shuffled(candidates.size, random).subarray(0, count)],
  },
});
