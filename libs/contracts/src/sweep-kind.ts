/** @file What a sweep asks of its methods. */
import { z } from 'zod';

export const sweepKinds = ['finetune', 'pretrain', 'compress'] as const;
export const SweepKind = z.enum(sweepKinds).meta({
  id: 'SweepKind',
  description:
    '`finetune`: adapt a base model to a task. `pretrain`: train a whole model on next tokens, from scratch or further. `compress`: make a base model smaller, and recover it.',
});
export type SweepKind = z.infer<typeof SweepKind>;

/** Where the weights of a pretraining come from: those of the base model, or first values drawn from the trial's seed. */
export const InitialWeights = z.enum(['base', 'random']);
export type InitialWeights = z.infer<typeof InitialWeights>;
