/** @file Several boards together: who ranks best over tasks, and which differences of mean rank are more than chance. */
import { z } from 'zod';
import { MetricView } from './catalog.js';
import { Slug } from './common.js';
import { contenderFields } from './contender.js';
import { LeaderboardQuery, LeaderboardRow } from './leaderboard.js';

export const StandingsQuery = LeaderboardQuery.pick({ memoryBudgetMiB: true, maxTrainableParameters: true }).extend({
  base: Slug.optional().meta({ description: 'Only boards on this base.' }),
});
export type StandingsQuery = z.infer<typeof StandingsQuery>;

export const StandingsBoard = z.object({
  task: z.string(),
  base: z.string(),
  title: z.string(),
  metric: MetricView,
  complete: z.boolean(),
});
export type StandingsBoard = z.infer<typeof StandingsBoard>;

/** A contender on one board; null where it is not on it. */
export const StandingsCell = LeaderboardRow.pick({
  status: true,
  rank: true,
  score: true,
  interval: true,
  group: true,
  reason: true,
}).extend({
  place: z.number().nullable().meta({ description: 'Among the contenders ranked here; ties share a mean.' }),
});
export type StandingsCell = z.infer<typeof StandingsCell>;

export const StandingsRow = z.object({
  ...contenderFields,
  meanPlace: z
    .number()
    .nullable()
    .meta({ description: 'Over all boards that have scores; null where one of them has none of it.' }),
  group: z
    .string()
    .nullable()
    .meta({ description: 'Rows that share a letter differ by less than the critical difference.' }),
  cells: z.array(StandingsCell.nullable()).meta({ description: 'In the order of `boards`.' }),
});
export type StandingsRow = z.infer<typeof StandingsRow>;

export const Standings = z
  .object({
    boards: z.array(StandingsBoard),
    rows: z.array(StandingsRow).meta({ description: 'Best mean place first; those without one last.' }),
    alpha: z.number(),
    test: z
      .object({
        chiSquared: z.number(),
        pValue: z.number().meta({ description: "Friedman's test in the form of Iman and Davenport." }),
        criticalDifference: z
          .number()
          .meta({ description: 'Mean places that differ by at least so much differ (Nemenyi).' }),
      })
      .nullable()
      .meta({ description: 'Null with fewer than two boards or two contenders that are on all of them.' }),
  })
  .meta({ id: 'Standings' });
export type Standings = z.infer<typeof Standings>;

/** How many boards the mean places are taken over: those on which some row has a place. */
export function rankedBoards({ boards, rows }: Pick<Standings, 'boards' | 'rows'>): number {
  return boards.filter((_, index) => rows.some(({ cells }) => typeof cells[index]?.place === 'number')).length;
}

/** Whether Friedman's test finds any difference; without it no pair is told apart. */
export const findsDifference = ({ test, alpha }: Pick<Standings, 'test' | 'alpha'>): boolean =>
  test !== null && test.pValue <= alpha;
