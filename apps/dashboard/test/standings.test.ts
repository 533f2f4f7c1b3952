import type { Standings } from '@rankforge/contracts';
import { describe, expect, it } from 'vitest';
import { apartText, leads } from '../src/features/standings/apart.js';

const test = { chiSquared: 9, pValue: 0.01, criticalDifference: 1.5 };
const standings: Standings = { boards: [], rows: [], alpha: 0.05, test };
const level: Standings = { ...standings, test: { ...test, pValue: 0.3 } };

describe('mean places', () => {
  it('lead where they differ from the best by less than the critical difference', () => {
    expect([1, 2.49, 2.5].map((place) => leads(standings, 1, place))).toEqual([true, true, false]);
  });

  it('all lead where Friedman’s test finds no difference, or there is none', () => {
    expect(leads(level, 1, 9)).toBe(true);
    expect(leads({ ...standings, test: null }, 1, 9)).toBe(true);
  });

  it('differ in words only where Friedman’s test finds a difference', () => {
    expect(apartText(standings)).toMatch(/p = 0\.01\. Mean places that differ by 1\.50 or more differ/);
    expect(apartText(level)).toMatch(/p = 0\.3: .* finds no difference, so no two rows are told apart/);
    expect(apartText(level)).not.toMatch(/or more differ/);
    expect(apartText({ ...standings, test: null })).toMatch(/^Two boards/);
  });
});
