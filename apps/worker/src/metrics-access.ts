/** @file Who may read a worker's /metrics. */
import { KeySecret } from '@rankforge/contracts';
import { type Database, findUsableKey, hashKeySecret, isSameSecret } from '@rankforge/db';

/** Decides on a bearer token. */
export type Admits = (token: string) => Promise<boolean>;

/** Time for which a key that was good is not looked up again. */
const trustedMs = 60_000;

/** Admits one token. */
export const tokenAccess =
  (token: string): Admits =>
  async (given) =>
    isSameSecret(given, token);

/**
 * Admits whoever shows an API key of the platform, so that a worker needs no secret of its own. While Postgres is away the
 * keys that were good before stay so: an outage is when the figures are wanted.
 */
export function keyAccess(db: Database): Admits {
  const goodAt = new Map<string, number>();
  return async (given) => {
    if (!KeySecret.safeParse(given).success) return false;
    const name = hashKeySecret(given);
    const since = goodAt.get(name);
    if (since !== undefined && performance.now() - since < trustedMs) return true;
    try {
      const good = (await findUsableKey(db, name)) !== undefined;
      if (good) goodAt.set(name, performance.now());
      else goodAt.delete(name);
      return good;
    } catch {
      return since !== undefined;
    }
  };
}
