/** @file The death of a program that trained. */

/** A runner, or a program of a sweep, is gone, or was ended for what it said. The order may be tried again. */
export class RunnerDiedError extends Error {
  constructor(
    message: string,
    /** The signal that it died of. */
    readonly signal: NodeJS.Signals | null = null,
  ) {
    super(message);
  }
}
