/** @file Options of a training that have nothing to act on in a trial. */
import type { Rule } from './rule.js';

export const optionRules: readonly Rule[] = [
  {
    field: 'normEvery',
    broken({ method: { name, weight }, normEvery }) {
      if (normEvery === undefined || weight?.lowRank || weight?.lowRankDirection) return undefined;
      return `normEvery ${normEvery} measures low-rank updates, as LoRA's and DoRA's, and those of ${name} are none: leave normEvery out, or choose a method whose updates are`;
    },
  },
  {
    field: 'headLearningRate',
    broken({ classes, headLearningRate }) {
      if (headLearningRate === undefined || classes !== undefined) return undefined;
      return `headLearningRate is ${headLearningRate}, and no head is made for the task: leave headLearningRate out`;
    },
  },
];
