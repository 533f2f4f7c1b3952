import { CreateSweep } from '@rankforge/contracts';
import { expect, it } from 'vitest';
import { filled } from '../src/features/new-sweep/fill.js';
import { fromSpec } from '../src/features/new-sweep/form-values.js';
import { widened } from '../src/lib/sweep-fill.js';

const edge = { axis: 'learningRate', value: 0.03, side: 'highest' as const, tried: [0.01, 0.03] };

it('goes beyond an edge by as much as the grid steps there, and keeps what was tried', () => {
  expect(widened(edge)).toEqual([0.01, 0.03, 0.09]);
  expect(widened({ ...edge, side: 'lowest', value: 0.01 })).toEqual([0.0033, 0.01, 0.03]);
  expect(widened({ ...edge, side: 'only', tried: [0.03] })).toEqual([0.01, 0.03, 0.09]);
  expect(widened({ axis: 'rank', value: 16, side: 'highest', tried: [16, 4] })).toEqual([4, 16, 64]);
  expect(widened({ axis: 'rank', value: 1, side: 'lowest', tried: [1, 4] })).toEqual([1, 4]);
  // A grid with a wide hole does not leap as far again.
  expect(widened({ ...edge, value: 1, tried: [1e-4, 1] })).toEqual([1e-4, 1, 10]);
});

const spec = CreateSweep.parse({
  name: 'sweep',
  task: 'moby-dick',
  base: 'nano-sotu',
  methods: [{ name: 'lora', config: { alpha: [8, 16] } }, { name: 'full-ft', optimizer: 'sgd' }, { name: 'full-ft' }],
  rank: [4],
  learningRate: [0.01],
  memoryBudgetMiB: [7, 16],
  seed: [0, 3],
});

it('keeps the contenders, the budget and the seeds of a link, with further seeds that are new', () => {
  const values = filled(fromSpec(spec), { contenders: ['full-ft + sgd', 'lora'], memoryBudgetMiB: 7, seeds: 2 });
  expect(values.methods.map(({ name, optimizer }) => [name, optimizer])).toEqual([
    ['lora', 'adamw'],
    ['full-ft', 'sgd'],
  ]);
  expect([values.memoryBudgetMiB, values.seed]).toEqual([['7'], ['0', '3', '4', '5']]);
  expect(values.rank).toEqual(['4']);
});

it('widens an axis of one contender alone, and fields of its configuration too', () => {
  const rates = filled(fromSpec(spec), { widen: { contender: 'full-ft', axis: 'learningRate', values: [0.01, 0.03] } });
  expect(rates.methods.map(({ learningRate }) => learningRate)).toEqual([[], [], ['0.01', '0.03']]);
  const alphas = filled(fromSpec(spec), { widen: { contender: 'lora', axis: 'config.alpha', values: [8, 16, 32] } });
  expect(alphas.methods[0]!.config).toEqual({ alpha: ['8', '16', '32'] });
  expect(alphas.methods).toHaveLength(3);
});

it('asks a fair protocol for more fresh seeds', () => {
  const values = filled(fromSpec({ ...spec, protocol: { kind: 'fair', finalSeeds: 5, extensions: 0, seed: 0 } }), {
    seeds: 3,
  });
  expect(values.protocol.finalSeeds).toBe(8);
});

it('leaves a sweep as it is where the link changes nothing, and every method where it names none that it has', () => {
  const start = fromSpec(spec);
  expect(filled(start, {})).toEqual(start);
  expect(filled(start, { contenders: ['gone'] }).methods).toEqual(start.methods);
});
