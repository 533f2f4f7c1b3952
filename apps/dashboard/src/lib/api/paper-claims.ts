/** @file What papers say, and what was measured here. */
import { PaperClaimList } from '@rankforge/contracts';
import { queryOptions } from '@tanstack/react-query';
import { request } from './client.js';
import { leaderboardKey } from './leaderboard.js';

/** Made of boards, so what changes a board changes it. */
export const paperClaimsQuery = queryOptions({
  queryKey: [...leaderboardKey, 'paper-claims'],
  queryFn: ({ signal }) => request(PaperClaimList, '/paper-claims', { signal }),
});
