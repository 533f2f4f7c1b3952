/** @file LaMDA and LaMDA++ in a training: which rows move until when, and which layer gets which rank. */
import { Matrix } from 'ml-matrix';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Engine, openEngine } from '../src/engine/engine.js';
import type { AllocationLayer } from '../src/method.js';
import type { LoadedBase } from '../src/models/base.js';
import { largestShares } from '../src/parts/rank/largest-shares.js';
import { findMethod } from '../src/registry.js';
import { flatten } from './support/close.js';
import { tinyBase } from './support/tiny-model.js';
import { trainTiny } from './support/tiny-run.js';
import { readVector } from './support/vectors.js';

let engine: Engine;
let base: LoadedBase;
beforeAll(async () => {
  engine = await openEngine('wasm');
  base = tinyBase();
});
afterAll(() => base.dispose());

describe.each(['random', 'spectral'])('LaMDA from a %s start', (start) => {
  it('freezes the rows of B in turn, to the bit, while momentum and decay go on', async () => {
    // Of 10 steps the rows are frozen over 8: row k once 2·(k + 1) steps are done.
    const rank = 4;
    const { tensors } = await trainTiny({
      engine,
      base,
      method: 'lamda',
      config: { rank, start, freeze: 0.8 },
      optimizer: { name: 'adamw', config: { weightDecay: 0.1 } },
      options: { steps: 10, learningRate: 1e-2 },
    });
    const path = 'blocks.1.mlp.fc_in';
    const row = (step: number, k: number) => {
      const { shape, values } = tensors[step - 1]!.get(`${path}.lora_B`)!;
      return [...values.slice(k * shape[1]!, (k + 1) * shape[1]!)];
    };
    for (let k = 0; k < rank; k += 1) {
      for (let step = 2; step <= 10; step += 1) {
        const frozen = step > 2 * (k + 1);
        const what = `row ${k} in step ${step}`;
        if (frozen) expect(row(step, k), what).toEqual(row(step - 1, k));
        else expect(row(step, k), what).not.toEqual(row(step - 1, k));
      }
    }
    const core = tensors.map((stored) => stored.get(`${path}.lora_R`)!.values);
    expect(core[9], 'the core is trained to the end').not.toEqual(core[8]);
    expect(tensors[9]!.get(`${path}.lora_A`)).toEqual(tensors[0]!.get(`${path}.lora_A`));
  });
});

describe('LaMDA', () => {
  it('refuses a spectral start with more ranks than singular values', () => {
    const method = findMethod('lamda');
    const layer = { in: 16, out: 24, bias: true };
    const unfit = (config: object) => method.unfit!(layer, method.config.parse(config), [layer]);
    expect(unfit({ rank: 17, start: 'spectral' })).toBe(
      'rank: 17 is above 16, the number of singular values of a 16×24 weight',
    );
    expect(unfit({ rank: 17 })).toBeUndefined();
  });
});

describe('LaMDA++', () => {
  const method = findMethod('lamda-pp');
  const { allocations = [] } = readVector('methods', 'lamda-pp');
  const cases = allocations.map((testCase, index) => ({ index, ...testCase }));

  it.each(cases)('gives layers the ranks of the reference #$index', ({ config, kernels, ranks }) => {
    const layers = kernels!.map((kernel, index): AllocationLayer => {
      const matrix = new Matrix(kernel as number[][]);
      const shape = { in: matrix.rows, out: matrix.columns, bias: true };
      return { path: `layer.${index}`, shape, kernel: matrix };
    });
    expect(method.allocate!.ranks(layers, method.config.parse(config))).toEqual(ranks);
  });

  it('trains layers at the ranks it gave, which add up to the budget', async () => {
    const rank = 3;
    const options = { steps: 2, learningRate: 1e-3 };
    const { adapter } = await trainTiny({ engine, base, method: 'lamda-pp', config: { rank }, options });
    const ranks = Object.entries(adapter.ranks!);
    expect(ranks.reduce((sum, [, rank]) => sum + rank, 0)).toBe(rank * ranks.length);
    expect(new Set(Object.values(adapter.ranks!)).size, 'different ranks').toBeGreaterThan(1);
    for (const [path, rank] of ranks) {
      expect(adapter.tensors.get(`${path}.lora_R`)!.shape, path).toEqual([rank, rank]);
      expect(flatten(adapter.tensors.get(`${path}.lora_R`)!.values)).toHaveLength(rank * rank);
    }
  });
});

describe('the largest shares', () => {
  it('get the budget wherever they are, after every list has its least', () => {
    expect(
      largestShares(
        [
          [0.9, 0.1],
          [0.6, 0.4],
        ],
        3,
      ),
    ).toEqual([1, 2]);
    expect(
      largestShares(
        [
          [0.9, 0.8, 0.7],
          [0.2, 0.1],
        ],
        3,
      ),
    ).toEqual([3, 0]);
    expect(
      largestShares(
        [
          [0.9, 0.8, 0.7],
          [0.2, 0.1],
        ],
        3,
        1,
      ),
    ).toEqual([2, 1]);
    // Equal ones to the earlier list; no list gets more than it has.
    expect(largestShares([[0.5, 0.5], [0.5]], 2)).toEqual([2, 0]);
    expect(largestShares([[1], [0.5, 0.5]], 9)).toEqual([1, 2]);
  });
});
