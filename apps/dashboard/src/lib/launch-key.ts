/**
 * @file The local launcher opens `/#key=…`, and the way back from an identity provider `/#session=…`: a fragment never reaches
 * a server's log, and leaves the address at once.
 */
import { signIn } from './api/session.js';
import { takeNextPlace } from './next-place.js';
import { keepPageToken } from './page-token.js';

/**
 * Takes a key out of the fragment and signs in with it, or the token of a session that was begun on the way here.
 * @returns false when there was a key and the server refused it or could not be reached.
 */
export async function adoptLaunchKey(): Promise<boolean> {
  const fragment = new URLSearchParams(window.location.hash.slice(1));
  const [key, session] = [fragment.get('key'), fragment.get('session')];
  if (key === null && session === null) return true;
  const { pathname, search } = window.location;
  window.history.replaceState(null, '', session === null ? pathname + search : takeNextPlace());
  if (session !== null) keepPageToken(session);
  if (key === null) return true;
  try {
    await signIn(key);
    return true;
  } catch {
    return false;
  }
}
