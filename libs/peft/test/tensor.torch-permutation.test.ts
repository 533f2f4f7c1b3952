import { expect, it } from 'vitest';
import { torchPermutation } from '../src/tensor/torch-permutation.js';

/** `torch.randperm(n, generator=torch.Generator().manual_seed(seed))[:count]`, torch 2.13.0. */
const drawn: [seed: number, size: number, entries: number[]][] = [
  [777, 40, [15, 9, 39, 27, 3, 22, 7, 29, 2, 18]],
  [777, 9, [5, 8, 4, 0, 2, 6, 3, 1, 7]],
  [0, 1, [0]],
  [
    123456789,
    25165824,
    [
      23576248, 1781574, 4009450, 6166498, 24253110, 13583753, 19670216, 1491887, 21672026, 13408702, 11570265,
      18647372,
    ],
  ],
];

it.each(drawn)('draws what torch draws with seed %i of %i', (seed, size, entries) => {
  expect(torchPermutation(seed, size, entries.length)).toEqual(entries);
});

it('refuses what torch draws otherwise, or not at all', () => {
  expect(() => torchPermutation(0, 2 ** 31, 1)).toThrow(/expected fewer than/);
  expect(() => torchPermutation(0, 4, 5)).toThrow(/5 are asked for/);
});
