import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Asks again and again until `condition` gives something truthy, and returns it. A condition that throws is asked again; its
 * last error is the cause when the time is over.
 *
 * @example const trial = await waitFor('the trial to run', async () => (await get(id)).state === 'RUNNING');
 */
export async function waitFor<T>(
  what: string,
  condition: () => T | Promise<T>,
  options: { timeoutMs?: number; everyMs?: number } = {},
): Promise<NonNullable<T>> {
  const { timeoutMs = 600_000, everyMs = 150 } = options;
  const until = Date.now() + timeoutMs;
  for (;;) {
    let cause: unknown;
    try {
      const result = await condition();
      if (result) return result;
    } catch (error) {
      cause = error;
    }
    if (Date.now() > until) throw new Error(`waited ${timeoutMs} ms in vain for ${what}`, { cause });
    await sleep(everyMs);
  }
}
