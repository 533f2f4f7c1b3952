import { TrialKind, TrialSort, TrialState } from '@rankforge/contracts';
import { z } from 'zod';
import { type Axis, axes } from './curves.js';

/** A value on validation whose price in messages is asked for. */
export const CurvesTarget = z.number();

/** The choices of the curves of a sweep, as the address carries them. */
export const CurvesSearch = z.object({
  metric: z.string().optional().catch(undefined),
  axis: z
    .enum(Object.keys(axes) as [Axis, ...Axis[]])
    .optional()
    .catch(undefined),
  smoothing: z.number().min(0).max(0.99).optional().catch(undefined),
  eachRun: z.boolean().optional().catch(undefined),
  logScale: z.boolean().optional().catch(undefined),
  by: z.enum(['step', 'traffic']).optional().catch(undefined),
  target: CurvesTarget.optional().catch(undefined),
});

/** Filters and order of the trials table, as the address carries them. */
export const TrialTableSearch = z.object({
  state: z.array(TrialState).optional().catch(undefined),
  kind: TrialKind.optional().catch(undefined),
  method: z.string().optional().catch(undefined),
  optimizer: z.string().optional().catch(undefined),
  rank: z.number().int().positive().optional().catch(undefined),
  seed: z.number().int().nonnegative().optional().catch(undefined),
  sort: TrialSort.optional().catch(undefined),
});
