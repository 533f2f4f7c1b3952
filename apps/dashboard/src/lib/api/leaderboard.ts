/** @file The board of one task on one base. */
import {
  BoardList,
  BoardRecall,
  BoardWinner,
  type BoardWinnerQuery,
  Leaderboard,
  type LeaderboardQuery,
} from '@rankforge/contracts';
import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { request } from './client.js';

export const leaderboardKey = ['leaderboard'] as const;

/** A board with what was asked for: it is shown until the one of another choice is there. */
export type AskedBoard = Leaderboard & { asked: LeaderboardQuery };

export function leaderboardQuery(query: LeaderboardQuery) {
  return queryOptions({
    queryKey: [...leaderboardKey, query],
    queryFn: async ({ signal }): Promise<AskedBoard> => ({
      ...(await request(Leaderboard, '/leaderboard', { query, signal })),
      asked: query,
    }),
    placeholderData: keepPreviousData,
  });
}

/** A row of a board, the best by default. */
export type AskedWinner = LeaderboardQuery & Partial<Pick<BoardWinnerQuery, 'row'>>;

/** The training of a row whose adapter is taken. The cost of a board says nothing of it. */
export function boardWinnerQuery({ cost: _, ...query }: AskedWinner) {
  return queryOptions({
    queryKey: [...leaderboardKey, 'winner', query],
    queryFn: ({ signal }) => request(BoardWinner, '/leaderboard/winner', { query, signal }),
  });
}

/** Recall of the rows of a board by rank. */
export function boardRecallQuery(query: LeaderboardQuery) {
  return queryOptions({
    queryKey: [...leaderboardKey, 'recall', query],
    queryFn: ({ signal }) => request(BoardRecall, '/leaderboard/recall', { query, signal }),
    placeholderData: keepPreviousData,
  });
}

/** Boards that have something on them; results that others published have boards of their own. */
export const boardsQuery = queryOptions({
  queryKey: [...leaderboardKey, 'list'],
  queryFn: async ({ signal }) => (await request(BoardList, '/leaderboards', { signal })).boards,
});
