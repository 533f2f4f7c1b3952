/** @file The answer of a board within one memory budget, by the names that rows have for people. */
import { z } from 'zod';
import { Id } from './common.js';

const AnsweredRow = z.object({
  name: z.string().meta({ description: 'As people read it.' }),
  contender: z
    .string()
    .meta({ description: 'Its method, with its optimizer and what else competes, without the rank.' }),
  score: z.number().nullable().meta({ description: 'Mean over seeds on the test split.' }),
  interval: z.tuple([z.number(), z.number()]).nullable(),
  trialIds: z.array(Id),
});

export const BudgetAnswer = z
  .object({
    memoryBudgetMiB: z
      .number()
      .nullable()
      .meta({ description: 'Null: the results of the board name no budget, and none was asked for.' }),
    leader: AnsweredRow.nullable().meta({ description: 'Null where no row within the budget has a score.' }),
    tied: z.array(AnsweredRow).meta({ description: 'Rows that cannot be told apart from the leader.' }),
    undecided: z.array(AnsweredRow).meta({ description: 'Rows that are not judged against the leader.' }),
    furtherSeeds: z.number().int().nullable().meta({
      description: 'Further seeds that would tell the leader from the nearest tied row; null where nothing says it.',
    }),
    doesNotFit: z
      .array(
        z.object({
          name: z.string(),
          bytes: z.number().nullable().meta({ description: 'The most that was predicted or measured.' }),
          smallestBudgetMiB: z.number().nullable().meta({ description: 'Smallest budget of the sweeps that it fits.' }),
        }),
      )
      .meta({ description: 'Every row that does not fit, the smallest first.' }),
    text: z.string().meta({ description: 'The answer in words.' }),
  })
  .meta({ id: 'BudgetAnswer', description: 'What wins within one memory budget, and what does not fit it.' });
export type BudgetAnswer = z.infer<typeof BudgetAnswer>;
