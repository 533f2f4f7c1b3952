import { CreateSweep } from '@rankforge/contracts';
import { describe, expect, it } from 'vitest';
import { memory, spec } from '../../../test/support/trials.js';
import type { PlannedConfiguration } from '../src/planning/configure.js';
import { PlannedScorings } from '../src/planning/planned-scorings.js';

const MIB = 2 ** 20;
const request = (overrides: object = {}) =>
  CreateSweep.parse({
    name: 's',
    task: spec.task,
    base: spec.base,
    methods: [{ name: 'lora' }],
    memoryBudgetMiB: [8, 16],
    ...overrides,
  });
const planned = (method: string, rank: number, mib: number, budgets = [8, 16]): PlannedConfiguration => ({
  axis: 0,
  budgets: budgets.map((memoryBudgetMiB) => ({ memoryBudgetMiB })),
  spec: { ...spec, method, rank },
  predicted: { ...memory, total: mib * MIB },
  trainableParameters: 1,
  neverFired: [],
});
const count = (of: CreateSweep, configurations: readonly PlannedConfiguration[]) => {
  const scorings = new PlannedScorings({ request: of });
  for (const configuration of configurations) scorings.add(configuration);
  return scorings.count();
};

describe('planned scorings', () => {
  it('counts one of each contender and seed where all fits every budget', () => {
    const all = [planned('lora', 2, 1), planned('lora', 4, 2), planned('dora', 2, 1)];
    expect(count(request({ seed: [0, 1, 2] }), all)).toBe(2 * 3);
  });

  it('counts one more where a budget has others to choose from, and none where nothing fits', () => {
    expect(count(request({ seed: [0] }), [planned('lora', 2, 1), planned('lora', 4, 12)])).toBe(2);
    expect(count(request({ seed: [0] }), [planned('lora', 2, 12), planned('lora', 4, 12)])).toBe(1);
    expect(count(request({ seed: [0] }), [planned('lora', 2, 20)])).toBe(0);
  });

  it('follows a value that is fitted to each budget', () => {
    expect(count(request({ seed: [0] }), [planned('lora', 2, 1, [8]), planned('lora', 4, 1, [16])])).toBe(2);
  });

  it('leaves out a budget whose limit a configuration is above', () => {
    const { budgets: _, ...lora } = planned('lora', 2, 1);
    const above = [{ memoryBudgetMiB: 8, limits: { flops: 1 }, excess: 'too many' }, { memoryBudgetMiB: 16 }];
    expect(count(request({ seed: [0] }), [{ ...lora, budgets: above }, planned('lora', 4, 1, [16])])).toBe(1);
  });

  it('counts the fresh seeds of a protocol', () => {
    const protocol = { kind: 'fair', finalSeeds: 5 };
    expect(count(request({ seed: [0, 1], memoryBudgetMiB: [16], protocol }), [planned('lora', 2, 1, [16])])).toBe(5);
  });
});
