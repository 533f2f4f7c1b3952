import { CreateSweep, type CreateSweepInput } from '@rankforge/contracts';
import { expect, it } from 'vitest';
import { ProblemError } from '../src/platform/http/problem.js';
import { strategyOf } from '../src/strategies/registry.js';
import { refuseInextensible } from '../src/sweeps/extend-sweep.js';

const asha = { kind: 'asha', minSteps: 5 } as const;

function refusalOf(given: Partial<CreateSweepInput>, more: Partial<CreateSweepInput>): string | undefined {
  const request = {
    name: 'a',
    task: 'moby-dick',
    base: 'nano-sotu',
    methods: [{ name: 'lora' }],
    memoryBudgetMiB: [8],
  };
  const before = CreateSweep.parse({ ...request, ...given });
  const extended = CreateSweep.parse({ ...request, ...given, ...more });
  try {
    refuseInextensible({ request: extended, strategy: strategyOf(extended) }, before);
  } catch (error) {
    if (error instanceof ProblemError) return error.errors?.map(({ message }) => message).join();
    throw error;
  }
  return undefined;
}

it.each<[Partial<CreateSweepInput>, Partial<CreateSweepInput>, string | undefined]>([
  [{}, { rank: [8, 16] }, undefined],
  [
    { search: { kind: 'random', trials: 1 } },
    { rank: [8, 16] },
    'a random search can be extended only by seed and memoryBudgetMiB; clone the sweep',
  ],
  [{ search: { kind: 'tpe', trials: 4 } }, { seed: [0, 1, 2, 3] }, 'a tpe search cannot be extended; clone the sweep'],
  [{ scheduler: asha }, { seed: [7] }, 'a sweep with the scheduler asha cannot be extended; clone the sweep'],
  [{ protocol: 'fair' }, { seed: [7] }, 'a sweep under the protocol fair cannot be extended; clone the sweep'],
])('says of %j what it may not have further: %j', (given, more, message) => {
  expect(refusalOf(given, more)).toBe(message);
});
