/** @file Tells the page that the server no longer knows its session. Every request and the event stream report here. */
const listeners = new Set<() => void>();

/** A request was answered with 401. */
export function noteSessionEnd(): void {
  for (const listener of listeners) listener();
}

export function onSessionEnd(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
