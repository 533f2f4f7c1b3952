/** @file Clicks by the inverse of the true chance that their place is looked at: what a recipe that estimates it can at best be. */
import { z } from 'zod';
import { clickedLists, clickFields, lossOfClicks, trueLooks } from './clicks.js';
import { needsRankedRows } from './ranked-rows.js';
import { defineRecipe } from './recipe.js';

export const clicksIps = defineRecipe({
  name: 'clicks-ips',
  title: 'Clicks by true propensities',
  summary: 'Trains on simulated clicks that weigh by the inverse of the true chance that their place is looked at.',
  paper: { title: 'Unbiased Learning-to-Rank with Biased Feedback', arxiv: '1608.04468', year: 2017 },
  evidence: { level: 'full' },
  config: z.strictObject(clickFields),
  unfit: needsRankedRows,
  examples: clickedLists,
  loss: {
    ...lossOfClicks(({ looks }) => looks!.map((look) => (look > 0 ? 1 / look : 0))),
    start: (_, { looks }) => trueLooks(looks),
  },
});
