/** @file The local launcher opens `/#key=…`: the fragment never reaches a server's log, and leaves the address at once. */
import { signIn } from './api/session.js';

/**
 * Takes a key out of the fragment and signs in with it.
 * @returns false when there was a key and the server refused it or could not be reached.
 */
export async function adoptLaunchKey(): Promise<boolean> {
  const key = new URLSearchParams(window.location.hash.slice(1)).get('key');
  if (key === null) return true;
  window.history.replaceState(null, '', window.location.pathname + window.location.search);
  try {
    await signIn(key);
    return true;
  } catch {
    return false;
  }
}
