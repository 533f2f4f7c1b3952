/**
 * @file Options of a training that change what it holds, one entry each, in the order in which people are asked for them. A sweep
 * may list several values of each; every value competes on boards as a part of its contender.
 */
import { z } from 'zod';
import { whole } from './bounds.js';
import { attentions, baseDtypes, checkpointings, computeDtypes, doubleQuantizations } from './training-names.js';

interface TrainingAxisRecord {
  /** One value: a word, or a whole number. */
  value: z.ZodEnum | z.ZodNumber;
  /** What a training does that is told nothing: it stands in no spec, and in no name. */
  usual: string | number;
  /** Values that a form suggests. */
  suggested: readonly string[];
  label: string;
  description: string;
  /** Another value in the name of a contender. */
  named(value: string | number): string;
}

/** Names of an axis of words. */
const words =
  (names: Readonly<Record<string, string>>) =>
  (value: string | number): string =>
    names[value] ?? `${value}`;

/** Ways to hold scores that a training may ask for, and the one that the length suggests. */
const attentionChoices = ['auto', ...attentions] as const;

export const trainingAxes = {
  checkpointing: {
    value: z.enum(checkpointings),
    usual: 'none',
    label: 'Checkpointing',
    description:
      '`block` keeps the inputs of blocks for the backward pass, which runs the blocks again: less memory, the same numbers, a forward pass more. Default: `none`, all that gradients read is kept.',
    suggested: checkpointings,
    named: words({ block: 'checkpointing' }),
  },
  baseDtype: {
    value: z.enum(baseDtypes),
    usual: 'float32',
    label: 'Kernels of the base',
    description:
      'Type in which the frozen kernels of linear layers are held; they are opened one at a time where they are multiplied by. What is trained stays in float32, and methods that train or change kernels refuse it. Default: `float32`.',
    suggested: baseDtypes,
    named: words({ bfloat16: 'bfloat16 base', float16: 'float16 base', int8: 'int8 base', nf4: 'nf4 base' }),
  },
  doubleQuantization: {
    value: z.enum(doubleQuantizations),
    usual: 'on',
    label: 'Double quantization',
    description:
      'Whether the scales of kernels in `nf4` are packed too; `off` keeps them in float32, and is of the engine `torch`. Default: `on`.',
    suggested: doubleQuantizations,
    named: words({ off: 'scales in float32' }),
  },
  computeDtype: {
    value: z.enum(computeDtypes),
    usual: 'float32',
    label: 'Products of the base',
    description:
      'Type in which products with the frozen kernels of linear layers are computed, forward and backward; all else stays in float32. The engines `tensorflow` and `torch` take `bfloat16`; methods that train kernels or compute with them refuse it. Default: `float32`.',
    suggested: computeDtypes,
    named: words({ bfloat16: 'products in bfloat16' }),
  },
  attention: {
    value: z.enum(attentionChoices),
    usual: 'auto',
    label: 'Attention',
    description:
      '`chunked` holds the scores of 64 queries of every example at a time, and computes them once more in the backward pass; `whole` holds those of all pairs of tokens. Numbers are equal to 1e-5. Default: `auto`, chunked above 512 tokens.',
    suggested: attentionChoices,
    named: words({ whole: 'whole attention', chunked: 'chunked attention' }),
  },
  devices: {
    value: whole(1, 16),
    usual: 1,
    suggested: ['1', '2', '4', '8'],
    label: 'Devices',
    description:
      'Processes that train a trial together on one host, each with an equal part of every batch and a whole copy of the base: the sum of their gradients is that of one process. The memory budget is that of each. The engine `torch` takes several. Default: 1.',
    named: (value) => `${value} devices`,
  },
  apartBlocks: {
    value: whole(0, 1024),
    usual: 0,
    suggested: ['0', '2', '4'],
    label: 'Blocks apart',
    description:
      'Of a ranker: in so many blocks, from the first on, the tokens of query and text attend within their own part alone, and the blocks after them read both together: fewer products. It needs `queryTokens` and a base with padding between them, `bert` or `roberta`. Default: 0, all blocks read both.',
    named: (value) => `${value} ${value === 1 ? 'block' : 'blocks'} apart`,
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
