import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { followEvents, type StreamStatus } from '../src/lib/events.js';
import { onSessionEnd } from '../src/lib/session-end.js';

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('window', { localStorage: { getItem: () => null }, sessionStorage: { getItem: () => null } });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** The statuses of a stream that is answered so, and how often it was asked for within a minute. */
async function followed(status: number): Promise<{ statuses: StreamStatus[]; asked: number; ends: number }> {
  const statuses: StreamStatus[] = [];
  let [asked, ends] = [0, 0];
  vi.stubGlobal('fetch', async (address: string) => {
    if (address === '/livez') return new Response('', { status: 200 });
    asked += 1;
    return new Response('{}', { status });
  });
  const forget = onSessionEnd(() => {
    ends += 1;
  });
  const stop = new AbortController();
  const onStatus = (next: StreamStatus) => void statuses.push(next);
  const end = followEvents({ onEvent: () => {}, onStatus, signal: stop.signal });
  await vi.advanceTimersByTimeAsync(60_000);
  stop.abort();
  await end;
  forget();
  return { statuses, asked, ends };
}

it.each([
  [401, 'signed-out', 1],
  [404, 'refused', 0],
] as const)('asks for no further stream after %i', async (status, said, ends) => {
  expect(await followed(status)).toEqual({ statuses: ['connecting', said], asked: 1, ends });
});

it.each([429, 503])('asks again after %i', async (status) => {
  const { statuses, asked } = await followed(status);
  expect(asked).toBeGreaterThan(3);
  expect(new Set(statuses)).toEqual(new Set(['connecting', 'reconnecting']));
});
