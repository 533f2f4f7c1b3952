import { request as plain } from 'node:http';
import { request as secure } from 'node:https';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';

/** Idle time after which the connection is probed, so that a machine that went away is noticed. */
const probeAfterMs = 30_000;

/**
 * Sends a request and waits for its answer without a limit, for work that is done before the answer begins: the `fetch` of Node
 * gives up when no head came for five minutes, and the API converts an adapter for up to thirty. Redirects are not followed.
 *
 * @throws TypeError where nobody answers; the cause says why, as with `fetch`
 * @example const client = openClient({ url, key, fetch: patientFetch });
 */
export function patientFetch(request: Request): Promise<Response> {
  const url = new URL(request.url);
  return new Promise((resolve, reject) => {
    const failed = (cause: unknown) => reject(new TypeError('the request failed', { cause }));
    const sent = (url.protocol === 'https:' ? secure : plain)(url, {
      method: request.method,
      headers: Object.fromEntries(request.headers),
      signal: request.signal,
    });
    sent.setSocketKeepAlive(true, probeAfterMs);
    sent.once('response', (incoming) => {
      const { statusCode: status = 0, statusMessage: statusText = '' } = incoming;
      const headers = new Headers();
      for (const [name, values] of Object.entries(incoming.headersDistinct)) {
        for (const value of values ?? []) headers.append(name, value);
      }
      const body = bodiless.has(status)
        ? null
        : (Readable.toWeb(incoming) as ConstructorParameters<typeof Response>[0]);
      if (body === null) incoming.resume();
      resolve(new Response(body, { status, statusText, headers }));
    });
    // A connection that breaks later than this fails the reading of the body.
    sent.on('error', failed);
    if (request.body) pipeline(Readable.fromWeb(request.body as ReadableStream), sent).catch(failed);
    else sent.end();
  });
}

/** Statuses whose answers may have no body. */
const bodiless: ReadonlySet<number> = new Set([204, 205, 304]);
