import { axisLimits, clamp, endsOf } from '@rankforge/contracts';
import { describe, expect, it } from 'vitest';
import { placeWhisker } from '../src/features/standings/place-whisker.js';
import { metricRange } from '../src/features/trials/metrics.js';

describe('axisLimits', () => {
  it('leaves a margin where the metric goes on, and none past its end', () => {
    const { min, max } = axisLimits([0.5, 1], [0, 1]);
    expect(min).toBeCloseTo(0.48, 12);
    expect(max).toBe(1);
    expect(axisLimits([0, 0.01], [0, 1]).min).toBe(0);
  });

  it('leaves a margin on both sides of a metric without ends', () => {
    expect(axisLimits([-1, 1], [null, null])).toEqual({ min: -1.08, max: 1.08 });
  });
});

describe('endsOf', () => {
  it('finds the ends of more values than a call takes arguments', () => {
    const values = Array.from({ length: 500_000 }, (_, index) => index % 1000);
    values[123_456] = -7;
    expect(endsOf(values)).toEqual([-7, 999]);
    expect(axisLimits(values, [null, 999]).max).toBe(999);
  });

  it('has no ends of nothing', () => {
    expect(endsOf([])).toEqual([Infinity, -Infinity]);
  });
});

it('clamp keeps a value inside of the ends that there are', () => {
  expect([clamp(1.2, [0, 1]), clamp(-3, [0, null]), clamp(7, [null, null])]).toEqual([1, 0, 7]);
});

it("metricRange reads the range from the task's metric", () => {
  const task = {
    name: 'spam',
    title: 'Spam',
    description: '',
    objective: 'classification' as const,
    reads: 'tokens' as const,
    writes: false,
    primaryMetric: { name: 'accuracy', direction: 'maximize' as const, range: [0, 1] as [number, number] },
    metrics: [{ name: 'accuracy', direction: 'maximize' as const, range: [0, 1] as [number, number] }],
    source: { package: 'spam', version: '1', licence: 'MIT' },
    defaults: { steps: 1, batchSize: 1, sequenceLength: 1 },
  };
  expect(metricRange('validation/accuracy', task)).toEqual([0, 1]);
  expect(metricRange('train/loss', task)).toEqual([null, null]);
  expect(metricRange('validation/accuracy', undefined)).toEqual([null, null]);
});

describe('placeWhisker', () => {
  it('ends at the first and at the last place', () => {
    expect(placeWhisker(1.5, 3, 4)).toEqual([1, 3]);
    expect(placeWhisker(3.5, 3, 4)).toEqual([2, 4]);
    expect(placeWhisker(2.5, 1, 4)).toEqual([2, 3]);
  });

  it('lets two whiskers overlap exactly where their places differ by less than the critical difference', () => {
    for (const [a, b] of [
      [1, 3.9],
      [1, 4],
      [1.2, 4.3],
      [2, 4.9],
      [2, 5],
    ] as const) {
      const apart = placeWhisker(a, 3, 5)[1] <= placeWhisker(b, 3, 5)[0];
      expect(apart).toBe(b - a >= 3);
    }
  });
});
