import type { EventView } from '@rankforge/contracts';
import { InfiniteQueryObserver, QueryClient, QueryObserver } from '@tanstack/react-query';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { leaderboardKey } from '../src/lib/api/leaderboard.js';
import { standsStill } from '../src/lib/api/sweeps.js';
import { trialKeys } from '../src/lib/api/trials.js';
import { readBefore, refresh, toldByEvents } from '../src/lib/refresh.js';

const sweepId = '00000000-0000-4000-8000-000000000001';
const federation = '00000000-0000-4000-8000-000000000002';
const trialId = '00000000-0000-4000-8000-000000000003';

let client: QueryClient;
/** Addresses that were asked for beside the queries of the test. */
let asked: string[];

beforeEach(() => {
  client = new QueryClient({ defaultOptions: { queries: { staleTime: 60_000 } } });
  asked = [];
  vi.stubGlobal('window', { localStorage: { getItem: () => null }, sessionStorage: { getItem: () => null } });
  vi.stubGlobal('fetch', async (address: string) => {
    asked.push(address);
    return Response.json({ items: [], nextCursor: null });
  });
});
afterEach(() => {
  client.clear();
  vi.unstubAllGlobals();
});

const event = { id: '1-1', sweepId, trialId, at: '2026-01-01T00:00:00.000Z' };

function state(from: 'QUEUED' | null): EventView {
  const data = { from, to: from === null ? 'QUEUED' : 'RUNNING', leaseToken: 0, attempt: 1 } as const;
  return { ...event, type: 'trial.state', data };
}

const progress: EventView = { ...event, type: 'trial.progress', data: { step: 1, loss: 1 } };

/** Shows a query, and counts how often it was read. */
async function shown(queryKey: readonly unknown[]): Promise<() => number> {
  let reads = 0;
  const read = async () => {
    reads += 1;
    return { items: [] };
  };
  new QueryObserver(client, { queryKey, queryFn: read }).subscribe(() => {});
  await vi.waitFor(() => expect(client.isFetching()).toBe(0));
  return () => reads;
}

async function shownTrials(): Promise<() => number> {
  let reads = 0;
  new InfiniteQueryObserver(client, {
    queryKey: [...trialKeys.lists(sweepId), {}],
    queryFn: async () => {
      reads += 1;
      return { items: [] };
    },
    initialPageParam: undefined,
    getNextPageParam: () => undefined,
  }).subscribe(() => {});
  await vi.waitFor(() => expect(client.isFetching()).toBe(0));
  return () => reads;
}

it('reads a list of trials again where one was made, and the changed trials alone where one began', async () => {
  const reads = await shownTrials();
  await refresh(client, sweepId, [state('QUEUED')]);
  expect([reads(), asked.length]).toEqual([1, 1]);
  await refresh(client, sweepId, [state(null), progress]);
  expect([reads(), asked.length]).toEqual([2, 1]);
});

it('reads the turns of a federation again when one of them changes its state', async () => {
  const reads = await shown(trialKeys.turns(federation));
  await refresh(client, sweepId, [progress]);
  expect(reads()).toBe(1);
  await refresh(client, sweepId, [state('QUEUED')]);
  expect(reads()).toBe(2);
});

it('reads boards again on anything but progress, also on pages of no sweep', async () => {
  const reads = await shown([...leaderboardKey, 'list']);
  await refresh(client, undefined, [progress]);
  expect(reads()).toBe(1);
  await refresh(client, undefined, [state('QUEUED')]);
  expect(reads()).toBe(2);
});

it('settles once everything has been read', async () => {
  let finish = () => {};
  const queryFn = () => new Promise<number>((resolve) => (finish = () => resolve(1)));
  new QueryObserver(client, { queryKey: leaderboardKey, queryFn }).subscribe(() => {});
  finish();
  await vi.waitFor(() => expect(client.isFetching()).toBe(0));
  let settled = false;
  const work = refresh(client, undefined, [state(null)]).then(() => {
    settled = true;
  });
  await vi.waitFor(() => expect(client.isFetching()).toBe(1));
  await Promise.resolve();
  expect(settled).toBe(false);
  finish();
  await work;
});

it('reads a list that is not shown when it is shown again: rows may have come to it', async () => {
  await shownTrials();
  const hidden = [...trialKeys.lists(sweepId), { state: ['FAILED'] }];
  client.setQueryData(hidden, { pages: [], pageParams: [] });
  expect(client.getQueryState(hidden)?.isInvalidated).toBe(false);
  await refresh(client, sweepId, [state('QUEUED')]);
  expect(client.getQueryState(hidden)?.isInvalidated).toBe(true);
});

it('asks again why a sweep stands still, and not while something of it runs', () => {
  const trials = {
    PENDING: 0,
    QUEUED: 3,
    RUNNING: 0,
    SUCCEEDED: 1,
    FAILED: 0,
    PRUNED: 0,
    CANCELLED: 0,
    OVER_BUDGET: 0,
  };
  expect(standsStill({ state: 'RUNNING', trials })).toBe(true);
  expect(standsStill({ state: 'RUNNING', trials: { ...trials, RUNNING: 1 } })).toBe(false);
  expect(standsStill({ state: 'PAUSED', trials })).toBe(false);
});

it('reads again what was read before the stream, and leaves alone what no event is about', async () => {
  const [reads, others] = [await shown(trialKeys.one(trialId)), await shown(['tasks'])];
  await readBefore(client, toldByEvents);
  expect([reads(), others()]).toEqual([2, 1]);
});

it('reads once more what was being read for the first time as the stream began', async () => {
  const answers: ((state: string) => void)[] = [];
  const queryFn = () => new Promise<string>((resolve) => void answers.push(resolve));
  new QueryObserver(client, { queryKey: trialKeys.one(trialId), queryFn }).subscribe(() => {});
  const again = readBefore(client, toldByEvents);
  answers[0]!('RUNNING');
  await vi.waitFor(() => expect(answers.length).toBe(2));
  answers[1]!('SUCCEEDED');
  await again;
  expect([answers.length, client.getQueryData(trialKeys.one(trialId))]).toEqual([2, 'SUCCEEDED']);
});

it('reads a trial again where the page follows the sweeps of the project', async () => {
  const reads = await shown(trialKeys.one(trialId));
  const others = await shown(trialKeys.one(federation));
  await refresh(client, undefined, [progress]);
  expect([reads(), others()]).toEqual([2, 1]);
});
