import { z } from 'zod';
import { whole } from './bounds.js';
import { trainingAxisFields } from './training-axes.js';

export const schedules = ['constant', 'linear', 'cosine'] as const;

/** When updates are made: after the backward pass, or in it, of each parameter as soon as its gradient is complete. */
export const executions = ['tree', 'perLayer'] as const;

/** How a training runs, apart from the method. */
export const TrainingOptions = z
  .strictObject({
    steps: whole(0, 1_000_000).meta({ description: '0 evaluates what training starts from.' }),
    batchSize: whole(1, 1024),
    sequenceLength: whole(8, 8192),
    accumulate: whole(1, 256).default(1).meta({ description: 'Micro-batches per optimizer step.' }),
    headLearningRate: z.number().positive().max(100).optional().meta({
      description:
        'Learning rate of a head made for the task, on the same schedule, whatever the learning rates that are tried. Default: that of all else.',
    }),
    schedule: z.enum(schedules).default('cosine'),
    warmupSteps: whole(0, 100_000).default(0),
    clipNorm: z
      .number()
      .positive()
      .max(1e6)
      .nullable()
      .default(1)
      .meta({ description: 'Global gradient norm is clipped to this; null: it is not.' }),
    execution: z.enum(executions).optional().meta({
      description:
        '`perLayer` updates each parameter in the backward pass and frees its gradient: less memory, the same numbers. It needs `clipNorm` null and `accumulate` 1. Default: `tree`, all after the pass.',
    }),
    ...trainingAxisFields,
    queryTokens: whole(2, 8190).optional().meta({
      description:
        "Of a ranker: places of a row that are the query's, special tokens before it among them; the text has the others, and either is padded by itself. Default: the text follows on the query.",
    }),
    titleWithQuery: z.literal(true).optional().meta({
      description:
        'Of a ranker with `queryTokens`: the title of a text, its first line where more follow, stands behind the query in its places, so that blocks apart read both together. Default: titles stay with their texts.',
    }),
    dropout: z.number().min(0).lt(1).default(0),
    evalEvery: whole(1).optional().meta({ description: 'Steps between validations; default: only at the end.' }),
    normEvery: whole(1).optional().meta({
      description: 'Steps between measurements of the largest queries and keys, for low-rank updates; default: none.',
    }),
    checkpointEvery: whole(1).default(50).meta({ description: 'Steps between checkpoints.' }),
    targets: z
      .array(
        z
          .string()
          .max(64)
          .regex(/^[a-z][a-z0-9_-]*$/, 'expected the name of a layer, e.g. "query"'),
      )
      .min(1)
      .max(16)
      .default(['query', 'value'])
      .meta({ description: 'Linear layers that get an adapter, by their name within a block.' }),
  })
  .meta({ id: 'TrainingOptions' });
export type TrainingOptions = z.infer<typeof TrainingOptions>;
