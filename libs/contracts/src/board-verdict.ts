/** @file The answer of a board in short: which row leads, and whether the others can be told apart from it. */
import { z } from 'zod';

/** Rows by their index, best score first. */
const indices = z.array(z.number().int());

export const BoardVerdict = z
  .object({
    leader: z
      .number()
      .int()
      .nullable()
      .meta({ description: 'Index of the row that leads; null where none has a score.' }),
    tied: indices.meta({
      description: 'Rows that cannot be told apart from it, though nothing is missing for the test.',
    }),
    undecided: indices.meta({
      description:
        'Rows that are not judged: they or the leader have one seed, and how much was luck of the seed is unknown.',
    }),
    seedless: indices.meta({
      description:
        'Rows with a score of methods that train nothing: one run stands for every seed, and more tell nothing.',
    }),
    seeds: z
      .object({
        row: z.number().int().meta({ description: 'The row of `tied` with the nearest score.' }),
        further: z.number().int().nullable().meta({ description: 'An estimate. Null: more than `most`.' }),
        interval: z.tuple([z.number().int().nullable(), z.number().int().nullable()]).meta({
          description:
            '80 % interval of the number, since the difference and its variance are estimates. Null: more than `most`.',
        }),
        isBelowError: z.boolean().meta({ description: 'The difference is smaller than its own standard error.' }),
        most: z.number().int(),
        power: z.number(),
      })
      .optional()
      .meta({
        description:
          'Further seeds of the leader and of the nearest tied row, each that trains, that would tell them apart on this board with a chance of `power`, if the difference is as large as it looks. Absent where no row is tied, neither trains, or nothing says it.',
      }),
    equivalent: z
      .object({
        margin: z.number().meta({
          description: 'A difference that matters, in the unit of the score; of perplexities a part of the other one.',
        }),
        asked: z.boolean().meta({
          description: 'The margin was asked for. Otherwise it is the deviation that another seed gives the leader.',
        }),
        rows: indices.meta({
          description: 'Rows of `tied` that are shown to differ from the leader by less (two one-sided tests at α).',
        }),
      })
      .optional()
      .meta({ description: 'That two rows are tied does not say that they are equal. Absent where no row is tied.' }),
    engines: z
      .object({
        asked: z.boolean().meta({ description: 'The margin was asked for.' }),
        pairs: z.array(
          z.object({
            rows: z.tuple([z.number().int(), z.number().int()]),
            engines: z.tuple([z.string(), z.string()]),
            difference: z.number().nullable().meta({
              description:
                'Mean over the seeds that both have of one score minus the other; of perplexities of their ratio, less 1. Null where `unjudged` says why.',
            }),
            margin: z.number().nullable().meta({
              description:
                'A difference that matters: the one that was asked for, else the deviation that another seed gives both rows.',
            }),
            within: z.boolean().meta({
              description: 'Shown to be less than the margin (two one-sided tests at α, each seed against itself).',
            }),
            unjudged: z.string().nullable(),
          }),
        ),
      })
      .optional()
      .meta({ description: 'The agreement of engines, by rows that are alike but for it. Absent where none compete.' }),
    doesNotFit: z.number().int().meta({ description: 'Rows that fit no budget or limit that was asked for.' }),
    memoryBudgetMiB: z.number().nullable().meta({ description: 'The budget that was asked for.' }),
  })
  .meta({ id: 'BoardVerdict', description: 'The answer of a board in short.' });
export type BoardVerdict = z.infer<typeof BoardVerdict>;
