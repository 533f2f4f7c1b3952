import { type Database, viewQuotas } from '@rankforge/db';
import { ProblemError } from '../platform/http/problem.js';

/**
 * Trials count to the key that made their sweep, so that a key with quotas could run any number in the sweeps of others.
 *
 * @param keyId of the caller
 * @throws ProblemError `quota-exceeded` where a key with quotas adds to the sweep of another
 */
export async function refuseBesideQuotas(
  database: Database,
  sweep: { id: string; createdById: string | null },
  keyId: string | null,
): Promise<void> {
  if (keyId === null || keyId === sweep.createdById) return;
  const key = await database.apiKey.findUniqueOrThrow({ where: { id: keyId } });
  if (Object.values(viewQuotas(key)).every((quota) => quota === null)) return;
  const detail = `What is added to sweep ${sweep.id} counts to who made it, and the key ${key.name} has quotas of its own; clone the sweep`;
  throw new ProblemError('quota-exceeded', detail);
}
