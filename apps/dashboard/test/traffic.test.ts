import { describe, expect, it } from 'vitest';
import { type Curve, groupCurves } from '../src/features/trials/curves.js';
import { byTraffic, reachedBy, trafficOf } from '../src/features/trials/traffic.js';

const curve = (trialId: string, steps: number[], values: number[], more: Partial<Curve> = {}): Curve => ({
  ...{ trialId, method: 'lora', optimizer: 'adamw', rank: 8, learningRate: 1e-3, seed: 0, steps, values },
  ...more,
});

/** Three rounds of ten steps: 1, 2 and 3 KiB up and 4 KiB down each. */
const up = [curve('a', [10, 20, 30], [1024, 2048, 3072]), curve('b', [10, 30], [1024, 3072])];
const down = [curve('a', [10, 20, 30], [4096, 4096, 4096]), curve('b', [10, 30], [4096, 4096])];
const traffic = trafficOf([up, down], 10);

describe('what was sent', () => {
  it('adds up both directions over the rounds that were done', () => {
    expect([0, 9, 10, 25, 30].map((step) => traffic('a', step))).toEqual([0, 0, 5, 11, 18]);
  });

  it('takes rounds that were left out of a curve from the line between its points', () => {
    expect([10, 20, 30].map((step) => traffic('b', step))).toEqual([5, 11, 18]);
  });

  it('adds up all rounds where a point is the mean of several', () => {
    // Two ends of 500 KiB, and a thousand rounds between of 1 KiB, of which each fiftieth is of 101: 3 KiB a round.
    const means = Array.from({ length: 100 }, (_, run) => (run % 5 === 2 ? 11 : 1) * 1024);
    const steps = means.map((_, run) => run * 10 + 7);
    const long = curve('long', [1, ...steps, 1002], [500 * 1024, ...means, 500 * 1024]);
    expect(trafficOf([[long]], 1)('long', 1002)).toBe(4000);
  });

  it('says nothing beyond the last round, nor of a trial that sent nothing', () => {
    expect([traffic('a', 40), traffic('c', 10)]).toEqual([undefined, undefined]);
  });

  it('takes the place of steps, with the last of what was recorded before more was sent', () => {
    const curves = [curve('a', [5, 10, 15, 20], [1, 2, 3, 4]), curve('c', [10], [1])];
    expect(byTraffic(curves, traffic)).toEqual([curve('a', [0, 5, 11], [1, 3, 4])]);
  });
});

describe('a target', () => {
  const curves = [
    curve('a', [10, 20, 30], [0.5, 0.7, 0.6]),
    curve('b', [10, 20, 30], [0.2, 0.4, 0.7]),
    curve('c', [30], [0.9], { strategy: 'pooled' }),
    curve('d', [10, 20], [0.1, 0.2], { strategy: 'median' }),
  ];
  const groups = groupCurves(curves, 'method');
  const of = (target: number, direction: 'minimize' | 'maximize' = 'maximize') =>
    reachedBy(groups, target, { direction, localSteps: 10, traffic });

  it('counts from the first point that is as good, and averages over the trials that come there', () => {
    expect(of(0.7)).toEqual([
      { name: 'lora', reached: 2, trials: 2, rounds: 2.5, kib: 14.5 },
      { name: 'lora + median', reached: 0, trials: 1 },
      { name: 'lora + pooled', reached: 1, trials: 1, rounds: 3 },
    ]);
    expect(of(0.65)[0]).toMatchObject({ reached: 2, rounds: 2.5 });
  });

  it('counts values below it where less is better', () => {
    expect(of(0.2, 'minimize').map(({ reached, rounds }) => [reached, rounds])).toEqual([
      [1, 1],
      [1, 1],
      [0, undefined],
    ]);
  });
});
