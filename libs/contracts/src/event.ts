/** @file Events of the append-only log, as server-sent events carry them. */
import { z } from 'zod';
import { Id, Timestamp } from './common.js';
import { SweepState } from './sweep.js';
import { TrialState } from './trial-state.js';

/** A stream on which nothing happens brings a comment this often, so that no proxy closes it and its end is noticed. */
export const eventBeatMs = 15_000;

/**
 * `trial.state`: a transition, or the creation when `from` is null. `trial.progress`: a batch of metrics was stored.
 * `sweep.state`: a sweep was created or changed its state. `sweep.removed`: it is there no more.
 */
export const EventView = z
  .discriminatedUnion('type', [
    z.object({
      id: z.string(),
      type: z.literal('trial.state'),
      sweepId: Id,
      trialId: Id,
      at: Timestamp,
      data: z.object({
        from: TrialState.nullable(),
        to: TrialState,
        leaseToken: z.number().int(),
        attempt: z.number().int(),
      }),
    }),
    z.object({
      id: z.string(),
      type: z.literal('trial.progress'),
      sweepId: Id,
      trialId: Id,
      at: Timestamp,
      data: z.object({ step: z.number().int(), loss: z.number().nullable() }),
    }),
    z.object({
      id: z.string(),
      type: z.literal('sweep.state'),
      sweepId: Id,
      trialId: z.null(),
      at: Timestamp,
      data: z.object({ from: SweepState.nullable(), to: SweepState }),
    }),
    z.object({
      id: z.string(),
      type: z.literal('sweep.removed'),
      sweepId: Id,
      trialId: z.null(),
      at: Timestamp,
      data: z.object({}),
    }),
  ])
  .meta({ id: 'Event' });
export type EventView = z.infer<typeof EventView>;

export const EventQuery = z.strictObject({ sweepId: Id.optional() });
export type EventQuery = z.infer<typeof EventQuery>;
