import { type Around, around, filled } from '@rankforge/peft/extension';
import { z } from 'zod';
import { permuted } from '../permuted.js';
import { type Recommender } from '../slots/visibility.js';
import { defineAudit, textFields } from './audit.js';
import { coordinateStep } from './coordinates.js';

const config = z.strictObject({
  ...textFields,
  steps: z.number().int().min(1).max(10_000).default(20).meta({ description: 'Steps of the search.' }),
  topK: z.number().int().min(1).max(100_000).default(64).meta({
    description: 'Tokens of a place that a step draws from: those that lower the loss most by the gradient.',
  }),
  samples: z
    .number()
    .int()
    .min(1)
    .max(10_000)
    .default(32)
    .meta({ description: 'Texts that a step tries, each with one token exchanged.' }),
  order: z.enum(['fixed', 'shuffled']).default('shuffled').meta({
    description: 'Whether products stand as the prompt has them, or each step in a random order.',
  }),
});
type Config = z.infer<typeof config>;

/** Losses of a step: the gradient, the texts, and in a new order the text before once more. */
const questionsOfStep = ({ samples, order }: Config): number => 1 + samples + Number(order === 'shuffled');

/** A text that is optimized until the model names its product first. */
export const strategicText = defineAudit({
  name: 'strategic-text',
  title: 'Strategic text sequence (STS)',
  summary:
    'Searches a text at the end of a product, token by token by gradients of the model, after which an answer that names the product first is likely.',
  paper: {
    title: 'Manipulating Large Language Models to Increase Product Visibility',
    year: 2024,
    arxiv: '2404.07981',
  },
  evidence: {
    level: 'partial',
    reason:
      'one token is exchanged in a step, and the best text is kept where it is better than the one before, which the official code takes either way; a text whose tokens run into those around it is not tried; several models at once are not searched for',
  },
  config,
  questionsOfCatalogue: (config) => 1 + config.steps * questionsOfStep(config),
  async text({ config, catalogue, target, answer, victim, random }) {
    const own = catalogue.products.map((_, at) => at);
    const { allowed, textOf } = victim;
    const placeBy = (order: readonly number[]) => around(catalogue, target, order);
    const lossesAt = (place: Around, texts: readonly (readonly number[])[]) =>
      victim.losses(
        texts.map((tokens) => filled(place, textOf(tokens))),
        answer,
      );
    const fixed = placeBy(own);
    let text: { tokens: readonly number[]; loss: number } = { tokens: startOf(victim, fixed, config.length), loss: 0 };
    text = { ...text, loss: (await lossesAt(fixed, [text.tokens]))[0]! };
    for (let step = 0; step < config.steps; step++) {
      const shuffled = config.order === 'shuffled';
      const place = shuffled ? placeBy(permuted(own, random)) : fixed;
      const loss = shuffled ? (await lossesAt(place, [text.tokens]))[0]! : text.loss;
      text = await coordinateStep(
        { tokens: text.tokens, loss },
        { allowed, topK: config.topK, samples: config.samples, random },
        {
          gains: (tokens) => victim.gains(place, tokens, answer),
          losses: (texts) => lossesAt(place, texts),
          keeps: (tokens) => victim.keeps(place, tokens),
        },
      );
    }
    return textOf(text.tokens);
  },
});

/** The first token that can stand there as often as the text is long; the official code begins with stars. */
function startOf({ allowed, tokensOf, keeps }: Recommender, place: Around, length: number): number[] {
  const plain = [' *', ' the', ' a', ' x'].flatMap((text) => {
    const tokens = tokensOf(text);
    return tokens.length === 1 && allowed.includes(tokens[0]!) ? tokens : [];
  });
  for (const token of [...plain, ...allowed]) {
    const tokens = Array.from({ length }, () => token);
    if (keeps(place, tokens)) return tokens;
  }
  throw new Error(`no token of the model can stand ${length} times at the end of a product`);
}
