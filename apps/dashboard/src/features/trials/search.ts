import { Id, mostCompared, TrialKind, TrialSort, TrialState, WhichExamples } from '@rankforge/contracts';
import { z } from 'zod';
import { type Axis, axes } from './curves.js';

/** Trials that are compared, by their ids. */
const ComparedTrials = z.array(Id).max(mostCompared);

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

/**
 * Trials side by side, as the address carries them; `alike` shows settings that are equal, too, and `which` and `ahead` choose and sort test
 * examples.
 */
export const CompareSearch = z.object({
  trials: ComparedTrials.default([]).catch([]),
  alike: z.boolean().optional().catch(undefined),
  // An address writes the pattern 10 as a number.
  which: z.coerce.string().pipe(WhichExamples).optional().catch(undefined),
  ahead: Id.optional().catch(undefined),
});

/** Filters and order of the trials table, and the trials that are ticked in it, as the address carries them. */
export const TrialTableSearch = z.object({
  state: z.array(TrialState).optional().catch(undefined),
  kind: TrialKind.optional().catch(undefined),
  method: z.string().optional().catch(undefined),
  optimizer: z.string().optional().catch(undefined),
  rank: z.number().int().positive().optional().catch(undefined),
  seed: z.number().int().nonnegative().optional().catch(undefined),
  sort: TrialSort.optional().catch(undefined),
  compare: ComparedTrials.optional().catch(undefined),
});
