import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide, heldBytes, listens } from '../src/index.js';

const room = (freeBytes: number, freeSlots = 8) => ({ capacityBytes: 100, freeBytes, freeSlots });

describe('who begins', () => {
  it('lets small ones pass one that does not fit, until that one has waited long enough', () => {
    const line = (waitedMs: number) => [
      { bytes: 90, waitedMs },
      { bytes: 30, waitedMs: 0 },
    ];
    expect(decide(room(40), line(999), 1000)).toEqual({ starts: [1], drainsFor: undefined });
    expect(decide(room(40), line(1000), 1000)).toEqual({ starts: [], drainsFor: 0 });
    expect(decide(room(100), line(1000), 1000)).toEqual({ starts: [0], drainsFor: undefined });
  });

  it('counts slots as it counts bytes', () => {
    const line = [10, 10, 10].map((bytes) => ({ bytes, waitedMs: 0 }));
    expect(decide(room(100, 2), line, 1000)).toEqual({ starts: [0, 1], drainsFor: undefined });
    expect(decide(room(100, 0), [{ bytes: 1, waitedMs: 1000 }], 1000).drainsFor).toBe(0);
    const several = [
      { bytes: 10, slots: 2, waitedMs: 0 },
      { bytes: 10, waitedMs: 0 },
    ];
    expect(decide(room(100, 2), several, 1000)).toEqual({ starts: [0], drainsFor: undefined });
    expect(decide(room(100, 1), several, 1000)).toEqual({ starts: [1], drainsFor: undefined });
  });

  it('drains for nothing that the device can never hold', () => {
    const line = [
      { bytes: 101, waitedMs: 10_000 },
      { bytes: 30, waitedMs: 0 },
    ];
    expect(decide(room(40), line, 1000)).toEqual({ starts: [1], drainsFor: undefined });
  });

  it('never hands out more than there is, and lets nobody pass the one it drains for', () => {
    const entry = fc.record({ bytes: fc.integer({ min: 1, max: 120 }), waitedMs: fc.integer({ min: 0, max: 2000 }) });
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 100 }),
        fc.integer({ min: 0, max: 4 }),
        fc.array(entry, { maxLength: 12 }),
        (freeBytes, freeSlots, line) => {
          const { starts, drainsFor } = decide(room(freeBytes, freeSlots), line, 1000);
          expect(starts.reduce((sum, index) => sum + line[index]!.bytes, 0)).toBeLessThanOrEqual(freeBytes);
          expect(starts.length).toBeLessThanOrEqual(freeSlots);
          if (drainsFor !== undefined) expect(Math.max(-1, ...starts)).toBeLessThan(drainsFor);
        },
      ),
    );
  });
});

describe('what a device takes from its queues', () => {
  const head = (bytes: number, waitedMs = 0) => ({ bytes, waitedMs });

  it('is what fits, and what was turned away for long enough', () => {
    expect(listens(room(40), [], head(40), 1000)).toBe(true);
    expect(listens(room(40), [], head(41), 1000)).toBe(false);
    expect(listens(room(40), [], head(41, 1000), 1000)).toBe(true);
    expect(listens(room(40), [], head(101, 1000), 1000)).toBe(false);
  });

  it('is nothing while it drains', () => {
    expect(listens(room(40), [head(90, 1000)], head(10), 1000)).toBe(false);
    expect(listens(room(40), [head(90, 10)], head(10), 1000)).toBe(true);
  });
});

it('a trial holds a quarter more than its prediction, and its class at most', () => {
  expect([heldBytes(100, 128), heldBytes(120, 128)]).toEqual([125, 128]);
});
