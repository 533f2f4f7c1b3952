import { LocalSetupError } from './errors.js';

const usualSeconds = 180;
const mostSeconds = 3600;

/** Advice where the patience was too short. */
export const startLonger = 'a machine with much else to do may need longer: RANKFORGE_START_SECONDS says how long';

/**
 * Milliseconds that a server or a program may take until it serves, while it runs: RANKFORGE_START_SECONDS, 180 by default.
 *
 * @throws LocalSetupError for a value that is no whole number of seconds from 1 to 3600
 */
export function startPatienceMs({ RANKFORGE_START_SECONDS: text }: NodeJS.ProcessEnv): number {
  const seconds = text === undefined ? usualSeconds : Number(text);
  if (Number.isInteger(seconds) && seconds >= 1 && seconds <= mostSeconds) return 1000 * seconds;
  throw new LocalSetupError(
    `RANKFORGE_START_SECONDS is "${text}": expected whole seconds from 1 to ${mostSeconds}, e.g. ${usualSeconds}`,
  );
}
