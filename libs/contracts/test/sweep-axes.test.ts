import { expect, it } from 'vitest';
import { CreateSweep, ExtendSweep, isToBeTuned, MethodAxis, sweepAxes, sweepAxisNames } from '../src/index.js';

it.each(sweepAxisNames)(
  '%s is a field of a request, of an extension, and of a method where it may be its own',
  (name) => {
    expect(CreateSweep.shape).toHaveProperty(name);
    expect(ExtendSweep.safeParse({ [name]: [7] }).success).toBe(true);
    expect(name in MethodAxis.shape).toBe(sweepAxes[name].ofMethods);
  },
);

it('takes the same values in a request and in an extension', () => {
  const errorOf = (rank: number) => ExtendSweep.safeParse({ rank: [rank] }).success;
  expect([0, 1, 65_536, 65_537].map(errorOf)).toEqual([false, true, true, false]);
  expect(ExtendSweep.safeParse({}).error?.issues[0]?.message).toBe(
    'name at least one of seed, rank, learningRate, memoryBudgetMiB, or tied',
  );
});

it('says which axis is to be tuned, and of a name that is no axis that it is not', () => {
  expect(['learningRate', 'rank', 'config.alpha', 'toString'].filter(isToBeTuned)).toEqual(['learningRate']);
});
