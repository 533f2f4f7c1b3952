import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { request } from '../src/lib/api/client.js';
import { onSessionEnd } from '../src/lib/session-end.js';

beforeEach(
  () =>
    void vi.stubGlobal('window', { localStorage: { getItem: () => null }, sessionStorage: { getItem: () => null } }),
);
afterEach(() => void vi.unstubAllGlobals());

/** A server that answers every request so, and is there when it is asked for. */
function answering(answer: () => Response): void {
  vi.stubGlobal('fetch', async (address: string) => (address === '/livez' ? new Response('') : answer()));
}

/** An answer whose connection is lost after its first bytes. */
const broken = (reason: Error) =>
  new Response(
    new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode('{"a":'));
        controller.error(reason);
      },
    }),
  );

describe('a request', () => {
  it('says that the server could not be reached where the connection is lost in the answer', async () => {
    answering(() => broken(new TypeError('network error')));
    await expect(request(z.object({}), '/x')).rejects.toMatchObject({
      status: 0,
      title: 'The server could not be reached',
    });
  });

  it('throws what ended it where it was given up in the answer', async () => {
    const stop = new AbortController();
    answering(() => {
      stop.abort();
      return broken(stop.signal.reason as Error);
    });
    await expect(request(z.object({}), '/x', { signal: stop.signal })).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('calls an answer that is no JSON one of another version', async () => {
    answering(() => new Response('<html>'));
    await expect(request(z.object({}), '/x')).rejects.toMatchObject({ status: 200, title: /a form this page/ });
  });

  it('tells the page that its session is over on 401 alone', async () => {
    const ended: number[] = [];
    for (const status of [403, 401]) {
      const forget = onSessionEnd(() => ended.push(status));
      answering(() => new Response('{}', { status }));
      await expect(request(z.object({}), '/x')).rejects.toMatchObject({ status });
      forget();
    }
    expect(ended).toEqual([401]);
  });
});
