import { describe, expect, it } from 'vitest';
import {
  byteUnit,
  formatAgo,
  formatBytes,
  formatDuration,
  formatLearningRate,
  formatMetric,
  formatPercent,
  formatProbability,
  formatTick,
} from '../src/lib/format.js';

describe('formatting', () => {
  it.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1_572_864, '1.50 MiB'],
    [64 * 1024 ** 2, '64.0 MiB'],
    [200 * 1024 ** 3, '200 GiB'],
    [null, '–'],
  ])('bytes %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));

  it.each([
    [3.40625, '3.406'],
    [0.012345, '0.01235'],
    [1234.5, '1235'],
    [0.00000123, '1.23e-6'],
    [0, '0'],
    [null, '–'],
  ])('metric %s', (value, text) => expect(formatMetric(value)).toBe(text));

  it.each([
    [0.0003, '3e-4'],
    [0.00125, '1.25e-3'],
    [0.05, '0.05'],
    [1, '1'],
  ])('learning rate %s', (value, text) => expect(formatLearningRate(value)).toBe(text));

  it.each([
    [0.25, '250 ms'],
    [3.44, '3.4 s'],
    [59.7, '1 min 0 s'],
    [3725, '1 h 2 min'],
    [90_000, '1 d 1 h'],
  ])('duration %s s', (seconds, text) => expect(formatDuration(seconds)).toBe(text));

  it('writes ticks short', () => {
    expect([4.5, 0.0002, 25_000, 0, 0.30000000000000004].map(formatTick)).toEqual(['4.5', '2e-4', '25K', '0', '0.3']);
    expect([2.5e12, 1e200, -123_456e300].map(formatTick)).toEqual(['2.5T', '1e+200', '-1.235e+305']);
  });

  it('chooses the unit of an axis by its largest value', () => {
    expect([0, 1023, 1024, 3 * 1024 ** 3].map((bytes) => byteUnit(bytes).name)).toEqual(['B', 'B', 'KiB', 'GiB']);
  });

  it('tells the distance in time', () => {
    const now = Date.parse('2026-01-01T00:02:00Z');
    expect(formatAgo('2026-01-01T00:00:00Z', now)).toBe('2 minutes ago');
    expect(formatAgo('2026-01-01T00:02:30Z', now)).toBe('just now');
  });

  it('never rounds progress up to done', () => {
    expect(formatPercent(0.9999)).toBe('99 %');
    expect([29 / 50, 29 / 100].map(formatPercent)).toEqual(['58 %', '29 %']);
    expect(formatPercent(0.0001)).toBe('< 1 %');
  });

  it('shows small probabilities as a bound', () => {
    expect(formatProbability(0.00001)).toBe('< 0.0001');
    expect(formatProbability(0.0321)).toBe('0.032');
  });
});
