/** @file What `doctor --cluster` finds: how this machine reaches the API, whether that is ready, and what it finds itself. */
import { Diagnosis, type Finding, Readiness } from '@rankforge/contracts';
import { type ApiClient, unreachable } from '../api/client.js';
import { isOnThisMachine } from '../api/this-platform.js';

const patienceMs = 10_000;

/**
 * Asks the API of a cluster. Where it is not ready, what it waits for is all that there is to say.
 *
 * @param version of this command line
 * @throws CommandError where nothing answers, or the key is no admin's of the whole installation
 */
export async function clusterFindings(client: ApiClient, version: string): Promise<Finding[]> {
  const { ready, dependencies, version: ofApi } = await readinessOf(client.url);
  const here: Finding[] = [
    version === ofApi
      ? { name: 'command line', state: 'ok', found: version }
      : {
          name: 'command line',
          state: 'warn',
          found: `${version}, and the API is ${ofApi}`,
          advice: 'use the command line of the same version',
        },
    encryptionOf(client.url),
  ];
  if (!ready) {
    const down = dependencies.filter(({ up }) => !up);
    return [
      ...here,
      ...down.map(({ name, detail }) => ({
        name,
        state: 'fail' as const,
        found: detail ?? 'down',
        advice: 'the API is not ready until it is back: look at that server, and at the log of the API',
      })),
    ];
  }
  return [...here, ...(await client.get('/v1/diagnosis', Diagnosis)).findings];
}

async function readinessOf(url: string): Promise<Readiness> {
  try {
    const signal = AbortSignal.timeout(patienceMs);
    const response = await fetch(new URL('/readyz', url), { signal, redirect: 'error' });
    return Readiness.parse(await response.json());
  } catch (cause) {
    throw unreachable(url, cause);
  }
}

function encryptionOf(url: string): Finding {
  const name = 'TLS to the API';
  if (new URL(url).protocol === 'https:') return { name, state: 'ok', found: url };
  if (isOnThisMachine(url)) return { name, state: 'ok', found: `none, on this machine (${url})` };
  return {
    name,
    state: 'warn',
    found: `${url} is not encrypted: keys can be read on the way`,
    advice: 'reach it by https, through the ingress',
  };
}
