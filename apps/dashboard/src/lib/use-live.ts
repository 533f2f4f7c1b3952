/** @file Keeps the queries of a page fresh while its sweeps run. */
import type { EventView, TrialPage, TrialView } from '@rankforge/contracts';
import { type InfiniteData, type QueryClient, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { leaderboardKey } from './api/leaderboard.js';
import { sweepKeys } from './api/sweeps.js';
import { lastChangedTrials, type TrialFilter, trialKeys } from './api/trials.js';
import { followEvents } from './events.js';
import { setStreamStatus } from './stream-status.js';
import { batchEvery } from './throttle.js';

const refreshMs = 1500;
/** Above this many changed trials, reading the pages again is cheaper than asking for the changed ones. */
const deltaLimit = 200;

/** Follows the events of one sweep, or of all sweeps, and refreshes what they touch, at most every 1.5 s. */
export function useLive(sweepId?: string): void {
  const client = useQueryClient();
  useEffect(() => {
    const stop = new AbortController();
    const batch = batchEvery<EventView>(refreshMs, (events) => void refresh(client, sweepId, events));
    let connectedBefore = false;
    void followEvents({
      sweepId,
      signal: stop.signal,
      onEvent: batch.add,
      onStatus: (status) => {
        setStreamStatus(status);
        if (status !== 'live') return;
        if (connectedBefore) void client.invalidateQueries();
        connectedBefore = true;
      },
    });
    return () => {
      stop.abort();
      batch.stop();
      setStreamStatus('idle');
    };
  }, [client, sweepId]);
}

async function refresh(client: QueryClient, sweepId: string | undefined, events: EventView[]): Promise<void> {
  const changed = new Set(events.flatMap((event) => (event.trialId ? [event.trialId] : [])));
  const ended = events.some((event) => event.type !== 'trial.progress');
  void client.invalidateQueries({ queryKey: sweepKeys.lists });
  if (sweepId === undefined) return;
  void client.invalidateQueries({ queryKey: sweepKeys.one(sweepId) });
  void client.invalidateQueries({ queryKey: trialKeys.curves(sweepId) });
  for (const id of changed) void client.invalidateQueries({ queryKey: trialKeys.one(id) });
  if (ended) void client.invalidateQueries({ queryKey: leaderboardKey });
  await refreshTrialLists(client, sweepId, changed, ended);
}

async function refreshTrialLists(
  client: QueryClient,
  sweepId: string,
  changed: ReadonlySet<string>,
  stateChanged: boolean,
): Promise<void> {
  const lists = client.getQueryCache().findAll({ queryKey: trialKeys.lists(sweepId), type: 'active' });
  if (lists.length === 0 || changed.size === 0) return;
  const membershipMayChange = lists.some(({ queryKey }) => stateChanged && dependsOnState(queryKey.at(-1)));
  if (changed.size > deltaLimit || membershipMayChange) {
    await client.invalidateQueries({ queryKey: trialKeys.lists(sweepId) });
    return;
  }
  let trials: TrialView[];
  try {
    trials = await lastChangedTrials(sweepId, deltaLimit);
  } catch {
    // The stream or the next refresh brings the change; the header shows a lost connection.
    return;
  }
  const byId = new Map(trials.map((trial) => [trial.id, trial]));
  client.setQueriesData<InfiniteData<TrialPage>>(
    { queryKey: trialKeys.lists(sweepId) },
    (data) =>
      data && {
        ...data,
        pages: data.pages.map((page) => ({ ...page, items: page.items.map((t) => byId.get(t.id) ?? t) })),
      },
  );
}

function dependsOnState(filter: unknown): boolean {
  const { state, sort } = (filter ?? {}) as TrialFilter;
  return state !== undefined || (sort !== undefined && !sort.endsWith('ordinal'));
}
