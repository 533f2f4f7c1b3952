/** @file A graph of users and items that is augmented by edges that nobody observed, of which the least likely are pruned. */
import { z } from 'zod';
import { softplus } from '../objectives/answers.js';
import type { Batch } from '../objectives/data.js';
import { unitsOf } from '../objectives/rankings.js';
import { taskWords } from '../prompts/requests.js';
import {
  type Augmenting,
  augmenters,
  augmentersByName,
  augmentingPrompts,
  wordsUnplaced,
} from './augmented-interactions.js';
import { addRow, inner } from './embeddings.js';
import { defineRecipe, type LossPart, type RecipeRequest } from './recipe.js';

interface Config extends Augmenting {
  prune: number;
  weight: number;
}

/** Units that were made, in the order of the batch, and how many of them teach nothing. */
function madeOf({ made, groups }: Batch, prune: number) {
  const units = made ? [...made.keys()].filter((unit) => made[unit] === 1) : [];
  return { units, pruned: Math.floor(prune * units.length), all: groups!.length };
}

/** BPR of all units: those that were made weigh `weight`, and the share `prune` of them whose loss is largest nothing. */
const prunedPairs: LossPart<Config> = {
  count({ batch, config: { prune, weight } }) {
    const { units, pruned, all } = madeOf(batch, prune);
    return all - units.length + weight * (units.length - pruned);
  },
  evaluate({ outputs, batch, config: { prune, weight } }) {
    const width = outputs.length / batch.size;
    const losses = unitsOf(batch).map(({ start }) => {
      const excess =
        inner(outputs, start, outputs, start + 2, width) - inner(outputs, start, outputs, start + 1, width);
      return { start, value: softplus(excess), slope: 1 / (1 + Math.exp(-excess)) };
    });
    const { units, pruned } = madeOf(batch, prune);
    // Where losses are equal the later one is pruned.
    const least = [...units].sort((a, b) => losses[a]!.value - losses[b]!.value || a - b);
    const weights = new Float64Array(losses.length).fill(1);
    least.forEach((unit, at) => {
      weights[unit] = at < units.length - pruned ? weight : 0;
    });
    const gradient = new Float64Array(outputs.length);
    let value = 0;
    losses.forEach(({ start: user, value: own, slope }, unit) => {
      const by = weights[unit]!;
      value += by * own;
      const add = (row: number, of: number, sign: number) =>
        addRow(gradient, row, outputs, of, { weight: sign * by * slope, width });
      add(user, user + 2, 1);
      add(user, user + 1, -1);
      add(user + 1, user, -1);
      add(user + 2, user, 1);
    });
    return { value, gradient: Float32Array.from(gradient) };
  },
};

const share = () => z.number().min(0).lt(1);

/** Tokens of two numbers and what stands between them, and of a word and what follows it. */
const [numberTokens, wordTokens] = [12, 5];

export const llmrec = defineRecipe({
  name: 'llmrec',
  title: 'LLMRec: augmented edges, side information, and pruning',
  summary:
    'Adds for each user an item that it is said to like beside one that it is said to like less, and words that are said of items and users, and trains without the edges of the largest loss.',
  paper: {
    title: 'LLMRec: Large Language Models with Graph Augmentation for Recommendation',
    year: 2024,
    arxiv: '2311.00423',
  },
  evidence: {
    level: 'partial',
    reason:
      'a generator is asked in words of our own; words that it says of items and users have vectors that are trained with theirs, in the place of projected features of an encoder, and vectors are not spread over the graph. The smallest losses are kept, as the paper means it: the published code keeps the largest, and chooses by the test split',
  },
  config: z.strictObject({
    augmenter: z
      .enum(augmenters)
      .default('co-occurrence')
      .describe(
        'Says which candidate a user likes: chance, how many users have it, how many that share an item, or the generator of the sweep, which reads names; the oracle knows it',
      ),
    edges: z.int().min(0).max(100).default(1).describe('Edges that are added for each user'),
    candidates: z
      .int()
      .min(2)
      .max(1000)
      .default(10)
      .describe('Items, drawn from those that a user does not have, of which the best and the worst are taken'),
    hide: share().default(0).describe('Share of the interactions that are hidden from training; the oracle reads them'),
    accuracy: z
      .number()
      .min(0)
      .max(1)
      .default(1)
      .describe('Of the oracle: the chance that it names a hidden item of the user, and not any other'),
    history: z.int().min(1).max(100).default(10).describe('Items of the user that a generator reads, the last ones'),
    itemWords: z
      .int()
      .min(1)
      .max(100)
      .default(8)
      .describe('Words of the name of an item that a generator reads at most'),
    attributes: z
      .int()
      .min(0)
      .max(20)
      .default(0)
      .describe('Words that a generator says of each item, which have vectors of their own; 0: none'),
    profiles: z
      .int()
      .min(0)
      .max(20)
      .default(0)
      .describe('Words that a generator says of each user, by the items that he or she has; 0: none'),
    prune: share()
      .default(0.5)
      .describe(
        'Share of the added edges of a batch, or of each micro-batch, those of the largest loss, that teach nothing',
      ),
    weight: z.number().positive().max(100).default(1).describe('Weight of an added edge beside an interaction'),
  }),
  unfit: ({ objective: { name, on, searches } }: RecipeRequest, { augmenter, hide }) => {
    if (!searches || on !== 'vector') {
      return `adds edges to a graph of users and items, and the objective ${name} has none: leave the recipe out, or choose a task of users and items`;
    }
    return augmenter === 'oracle' && hide === 0
      ? 'has an oracle that knows hidden interactions, and none are hidden: set hide above 0, or choose another augmenter'
      : undefined;
  },
  examples: {
    writing: {
      asks: ({ augmenter, edges, attributes, profiles }) =>
        (augmenter === 'generator' && edges > 0) || attributes + profiles > 0,
      otherwise: 'its augmenter to another, and attributes and profiles to 0',
      words: ({ history, candidates, itemWords }) => taskWords + history * itemWords + candidates * (itemWords + 1),
      tokens: ({ attributes, profiles }) => Math.max(numberTokens, wordTokens * Math.max(attributes, profiles)),
      unplaced: wordsUnplaced,
      prompts: augmentingPrompts,
    },
    of: augmentersByName,
  },
  loss: prunedPairs,
});
