/** @file A configuration of another tool as an experiment that sweeps are made of. */
import { basename, extname } from 'node:path';
import { type PeftExperiment, usualOptimizer } from '@rankforge/contracts';
import type { ToolField } from '@rankforge/peft/tools';
import { CommandError, exitCode } from '../exit-codes.js';
import { type FromFile, problemLines } from './tool-file.js';

/**
 * The training of a file as an experiment of the method comparison, which the API makes sweeps of. What only bytes follow from has no part in it.
 *
 * @throws CommandError with the line and key of each value that cannot be taken over, or that is missing
 */
export function experimentOf({ file, training, problems }: FromFile, steps = training.steps): PeftExperiment {
  const left = problems.filter(({ field }) => field === undefined || !bytesAlone.includes(field));
  if (left.length > 0) throw refused(problemLines(file, left));
  const { adapter, optimizer, learningRate, weightDecay, clipNorm, schedule, batch, accumulate } = training;
  if (optimizer !== usualOptimizer)
    throw refused(`${file}: a sweep of it is by ${usualOptimizer}, and it says ${optimizer}`);
  if (steps === undefined) throw refused(`${file} counts epochs, and a sweep counts steps: say them by --steps`);
  if (learningRate === undefined) throw refused(`${file} says no learning rate`);
  return {
    name: basename(file, extname(file)),
    adapterConfig: adapter && { ...adapter },
    trainingParams: {
      max_steps: steps,
      // An update sees as many examples.
      batch_size: batch * accumulate,
      optimizer_type: 'AdamW',
      optimizer_kwargs: { lr: learningRate, weight_decay: weightDecay ?? 0 },
      lr_scheduler: schedule === 'constant_with_warmup' ? 'constant' : (schedule ?? null),
      grad_norm_clip: clipNorm ?? 1,
    },
  };
}

/**
 * Says what a sweep does not take over from a file: keys that nobody knows, values that it has no counterpart of, the type of the base and the
 * length of examples, which are those of the base and the task.
 */
export function notTakenOver({ training, problems, notRead }: FromFile): string[] {
  const { dtype, sequence } = training;
  const isQuantized = dtype === 'int8' || dtype === 'nf4';
  return [
    ...notRead.map(({ key, line }) => `line ${line}: ${key} is not read`),
    ...problems.flatMap(({ key, line, field, message }) =>
      field === 'schedule' ? [`line ${line}: ${key}: ${message}`] : [],
    ),
    ...(isQuantized ? [`the base in ${dtype} is not taken over: say the type of the base in the sweep`] : []),
    ...(sequence === undefined ? [] : [`its ${sequence} tokens are not taken over: say sequenceLength in the sweep`]),
  ];
}

/** Fields that change bytes, and not what is trained; of a schedule it is said. */
const bytesAlone: readonly (ToolField | undefined)[] = ['attention', 'checkpointing', 'dtype', 'shard', 'schedule'];

const refused = (message: string) => new CommandError(message, exitCode.refused);
