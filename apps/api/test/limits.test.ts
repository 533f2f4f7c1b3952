import { describe, expect, it } from 'vitest';
import { nothingForecast } from '../src/catalog/forecast.js';
import { judged } from '../src/planning/limits.js';

const GIB = 2 ** 30;
const budget = { memoryBudgetMiB: 16384 };

/** A training whose engine holds so many bytes, beside those of a generator. */
const holding = (engineBytes: number, outside = 0) => {
  const total = engineBytes + outside;
  return { ...nothingForecast, engineBytes, memory: { ...nothingForecast.memory, weights: total, total } };
};

describe('what an engine can hold', () => {
  it('bounds a training under every budget, and the reason names another engine', () => {
    expect(judged(holding(3.75 * GIB), budget, 'wasm')).toEqual(budget);
    expect(judged(holding(6e9), budget, 'wasm').excess).toBe(
      'predicted 5722.0 MiB exceed the 3840.0 MiB that a process of engine wasm can hold, under any budget: choose engine tensorflow',
    );
  });

  it.each(['cpu', 'tensorflow', 'webgpu'] as const)('leaves %s what the device has', (engine) => {
    expect(judged(holding(6e9), budget, engine)).toEqual(budget);
  });

  it('does not count a generator that holds its own bytes', () => {
    expect(judged(holding(2 * GIB, 5 * GIB), budget, 'wasm')).toEqual(budget);
  });

  it('comes before a limit of the sweep', () => {
    const limited = { ...budget, limits: { trainableParameters: 1 } };
    const trained = { work: undefined, trained: { adapters: 2, base: 0 }, calls: 0, questions: 0 };
    const over = (engineBytes: number) => ({ ...holding(engineBytes), planned: () => trained });
    expect(judged(over(6e9), limited, 'wasm').excess).toMatch(/^predicted 5722.0 MiB exceed/);
    expect(judged(over(1), limited, 'wasm').excess).toMatch(/^predicted Trained parameters: 2, above the limit of 1/);
  });
});
