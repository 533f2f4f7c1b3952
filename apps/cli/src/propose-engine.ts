/** @file Says where a sweep could be trained faster. */
import { asksForTensorflow, BaseList, offeredEngines, type SweepDetail, WorkerList } from '@rankforge/contracts';
import type { ApiClient } from './api/client.js';
import { say } from './output/print.js';

/**
 * Says so on standard error where the request left the engine open, and a faster one is there or could be. The sweep is made: nothing is
 * said where workers and bases cannot be asked.
 */
export async function proposeEngine(client: ApiClient, request: unknown, made: SweepDetail): Promise<void> {
  if ((request as { engine?: unknown } | null)?.engine !== undefined) return;
  const asked = await Promise.all([client.get('/v1/workers', WorkerList), client.get('/v1/bases', BaseList)]).catch(
    () => undefined,
  );
  if (!asked) return;
  const [{ workers }, { bases }] = asked;
  const offered = offeredEngines(workers);
  if (offered.proposed !== made.engine) {
    say(
      `it trains on ${made.engine}, since its request names no engine; a worker also runs ${offered.proposed}: --engine ${offered.proposed}`,
    );
  } else if (
    asksForTensorflow(
      offered,
      bases.find(({ name }) => name === made.base),
    )
  ) {
    say(
      `${made.base} is large for ${made.engine}: \`rankforge engine add tensorflow\`, then a restart, trains it faster`,
    );
  }
}
