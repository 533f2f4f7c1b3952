/** @file Why no trial of a running sweep begins. */
import type { EngineName, SweepState, TrialCounts } from '@rankforge/contracts';
import type { Sql } from '../platform/database.js';
import { workerStanding } from '../workers/standing.js';

/** Engines that a live worker runs. */
export async function liveEngines(sql: Sql): Promise<string[]> {
  const rows = await sql.$queryRaw<{ engine: string }[]>`
    SELECT DISTINCT unnest(w."engines") AS "engine" FROM "Worker" w WHERE ${workerStanding} = 'live' ORDER BY 1`;
  return rows.map(({ engine }) => engine);
}

/** Null where one runs, none waits, or a worker could take one. */
export function stalledBy(
  { state, engine, trials }: { state: SweepState; engine: EngineName; trials: TrialCounts },
  live: readonly string[],
): string | null {
  if (state !== 'RUNNING' || trials.RUNNING > 0 || trials.QUEUED === 0 || live.includes(engine)) return null;
  if (live.length === 0) return 'no worker is alive: `rankforge worker` starts one';
  return `no live worker runs ${engine} (but ${live.join(', ')}): \`rankforge engine list\` says how to add it, and a worker has it from its next start on`;
}
