import { hasClassHead } from '@rankforge/peft/extension';
import { defineAttack } from './attack.js';

/** The update is honest, the examples are not. */
export const labelFlip = defineAttack({
  name: 'label-flip',
  title: 'Label flip',
  summary: 'Trains on the class as far from the last as the right one is from the first.',
  unfit: (objective) =>
    hasClassHead(objective)
      ? undefined
      : `needs examples with classes, and those of the objective ${objective.name} have none: choose another attack`,
  examples(split, { classes }) {
    if (classes === undefined) throw new RangeError('adversaries: label-flip needs examples with classes');
    return {
      ...split,
      batch(indices) {
        const batch = split.batch(indices);
        return { ...batch, targets: batch.targets.map((target) => (target < 0 ? target : classes - 1 - target)) };
      },
    };
  },
});
