import { type ArtifactStore, type Database, dropCheckpoints, hasResult, isSettled } from '@rankforge/db';

const trialsAtOnce = 100;

/**
 * Removes the checkpoints of trainings that stopped at a rung, once their sweep has ended and nothing goes on from them. A
 * trial of another sweep that would have gone on from one trains its steps again, with the same numbers.
 *
 * @returns the trials whose checkpoints were removed
 */
export async function dropIdleCheckpoints(database: Database, store: ArtifactStore): Promise<string[]> {
  const idle = await database.$queryRaw<{ id: string }[]>`
    SELECT t."id" FROM "Trial" t JOIN "Sweep" s ON s."id" = t."sweepId"
    WHERE ${hasResult('t')} AND t."spec" ? 'until' AND s."state" IN ('COMPLETED', 'CANCELLED')
      AND EXISTS (SELECT 1 FROM "Artifact" a WHERE a."trialId" = t."id" AND a."kind" = 'checkpoint')
      AND NOT EXISTS (
        SELECT 1 FROM "Trial" c WHERE c."continuesId" = t."id" AND NOT ${isSettled('c')})
    LIMIT ${trialsAtOnce}`;
  for (const { id } of idle) {
    const unreferenced = await dropCheckpoints(database, id);
    await Promise.all(unreferenced.map((sha256) => store.remove(sha256)));
  }
  return idle.map(({ id }) => id);
}
