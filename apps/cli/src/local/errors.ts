/** A problem the person at the keyboard can fix: the message says what was found and what to do. */
export class LocalSetupError extends Error {
  override readonly name = 'LocalSetupError';
}
