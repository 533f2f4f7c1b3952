/** @file The training of a row of a board whose adapter is taken: of the row's seeds the one that is best on validation. */
import { z } from 'zod';
import { AdapterFormat } from './adapter.js';
import { wholeText } from './bounds.js';
import { Id } from './common.js';
import { LeaderboardQuery } from './leaderboard.js';

export const BoardWinnerQuery = LeaderboardQuery.omit({ cost: true }).extend({
  row: wholeText(1).default(1).meta({ description: 'The row of the board, the best first.' }),
});
export type BoardWinnerQuery = z.infer<typeof BoardWinnerQuery>;

export const BoardWinner = z
  .object({
    row: z.number().int(),
    name: z.string().meta({ description: 'The row, as people read it.' }),
    trialId: Id,
    seed: z.number().int(),
    seeds: z.number().int().meta({ description: 'Seeds of the row with a score on validation.' }),
    metric: z.string(),
    validation: z.number().meta({ description: 'The score of this seed on validation, which chose it.' }),
    formats: z.array(AdapterFormat).meta({
      description: 'Formats in which its adapter can be had, the best first; empty where it left none.',
    }),
    python: z.string().nullable().meta({
      description:
        'Code in Python that loads the first of the formats from the folder that its archive unpacks to; null where transformers has no class of the model.',
    }),
  })
  .meta({ id: 'BoardWinner' });
export type BoardWinner = z.infer<typeof BoardWinner>;

/** Says which training it is and why. @example winnerText(winner) // 'lora r8: seed 2, the best of 3 seeds on validation (perplexity 90.1)' */
export function winnerText({ name, seed, seeds, metric, validation }: BoardWinner): string {
  const among = seeds === 1 ? 'the only seed' : `the best of ${seeds} seeds on validation`;
  return `${name}: seed ${seed}, ${among} (${metric} ${Number(validation.toPrecision(4))})`;
}
