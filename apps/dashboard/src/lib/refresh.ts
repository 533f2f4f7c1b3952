/** @file Reads again what events of the server say has changed. */
import type { EventView, TrialPage, TrialView } from '@rankforge/contracts';
import type { InfiniteData, InvalidateQueryFilters, QueryClient, QueryKey } from '@tanstack/react-query';
import { leaderboardKey } from './api/leaderboard.js';
import { settingsKey } from './api/settings.js';
import { sweepKeys } from './api/sweeps.js';
import { isTurnsKey, lastChangedTrials, type TrialFilter, trialKeys } from './api/trials.js';

/** Above this many changed trials, reading the pages again is cheaper than asking for the changed ones. */
const deltaLimit = 200;

/** Queries of which events tell that their data has changed. */
export const toldByEvents: InvalidateQueryFilters = {
  predicate: ({ queryKey }) => [sweepKeys.all, trialKeys.all, leaderboardKey].some(([name]) => queryKey[0] === name),
};

/**
 * Reads again what was read before a stream began, and then what was being read for the first time as it did: of what happened
 * meanwhile no event comes.
 */
export async function readBefore(client: QueryClient, filters: InvalidateQueryFilters): Promise<void> {
  const first = client.getQueryCache().findAll({ ...filters, fetchStatus: 'fetching' });
  const unread = new Set(first.filter(({ state }) => state.data === undefined));
  // Reads that are under way and have no data yet go on, and this waits for them.
  await client.invalidateQueries(filters);
  if (unread.size > 0) await client.invalidateQueries({ predicate: (query) => unread.has(query) });
}

/**
 * Settles once what the events touch has been read again.
 *
 * @param sweepId whose trials are listed too; boards, lists of sweeps and single trials are refreshed without one
 */
export async function refresh(client: QueryClient, sweepId: string | undefined, events: EventView[]): Promise<void> {
  const changed = new Set(events.flatMap((event) => (event.trialId ? [event.trialId] : [])));
  const stateChanged = events.some((event) => event.type !== 'trial.progress');
  const again = (queryKey: QueryKey) => client.invalidateQueries({ queryKey });
  const common = [
    again(sweepKeys.lists),
    // A trial that ends may have scored one whose examples are shown.
    ...(stateChanged ? [again(leaderboardKey), again(trialKeys.allExamples), again(trialKeys.found)] : []),
    ...[...changed].map((id) => again(trialKeys.one(id))),
  ];
  if (sweepId === undefined) {
    await Promise.all(common);
    return;
  }
  await Promise.all([
    ...common,
    again(sweepKeys.one(sweepId)),
    again(trialKeys.curves(sweepId)),
    ...(stateChanged ? [again(settingsKey(sweepId))] : []),
    // Events of a turn name the turn, and not the federation whose page lists it.
    ...(stateChanged ? [refreshTurns(client, changed)] : []),
    refreshTrialLists(client, sweepId, events, changed),
  ]);
}

/** Lists of turns, but for those of changed trials, which are read again with their trials. */
function refreshTurns(client: QueryClient, changed: ReadonlySet<string>): Promise<void> {
  return client.invalidateQueries({ predicate: ({ queryKey }) => isTurnsKey(queryKey) && !changed.has(queryKey[2]) });
}

async function refreshTrialLists(
  client: QueryClient,
  sweepId: string,
  events: readonly EventView[],
  changed: ReadonlySet<string>,
): Promise<void> {
  const lists = client.getQueryCache().findAll({ queryKey: trialKeys.lists(sweepId), type: 'active' });
  if (lists.length === 0 || changed.size === 0) return;
  if (changed.size > deltaLimit || membershipMayChange(lists, events)) {
    await client.invalidateQueries({ queryKey: trialKeys.lists(sweepId) });
    return;
  }
  // A list that is not shown may have gained or lost rows: it is read when it is shown again.
  const inactive = { queryKey: trialKeys.lists(sweepId), type: 'inactive', refetchType: 'none' } as const;
  await client.invalidateQueries(inactive);
  let trials: TrialView[];
  try {
    trials = await lastChangedTrials(sweepId, deltaLimit);
  } catch {
    // The stream or the next refresh brings the change; the header shows a lost connection.
    return;
  }
  const byId = new Map(trials.map((trial) => [trial.id, trial]));
  client.setQueriesData<InfiniteData<TrialPage>>(
    { queryKey: trialKeys.lists(sweepId), type: 'active' },
    (data) =>
      data && {
        ...data,
        pages: data.pages.map((page) => ({ ...page, items: page.items.map((t) => byId.get(t.id) ?? t) })),
      },
  );
}

/** Whether a list may have gained or lost a row, or have another order. */
function membershipMayChange(lists: readonly { queryKey: QueryKey }[], events: readonly EventView[]): boolean {
  if (events.some((event) => event.type === 'trial.state' && event.data.from === null)) return true;
  const stateChanged = events.some((event) => event.type !== 'trial.progress');
  return stateChanged && lists.some(({ queryKey }) => dependsOnState(queryKey.at(-1)));
}

function dependsOnState(filter: unknown): boolean {
  const { state, sort } = (filter ?? {}) as TrialFilter;
  return state !== undefined || (sort !== undefined && !sort.endsWith('ordinal'));
}
