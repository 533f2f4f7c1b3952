import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { batchEvery } from '../src/lib/throttle.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('waits for the work on a batch before the next interval begins', async () => {
  const batches: number[][] = [];
  const ends: (() => void)[] = [];
  const batch = batchEvery<number>(1000, (items) => {
    batches.push(items);
    return new Promise<void>((resolve) => ends.push(resolve));
  });
  batch.add(1);
  batch.add(2);
  await vi.advanceTimersByTimeAsync(150);
  expect(batches).toEqual([[1, 2]]);
  batch.add(3);
  await vi.advanceTimersByTimeAsync(5000);
  expect(batches).toEqual([[1, 2]]);
  ends[0]!();
  await vi.advanceTimersByTimeAsync(999);
  expect(batches).toEqual([[1, 2]]);
  batch.add(4);
  await vi.advanceTimersByTimeAsync(1);
  expect(batches).toEqual([
    [1, 2],
    [3, 4],
  ]);
});

it('hands over nothing after it was stopped, also where work was under way', async () => {
  const batches: number[][] = [];
  let end = () => {};
  const batch = batchEvery<number>(1000, (items) => {
    batches.push(items);
    return new Promise<void>((resolve) => {
      end = resolve;
    });
  });
  batch.add(1);
  await vi.advanceTimersByTimeAsync(150);
  batch.add(2);
  batch.stop();
  end();
  await vi.advanceTimersByTimeAsync(5000);
  expect(batches).toEqual([[1]]);
});

it('answers with what was not handed over yet when it is stopped', async () => {
  const batches: number[][] = [];
  const batch = batchEvery<number>(1000, async (items) => void batches.push(items));
  batch.add(1);
  await vi.advanceTimersByTimeAsync(150);
  batch.add(2);
  expect(batch.stop()).toEqual([2]);
  await vi.advanceTimersByTimeAsync(5000);
  expect(batches).toEqual([[1]]);
});
