import { randomBytes, timingSafeEqual } from 'node:crypto';
import { launchProof, Readiness } from '@rankforge/contracts';

/** How long an answer may take; a program that accepts connections and says nothing is no API. */
const patienceMs = 5_000;

export interface Launched {
  /** The answer came from the process that was started with the secret. */
  isOurs: boolean;
  isReady: boolean;
  /** Servers that the API waits for, e.g. `redis (ECONNREFUSED)`. */
  down: string[];
}

/**
 * Asks what answers at `url` whether it was started with `secret`. No key is sent, and the secret itself neither.
 *
 * @throws TypeError or a timeout when nothing answers.
 */
export async function askLaunched(url: string, secret: string): Promise<Launched> {
  const challenge = randomBytes(32).toString('hex');
  const address = new URL(`/readyz?challenge=${challenge}`, url);
  const response = await fetch(address, { signal: AbortSignal.timeout(patienceMs), redirect: 'error' });
  const answer = Readiness.safeParse(await response.json().catch(() => undefined)).data;
  const expected = await launchProof(secret, challenge, Number(address.port || 80));
  const down = (answer?.dependencies ?? [])
    .filter(({ up }) => !up)
    .map(({ name, detail }) => (detail === undefined ? name : `${name} (${detail})`));
  return { isOurs: same(answer?.proof ?? '', expected), isReady: answer?.ready === true, down };
}

function same(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
