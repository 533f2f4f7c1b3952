/** @file Estimates of methods and ranks beside each other, on a model small enough to try every number. */
import { describe, expect, it } from 'vitest';
import type { Attention } from '../src/engine/chunk.js';
import { estimateOf } from '../src/memory/estimate-answer.js';
import { type Changed, fitOf } from '../src/memory/estimate-fit.js';
import { type EstimateRow, estimateRows } from '../src/memory/estimate-rows.js';
import { type PredictInput, predictMemory } from '../src/memory/predict.js';
import { defaultTorchOptions, torchUpdates } from '../src/memory/torch/options.js';
import { predictTorch } from '../src/memory/torch/predict.js';
import { modelConfigSchema, presetConfig } from '../src/models/config.js';
import { findMethod, findOptimizer, methods } from '../src/registry.js';

const model = presetConfig('nano', 100);
const adamw = findOptimizer('adamw');
const request = { model, targets: ['query', 'value'], optimizer: adamw, batchSize: 2, sequence: 16 };
const lora = findMethod('lora');
const { dtype: _, checkpointing: __, ...torchSetup } = defaultTorchOptions;

const peak = (numbers: { rank?: number; batchSize?: number; sequence?: number }) => peakOf(numbers, {});
const peakOf = (
  { rank = 8, batchSize = 2, sequence = 16 }: { rank?: number; batchSize?: number; sequence?: number },
  more: Partial<Pick<PredictInput, 'checkpointing' | 'baseDtype' | 'attention' | 'model'>>,
) =>
  predictMemory({
    ...request,
    ...more,
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

  it('hold a row to what a process of the engine can hold, whatever the budget', () => {
    const batchSize = 2 ** 16;
    const asked = { ...request, methods: [lora], ranks: [8], batchSize, budget: 2 ** 36 };
    const rowOn = (engine: 'wasm' | 'cpu') => estimateRows({ ...asked, engine }).rows[0]!;
    expect(rowOn('wasm').memory.total).toBeGreaterThan(2 ** 32);
    expect(rowOn('wasm')).toMatchObject({
      fits: false,
      changes: expect.arrayContaining([{ batch: expect.any(Number), total: expect.any(Number) }]),
    });
    const { batch } = rowOn('wasm').largest!;
    const most = 3840 * 2 ** 20;
    expect([peak({ batchSize: batch! }) <= most, peak({ batchSize: batch! + 1 }) <= most]).toEqual([true, false]);
    expect(rowOn('cpu')).toMatchObject({ fits: true, largest: { batch: batchSize } });
    expect(rowOn('cpu').memory).toEqual(rowOn('wasm').memory);
  });

  it('say no largest number where not even 1 fits', () => {
    const [row] = estimateRows({ ...request, methods: [lora], budget: 1000 }).rows;
    expect(row).toMatchObject({ fits: false, largest: { rank: null, batch: null, sequence: null } });
  });

  it('name the cheapest change that makes a row fit: a smaller batch, else a lower rank, else a shorter sequence', () => {
    const change = (asked: { rank: number; batchSize: number; sequence: number }, budget: number) => {
      const { rank, batchSize, sequence } = asked;
      const trial = { ...request, ...cheapest, batchSize, sequence };
      const [row] = estimateRows({ ...trial, methods: [lora], ranks: [rank], budget }).rows;
      return row?.changes?.[0];
    };
    // Nothing is left to run again, or to pack.
    const cheapest = { checkpointing: 'block', dtype: 'nf4' } as const;
    const peak = (numbers: { rank: number; batchSize: number; sequence: number }) =>
      peakOf(numbers, { checkpointing: 'block', baseDtype: 'nf4' });
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
    expect(estimateRows({ ...request, methods: [lora], budget: 1000 }).rows[0]!.changes).toEqual([]);
  });

  it('name checkpointing before a lower rank, and a base of 4 bits after it', () => {
    const asked = { rank: 8, batchSize: 1, sequence: 64 };
    const row = (budget: number) =>
      estimateRows({ ...request, batchSize: 1, sequence: 64, methods: [lora], ranks: [8], budget }).rows[0]!;
    const again = peakOf(asked, { checkpointing: 'block' });
    expect(again).toBeLessThan(peakOf({ ...asked, rank: 1 }, {}));
    expect(row(again).changes![0]).toEqual({ checkpointing: 'block', total: again });
    const packed = peakOf(asked, { checkpointing: 'block', baseDtype: 'nf4' });
    expect(packed).toBeLessThan(peakOf({ ...asked, rank: 1 }, { checkpointing: 'block' }));
    expect(row(packed).changes![0]).toEqual({ checkpointing: 'block', dtype: 'nf4', total: packed });
  });

  it('name further changes behind the cheapest, of which each fits when it is asked for', () => {
    const asked = { ...request, methods: [lora], ranks: [8], sequence: 64, torch: torchSetup } as const;
    const highest = (row: EstimateRow) => row.torch!.intervals.reserved.high;
    const again = highest(estimateRows({ ...asked, checkpointing: 'block' }).rows[0]!);
    const { changes } = estimateRows({ ...asked, budget: again }).rows[0]!;
    expect(changes!.map(({ total: _, ...change }) => Object.keys(change))).toEqual([
      ['batch'],
      ['checkpointing'],
      ['sequence'],
    ]);
    for (const { batch: batchSize = 2, sequence = 64, checkpointing, total } of changes!) {
      const [row] = estimateRows({ ...asked, batchSize, sequence, checkpointing }).rows;
      expect(highest(row!)).toBe(total);
      expect(total).toBeLessThanOrEqual(again);
    }
  });

  it('name a base of 4 bits without checkpointing where the optimizer makes no gradients', () => {
    const optimizer = findOptimizer('zo-ranksgd');
    const alone = { ...request, optimizer, batchSize: 1, sequence: 1, methods: [lora], ranks: [1] };
    const { total } = estimateRows({ ...alone, dtype: 'nf4' }).rows[0]!.memory;
    expect(total).toBeLessThan(estimateRows(alone).rows[0]!.memory.total);
    expect(estimateRows({ ...alone, checkpointing: 'block' }).refused[0]?.field).toBe('checkpointing');
    expect(estimateRows({ ...alone, budget: total }).rows[0]!.changes![0]).toEqual({ dtype: 'nf4', total });
  });

  it('say a length above the one from which attention is chunked, where that holds less, whatever length was asked for', () => {
    const long = {
      ...request,
      model: { ...model, contextLength: 640 },
      batchSize: 1,
      methods: [lora],
      targets: ['query'],
    };
    const at = (sequence: number) => {
      const [row] = estimateRows({ ...long, sequence }).rows;
      return row!.memory.total;
    };
    const budget = at(600);
    expect(budget).toBeLessThan(at(512));
    for (const sequence of [16, 512, 620]) {
      const [row] = estimateRows({ ...long, sequence, budget }).rows;
      expect(row!.largest!.sequence).toBe(600);
    }
    // At 512 tokens it is whole unless it is asked for in chunks, which take less.
    expect(estimateRows({ ...long, sequence: 512, budget }).rows[0]!.changes![0]).toMatchObject({
      attention: 'chunked',
    });
    // Between both lengths nothing above fits.
    const short = at(100);
    expect(estimateRows({ ...long, sequence: 512, budget: short }).rows[0]!.largest!.sequence).toBe(100);
  });

  it('name a leaner attention before all else, and with it', () => {
    const long = { ...request, model: { ...model, contextLength: 256 }, sequence: 256, methods: [lora] };
    const held = (attention: Attention, batchSize: number) =>
      peakOf({ batchSize, sequence: 256 }, { model: long.model, attention });
    const change = (budget: number) => estimateRows({ ...long, attention: 'whole', budget }).rows[0]?.changes?.[0];
    const [lean, alone] = [held('chunked', 2), held('chunked', 1)];
    expect(lean).toBeLessThan(held('whole', 2));
    expect(change(lean)).toEqual({ attention: 'chunked', total: lean });
    expect(alone).toBeLessThan(held('whole', 1));
    expect(change(alone)).toEqual({ attention: 'chunked', batch: 1, total: alone });

    const inTorch = (attention: 'eager' | 'sdpa', budget?: number) =>
      estimateRows({ ...long, torch: { ...torchSetup, attention }, budget }).rows[0]!;
    const { high } = inTorch('sdpa').torch!.intervals.reserved;
    expect(high).toBeLessThan(inTorch('eager').torch!.intervals.reserved.high);
    expect(inTorch('eager', high).changes).toEqual([{ attention: 'sdpa', total: high }]);
  });

  it('say of torch what is allocated, reserved and steady, and hold a budget to the interval of what is reserved', () => {
    const asked = { ...request, methods: [lora, findMethod('full-ft')], torch: torchSetup } as const;
    const { rows } = estimateRows(asked);
    const trial = {
      ...request,
      method: lora,
      config: lora.config.parse({}),
      optimizer: adamw.build(adamw.config.parse({})),
    };
    const { memory, ...torch } = predictTorch({ ...trial, options: defaultTorchOptions });
    expect(rows[0]).toMatchObject({ method: 'lora', memory, torch, trainableParameters: 2 * 2 * 8 * (64 + 64) });
    expect(torch.steady).toBeLessThan(memory.total);
    const fits = (budget: number) => estimateRows({ ...asked, methods: [lora], budget }).rows[0]?.fits;
    const { low, high } = torch.intervals.reserved;
    expect([high, high - 1, low, low - 1].map(fits)).toEqual([true, null, null, false]);
  });

  it.each(torchUpdates)('count whole bytes for updates of %s', (update) => {
    // Scores and logits fill more than a page of a segment at 600 tokens.
    const asked = { ...request, batchSize: 3, sequence: 600, methods, torch: { ...torchSetup, update } };
    const { rows } = estimateRows({ ...asked, model: { ...model, contextLength: 600 } });
    expect(rows.length).toBeGreaterThan(20);
    for (const { method, memory, torch } of rows) {
      const bytes = [...Object.values(memory), torch!.reserved, torch!.steady];
      expect(bytes.map(Number.isInteger), method).not.toContain(false);
    }
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
    const asked = { methods: ['lora'], targets: ['query'], optimizer: 'adamw', engine: 'wasm', batch: 1 } as const;
    const { rows: found, classes } = estimateOf(bert, asked);
    expect(classes).toBe(2);
    expect(found).toEqual(estimateOf(bert, { ...asked, classes: 2 }).rows);
    expect(found).not.toEqual(estimateOf(bert, { ...asked, classes: 3 }).rows);
    expect(estimateOf(model, asked).classes).toBeNull();
  });
});

describe('how a row stands to a budget', () => {
  const straight = {
    model,
    method: lora,
    shapes: [{ in: 64, out: 64, bias: false }],
    asked: { rank: 8, batch: 2, sequence: 16, checkpointing: 'none' as const, dtype: 'float32' as const },
    takes: () => true,
    admits: () => true,
  };
  const asking = (bytes: (changed: Changed) => number) => {
    const asked: Changed[] = [];
    const peak = (changed: Changed) => {
      asked.push(changed);
      return bytes(changed);
    };
    return { asked, peak };
  };

  it('asks about no type of the base that is beyond the budget by itself', () => {
    const { asked, peak } = asking(({ dtype, batch = 2 }) => (dtype === 'nf4' ? 100 : 1000) + 10 * batch);
    const fit = fitOf({ ...straight, total: 1020, least: 1020, weights: 1000, budget: 115, peak });
    expect(fit).toMatchObject({ fits: false, largest: { rank: null, batch: null, sequence: null } });
    expect(fit.changes).toEqual([{ checkpointing: 'block', dtype: 'nf4', batch: 1, total: 110 }]);
    expect(asked.map(({ dtype }) => dtype)).not.toContain(undefined);
  });

  it('asks for the same numbers once, and for those of the row not at all', () => {
    const { asked, peak } = asking(({ batch = 2, rank = 8, sequence = 16 }) => 10 * batch + rank + sequence);
    const fit = fitOf({ ...straight, total: 44, least: 44, weights: 5, budget: 60, peak });
    expect(fit).toEqual({ fits: true, largest: { rank: 24, batch: 3, sequence: 32 } });
    const keys = asked.map((changed) => JSON.stringify(changed));
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys).not.toContain('{"batch":2}');
  });
});
