/** @file Clicks as if they were grades. */
import { z } from 'zod';
import { clickedLists, clickFields, lossOfClicks } from './clicks.js';
import { needsRankedRows } from './ranked-rows.js';
import { defineRecipe } from './recipe.js';
import { shownPlaces } from './simulated-clicks.js';

const everyPlaceAlike = new Float32Array(shownPlaces).fill(1);

export const clicksNaive = defineRecipe({
  name: 'clicks-naive',
  title: 'Clicks as they are',
  summary: 'Trains on simulated clicks as if every place of a list were looked at alike.',
  evidence: { level: 'full' },
  config: z.strictObject(clickFields),
  unfit: needsRankedRows,
  examples: clickedLists,
  loss: lossOfClicks(() => everyPlaceAlike),
});
