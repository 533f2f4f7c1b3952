import { findObjective, robustnessMetrics } from '@rankforge/peft';
import type { KindPlanning } from './kind.js';

/** Procedures are compared, and rankers examined; nothing is trained. */
export const evaluate: KindPlanning = {
  check({ training }, add) {
    if (training.steps) add('/training/steps', 'an evaluation trains nothing: leave it out');
    for (const name of ['apartBlocks', 'queryTokens', 'titleWithQuery'] as const) {
      if (training[name] === undefined) continue;
      add(`/training/${name}`, 'an evaluation trains nothing, and a ranker reads rows as it was trained: leave it out');
    }
  },
  training: () => ({ steps: 0 }),
  metrics({ objective }) {
    const { unit, evaluated = [] } = findObjective(objective);
    return unit === 'query' ? [...evaluated, ...robustnessMetrics] : evaluated;
  },
};
