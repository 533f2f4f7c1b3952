import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { StallWatch } from '../src/trainer/stall-watch.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('does not take time in which a checkpoint was stored, or a base loaded, for the longest step', () => {
  const reasons: string[] = [];
  const watch = new StallWatch({ stepMs: 1000, otherMs: 100_000 }, (reason) => reasons.push(reason));
  const passes = (ms: number) => vi.advanceTimersByTime(ms);
  watch.began('trial');
  passes(60_000);
  for (let step = 0; step < 10; step++) {
    watch.moved('trial', 'steps');
    passes(200);
  }
  watch.moved('trial', 'other');
  passes(50_000);
  watch.moved('trial', 'steps');
  passes(3800);
  expect(reasons).toEqual([]);
  passes(400);
  expect(reasons).toEqual([
    'nothing moved in the training process for 4.0 s (no step before had taken longer than 0.2 s), so it was killed',
  ]);
  watch.ended('trial');
});

it('measures a step from its start to its end, wherever its own looks fall', () => {
  const reasons: string[] = [];
  const watch = new StallWatch({ stepMs: 1000, otherMs: 100_000 }, (reason) => reasons.push(reason));
  watch.began('trial');
  // It looks every 100 ms: once, or never, in a step of 90 ms.
  vi.advanceTimersByTime(105);
  watch.moved('trial', 'steps');
  vi.advanceTimersByTime(90);
  watch.moved('trial', 'steps');
  vi.advanceTimersByTime(1700);
  expect(reasons).toEqual([]);
  watch.ended('trial');
});
