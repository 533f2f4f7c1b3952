import { expect, it } from 'vitest';
import { Batcher } from '../src/trial/batcher.js';

/** A batcher of squares whose statements end when a test says. */
function squares(most = 64) {
  const sent: { asked: readonly number[]; answer(): void; fail(): void }[] = [];
  const alone: number[] = [];
  const batcher = new Batcher<number, number>({
    most,
    many: (asked) =>
      new Promise((resolve, reject) => {
        // Odd ones are left to a statement of their own.
        const answers = asked.map((n) => (n % 2 ? undefined : n * n));
        sent.push({
          asked,
          answer: () => resolve(answers),
          fail: () => reject(new Error('Postgres refuses one of them')),
        });
      }),
    one: async (n) => {
      alone.push(n);
      if (n < 0) throw new RangeError(`${n} is refused`);
      return n * n;
    },
  });
  return { batcher, sent, alone };
}

it('sends the first at once, and all that come meanwhile together', async () => {
  const { batcher, sent, alone } = squares();
  const first = batcher.ask(2);
  expect(sent.map(({ asked }) => asked)).toEqual([[2]]);
  const others = [batcher.ask(4), batcher.ask(6)];
  expect(sent).toHaveLength(1);
  sent[0]!.answer();
  expect(await first).toBe(4);
  await expect.poll(() => sent.map(({ asked }) => asked)).toEqual([[2], [4, 6]]);
  sent[1]!.answer();
  expect(await Promise.all(others)).toEqual([16, 36]);
  expect(alone).toEqual([]);
  const later = batcher.ask(8);
  sent[2]!.answer();
  expect(await later).toBe(64);
});

it('sends no more in one statement than it may', async () => {
  const { batcher, sent } = squares(2);
  const answers = [2, 4, 6, 8].map((n) => batcher.ask(n));
  for (let at = 0; at < 3; at++) {
    await expect.poll(() => sent.length).toBe(at + 1);
    sent[at]!.answer();
  }
  expect(await Promise.all(answers)).toEqual([4, 16, 36, 64]);
  expect(sent.map(({ asked }) => asked)).toEqual([[2], [4, 6], [8]]);
});

it('asks alone for what a statement for many left open', async () => {
  const { batcher, sent, alone } = squares();
  const answers = [batcher.ask(2), batcher.ask(3), batcher.ask(4)];
  sent[0]!.answer();
  await expect.poll(() => sent.length).toBe(2);
  sent[1]!.answer();
  expect(await Promise.all(answers)).toEqual([4, 9, 16]);
  expect(alone).toEqual([3]);
});

it('asks alone for each after a statement for many failed, and tells each its own error', async () => {
  const { batcher, sent, alone } = squares();
  const answers = Promise.allSettled([2, -4, 6].map((n) => batcher.ask(n)));
  sent[0]!.fail();
  await expect.poll(() => sent.length).toBe(2);
  sent[1]!.fail();
  expect(await answers).toEqual([
    { status: 'fulfilled', value: 4 },
    { status: 'rejected', reason: new RangeError('-4 is refused') },
    { status: 'fulfilled', value: 36 },
  ]);
  expect(alone).toEqual([2, -4, 6]);
});
