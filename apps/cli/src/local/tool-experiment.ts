/** @file A configuration of another tool as an experiment that sweeps are made of. */
import { basename, extname } from 'node:path';
import type { PeftExperiment } from '@rankforge/contracts';
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
  if (optimizer !== 'adamw') throw refused(`${file}: a sweep of it is by adamw, and it says ${optimizer}`);
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

/** Fields that change bytes, and not what is trained. */
const bytesAlone: readonly (ToolField | undefined)[] = ['attention', 'checkpointing', 'dtype', 'shard'];

const refused = (message: string) => new CommandError(message, exitCode.refused);
