import { describe, expect, it } from 'vitest';
import {
  CreateSweep,
  dominantPart,
  finalTrialStates,
  KeySecret,
  MIB,
  memoryClassesMiB,
  memoryClassMiB,
  queueName,
  queuePriority,
  trialStates,
  trialTransitions,
  wakeUpJobId,
} from '../src/index.js';

const smallest = {
  name: 'ranks',
  task: 'moby-dick',
  base: 'nano-sotu',
  methods: [{ name: 'lora' }],
  memoryBudgetMiB: [16],
};

const refusals = (change: Record<string, unknown>) => {
  const parsed = CreateSweep.safeParse({ ...smallest, ...change });
  return (parsed.error?.issues ?? []).map(({ path, code }) => `${path.join('/')} ${code}`);
};

describe('CreateSweep', () => {
  it('fills in what a request leaves out', () => {
    expect(CreateSweep.parse(smallest)).toMatchObject({
      engine: 'wasm',
      rank: [8],
      seed: [0, 1, 2],
      methods: [{ name: 'lora', optimizer: 'adamw', config: {}, optimizerConfig: {} }],
      search: { kind: 'grid' },
      priority: 50,
      retries: 2,
      reuse: true,
    });
  });

  it.each([
    ['an unknown key', { ranks: [4] }, [' unrecognized_keys']],
    ['a duplicate value of an axis', { seed: [1, 2, 1] }, ['seed/2 custom']],
    ['an empty axis', { rank: [] }, ['rank too_small']],
    ['a budget of zero', { memoryBudgetMiB: [0] }, ['memoryBudgetMiB/0 too_small']],
    ['a budget in words', { memoryBudgetMiB: ['16 MiB'] }, ['memoryBudgetMiB/0 invalid_type']],
    ['a learning rate that is not a number', { learningRate: [Number.NaN] }, ['learningRate/0 invalid_type']],
    ['a name that is a path', { task: '../secrets' }, ['task invalid_format']],
    ['a rank of half', { methods: [{ name: 'lora', rank: [0.5] }] }, ['methods/0/rank/0 invalid_type']],
  ])('refuses %s and names the field', (_, change, expected) => {
    expect(refusals(change)).toEqual(expect.arrayContaining(expected));
  });
});

describe('trial states', () => {
  it('leave a final state only for a retry that a person asked for', () => {
    const left = finalTrialStates.filter((state) => trialTransitions[state].length > 0);
    expect(left).toEqual(['FAILED']);
  });

  it('are all reachable from PENDING', () => {
    const reached = new Set(['PENDING' as (typeof trialStates)[number]]);
    for (const state of reached) for (const next of trialTransitions[state]) reached.add(next);
    expect([...reached].sort()).toEqual([...trialStates].sort());
  });
});

describe('memory', () => {
  it.each([
    [1, 64],
    [64 * MIB, 64],
    [64 * MIB + 1, 128],
    [2 ** 20 * MIB, 2 ** 20],
  ])('%i bytes belong to class %i MiB', (bytes, expected) => {
    expect(memoryClassMiB(bytes)).toBe(expected);
  });

  it('refuses what no class holds', () => {
    expect(() => memoryClassMiB((memoryClassesMiB.at(-1)! + 1) * MIB)).toThrow(RangeError);
  });

  it('names the part that holds most', () => {
    const parts = { weights: 3, adapters: 1, gradients: 0, optimizer: 2, activations: 9, workspace: 4, total: 19 };
    expect(dominantPart(parts)).toBe('activations');
  });
});

describe('queue', () => {
  it('names a queue by engine and class, and a wake-up by trial and attempt', () => {
    expect(queueName('wasm', 128)).toBe('trials.wasm.128');
    expect(wakeUpJobId('t', 2)).toBe('t.2');
  });

  it('runs larger priorities first, within what BullMQ takes', () => {
    expect(queuePriority(100)).toBeLessThan(queuePriority(0));
    expect(queuePriority(100)).toBeGreaterThanOrEqual(1);
  });
});

it('a key is rf_ and 43 characters', () => {
  expect(KeySecret.safeParse(`rf_${'a'.repeat(43)}`).success).toBe(true);
  expect(KeySecret.safeParse(`rf_${'a'.repeat(42)}`).success).toBe(false);
});
