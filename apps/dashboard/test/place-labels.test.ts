import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Box, placeLabels } from '../src/components/chart/place-labels.js';

const sizes = { radius: 5, gap: 3, labelHeight: 12 };
const area: Box = { x: 0, y: 0, width: 300, height: 200 };

describe('placeLabels', () => {
  it('puts a name to the right, and to the left, above or below where that is taken', () => {
    const crowd = [
      { x: 100, y: 100, labelWidth: 40 },
      { x: 120, y: 100, labelWidth: 40 },
      { x: 280, y: 50, labelWidth: 40 },
    ];
    expect(placeLabels(crowd, sizes, area)).toEqual([
      { x: 52, y: 94, width: 40, height: 12 },
      { x: 128, y: 94, width: 40, height: 12 },
      { x: 232, y: 44, width: 40, height: 12 },
    ]);
  });

  it('leaves a name out where no side is free, and the later one of two that want the same place', () => {
    const same = Array.from({ length: 6 }, () => ({ x: 150, y: 100, labelWidth: 40 }));
    expect(placeLabels(same, sizes, area).map((box) => box !== null)).toEqual([true, true, true, true, false, false]);
  });

  it('keeps names off a line', () => {
    const line = { x: 150, y: 99, width: 100, height: 2 };
    expect(placeLabels([{ x: 150, y: 100, labelWidth: 40 }], sizes, area, [line])).toEqual([
      { x: 102, y: 94, width: 40, height: 12 },
    ]);
  });

  it('lays a name over a line where every side has one, and keeps it off names and points', () => {
    const everywhere = { x: 0, y: 0, width: 300, height: 200 };
    const two = [
      { x: 150, y: 100, labelWidth: 40 },
      { x: 175, y: 100, labelWidth: 0 },
    ];
    expect(placeLabels(two, sizes, area, [everywhere])).toEqual([{ x: 102, y: 94, width: 40, height: 12 }, null]);
  });

  it('leaves points without a name alone', () => {
    expect(placeLabels([{ x: 10, y: 10, labelWidth: 0 }], sizes, area)).toEqual([null]);
  });

  it('never lays a name over another, over a point or out of the area', () => {
    const point = fc.record({
      x: fc.integer({ min: 0, max: 300 }),
      y: fc.integer({ min: 0, max: 200 }),
      labelWidth: fc.integer({ min: 0, max: 90 }),
    });
    const apart = (a: Box, b: Box) =>
      a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;
    fc.assert(
      fc.property(fc.array(point, { maxLength: 40 }), (points) => {
        const boxes = placeLabels(points, sizes, area).flatMap((box) => box ?? []);
        const dots = points.map(({ x, y }) => ({ x: x - 5, y: y - 5, width: 10, height: 10 }));
        boxes.forEach((box, index) => {
          expect(box.x >= 0 && box.y >= 0 && box.x + box.width <= 300 && box.y + box.height <= 200).toBe(true);
          for (const other of [...boxes.slice(index + 1), ...dots]) expect(apart(box, other)).toBe(true);
        });
      }),
    );
  });
});
