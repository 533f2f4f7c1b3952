import { setTimeout as sleep } from 'node:timers/promises';
import { CommandError, exitCode } from '../exit-codes.js';
import { logTail, type Service } from './processes.js';

/** What is needed of a service to tell how it ended. */
export type Watched = Pick<Service, 'name' | 'exited' | 'logFile'>;

/** Resolves when the service ends: its name, how it ended, and the last lines of its log. */
export async function endOf({ name, exited, logFile }: Watched): Promise<string> {
  const { code, signal } = await exited;
  return `${name} ended unexpectedly (${signal ?? `exit status ${code}`}); the end of its log (${logFile}):\n${logTail(logFile)}`;
}

/**
 * The outcome of `work`, which needs these services.
 *
 * @throws CommandError as soon as one of them ends, naming it.
 */
export async function whileAlive<T>(services: readonly Watched[], work: Promise<T>): Promise<T> {
  const ended = Promise.race(services.map(endOf)).then((why): never => {
    throw new CommandError(why, exitCode.unexpected);
  });
  // Each of the two may be rejected after the race was decided.
  ended.catch(() => {});
  work.catch(() => {});
  try {
    return await Promise.race([work, ended]);
  } catch (error) {
    // The work may fail a moment before the end of the service is known that made it fail.
    await Promise.race([ended, sleep(300)]);
    throw error;
  }
}

/** A service that is started again when it ends. */
export interface Supervised {
  /** Resolves with the reason when it ended too often in a row. */
  readonly givenUp: Promise<string>;
  /** Calling it again with a shorter time hurries the first call. */
  stop(graceMs: number): Promise<void>;
}

export interface SuperviseOptions {
  start: () => Promise<Service>;
  /** Resolves when a started service serves; rejects when it ended or does not serve in time. */
  ready: (service: Service) => Promise<void>;
  /** Called when it ended, before it is started again. */
  onEnd?: () => void;
  onProgress: (line: string) => void;
}

const firstDelayMs = 500;
const longestDelayMs = 8_000;
const mostEndsInARow = 6;
/** A service that served for this long is taken to have been sound: its next end is the first in a row. */
const soundMs = 60_000;

/**
 * Starts a service, waits until it serves and keeps it running.
 *
 * @throws what `start` or `ready` threw at the first start: nothing is left running then.
 */
export async function supervise({ start, ready, onEnd, onProgress }: SuperviseOptions): Promise<Supervised> {
  let service = await start();
  const stopping = new AbortController();
  let readyAt: number | undefined;
  try {
    await ready(service);
    readyAt = Date.now();
  } catch (error) {
    await service.stop();
    throw error;
  }

  async function startAgain(): Promise<void> {
    readyAt = undefined;
    try {
      service = await start();
      if (stopping.signal.aborted) return;
      await ready(service);
      readyAt = Date.now();
      onProgress(`the ${service.name} is ready again`);
    } catch {
      // It ended, and its end tells why; or it runs and does not serve.
      await service.stop();
    }
  }

  async function keep(giveUp: (why: string) => void): Promise<void> {
    let ends = 0;
    for (;;) {
      const why = await endOf(service);
      if (stopping.signal.aborted) return;
      onEnd?.();
      ends = readyAt !== undefined && Date.now() - readyAt > soundMs ? 1 : ends + 1;
      if (ends > mostEndsInARow) return giveUp(`${why}\nIt ended ${ends} times in a row and is not started again.`);
      onProgress(`${why}\nstarting the ${service.name} again`);
      const delayMs = Math.min(firstDelayMs * 2 ** (ends - 1), longestDelayMs);
      await sleep(delayMs, undefined, { signal: stopping.signal }).catch(() => {});
      if (!stopping.signal.aborted) await startAgain();
      if (stopping.signal.aborted) return;
    }
  }

  let kept: Promise<void> | undefined;
  const givenUp = new Promise<string>((resolve) => {
    kept = keep(resolve);
  });
  return {
    givenUp,
    stop: async (graceMs) => {
      stopping.abort();
      await service.stop(graceMs);
      await kept;
      // One that was being started when the stop came.
      await service.stop(graceMs);
    },
  };
}
