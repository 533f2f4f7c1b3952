import type { Sql } from '../platform/database.js';

/** Whether a trial is one of a sweep that was not removed. The caller holds the placement lock, so that it stays until the transaction ends. */
export async function isTrainingThere(sql: Sql, id: string): Promise<boolean> {
  const found = await sql.trial.findUnique({ where: { id, sweep: { removedAt: null } }, select: { id: true } });
  return found !== null;
}
