/** Why a job gave no answer: it met a limit, which it is to blame for, it broke, nobody waits for it any more, or too many wait before it. */
export type NoAnswer = { exceeded: string } | { failed: string } | { givenUp: true } | NoTurn;

/** A job that was not begun, since its owner has so many that wait, or since it waited so long. */
export type NoTurn = { waiting: number } | { waitedSeconds: number };

export interface JobLimits {
  minutes: number;
  /** Aborts when nobody waits for the answer any more. */
  signal: AbortSignal;
}

export interface ProcessLimits extends JobLimits {
  /** Memory of its JavaScript objects. */
  heapMiB?: number;
  /** All its memory, of which it is told every so often: it may hold more for a moment. */
  memoryMiB?: number;
}

/** Hears of a running job. The first answer counts. */
export interface Watch<Answer> {
  gives(answer: Answer | NoAnswer): void;
  /** @param how words for a job that gave no answer */
  ended(how: string): void;
}

/**
 * The answer of a job that runs beside the API in a process. It is there once the job has ended, and so
 * writes nothing more. Never rejects.
 *
 * @param start begins the job, and returns what ends it at once
 */
export function answerOf<Answer>(
  { minutes, signal }: JobLimits,
  start: (watch: Watch<Answer>) => () => unknown,
): Promise<Answer | NoAnswer> {
  return new Promise((resolve) => {
    let answer: Answer | NoAnswer | undefined;
    const gives = (first: Answer | NoAnswer) => {
      answer ??= first;
    };
    const end = start({
      gives,
      ended(how) {
        clearTimeout(timer);
        signal.removeEventListener('abort', giveUp);
        resolve(answer ?? { failed: how });
      },
    });
    const endWith = (reason: NoAnswer) => {
      gives(reason);
      void end();
    };
    const giveUp = () => endWith({ givenUp: true });
    const timer = setTimeout(
      () => endWith({ exceeded: `not done within ${minutes === 1 ? 'a minute' : `${minutes} minutes`}` }),
      minutes * 60_000,
    );
    signal.addEventListener('abort', giveUp, { once: true });
    if (signal.aborted) giveUp();
  });
}
