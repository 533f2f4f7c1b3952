import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { QueryView } from '../components/query-view.js';
import { Board } from '../features/leaderboard/board.js';
import { sweepQuery } from '../lib/api/sweeps.js';

const route = getRouteApi('/signed-in/sweeps/$sweepId/leaderboard');

/** The leaderboard of one sweep, as a tab of its page. */
export function SweepLeaderboard() {
  const { sweepId } = route.useParams();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const query = useQuery(sweepQuery(sweepId));
  return (
    <QueryView query={query} label="leaderboard">
      {({ task, base }) => (
        <Board
          query={{ task, base, sweepId, ...search }}
          onChange={(change) => void navigate({ search: (before) => ({ ...before, ...change }), replace: true })}
        />
      )}
    </QueryView>
  );
}
