/** @file What an update of a model does to single answers: those that were right and are wrong now, and the other way round. */
import { z } from 'zod';

const Share = z.number().min(0).max(1);

/**
 * Shares of the outputs of the test split (examples, or tokens where the next one is predicted). Always
 * `after − before = positive − negative`. arXiv 2407.09435.
 */
export const Flips = z
  .object({
    outputs: z.number().int().meta({ description: 'Examples, or tokens whose loss counts.' }),
    before: Share.meta({ description: 'Of the teacher: right.' }),
    after: Share.meta({ description: 'Of the trained model: right.' }),
    negative: Share.meta({ description: 'The teacher was right and the trained model is wrong: NFR.' }),
    positive: Share.meta({ description: 'The teacher was wrong and the trained model is right.' }),
  })
  .meta({ id: 'Flips' });
export type Flips = z.infer<typeof Flips>;
