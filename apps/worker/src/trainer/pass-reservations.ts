/** @file Of the processes that share a folder of calibrations one makes a pass; the others wait for what it leaves. */
import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import pRetry from 'p-retry';
import { lock } from 'proper-lockfile';

export interface PassReservation {
  /** Key of the calibration pass. */
  key: string;
  /** It is given back when this aborts; nothing is waited for any longer. */
  until: AbortSignal;
  log(line: string): void;
}

export interface PassReservationOptions {
  folder: string;
  /** A holder that gave no sign for this long is gone, with its host or its power. Default 30 s, at least 2 s. */
  staleMs?: number;
}

/**
 * Reservations of passes, in the folder that workers share. The worker holds them, not the process that trains: its signs of
 * life go on while a step computes, and a trainer that is killed keeps nobody waiting.
 */
export class PassReservations {
  constructor(private readonly options: PassReservationOptions) {}

  /** Resolves when the pass is reserved, or when there is no use in waiting any longer. It never rejects. */
  async hold({ key, until, log }: PassReservation): Promise<void> {
    const { folder, staleMs = 30_000 } = this.options;
    const file = join(folder, createHash('sha256').update(key).digest('hex'));
    const mayBeTwo = ({ message }: Error) =>
      log(`the calibration is not reserved (${message}): another process may make it as well`);
    // Given back from here, whatever becomes of the waiting: one that is taken as it is told to stop must not stay.
    const take = async () => {
      const release = await lock(file, {
        realpath: false,
        stale: staleMs,
        update: staleMs / 6,
        onCompromised: mayBeTwo,
      });
      // What was lost before is gone already.
      const giveBack = () => void release().catch(() => undefined);
      if (until.aborted) giveBack();
      else until.addEventListener('abort', giveBack, { once: true });
    };
    try {
      await mkdir(folder, { recursive: true });
      await pRetry(take, {
        retries: Number.POSITIVE_INFINITY,
        minTimeout: 50,
        maxTimeout: 1000,
        signal: until,
        shouldRetry: ({ error }) => isHeld(error),
        onFailedAttempt({ error, attemptNumber }) {
          if (attemptNumber === 1 && isHeld(error)) log('another process makes this calibration; waiting for it');
        },
      });
    } catch (error) {
      if (!until.aborted) mayBeTwo(error as Error);
    }
  }
}

const isHeld = (error: Error) => (error as NodeJS.ErrnoException).code === 'ELOCKED';
