/** @file Calibrations that another process made: the same adapter, time and peak as where the pass runs. */
import { Matrix } from 'ml-matrix';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Engine, openEngine } from '../src/engine/engine.js';
import { findOptimizer, methods } from '../src/registry.js';
import type { TrainEvent } from '../src/training/events.js';
import { type Pass, type PassStore, readPass, writePass } from '../src/training/kept-passes.js';
import { type TrainInput, train } from '../src/training/trainer.js';
import { targets, tinyBase, tinyData } from './support/tiny-model.js';

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine('wasm');
});

class Shelf implements PassStore {
  readonly passes = new Map<string, Uint8Array>();
  /** Keys that are reserved now. */
  readonly reserved = new Set<string>();
  async read(key: string) {
    return this.passes.get(key);
  }
  async write(key: string, bytes: Uint8Array) {
    if (!this.reserved.has(key)) throw new Error(`${key} is written by one that did not reserve it`);
    this.passes.set(key, bytes);
  }
  async reserve(key: string) {
    this.reserved.add(key);
    return () => void this.reserved.delete(key);
  }
}

const adamw = findOptimizer('adamw');
async function run(input: Partial<TrainInput> & Pick<TrainInput, 'method'>, options: object = {}) {
  const events: TrainEvent[] = [];
  // Base and data of its own, as in another process.
  const result = await train({
    engine,
    model: tinyBase(),
    config: { rank: 4 },
    optimizer: adamw.build(adamw.config.parse({})),
    data: { ...tinyData },
    options: { clipNorm: null, steps: 3, batchSize: 4, learningRate: 1e-3, targets, ...options },
    onEvent: (event) => void events.push(event),
    ...input,
  });
  return {
    result,
    batches: events.filter(({ type }) => type === 'calibration').length,
    served: events.flatMap((event) => (event.type === 'calibrated' ? [event.seconds] : [])),
  };
}

const calibrated = methods.filter(({ calibration }) => calibration);
describe.each(calibrated.map((method) => ({ name: method.name, method })))('$name', ({ method }) => {
  it('trains to the bit alike with the pass of another process, and counts its time', async () => {
    const store = new Shelf();
    const calibrations = { store, of: async () => 'base and data' };
    const alone = await run({ method });
    const first = await run({ method, calibrations });
    expect(first.batches).toBeGreaterThan(0);
    expect(store.passes.size).toBe(1);
    const second = await run({ method, calibrations });
    expect(second.batches).toBe(0);
    const { seconds } = readPass([...store.passes.values()][0]!);
    expect(second.served).toEqual([seconds]);
    expect(second.result.seconds).toBeGreaterThan(seconds);
    for (const { result } of [first, second]) {
      expect(result.adapter).toEqual(alone.result.adapter);
      expect(result.peak).toEqual(alone.result.peak);
      expect(result.validation).toEqual(alone.result.validation);
    }
  });

  it('takes none of another base, data, seed, targets or batch size', async () => {
    const store = new Shelf();
    const calibrations = { store, of: async () => 'base and data' };
    const { batches } = await run({ method, calibrations });
    for (const other of [{ seed: 1 }, { targets: ['query' as const] }, { batchSize: 2 }]) {
      expect((await run({ method, calibrations }, other)).batches, JSON.stringify(other)).toBe(batches);
    }
    const elsewhere = { store, of: async () => 'base and other data' };
    expect((await run({ method, calibrations: elsewhere })).batches).toBe(batches);
    expect(store.passes.size).toBe(5);
  });
});

it('keeps no pass of a base that the trial draws itself, and none that was stopped', async () => {
  const store = new Shelf();
  const calibrations = { store, of: async () => 'base and data' };
  const method = calibrated[0]!;
  const stop = new AbortController();
  const { result } = await run({
    method,
    calibrations,
    signal: stop.signal,
    onEvent: (event) => void (event.type === 'calibration' && stop.abort()),
  });
  expect(result.outcome).toBe('stopped');
  expect(store.passes.size).toBe(0);
  expect((await run({ method, calibrations, initial: 'random' })).batches).toBeGreaterThan(0);
  expect(store.passes.size).toBe(0);
});

it('takes what another process left while it waited for it, and gives back what it reserved', async () => {
  const store = new Shelf();
  const calibrations = { store, of: async () => 'base and data' };
  const [method] = calibrated;
  const first = await run({ method: method!, calibrations });
  expect(store.reserved.size).toBe(0);
  const left = new Map(store.passes);
  store.passes.clear();
  store.reserve = async (key) => {
    store.passes.set(key, left.get(key)!);
    return Shelf.prototype.reserve.call(store, key);
  };
  const second = await run({ method: method!, calibrations });
  expect([first.batches > 0, second.batches, second.served.length]).toEqual([true, 0, 1]);
  expect(second.result.adapter).toEqual(first.result.adapter);
  expect(store.reserved.size).toBe(0);
});

it('gives back what it reserved when the pass fails', async () => {
  const store = new Shelf();
  const failing = run({
    method: calibrated[0]!,
    calibrations: { store, of: async () => 'base and data' },
    onEvent(event) {
      if (event.type === 'calibration') throw new Error('the device is lost');
    },
  });
  await expect(failing).rejects.toThrow('the device is lost');
  expect(store.reserved.size).toBe(0);
});

describe('the bytes of a pass', () => {
  const scatter = new Matrix([
    [1, 2],
    [3, 4 + 2 ** -50],
  ]);
  const mean = Float64Array.of(0.1, 0.2);
  const peak = {
    weights: 1,
    adapters: 2,
    gradients: 3,
    optimizer: 4,
    activations: 5,
    workspace: 6,
    total: 21,
  };

  it('hold what layers share once, and give it back shared', () => {
    const inputs = { rows: 3, mean, absoluteMean: mean, scatter };
    const one: Pass['statistics'] = new Map([['a', { inputs }]]);
    const two: Pass['statistics'] = new Map([...one, ['b', { inputs: { ...inputs }, losses: new Map([[2, 0.5]]) }]]);
    const bytes = writePass({ statistics: two, peak, seconds: 1.5 });
    expect(bytes.length - writePass({ statistics: one, peak, seconds: 1.5 }).length).toBeLessThan(100);
    const read = readPass(bytes);
    expect(read).toEqual({ statistics: two, peak, seconds: 1.5 });
    expect(read.statistics.get('a')!.inputs!.scatter).toBe(read.statistics.get('b')!.inputs!.scatter);
    expect(read.statistics.get('a')!.inputs!.scatter).toBeInstanceOf(Matrix);
  });

  it('are refused where they are something else', () => {
    expect(() => readPass(Buffer.from('something else'))).toThrow();
  });
});
