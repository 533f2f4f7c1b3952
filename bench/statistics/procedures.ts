/** @file Boards judged as a leaderboard judges them. */
import { type Board, leaderboard, type SeedResult } from '@rankforge/stats';
import type { DrawnBoard } from './boards.js';

/** The places of rows that one of them is given other seeds than the rest, or that are added after a look. */
export interface Judged {
  /** Seeds of a row, by its place; default: all at the first look. */
  seedsOf?(row: number): readonly Place[];
}

interface Place {
  place: number;
  look?: number;
}

/** A row's name is its place. */
export function judge({ scores }: DrawnBoard, { seedsOf }: Judged = {}): Board {
  const rows = scores.map((tables, row) => ({
    key: `${row}`,
    method: `${row}`,
    seeds: (seedsOf?.(row) ?? tables.map((_, place): Place => ({ place }))).map(({ place, look = 0 }): SeedResult => {
      const table = tables[place]!;
      return {
        seed: place,
        look,
        validation: 0,
        test: typeof table === 'number' ? { score: table } : { examples: table },
      };
    }),
  }));
  return leaderboard({ rows, direction: 'maximize' });
}
