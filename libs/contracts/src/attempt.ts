/** @file One run of a trial by a worker. */
import { z } from 'zod';
import { Id, Timestamp } from './common.js';
import { EngineName } from './engine.js';

export const attemptOutcomes = [
  'succeeded',
  'failed',
  'over-budget',
  'cancelled',
  'handed-back',
  /** It goes on once other trials have ended. */
  'waits',
  'lease-lost',
  'child-died',
  'timed-out',
] as const;
export const AttemptOutcome = z.enum(attemptOutcomes);
export type AttemptOutcome = z.infer<typeof AttemptOutcome>;

export const AttemptView = z
  .object({
    number: z.number().int(),
    leaseToken: z.number().int(),
    workerId: Id.nullable(),
    workerName: z.string().nullable(),
    device: z.string().nullable(),
    engine: EngineName,
    startedAt: Timestamp,
    endedAt: Timestamp.nullable(),
    outcome: AttemptOutcome.nullable(),
    reason: z.string().nullable(),
    resumedFromStep: z.number().int().nullable(),
    packedWith: z.array(Id).meta({
      description: 'Other trials that trained in the same process, on the same copy of the base; none: it was alone.',
    }),
  })
  .meta({ id: 'Attempt' });
export type AttemptView = z.infer<typeof AttemptView>;
