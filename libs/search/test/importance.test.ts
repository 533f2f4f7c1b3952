import { describe, expect, it } from 'vitest';
import { type Direction, importanceIntervals, importances, type Space, seededDraws, type Tried } from '../src/index.js';
import { vectors } from './support/vectors.js';

interface Case {
  name: string;
  direction: Direction;
  tried: Tried[];
  divergences: Record<string, number>;
  shares: Record<string, number>;
}

/** Trials name their space by its place. */
interface Recorded extends Omit<Case, 'tried'> {
  spaces: Space[];
  tried: (Omit<Tried, 'space'> & { space: number })[];
}

const cases = vectors<{ cases: Recorded[] }>('importance/ped-anova').cases.map(
  ({ spaces, tried, ...rest }): Case => ({
    ...rest,
    tried: tried.map((each) => ({ ...each, space: spaces[each.space]! })),
  }),
);
const caseOf = (name: string) => cases.find((each) => each.name === name)!;

describe('importances', () => {
  it.each(cases)('says what Optuna does: $name', ({ tried, direction, divergences, shares }) => {
    const found = importances(tried, direction);
    expect(found.map(({ name }) => name).sort()).toEqual(Object.keys(divergences).sort());
    for (const { name, divergence, share } of found) {
      expect(Math.abs(divergence - divergences[name]!)).toBeLessThanOrEqual(1e-9 * divergences[name]!);
      expect(Math.abs(share - shares[name]!)).toBeLessThanOrEqual(1e-9);
    }
  });

  it('leaves out a parameter with one value', () => {
    const { tried, direction } = caseOf('floats: 23');
    const rank = { kind: 'int', low: 8, high: 8, log: true } as const;
    const fixed = tried.map((each) => ({
      ...each,
      space: { ...each.space, rank },
      point: { ...each.point, rank: 8 },
    }));
    expect(importances(fixed, direction)).toEqual(importances(tried, direction));
  });

  it('finds no importance where all results are equal', () => {
    const { tried } = caseOf('lists: 23');
    const equal = tried.map((each) => ({ ...each, value: 1 }));
    const found = importances(equal, 'minimize');
    expect(found.map(({ name }) => name)).toEqual(['a', 'b', 'c']);
    expect(found.flatMap(({ divergence, share }) => [divergence, share])).toEqual([0, 0, 0, 0, 0, 0]);
  });
});

describe('importanceIntervals', () => {
  const ask = ({ tried, direction }: Pick<Case, 'tried' | 'direction'>) =>
    importanceIntervals(tried, direction, { samples: 200, confidence: 0.95, draws: seededDraws(0, 'importance') });

  it('puts each share within its interval', () => {
    const sampled = caseOf('mixed: 200');
    const found = ask(sampled);
    expect(found.map(({ name, divergence, share }) => ({ name, divergence, share }))).toEqual(
      importances(sampled.tried, sampled.direction),
    );
    for (const { low, share, high } of found) {
      expect(low).toBeLessThanOrEqual(share);
      expect(high).toBeGreaterThanOrEqual(share);
      expect(low).toBeGreaterThanOrEqual(0);
      expect(high).toBeLessThanOrEqual(1);
    }
    expect(ask(sampled)).toEqual(found);
  });

  it('tells a parameter that decides from one that does nothing', () => {
    const draws = seededDraws(3, 'data');
    const unit = { kind: 'float', low: 0, high: 1, log: false } as const;
    const tried = Array.from({ length: 100 }, (): Tried => {
      const point = { decides: draws(), nothing: draws() };
      return { space: { decides: unit, nothing: unit }, point, value: point.decides };
    });
    const [first, second] = ask({ tried, direction: 'maximize' });
    expect([first!.name, second!.name]).toEqual(['decides', 'nothing']);
    // The best possible with 200 deals.
    expect(first!.pValue).toBeCloseTo(1 / 201, 12);
    expect(second!.pValue).toBeGreaterThan(0.05);
    expect(first!.low).toBeGreaterThan(second!.high);
  });

  it('does not credit a parameter that only good methods have with what the method does', () => {
    const list = (choices: number) => ({ kind: 'categorical', choices }) as const;
    const idle = ['a', 'b', 'c'];
    const found = Array.from({ length: 40 }, (_, search) => {
      const draws = seededDraws(search, 'conditional');
      const tried = Array.from({ length: 200 }, (): Tried => {
        const method = Math.floor(draws() * 4);
        const own = method === 3 ? idle : [];
        return {
          space: { method: list(4), ...Object.fromEntries(own.map((name) => [name, list(3)])) },
          point: { method, ...Object.fromEntries(own.map((name) => [name, Math.floor(draws() * 3)])) },
          value: 10 * method + draws(),
        };
      });
      return importanceIntervals(tried, 'maximize', { samples: 100, confidence: 0.95, draws });
    }).flat();
    const told = (names: readonly string[]) =>
      found.filter(({ name, pValue }) => names.includes(name) && pValue <= 0.05).length;
    expect(told(['method'])).toBeGreaterThanOrEqual(30);
    // At 5 %, 6 of 120 are expected, and more than 12 in one of a hundred such tests.
    expect(told(idle)).toBeLessThanOrEqual(12);
  });
});
