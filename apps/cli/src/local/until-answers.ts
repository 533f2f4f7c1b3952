import { setTimeout as sleep } from 'node:timers/promises';
import { LocalSetupError } from './errors.js';
import { logTail, type Service } from './processes.js';
import { startLonger } from './start-patience.js';

interface Waiting {
  /** The server, for people, such as `redis`. */
  name: string;
  /** Its address, for people, such as ` on port 6379`. Default: none is said. */
  where?: string;
  service: Service;
  patienceMs: number;
  /** Between two asks. */
  pauseMs: number;
  signal?: AbortSignal | undefined;
}

/**
 * Asks a server that was just started until it answers.
 *
 * @param ask whether it answers; an error of it is taken for no, unless it is a `LocalSetupError`
 * @throws LocalSetupError where it ends, or does not answer in time
 */
export async function untilAnswers(
  { name, where = '', service, patienceMs, pauseMs, signal }: Waiting,
  ask: () => Promise<boolean>,
): Promise<void> {
  let exit: Awaited<Service['exited']> | undefined;
  void service.exited.then((result) => {
    exit = result;
  });
  const until = Date.now() + patienceMs;
  for (;;) {
    signal?.throwIfAborted();
    if (exit) {
      throw new LocalSetupError(
        `${name} ended at start (exit ${exit.code ?? exit.signal}); the end of ${service.logFile}:\n${logTail(service.logFile)}`,
      );
    }
    let cause: unknown;
    try {
      if (await ask()) return;
    } catch (error) {
      if (error instanceof LocalSetupError) throw error;
      cause = error;
    }
    if (Date.now() > until) {
      throw new LocalSetupError(`${name} did not answer${where} within ${patienceMs / 1000} s: ${startLonger}`, {
        cause,
      });
    }
    await sleep(pauseMs);
  }
}
