/** @file Estimates of methods and ranks beside each other, on a model small enough to try every number. */
import { describe, expect, it } from 'vitest';
import { estimateRows } from '../src/memory/estimate-rows.js';
import { predictMemory } from '../src/memory/predict.js';
import { modelConfigSchema, presetConfig } from '../src/models/config.js';
import { findMethod, findOptimizer, methods } from '../src/registry.js';

const model = presetConfig('nano', 100);
const adamw = findOptimizer('adamw');
const request = { model, targets: ['query', 'value'], optimizer: adamw, batchSize: 2, sequence: 16 };
const lora = findMethod('lora');

const peak = ({ rank = 8, batchSize = 2, sequence = 16 }) =>
  predictMemory({
    ...request,
    method: lora,
    config: lora.config.parse({ rank }),
    optimizer: adamw.build(adamw.config.parse({})),
    batchSize,
    sequence,
  }).total;

describe('estimates of many trainings', () => {
  it('say the largest rank, batch and sequence that trying every one finds', () => {
    const budget = peak({ rank: 20, batchSize: 2 }) + 1000;
    const [row] = estimateRows({ ...request, methods: [lora], ranks: [8], budget }).rows;
    const largest = (bound: number, bytes: (value: number) => number) =>
      Array.from({ length: bound }, (_, index) => index + 1)
        .filter((value) => bytes(value) <= budget)
        .at(-1);
    expect(row?.largest).toEqual({
      rank: largest(64, (rank) => peak({ rank })),
      batch: largest(64, (batchSize) => peak({ batchSize })),
      sequence: largest(64, (sequence) => peak({ sequence })),
    });
    expect(row?.largest?.rank).toBeGreaterThanOrEqual(20);
    expect(row?.fits).toBe(true);
  });

  it('say no largest number where not even 1 fits', () => {
    const [row] = estimateRows({ ...request, methods: [lora], budget: 1000 }).rows;
    expect(row).toMatchObject({ fits: false, largest: { rank: null, batch: null, sequence: null } });
  });

  it('name the cheapest change that makes a row fit: a smaller batch, else a lower rank, else a shorter sequence', () => {
    const change = (asked: { rank: number; batchSize: number; sequence: number }, budget: number) => {
      const { rank, batchSize, sequence } = asked;
      const [row] = estimateRows({ ...request, batchSize, sequence, methods: [lora], ranks: [rank], budget }).rows;
      return row?.change;
    };
    const asked = { rank: 8, batchSize: 4, sequence: 16 };
    const within = peak({ ...asked, batchSize: 2 });
    expect(change(asked, within)).toEqual({ batch: 2, total: within });
    const alone = { ...asked, batchSize: 1 };
    const lower = peak({ ...alone, rank: 3 });
    expect(change(alone, lower)).toEqual({ rank: 3, total: lower });
    // Here neither a batch of 1 nor a lower rank suffices alone.
    expect(change(asked, lower)).toEqual({ batch: 1, rank: 3, total: lower });
    const least = { rank: 1, batchSize: 1, sequence: 5 };
    expect(change(asked, peak(least))).toEqual({ batch: 1, rank: 1, sequence: 5, total: peak(least) });
    expect(change({ ...alone, rank: 1 }, peak(least))).toEqual({ sequence: 5, total: peak(least) });
    expect(change(asked, peak(asked))).toBeUndefined();
    expect(change(asked, 1000)).toBeNull();
  });

  it('give a rank to an optimizer that has one, and none where nothing has', () => {
    const fullFt = findMethod('full-ft');
    const of = (name: string) =>
      estimateRows({ ...request, methods: [fullFt], ranks: [4, 16], optimizer: findOptimizer(name) });
    expect(of('galore').rows.map(({ rank }) => rank)).toEqual([4, 16]);
    expect(of('adamw').rows.map(({ rank }) => rank)).toEqual([null]);
  });

  it('refuse a rank that the method does not take, and say what it takes', () => {
    const { rows, refused } = estimateRows({ ...request, methods: [findMethod('loldu')], ranks: [8, 65] });
    expect(rows.map(({ rank }) => rank)).toEqual([8]);
    expect(refused).toEqual([
      { method: 'loldu', rank: 65, reason: expect.stringContaining('config.rank: 65 is above 64') },
    ]);
  });

  it('have a row or a reason for every method, on an encoder and with classes too', () => {
    const bert = modelConfigSchema.parse({
      architecture: 'bert',
      vocabularySize: 100,
      contextLength: 32,
      layers: 2,
      width: 16,
      heads: 2,
      mlpWidth: 32,
      normEpsilon: 1e-12,
      types: 2,
      pooler: false,
    });
    const { rows, refused } = estimateRows({ ...request, model: bert, methods, classes: 3 });
    expect(rows.length + refused.length).toBe(methods.length);
    expect(rows.map(({ method }) => method)).toContain('linear-probe');
    expect(estimateRows({ ...request, model: bert, methods: [lora] }).refused[0]?.reason).toMatch(
      /bert predicts no next token/,
    );
  });
});
