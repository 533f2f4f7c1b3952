import { describe, expect, it } from 'vitest';
import { lossDifference, peersOf, timeOf } from '../engines/figures.js';

/** Steps that all take the same time on one core. */
const round = (...ms: number[]) => ({ cpuMs: ms, wallMs: ms });

describe('the time of a step', () => {
  it('takes the median of all rounds without the steps to warm up', () => {
    // Three steps of six are left out: 1, 2, 3 and 3, 4, 8 remain.
    const time = timeOf([round(90, 80, 70, 1, 2, 3), round(60, 50, 40, 3, 4, 8)]);
    expect(time).toEqual({ cpu: 3, wall: 3, steps: 6 });
  });

  it('counts one refresh in two hundred steps', () => {
    // Refreshes stand at steps 0 and 5: 199 steps of 10 ms and one of 2,010 are 4,000 ms.
    const time = timeOf([round(2500, 10, 10, 10, 10, 2010)], 5);
    expect(time).toEqual({ cpu: 20, wall: 20, refresh: 2010, steps: 3 });
  });
});

describe('what a time is set beside', () => {
  const float32 = { engine: 'torch', threads: 1, options: undefined } as const;
  const autocast = { engine: 'torch', threads: 1, options: { computeDtype: 'bfloat16' } } as const;
  const twoThreads = { ...autocast, threads: 2 };
  const all = [twoThreads, autocast, float32];

  it('finds torch with the same numbers and torch in float32', () => {
    const ours = { engine: 'tensorflow', threads: 1, options: { computeDtype: 'bfloat16' } } as const;
    expect(peersOf(ours, all)).toEqual({ alike: autocast, float32 });
  });

  it('finds no peer alike where torch has no such way', () => {
    const ours = { engine: 'tensorflow', threads: 1, options: { baseDtype: 'bfloat16' } } as const;
    expect(peersOf(ours, all)).toEqual({ float32 });
  });
});

describe('first losses', () => {
  const objective = 'language-modelling';
  const halved = { objective, options: { computeDtype: 'bfloat16' } } as const;

  it('passes what rounding explains', () => {
    expect(lossDifference('x', { objective }, 9.01452, 9.0145)).toBeUndefined();
    expect(lossDifference('x', halved, 14.159, 14.1567)).toBeUndefined();
    expect(lossDifference('x', { objective: 'classification' }, 0.6924, 0.6932)).toBeUndefined();
  });

  it('names what it does not', () => {
    expect(lossDifference('width 64, lora on wasm', { objective }, 9.03, 9)).toBe(
      'width 64, lora on wasm: the first loss is 9.03, and in torch with float32 9; they may differ by a share of 0.0001',
    );
    expect(lossDifference('x', halved, 9.05, 9)).toContain('a share of 0.00390625');
  });
});
