/** @file Options of a trial besides its method, optimizer and data. */
import { z } from 'zod';
import { attentionChoices } from '../engine/chunk.js';
import { baseDtypes, computeDtypes, doubleQuantizations } from '../tensor/base-dtypes.js';
import { checkpointings } from './checkpointing.js';
import { executions } from './execution.js';

const count = z.int().positive();

export const trainOptionsSchema = z
  .strictObject({
    steps: z.int().min(0).describe('Optimizer steps; 0 evaluates what training starts from'),
    batchSize: count.default(8).describe('Examples of one forward pass'),
    accumulate: count.default(1).describe('Forward passes of one optimizer step'),
    learningRate: z.number().positive().describe('Learning rate after warm-up'),
    headLearningRate: z
      .number()
      .positive()
      .optional()
      .describe('That of a head made for the task, on the same schedule; omitted: that of all else'),
    schedule: z.enum(['constant', 'linear', 'cosine']).default('cosine').describe('Decay after warm-up, to 0'),
    warmupSteps: z.int().min(0).default(0).describe('Steps over which the learning rate rises from 0'),
    clipNorm: z
      .number()
      .positive()
      .nullable()
      .default(1)
      .describe('Largest global norm of the gradient; null: no clipping'),
    execution: z
      .enum(executions)
      .optional()
      .describe('When updates are made: after the backward pass, or in it, parameter by parameter; omitted: after'),
    checkpointing: z
      .enum(checkpointings)
      .optional()
      .describe(
        'What is kept for the backward pass: all of it, or inputs of blocks, which then run again; omitted: all',
      ),
    baseDtype: z
      .enum(baseDtypes)
      .optional()
      .describe(
        'Type of the frozen kernels of linear layers, which are opened where they are multiplied by; omitted: float32',
      ),
    doubleQuantization: z
      .enum(doubleQuantizations)
      .optional()
      .describe('Whether scales of kernels in nf4 are packed too, or stay in float32; omitted: they are'),
    computeDtype: z
      .enum(computeDtypes)
      .optional()
      .describe('Type in which products with the frozen kernels of linear layers are computed; omitted: float32'),
    attention: z
      .enum(attentionChoices)
      .optional()
      .describe(
        'How scores of attention are held: those of all queries, or of some at a time; auto, or omitted: chunked above 512 tokens',
      ),
    devices: count.optional().describe('Processes that train together, each with its part of a batch; omitted: 1'),
    apartBlocks: z
      .int()
      .min(0)
      .optional()
      .describe('Blocks, from the first on, that encode query and text of a row apart; omitted: none'),
    queryTokens: count
      .optional()
      .describe(
        'Places of a row that are the query’s, before those of its text; omitted: the text follows on the query',
      ),
    titleWithQuery: z
      .literal(true)
      .optional()
      .describe(
        'The title of a text, its first line of several, stands in the places of the query; omitted: in its own',
      ),
    evalEvery: count.optional().describe('Steps between evaluations on validation; omitted: only at the end'),
    normEvery: count
      .optional()
      .describe('Steps between measurements of the norms of queries and keys, for low-rank updates; omitted: none'),
    checkpointEvery: count.optional().describe('Steps between checkpoints; omitted: none'),
    dropout: z.number().min(0).lt(1).default(0).describe('Dropout on the input of adapters'),
    targets: z
      .array(z.string())
      .min(1)
      .default(['query', 'value'])
      .describe('Linear layers that carry an adapter, by their names within a block'),
    seed: z.int().min(0).default(0).describe('First values, order of examples, dropout'),
  })
  .refine(({ steps, warmupSteps }) => warmupSteps < Math.max(1, steps), {
    path: ['warmupSteps'],
    error: 'must be less than steps',
  });

export type TrainOptions = z.output<typeof trainOptionsSchema>;
export type TrainOptionsInput = z.input<typeof trainOptionsSchema>;
