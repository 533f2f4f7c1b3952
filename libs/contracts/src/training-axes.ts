/**
 * @file Options of a training that change what it holds, one entry each, in the order in which people are asked for them. A sweep
 * may list several values of each; every value competes on boards as a part of its contender.
 */
import { z } from 'zod';

interface TrainingAxisRecord {
  value: z.ZodEnum;
  /** What a training does that is told nothing: it stands in no spec, and in no name. */
  usual: string;
  label: string;
  description: string;
  /** The other values in the name of a contender. */
  named: Readonly<Record<string, string>>;
}

/** What is kept of a forward pass for the backward pass. */
export const checkpointings = ['none', 'block'] as const;

export const trainingAxes = {
  checkpointing: {
    value: z.enum(checkpointings),
    usual: 'none',
    label: 'Checkpointing',
    description:
      '`block` keeps the inputs of blocks for the backward pass, which runs the blocks again: less memory, the same numbers, a forward pass more. Default: `none`, all that gradients read is kept.',
    named: { block: 'checkpointing' },
  },
} as const satisfies Record<string, TrainingAxisRecord>;

export type TrainingAxis = keyof typeof trainingAxes;
export const trainingAxisNames = Object.keys(trainingAxes) as TrainingAxis[];

type Value<N extends TrainingAxis> = (typeof trainingAxes)[N]['value'];

/** A schema for every axis. */
export const eachTrainingAxis = <T extends { [N in TrainingAxis]: z.ZodType }>(
  make: (axis: TrainingAxisRecord) => z.ZodType,
): T => Object.fromEntries(trainingAxisNames.map((name) => [name, make(trainingAxes[name])])) as T;

/** Fields of the options of a training. */
export const trainingAxisFields = eachTrainingAxis<{ [N in TrainingAxis]: z.ZodOptional<Value<N>> }>(
  ({ value, description }) => value.optional().meta({ description }),
);
