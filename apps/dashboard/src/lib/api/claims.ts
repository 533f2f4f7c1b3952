/** @file What papers claim, and what was measured here. */
import { ClaimList } from '@rankforge/contracts';
import { queryOptions } from '@tanstack/react-query';
import { request } from './client.js';
import { leaderboardKey } from './leaderboard.js';

/** Made of boards, so what changes a board changes it. */
export const claimsQuery = queryOptions({
  queryKey: [...leaderboardKey, 'claims'],
  queryFn: ({ signal }) => request(ClaimList, '/claims', { signal }),
});
