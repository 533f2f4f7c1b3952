import type { KindPlanning } from './kind.js';

/** Procedures are compared; nothing is trained. */
export const evaluate: KindPlanning = {
  check({ training }, add) {
    if (training.steps) add('/training/steps', 'an evaluation trains nothing: leave it out');
  },
  training: () => ({ steps: 0 }),
};
