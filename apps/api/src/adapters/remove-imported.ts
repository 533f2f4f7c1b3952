import type { Database } from '@rankforge/db';
import { notFound, ProblemError } from '../platform/http/problem.js';

/**
 * Deletes an imported adapter. Its tensors leave the artifact store with the next collection of what nothing refers to, unless
 * another adapter has the same. Trials that began from them keep their results and say by a hash what they began from.
 *
 * @throws ProblemError `not-found`, or `conflict` while a sweep that starts from it is not finished
 */
export async function removeImported(database: Database, id: string): Promise<void> {
  await database.$transaction(async (sql) => {
    // Sweeps that begin hold it; those that committed are found below.
    const [row] = await sql.$queryRaw<{ name: string; projectId: string }[]>`
      SELECT "name", "projectId" FROM "ImportedAdapter" WHERE "id" = ${id}::uuid FOR UPDATE`;
    if (!row) throw notFound('adapter', id);
    const using = await sql.sweep.findMany({
      where: {
        projectId: row.projectId,
        state: { in: ['RUNNING', 'PAUSED'] },
        OR: ['from', 'teacher'].map((field) => ({
          spec: { path: ['methods'], array_contains: [{ [field]: row.name }] },
        })),
      },
      select: { id: true },
      orderBy: { id: 'asc' },
    });
    if (using.length > 0) {
      const sweeps = using.map((sweep) => sweep.id).join(', ');
      throw new ProblemError(
        'conflict',
        `Sweeps that are not finished start from ${row.name} or learn from it; cancel them first: ${sweeps}`,
      );
    }
    await sql.importedAdapter.delete({ where: { id } });
  });
}
