import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { paretoFront } from '../src/index.js';

const point = fc.record({ cost: fc.integer({ min: 0, max: 5 }), score: fc.integer({ min: 0, max: 5 }) });

describe('paretoFront', () => {
  it.each(['minimize', 'maximize'] as const)('keeps exactly the points that none dominates (%s)', (direction) => {
    fc.assert(
      fc.property(fc.array(point, { maxLength: 12 }), (points) => {
        const sign = direction === 'minimize' ? 1 : -1;
        const expected = points.filter(
          (p) =>
            !points.some(
              (q) =>
                q.cost <= p.cost &&
                sign * q.score <= sign * p.score &&
                (q.cost < p.cost || sign * q.score < sign * p.score),
            ),
        );
        const front = paretoFront(points, direction);
        expect(new Set(front)).toEqual(new Set(expected));
        expect(front).toHaveLength(expected.length);
        expect(front.map((p) => p.cost)).toEqual(front.map((p) => p.cost).sort((a, b) => a - b));
      }),
      { seed: 1, numRuns: 500 },
    );
  });

  it('leaves out what has no score', () => {
    expect(
      paretoFront(
        [
          { cost: 1, score: Number.NaN },
          { cost: 2, score: 5 },
        ],
        'minimize',
      ),
    ).toEqual([{ cost: 2, score: 5 }]);
  });
});
