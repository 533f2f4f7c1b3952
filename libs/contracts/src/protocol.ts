/** @file Rules under which a sweep compares its methods. */
import { z } from 'zod';
import { whole } from './bounds.js';

/** Tuning trials of each method, where a request does not say how many. */
export const mostTuningTrials = 8;

/** Stages of a protocol whose trainings tune: they choose a configuration and stand on no board. */
export const tuningStages: readonly string[] = ['tuning', 'extension'];

/** The name of the stage of trainings that were asked for after so many looks at the board of their sweep. */
export const furtherStage = (look: number): string => `further ${look}`;

/** How many looks at its board a training was asked for after; 0 where it was planned before any. */
export const lookOf = (stage: string | null): number => Number(/^further (\d+)$/.exec(stage ?? '')?.[1] ?? 0);

/** Whether the trainings of a stage judge what was chosen before: they are no part of its tuning. */
export const isJudgingStage = (stage: string | null): boolean => stage === 'final' || lookOf(stage) > 0;

/**
 * A fair comparison: each method is tuned by the same number of configurations for the same steps, which cover its own space alike,
 * and the one that is best on validation is trained again with seeds that no tuning has seen. Only these are scored.
 */
const FairProtocol = z
  .strictObject({
    kind: z.literal('fair'),
    tuningTrials: whole(1, 10_000)
      .optional()
      .meta({
        description: `Configurations of each method, which try every value of each of its axes equally often; each is trained with every seed of the sweep. Default: ${mostTuningTrials}, or as many as every method has.`,
      }),
    finalSeeds: whole(1, 256).default(5).meta({
      description: 'Fresh seeds that the chosen configuration of each method is trained and scored with, once.',
    }),
    extensions: whole(0, 8).default(0).meta({
      description:
        'Where the best configuration of a method has the smallest or the largest of its learning rates, it is tried with one beyond, so many times at most. The ledger counts them.',
    }),
    seed: whole(0).default(0).meta({ description: 'Seed of the draws.' }),
  })
  .meta({ id: 'Protocol' });

/** `"fair"` is the protocol with all of its defaults. */
export const Protocol = z
  .union([z.literal('fair'), FairProtocol])
  .transform((given) => (given === 'fair' ? { kind: given } : given))
  .pipe(FairProtocol);
export type Protocol = z.infer<typeof Protocol>;
