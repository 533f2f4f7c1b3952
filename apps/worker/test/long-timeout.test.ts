import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { longTimeout } from '../src/trial/long-timeout.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const aWeek = 604_800_000;

it.each([1000, 2 ** 31 - 1, 2 ** 31, 64 * aWeek])('calls once, after %d ms', (ms) => {
  let calls = 0;
  longTimeout(() => calls++, ms);
  vi.advanceTimersByTime(ms - 1);
  expect(calls).toBe(0);
  vi.advanceTimersByTime(1);
  expect(calls).toBe(1);
  vi.advanceTimersByTime(64 * aWeek);
  expect(calls).toBe(1);
});

it('does not call once it is ended, also after the longest time of one timer', () => {
  let calls = 0;
  const ends = [longTimeout(() => calls++, 1000), longTimeout(() => calls++, 8 * aWeek)];
  ends[0]!();
  vi.advanceTimersByTime(7 * aWeek);
  ends[1]!();
  vi.advanceTimersByTime(2 * aWeek);
  expect([calls, vi.getTimerCount()]).toEqual([0, 0]);
});
