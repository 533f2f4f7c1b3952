import { checkStarts } from './check-starts.js';
import type { KindPlanning } from './kind.js';

export const finetune: KindPlanning = {
  check({ protocol, training }, add) {
    if (training.steps === 0 && protocol)
      add('/protocol', '0 steps read no learning rate, and tune nothing: leave it out');
  },
  checkMethods: checkStarts,
};
