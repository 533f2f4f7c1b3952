/** @file Numbers that follow from the plan of a trial alone, found once: it is walked for many batches. */
import { foundIn, foundOnce } from '../found-once.js';
import type { GradientPart, ParameterInfo, UpdatingOn } from '../method.js';
import { sizeOf } from '../tensor/shape.js';
import type { AdapterTensor, TrialPlan } from '../training/plan.js';
import { total } from './sizes.js';

/** Entries of what a step trains, and of the largest tensor among it. */
export const trainedOnce = foundOnce((info: readonly ParameterInfo[]) => ({
  all: total(info),
  largest: Math.max(0, ...info.map(({ shape }) => sizeOf(shape))),
}));

/** Entries of the base; those of parts of packed kernels take their own bytes, whatever a float takes. */
export const baseOnce = foundOnce((base: TrialPlan['base']) => {
  const all = total(base);
  const parts = total(base.filter(({ kind }) => kind === 'kernel-part'));
  return { all, parts, others: all - parts };
});

/** Entries of adapters by what they hold. */
export const adaptersOnce = foundOnce((adapters: readonly AdapterTensor[]) => {
  const indices = total(adapters.filter(({ index }) => index));
  return { indices, floats: total(adapters) - indices };
});

type OptimizerMemory = ReturnType<GradientPart['memory']>;

const memories = foundOnce((_: readonly ParameterInfo[]) =>
  foundOnce((_: GradientPart) => foundOnce((_: UpdatingOn['engine']) => new Map<number, OptimizerMemory>())),
);

/** Finds once what an optimizer holds for these parameters. */
export function optimizerMemory(
  optimizer: GradientPart,
  info: readonly ParameterInfo[],
  on: UpdatingOn,
): OptimizerMemory {
  return foundIn(memories(info)(optimizer)(on.engine), on.bytesPerFloat, () => optimizer.memory(info, on));
}
