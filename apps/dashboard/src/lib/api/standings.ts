/** @file Boards side by side. */
import { Standings, type StandingsQuery } from '@rankforge/contracts';
import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { request } from './client.js';
import { leaderboardKey } from './leaderboard.js';

export function standingsQuery(query: StandingsQuery) {
  return queryOptions({
    queryKey: [...leaderboardKey, 'standings', query],
    queryFn: ({ signal }) => request(Standings, '/standings', { query, signal }),
    placeholderData: keepPreviousData,
  });
}
