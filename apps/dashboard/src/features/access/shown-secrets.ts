/**
 * @file Secrets that the server does not give again. They are of the window and not of the form that asked for them, which may be closed
 * before the answer comes.
 */
import { useSyncExternalStore } from 'react';

export interface ShownSecret {
  what: string;
  secret: string;
}

let shown: readonly ShownSecret[] = [];
const listeners = new Set<() => void>();

function become(next: readonly ShownSecret[]): void {
  shown = next;
  for (const listener of listeners) listener();
}

/** Shows a secret over whatever page is open, behind those that are not hidden yet. */
export const showSecret = (secret: ShownSecret): void => become([...shown, secret]);

/** Hides the secret that is shown. */
export const hideSecret = (): void => become(shown.slice(1));

/** Nothing is left for who signs in next. */
export const forgetSecrets = (): void => become([]);

/** The secret to show; undefined where there is none. */
export const firstSecret = (): ShownSecret | undefined => shown[0];

export function useShownSecret(): ShownSecret | undefined {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, firstSecret);
}
