/** @file One HTTP exchange with an endpoint, bounded in bytes and in time. */
import { request as overHttp } from 'node:http';
import { request as overHttps } from 'node:https';
import { guardedAgent, type Reach, refusedAddress } from '../outbound.js';
import { EndpointError } from './error.js';

export interface ExchangeOptions {
  method: 'GET' | 'POST';
  body?: string;
  /** Sent as a bearer token, and in no message. */
  key: string | undefined;
  reach: Reach;
  /** Longest silence. */
  patienceMs: number;
  /** Longest time until the whole answer is there, however it comes. */
  deadlineMs: number;
  mostBytes: number;
  signal?: AbortSignal | undefined;
}

export interface Reply {
  status: number;
  type: string;
  retryAfter: string | undefined;
  body: string;
}

/**
 * Sends a request and reads the whole answer. A redirect is an answer that is not followed.
 *
 * @throws EndpointError where no answer comes, or none that ends
 */
export function exchange(url: string, options: ExchangeOptions): Promise<Reply> {
  const { method, body, key, reach, patienceMs, deadlineMs, mostBytes, signal } = options;
  const agent = guardedAgent(url, { reach });
  let deadline: NodeJS.Timeout | undefined;
  return new Promise<Reply>((resolve, reject) => {
    const fail = (message: string, again?: { afterMs?: number }, cause?: unknown) =>
      reject(new EndpointError(`${url}: ${message}`, again, { cause, detail: (cause as Error | undefined)?.message }));
    // The agent refuses an address that needs no look-up at once.
    const request = (new URL(url).protocol === 'https:' ? overHttps : overHttp)(
      url,
      {
        method,
        agent,
        ...(signal && { signal }),
        headers: {
          accept: 'application/json, text/event-stream',
          ...(key !== undefined && { authorization: `Bearer ${key}` }),
          ...(body !== undefined && {
            'content-type': 'application/json',
            'content-length': String(Buffer.byteLength(body)),
          }),
        },
      },
      (response) => {
        const chunks: Buffer[] = [];
        let bytes = 0;
        response.on('data', (chunk: Buffer) => {
          bytes += chunk.byteLength;
          if (bytes > mostBytes) {
            response.destroy();
            fail(`answered with more than ${mostBytes} bytes, which no answer of a model is`);
          } else chunks.push(chunk);
        });
        response.once('end', () => {
          if (!response.complete) return fail('the connection ended in the middle of the answer', {});
          const { 'content-type': type = '', 'retry-after': retryAfter } = response.headers;
          return resolve({
            status: response.statusCode ?? 0,
            type,
            retryAfter,
            body: Buffer.concat(chunks).toString('utf8'),
          });
        });
        response.once('error', (cause) => fail('the connection ended in the middle of the answer', {}, cause));
        response.once('close', () => fail('the connection ended in the middle of the answer', {}));
      },
    );
    request.setTimeout(patienceMs, () => {
      fail(`nothing came for ${patienceMs / 1000} seconds`, {});
      request.destroy();
    });
    deadline = setTimeout(() => {
      fail(`no whole answer came within ${deadlineMs / 1000} seconds`, {});
      request.destroy();
    }, deadlineMs);
    request.once('error', (cause: NodeJS.ErrnoException) => {
      if (signal?.aborted) return reject(signal.reason);
      // The agent's refusal has no code, and comes again.
      return fail(reason(cause), cause.code === undefined ? undefined : {}, cause);
    });
    request.end(body);
  })
    .catch((error: Error) => {
      if (error instanceof EndpointError || signal?.aborted) throw error;
      throw new EndpointError(`${url}: ${reason(error)}`, undefined, { cause: error, detail: error.message });
    })
    .finally(() => {
      clearTimeout(deadline);
      agent.destroy();
    });
}

/** The code of an error of a connection: its own words may name addresses of this network. */
const reason = (error: NodeJS.ErrnoException): string =>
  refusedAddress(error, 'RANKFORGE_GENERATORS_PRIVATE') ?? `no connection${error.code ? ` (${error.code})` : ''}`;
