import type { Database, Lease } from '@rankforge/db';

/**
 * Copies of a running trial in its sweep, each with a seed and a key of its own, and the leases to write to them.
 * @param count at least 1; the trial itself is the first
 */
export async function copyTrials(db: Database, lease: Lease, count: number): Promise<Lease[]> {
  // Only a queued trial may be made: each is made so, then claimed under the token of the first.
  const rows = await db.$queryRaw<{ id: string }[]>`
    INSERT INTO "Trial" SELECT (jsonb_populate_record(t, jsonb_build_object(
      'id', gen_random_uuid(), 'ordinal', n, 'key', n::text, 'seed', n, 'state', 'QUEUED',
      'spec', jsonb_set(jsonb_set(t."spec", '{seed}', to_jsonb(n)), '{learningRate}', to_jsonb(n / 1e6))))).*
    FROM "Trial" t, generate_series(2, ${count}::int) n WHERE t."id" = ${lease.trialId}::uuid
    RETURNING "id"`;
  await db.$executeRaw`
    UPDATE "Trial" SET "state" = 'RUNNING' WHERE "id" = ANY(${rows.map(({ id }) => id)}::uuid[])`;
  return [lease, ...rows.map(({ id }) => ({ trialId: id, token: lease.token }))];
}
