import { checkStarts } from './check-starts.js';
import type { KindPlanning } from './kind.js';

/** It begins from scratch unless it says that it goes on. */
export const pretrain: KindPlanning = {
  check({ on, initial }, add) {
    if (!on || initial === 'base') return;
    add('/initial', 'weights are drawn anew from scratch: to go on from the model that "on" names, say "base"');
  },
  checkMethods: checkStarts,
  spec: ({ initial }) => (initial === 'base' ? {} : { initial: 'random' }),
};
