import { setTimeout as sleep } from 'node:timers/promises';
import { Leaderboard, SweepDetail, type SweepView, TrialPage } from '@rankforge/contracts';
import type { ApiClient } from './api/client.js';
import { CommandError, exitCode } from './exit-codes.js';
import { say } from './output/print.js';
import { openProgress } from './output/progress.js';

/** One page of trials; a larger sweep is shown without the bars of single methods. */
const mostTrialsListed = 500;

export interface WatchOptions {
  signal?: AbortSignal;
  /** How long the API may be away, for example for a restart. */
  patienceMs?: number;
}

/**
 * Shows a sweep's progress until it ends and returns its last state.
 *
 * @throws CommandError when the API stays away longer than the patience.
 */
export async function watchSweep(client: ApiClient, id: string, options: WatchOptions = {}): Promise<SweepView> {
  const { signal } = options;
  const progress = openProgress();
  try {
    for (;;) {
      const { sweep, trials } = await patiently(() => readProgress(client, id), options);
      progress.show(sweep, trials);
      if (sweep.state === 'COMPLETED' || sweep.state === 'CANCELLED') return sweep;
      await sleep(1_000, undefined, { signal });
    }
  } finally {
    progress.close();
  }
}

async function readProgress(client: ApiClient, id: string) {
  const sweep = await client.get('/v1/sweeps/{id}', SweepDetail, { params: { path: { id } } });
  const isListed = sweep.total <= mostTrialsListed;
  const query = { sweepId: id, limit: mostTrialsListed };
  return { sweep, trials: isListed ? (await client.get('/v1/trials', TrialPage, { params: { query } })).items : [] };
}

/**
 * Asks again while the API cannot be reached, for example because it is started again.
 *
 * @throws CommandError when it stays away longer than the patience, and at once when it refuses.
 */
export async function patiently<T>(ask: () => Promise<T>, { signal, patienceMs = 60_000 }: WatchOptions): Promise<T> {
  const since = Date.now();
  for (;;) {
    signal?.throwIfAborted();
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof CommandError) || error.status !== exitCode.unreachable) throw error;
      if (Date.now() - since > patienceMs) throw error;
    }
    await sleep(1_000, undefined, { signal });
  }
}

/** Its board has a row that is more than still to run. */
export const hasResult = ({ trials }: SweepView): boolean => trials.SUCCEEDED + trials.OVER_BUDGET > 0;

/** The board of a sweep that has ended. */
export const boardOf = (client: ApiClient, { id, task, base }: SweepView, options: WatchOptions = {}) =>
  patiently(
    () => client.get('/v1/leaderboard', Leaderboard, { params: { query: { task, base, sweepId: id } } }),
    options,
  );

/** One line on how a sweep ended. */
export function describeEnd(sweep: SweepView): string {
  const { SUCCEEDED, OVER_BUDGET, FAILED, CANCELLED, PRUNED } = sweep.trials;
  const parts = [
    `${SUCCEEDED} succeeded`,
    `${OVER_BUDGET} over budget`,
    `${FAILED} failed`,
    ...(CANCELLED ? [`${CANCELLED} cancelled`] : []),
    ...(PRUNED ? [`${PRUNED} pruned`] : []),
  ];
  return `${sweep.name}: ${sweep.state.toLowerCase()}, ${parts.join(', ')}${sweep.known ? ` (${sweep.known} took the result of an equal training)` : ''}`;
}

/** The status a script gets for a sweep that ended. */
export function statusOfSweep(sweep: SweepView): number {
  if (sweep.trials.FAILED === 0) return sweep.state === 'CANCELLED' ? exitCode.cancelled : exitCode.ok;
  say(`${sweep.trials.FAILED} trial(s) failed: see \`rankforge trial list --sweep ${sweep.id} --state FAILED\``);
  return exitCode.trialsFailed;
}
