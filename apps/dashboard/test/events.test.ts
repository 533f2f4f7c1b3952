import { eventBeatMs } from '@rankforge/contracts';
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

/** A stream that an event and some beats come on, and then nothing, though its connection stays. */
function halfOpen(signal: AbortSignal, beats: number): Response {
  const encode = (text: string) => new TextEncoder().encode(text);
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(encode('id: 7-1\ndata: {}\n\n'));
      for (let beat = 1; beat <= beats; beat += 1) {
        setTimeout(() => controller.enqueue(encode(': beat\n\n')), beat * eventBeatMs);
      }
      signal.addEventListener('abort', () => controller.error(signal.reason));
    },
  });
  return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
}

it('leaves a stream on which even the beats have ended, and goes on behind the last event', async () => {
  const asked: { at: number; after: string | undefined }[] = [];
  const begun = Date.now();
  const told = vi.spyOn(console, 'error').mockReturnValue();
  vi.stubGlobal('fetch', async (address: string, { signal, headers }: { signal: AbortSignal; headers: object }) => {
    if (address === '/livez') return new Response('', { status: 200 });
    asked.push({ at: Date.now() - begun, after: (headers as Record<string, string>)['last-event-id'] });
    return halfOpen(signal, 4);
  });
  const statuses: StreamStatus[] = [];
  const stop = new AbortController();
  const onStatus = (next: StreamStatus) => void statuses.push(next);
  const end = followEvents({ onEvent: () => {}, onStatus, signal: stop.signal });
  await vi.advanceTimersByTimeAsync(6 * eventBeatMs);
  expect([asked.length, statuses]).toEqual([1, ['connecting', 'live']]);
  await vi.advanceTimersByTimeAsync(eventBeatMs);
  // Four beats, two and a half of silence, and half a second before the next try.
  expect(asked).toEqual([
    { at: 0, after: undefined },
    { at: 6.5 * eventBeatMs + 500, after: '7-1' },
  ]);
  expect(statuses).toEqual(['connecting', 'live', 'reconnecting', 'live']);
  stop.abort();
  await end;
  expect(told).not.toHaveBeenCalled();
  told.mockRestore();
});
