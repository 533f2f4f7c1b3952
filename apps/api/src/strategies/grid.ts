import { gridSize } from './points.js';
import { walk } from './walk.js';

/** Every configuration. */
export const grid = walk({ count: gridSize, at: (_, position) => BigInt(position) }, [
  'seed',
  'memoryBudgetMiB',
  'rank',
  'learningRate',
]);
