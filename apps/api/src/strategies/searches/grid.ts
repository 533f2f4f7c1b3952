import { gridSize } from '../points.js';
import { listed } from '../search/proposer.js';
import { walk } from '../walk.js';
import type { SearchEntry } from './search.js';

const every = walk({ count: gridSize, at: (_, position) => BigInt(position) }, [
  'seed',
  'memoryBudgetMiB',
  'rank',
  'learningRate',
]);

/** Every configuration. */
export const grid: SearchEntry = { proposer: listed(every), points: every.points, alone: every };
