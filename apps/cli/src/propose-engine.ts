/** @file Says where no worker runs the engine of a sweep, and where it could be trained faster. */
import {
  asksForTensorflow,
  BaseList,
  type EngineName,
  offeredEngines,
  WorkerList,
  withoutWorkerText,
} from '@rankforge/contracts';
import type { ApiClient } from './api/client.js';
import { say } from './output/print.js';

/** The engines that a sweep trains on, and its base. */
interface Trains {
  engines: readonly EngineName[];
  base: string;
}

/**
 * Says on standard error that no live worker runs the engine; or, where the request left the engine open, that a faster one is there or
 * could be. The request has been answered: nothing is said where workers and bases cannot be asked.
 */
export async function proposeEngine(client: ApiClient, request: unknown, made: Trains): Promise<void> {
  const asked = await Promise.all([client.get('/v1/workers', WorkerList), client.get('/v1/bases', BaseList)]).catch(
    () => undefined,
  );
  if (!asked) return;
  const [{ workers }, { bases }] = asked;
  const offered = offeredEngines(workers);
  const live = offered.engines.filter(({ isLive }) => isLive).map(({ name }) => name);
  const [waits] = made.engines.flatMap((engine) => withoutWorkerText(engine, live) ?? []);
  const [first] = made.engines;
  // Without any worker one may be about to start, as where they are scaled by what waits.
  if (waits !== undefined) return live.length > 0 ? say(`its trials would wait: ${waits}`) : undefined;
  if ((request as { engine?: unknown } | null)?.engine !== undefined) return;
  if (offered.proposed !== first) {
    say(
      `it trains on ${first}, since its request names no engine; a worker also runs ${offered.proposed}: --engine ${offered.proposed}`,
    );
  } else if (
    asksForTensorflow(
      offered,
      bases.find(({ name }) => name === made.base),
    )
  ) {
    say(`${made.base} is large for ${first}: \`rankforge engine add tensorflow\`, then a restart, trains it faster`);
  }
}
