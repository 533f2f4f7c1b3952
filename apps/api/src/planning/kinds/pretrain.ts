import { checkStarts } from './check-starts.js';
import type { KindPlanning } from './kind.js';

/** It begins from scratch unless it says that it goes on. */
export const pretrain: KindPlanning = {
  check({ on, initial, training, methods }, add) {
    if (training.steps === 0 && initial !== 'base' && methods.some(({ from }) => from === undefined)) {
      add('/training/steps', '0 steps would score weights that were drawn and never trained: train');
    }
    if (!on || initial === 'base') return;
    add('/initial', 'weights are drawn anew from scratch: to go on from the model that "on" names, say "base"');
  },
  checkMethods: checkStarts,
  spec: ({ initial }) => (initial === 'base' ? {} : { initial: 'random' }),
};
