/** @file Fields of configurations that several recipes share. */
import { z } from 'zod';
import { subspaceChoices } from './subspace.js';

export const adamFields = {
  beta1: z.number().min(0).lt(1).default(0.9).describe('Decay of the first moment'),
  beta2: z.number().min(0).lt(1).default(0.999).describe('Decay of the second moment'),
  epsilon: z.number().positive().default(1e-8).describe('Added to the root of the second moment'),
};

export const blockwiseFields = {
  blockSize: z.int().min(1).default(2048).describe('Entries of the state that share a scale'),
  minSize: z.int().min(0).default(4096).describe('State of fewer entries than this stays in 32 bits'),
};

/** The field of a clock, which follows the run where it is left open: see `settled`. */
export const clockField = (what: string, { usual }: { usual: number }, source: string) =>
  z
    .int()
    .min(1)
    .optional()
    .describe(`${what}; default: a tenth of the run's steps, and at most the ${usual} of ${source}`);

const refresh = { action: 'refreshes its subspace', usual: 200 };
/** The clocks of all that project as GaLore does. */
export const projectedClocks = { gap: refresh };
export const projectedGap = ({ gap = refresh.usual }: { gap?: number | undefined }): number => gap;

export const projectedFields = {
  rank: z.int().min(1).default(8).describe('Rank of the subspace the moments live in'),
  gap: clockField('Steps between refreshes of the subspace', refresh, "GaLore's paper"),
  scale: z.number().positive().default(0.25).describe('Factor of the projected updates'),
};

export const subspaceField = {
  subspace: z
    .enum(subspaceChoices)
    .default('leading')
    .describe('Spanned by leading singular vectors of the gradient, or any at random'),
};

export const decayField = {
  weightDecay: z.number().min(0).default(0).describe('Decoupled decay of rank-2 tensors, per unit learning rate'),
};
