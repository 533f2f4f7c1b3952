/** @file Asks an endpoint again, a few times, where that may help. */
import { setTimeout } from 'node:timers/promises';
import { EndpointError } from './error.js';

export interface Patience {
  /** Requests in all. */
  attempts: number;
  /** First wait; each further one is twice as long. */
  firstWaitMs: number;
  /** Longest wait, an endpoint's own wish included. */
  longestWaitMs: number;
}

export const usualPatience: Patience = { attempts: 5, firstWaitMs: 500, longestWaitMs: 60_000 };

/** @throws EndpointError of the last attempt, which says how many there were */
export async function retried<T>(ask: () => Promise<T>, patience: Patience, signal?: AbortSignal): Promise<T> {
  const { attempts, firstWaitMs, longestWaitMs } = patience;
  for (let attempt = 1; ; attempt++) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof EndpointError) || error.again === undefined) throw error;
      const { message, again } = error;
      const asked = again.afterMs ?? 0;
      if (asked > longestWaitMs) {
        const said = `${message}; it asks to wait ${asked / 1000} seconds, and ${longestWaitMs / 1000} are waited at most`;
        throw new EndpointError(said, undefined, { cause: error });
      }
      if (attempt >= attempts) {
        const times = attempt === 1 ? 'once' : `${attempt} times`;
        throw new EndpointError(`${message}; asked ${times}`, undefined, { cause: error });
      }
      await setTimeout(Math.min(longestWaitMs, Math.max(asked, firstWaitMs * 2 ** (attempt - 1))), undefined, {
        signal,
      });
    }
  }
}

/**
 * Milliseconds that a `Retry-After` header asks to wait: seconds, or a date. Undefined for any other text.
 * @example retryAfterMs('2') // 2000
 */
export function retryAfterMs(header: string | undefined, now = Date.now()): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d+$/.test(header.trim())) return Number(header) * 1000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}
