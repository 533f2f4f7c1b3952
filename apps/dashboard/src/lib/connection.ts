/** @file Whether the server answers, and when it last did. Every request and the event stream report here. */
import { useSyncExternalStore } from 'react';

export interface Connection {
  isAway: boolean;
  /** When the server last answered, in milliseconds; as it was at the loss while it is away. */
  answeredAt: number;
}

const probeMs = 5_000;
const firstDelayMs = 500;
const longestDelayMs = 5_000;
const quietMs = 10_000;
const lookMs = 2_000;

let answeredAt = Date.now();
let connection: Connection = { isAway: false, answeredAt };
let isProbing = false;
const listeners = new Set<() => void>();

function become(isAway: boolean): void {
  if (isAway === connection.isAway) return;
  connection = { isAway, answeredAt };
  for (const listener of listeners) listener();
}

/** The server has answered, whatever it said. */
export function noteAnswer(): void {
  answeredAt = Date.now();
  become(false);
}

/** A request got no answer: whether the server is away is asked until it answers. */
export function noteSilence(): void {
  if (!isProbing) void probe();
}

async function probe(): Promise<void> {
  isProbing = true;
  for (let delay = firstDelayMs; !(await answers()); delay = Math.min(delay * 2, longestDelayMs)) {
    become(true);
    await new Promise((resolve) => setTimeout(resolve, delay));
  }
  isProbing = false;
  noteAnswer();
}

/** A proxy answers for a server that is away with 502, 503 or 504. */
async function answers(): Promise<boolean> {
  try {
    const response = await fetch('/livez', { cache: 'no-store', signal: AbortSignal.timeout(probeMs) });
    return response.status < 500;
  } catch {
    return false;
  }
}

/** Asks the server now and then while nothing else does: a page may stand open for hours. */
export function watchConnection(): void {
  setInterval(() => {
    if (document.visibilityState === 'visible' && Date.now() - answeredAt > quietMs) noteSilence();
  }, lookMs);
}

export function onConnection(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export const currentConnection = (): Connection => connection;

export function useConnection(): Connection {
  return useSyncExternalStore(onConnection, currentConnection);
}
