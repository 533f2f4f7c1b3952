/** @file How much each setting of a sweep mattered, per method and over all of them. */
import type { SweepSettings } from '@rankforge/contracts';
import { type Direction, importanceIntervals, seededDraws, type Tried } from '@rankforge/search';

/**
 * Configurations below which nothing is said. Of 50 at random, the setting that decides came first in 71 to 94 % of simulated searches
 * and was told from chance in 81 to 87 %; of 30 in 59 to 78 % and 29 to 46 % (`npm run bench -- importance`).
 */
const least = 50;

const confidence = 0.95;
/** Samples for each interval and each p-value. */
const samples = 200;

/** Configurations that are compared with each other: those of a method, or of all where the method is null. */
export interface TriedGroup {
  method: number | null;
  tried: Tried[];
}

interface Asked {
  groups: TriedGroup[];
  direction: Direction;
}

/** The importance of the settings in each group. */
export function importanceOf({ groups, direction }: Asked): SweepSettings['importance'] {
  return {
    least,
    confidence,
    groups: groups.map(({ method, tried }) => {
      // Equal results give equal intervals, whenever they are asked for.
      const draws = seededDraws(tried.length, `importance/${method}`);
      const found = tried.length < least ? [] : importanceIntervals(tried, direction, { samples, confidence, draws });
      const settings = found.map(({ name, share, low, high, pValue }) => ({ name, share, low, high, pValue }));
      return { method, configurations: tried.length, settings };
    }),
  };
}
