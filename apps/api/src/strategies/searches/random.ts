import { gridSize } from '../points.js';
import { sampleIndices } from '../product.js';
import { listed } from '../search/proposer.js';
import type { SearchSpace } from '../strategy.js';
import { walk } from '../walk.js';
import type { SearchEntry } from './search.js';

/** Draws of late, so that a step does not draw them all again. */
const drawn = new Map<string, readonly bigint[]>();
const keptDraws = 8;

function draw(space: SearchSpace): readonly bigint[] {
  const { search } = space;
  if (search.kind !== 'random') throw new TypeError(`a random search, got ${search.kind}`);
  const size = gridSize(space);
  const key = `${size} ${search.trials} ${search.seed}`;
  const indices = drawn.get(key) ?? sampleIndices(size, search.trials, search.seed);
  drawn.delete(key);
  drawn.set(key, indices);
  const [oldest] = drawn.keys();
  if (drawn.size > keptDraws) drawn.delete(oldest!);
  return indices;
}

function count(space: SearchSpace): bigint {
  const size = gridSize(space);
  const wanted = space.search.kind === 'random' ? BigInt(space.search.trials) : size;
  return wanted < size ? wanted : size;
}

const drawing = walk({ count, at: (space, position) => draw(space)[position]! }, ['seed', 'memoryBudgetMiB']);

/**
 * Configurations drawn without replacement, the same for the same seed (Bergstra and Bengio 2012, Random Search for
 * Hyper-Parameter Optimization). Another rank or learning rate would be another draw, so these do not extend it.
 */
export const random: SearchEntry = { proposer: listed(drawing), points: drawing.points, alone: drawing };
