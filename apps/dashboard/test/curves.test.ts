import { describe, expect, it } from 'vitest';
import { type Curve, defaultSmoothing, groupCurves, onGrid, smooth, valueAt } from '../src/features/trials/curves.js';

function curve(part: Partial<Curve>): Curve {
  return {
    trialId: '',
    method: 'lora',
    optimizer: 'adamw',
    rank: 8,
    learningRate: 1e-3,
    seed: 0,
    steps: [],
    values: [],
    ...part,
  };
}

describe('groupCurves', () => {
  it('gives mean and sample deviation at steps that curves did not both record', () => {
    const [group] = groupCurves(
      [curve({ steps: [1, 3], values: [4, 2] }), curve({ seed: 1, steps: [1, 2, 3], values: [2, 1, 4] })],
      'method',
    );
    expect(group!.steps).toEqual([1, 2, 3]);
    // At step 2 the first curve lies half way between 4 and 2.
    expect(group!.mean).toEqual([3, 2, 3]);
    // Sample deviation of two values a, b is |a − b| / √2.
    expect(group!.deviation.map((d) => d * Math.SQRT2)).toEqual([2, 2, 2].map((d) => expect.closeTo(d, 12)));
  });

  it('averages only the curves that reach a step', () => {
    const [group] = groupCurves(
      [curve({ steps: [1, 2], values: [1, 1] }), curve({ steps: [1, 3], values: [3, 5] })],
      'method',
    );
    expect(group!.mean).toEqual([2, 2.5, 5]);
    expect(group!.deviation[2]).toBe(0);
  });

  it('leaves out steps that no curve covers, as between the rungs of a training', () => {
    const [group] = groupCurves(
      [
        curve({ steps: [4], values: [0.5] }),
        curve({ seed: 1, steps: [4], values: [0.7] }),
        curve({ steps: [20], values: [0.9] }),
      ],
      'method',
    );
    expect(group).toMatchObject({ steps: [4, 20], mean: [expect.closeTo(0.6, 12), 0.9] });
  });

  it('draws a line for each contender, whichever part tells them apart', () => {
    const part = { steps: [1], values: [1] };
    const contenders = [{}, { baseDtype: 'nf4' }, { generator: 'small' }, { optimizer: 'sgd' }, { strategy: 'svd' }];
    const groups = groupCurves(
      [...contenders, { baseDtype: 'nf4', seed: 1, values: [3] }].map((own) => curve({ ...part, ...own })),
      'method',
    );
    expect(groups.map(({ name, mean }) => [name, mean])).toEqual([
      ['lora', [1]],
      ['lora + nf4 base', [2]],
      ['lora + sgd', [1]],
      ['lora + small', [1]],
      ['lora + svd', [1]],
    ]);
  });

  it('orders numeric axes as numbers and leaves out trials without points', () => {
    const groups = groupCurves(
      [16, 4, 128].map((rank) => curve({ rank, steps: [1], values: [1] })).concat(curve({ rank: 2 })),
      'rank',
    );
    expect(groups.map(({ name }) => name)).toEqual(['rank 4', 'rank 16', 'rank 128']);
    const rates = [1e-4, 0.03, 3e-4, 0.01].map((learningRate) => curve({ learningRate, steps: [1], values: [1] }));
    expect(groupCurves(rates, 'learningRate').map(({ name }) => name)).toEqual(['1e-4', '3e-4', '0.01', '0.03']);
  });
});

describe('valueAt', () => {
  it('is undefined outside the recorded steps', () => {
    const recorded = { steps: [10, 20], values: [1, 2] };
    expect([9, 10, 15, 20, 21].map((step) => valueAt(recorded, step))).toEqual([undefined, 1, 1.5, 2, undefined]);
  });
});

describe('onGrid', () => {
  it('keeps the ends of a curve and takes the steps between from the grid', () => {
    const curve = { steps: [2, 4, 7], values: [1, 3, 9] };
    expect(onGrid(curve, [1, 3, 5, 7, 9])).toEqual({ steps: [2, 3, 5, 7], values: [1, 2, 5, 9] });
    expect(onGrid({ steps: [4], values: [5] }, [3, 5])).toEqual({ steps: [4], values: [5] });
  });
});

describe('defaultSmoothing', () => {
  it('smooths what single batches gave and leaves measured values alone', () => {
    const metrics = ['train/loss', 'validation/accuracy', 'memory/peak', 'federation/bytes-up'];
    expect(metrics.map(defaultSmoothing)).toEqual([0.6, 0, 0, 0]);
  });
});

describe('smooth', () => {
  it('is the exponential moving average from the first value', () => {
    expect(smooth([4, 0, 0], 0.5)).toEqual([4, 2, 1]);
    expect(smooth([4, 0, 2], 0)).toEqual([4, 0, 2]);
  });
});
