/** @file Who trained beside whom: attempts of one pack ran in one process. */

import { groupBy } from '@rankforge/contracts';
import type { Database } from '@rankforge/db';

interface Packed {
  packId: string | null;
  trialId: string;
}

/** For each attempt the trials that were packed with its own, by attempt; attempts that were alone have none. */
export async function packedWith<A extends Packed>(
  database: Database,
  attempts: readonly A[],
): Promise<Map<A, string[]>> {
  const packIds = attempts.flatMap(({ packId }) => packId ?? []);
  const members = await database.attempt.findMany({
    where: { packId: { in: packIds } },
    orderBy: { trialId: 'asc' },
    select: { packId: true, trialId: true },
  });
  const byPack = groupBy(members, ({ packId }) => packId);
  return new Map(
    attempts.map((attempt) => {
      const together = attempt.packId === null ? [] : (byPack.get(attempt.packId) ?? []);
      return [attempt, together.map(({ trialId }) => trialId).filter((id) => id !== attempt.trialId)];
    }),
  );
}
