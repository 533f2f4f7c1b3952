import { describe, expect, it } from 'vitest';
import { mixedTrials, type SimulatedTrial, simulate } from '../src/index.js';

const GIB = 2 ** 30;
const minutes = 60_000;
const patienceMs = 15 * minutes;
/** How much worse than first fit the utilization may be, in points of the whole. */
const margin = 0.05;

const trial = (classBytes: number, durationMs: number, arrivesMs = 0): SimulatedTrial => ({
  arrivesMs,
  classBytes,
  predictedBytes: classBytes,
  durationMs,
});

describe('by hand', () => {
  // Of 10: two of 4 run. One of 10 comes at 1 and cannot begin while small ones follow each other.
  const trials = [trial(4, 5), trial(4, 10), trial(10, 10, 1), ...[2, 3, 4, 5].map((at) => trial(4, 10, at))];
  const on = { devices: 1, capacityBytes: 10, slots: 4 };

  it('first fit serves the large one last', () => {
    // Small ones begin at 5, 10, 15 and 20 and end until 30.
    expect(simulate(trials, { ...on, patienceMs: Number.POSITIVE_INFINITY })).toMatchObject({
      makespanMs: 40,
      longestWaitMs: 29,
      longestHeadWaitMs: 29,
      utilization: 320 / 400,
      boundMs: 32,
    });
  });

  it('drains the device for it after the patience', () => {
    // One small begins at 5; the large one is due at 6 and runs from 15 to 25; then two small, then one.
    expect(simulate(trials, { ...on, patienceMs: 5 })).toMatchObject({
      makespanMs: 45,
      longestWaitMs: 30,
      longestHeadWaitMs: 20,
      utilization: 320 / 450,
      boundMs: 32,
    });
  });

  it('holds what was predicted once it runs, not its class', () => {
    const small = { ...trial(8, 10), predictedBytes: 4 };
    expect(simulate([small, small], { ...on, capacityBytes: 13, patienceMs: 5 }).makespanMs).toBe(10);
    expect(simulate([trial(8, 10), trial(8, 10)], { ...on, capacityBytes: 13, patienceMs: 5 }).makespanMs).toBe(20);
  });

  it('refuses what no device could hold', () => {
    expect(() => simulate([trial(11, 1)], { ...on, patienceMs: 5 })).toThrow('a trial of 11 bytes, and devices of 10');
  });
});

describe.each([
  ['all at once', 0, 1],
  ['all at once', 0, 2],
  ['arriving', 3.5, 1],
  ['arriving', 3.5, 2],
])('10,000 mixed trials %s (every %s s), seed %s', (_, arrivals, seed) => {
  const trials = mixedTrials({ count: 10_000, seed, meanSeconds: 120, arrivals });
  const on = { devices: 4, capacityBytes: 76 * GIB, slots: 16 };
  const classes = new Set(trials.map(({ classBytes }) => classBytes)).size;
  const longest = Math.max(...trials.map(({ durationMs }) => durationMs));
  const boundedMs = patienceMs + classes * longest;
  const aged = simulate(trials, { ...on, patienceMs });
  const firstFit = simulate(trials, { ...on, patienceMs: Number.POSITIVE_INFINITY });

  it('no head of a queue waits longer than the patience and one drain for each class', () => {
    expect(aged.longestHeadWaitMs).toBeLessThanOrEqual(boundedMs);
    expect(aged.longestHeadWaitMs).toBeLessThan(firstFit.longestHeadWaitMs / 2);
  });

  it('costs little of what first fit uses', () => {
    expect(aged.utilization).toBeGreaterThan(firstFit.utilization - margin);
  });

  it('breaks no bound', () => {
    for (const { makespanMs, boundMs, peakShare } of [aged, firstFit]) {
      expect(peakShare).toBeLessThanOrEqual(1);
      expect(makespanMs).toBeGreaterThanOrEqual(boundMs);
    }
  });
});

it('breaks, without patience, the bound that patience keeps', () => {
  const trials = mixedTrials({ count: 10_000, seed: 1, meanSeconds: 120, arrivals: 0 });
  const longest = Math.max(...trials.map(({ durationMs }) => durationMs));
  const { longestHeadWaitMs } = simulate(trials, {
    devices: 4,
    capacityBytes: 76 * GIB,
    slots: 16,
    patienceMs: Number.POSITIVE_INFINITY,
  });
  expect(longestHeadWaitMs).toBeGreaterThan(patienceMs + 5 * longest);
});
