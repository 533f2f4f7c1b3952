import { expect, it } from 'vitest';
import { numpyRandom } from '../src/tensor/numpy-random.js';

/**
 * `rng = numpy.random.default_rng(seed)`, the first six of `rng.choice(size, count, replace=False)`, and then
 * `rng.shuffle(numpy.arange(9))`, NumPy 2.4.6. The last one is chosen another way than the others.
 */
const drawn: [seed: number, size: number, count: number, chosen: number[], shuffled: number[]][] = [
  [42, 256, 6, [165, 195, 110, 219, 111, 22], [6, 8, 4, 2, 5, 3, 0, 7, 1]],
  [0, 1, 1, [0], [4, 5, 2, 6, 3, 8, 7, 0, 1]],
  [2 ** 40 + 5, 10_001, 5, [47, 9158, 141, 3725, 4499], [0, 2, 7, 3, 4, 1, 8, 5, 6]],
  [7, 12_000, 400, [6245, 9949, 10887, 6615, 3604, 5289], [0, 7, 6, 5, 2, 1, 4, 3, 8]],
];

it.each(drawn)('chooses and shuffles as NumPy does with seed %i, of %i', (seed, size, count, chosen, shuffled) => {
  const random = numpyRandom(seed);
  const entries = Int32Array.from({ length: 9 }, (_, index) => index);
  expect([...random.choose(size, count).slice(0, 6)]).toEqual(chosen);
  random.shuffle(entries);
  expect([...entries]).toEqual(shuffled);
});
