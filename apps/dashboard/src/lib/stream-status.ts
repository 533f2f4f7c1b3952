/** @file Whether the page shown follows the event stream; `idle` on pages that do not. */
import { useSyncExternalStore } from 'react';
import type { StreamStatus } from './events.js';

type Status = StreamStatus | 'idle';

let current: Status = 'idle';
const listeners = new Set<() => void>();

export function setStreamStatus(status: Status): void {
  if (status === current) return;
  current = status;
  for (const listener of listeners) listener();
}

export function useStreamStatus(): Status {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => current,
  );
}
