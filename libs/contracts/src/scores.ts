import { z } from 'zod';

/** Metrics of a split, by name, e.g. `{ loss: 3.1, perplexity: 22.2 }`. */
export const Scores = z.record(z.string(), z.number());
export type Scores = z.infer<typeof Scores>;
