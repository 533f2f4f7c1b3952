import { request as overHttp } from 'node:http';
import { request as overHttps } from 'node:https';
import { guardedAgent, refusedAddress } from '@rankforge/generators/outbound';

const patienceMs = 10_000;

/** How a delivery was answered. */
export interface Answer {
  status?: number;
  /** Why it does not count as delivered. */
  error?: string;
}

/**
 * Posts JSON to an address that a user gave. The agent looks at the address that the socket connects to, after DNS: a name
 * that resolves to a private address is refused whenever it does so. A redirect is an answer that is not followed.
 *
 * @param options.allowPrivate private, loopback and link-local addresses as well
 * @returns never rejects
 */
export function post(
  url: string,
  body: string,
  headers: Readonly<Record<string, string>>,
  { allowPrivate }: { allowPrivate: boolean },
): Promise<Answer> {
  const secure = new URL(url).protocol === 'https:';
  const agent = guardedAgent(url, { reach: allowPrivate ? 'any' : 'public' });
  return new Promise((resolve) => {
    const end = (answer: Answer) => {
      agent.destroy();
      resolve(answer);
    };
    try {
      const request = (secure ? overHttps : overHttp)(
        url,
        {
          method: 'POST',
          agent,
          signal: AbortSignal.timeout(patienceMs),
          headers: {
            ...headers,
            'content-type': 'application/json',
            'content-length': String(Buffer.byteLength(body)),
          },
        },
        (response) => {
          // The answer's body is of no use and may have no end.
          response.destroy();
          const status = response.statusCode ?? 0;
          end(status >= 200 && status < 300 ? { status } : { status, error: refusal(status) });
        },
      );
      request.once('error', (error: Error) => end({ error: reason(error) }));
      request.end(body);
    } catch (error) {
      // The agent refuses an address that needs no look-up at once.
      end({ error: reason(error as Error) });
    }
  });
}

function refusal(status: number): string {
  if (status >= 300 && status < 400)
    return `answered with ${status}: redirects are not followed; give the final address`;
  return `answered with ${status}, expected 2xx`;
}

function reason(error: Error): string {
  if (error.name === 'TimeoutError' || error.name === 'AbortError')
    return `no answer within ${patienceMs / 1000} seconds`;
  return refusedAddress(error, 'RANKFORGE_WEBHOOKS_PRIVATE') ?? error.message.slice(0, 500);
}
