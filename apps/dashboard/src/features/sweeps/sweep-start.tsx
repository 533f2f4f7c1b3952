import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Navigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { sweepQuery } from '../../lib/api/sweeps.js';

const route = getRouteApi('/signed-in/sweeps/$sweepId/');

/** Opens a sweep on what is asked of it: its leaderboard once it has completed, and its curves until then. */
export function SweepStart(): ReactNode {
  const { sweepId } = route.useParams();
  const search = route.useSearch();
  const { data: sweep } = useQuery(sweepQuery(sweepId));
  if (!sweep) return null;
  const choosesCurves = Object.values(search).some((value) => value !== undefined);
  return sweep.state === 'COMPLETED' && !choosesCurves ? (
    <Navigate to="/sweeps/$sweepId/leaderboard" params={{ sweepId }} replace />
  ) : (
    <Navigate to="/sweeps/$sweepId/curves" params={{ sweepId }} search={search} replace />
  );
}
