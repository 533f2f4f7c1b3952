import { Inject, Injectable } from '@nestjs/common';
import type { RemovalObstacle, SweepRemoval, SweepState } from '@rankforge/contracts';
import { type Database, measureRemoval } from '@rankforge/db';
import { DATABASE, type Sql } from '../platform/database.js';
import { notFound, ProblemError } from '../platform/http/problem.js';
import { takePlacementLock } from '../platform/placement-lock.js';
import { RemovalKeeper } from './removal-keeper.js';

const obstaclesAtMost = 20;

/** Removes sweeps that are over and that nothing stands on. */
@Injectable()
export class SweepRemover {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    private readonly keeper: RemovalKeeper,
  ) {}

  /** Says how much a removal takes away and which things stand in its way; nothing is changed. @throws ProblemError `not-found` */
  async preview(id: string): Promise<SweepRemoval> {
    const sweep = await this.database.sweep.findUnique({ where: { id, removedAt: null } });
    if (!sweep) throw notFound('sweep', id);
    const { name, task, base } = sweep;
    const [sizes, obstacles] = await Promise.all([
      measureRemoval(this.database, id),
      obstaclesOf(this.database, sweep),
    ]);
    return { id, name, task, base, ...sizes, obstacles };
  }

  /**
   * Removes a sweep: from the moment of the answer it is nowhere to be seen, and its rows go in the background. Trials whose results
   * other sweeps took stay for them.
   *
   * @returns what goes
   * @throws ProblemError `not-found`, or `conflict` that names what stands in the way
   */
  async remove(id: string): Promise<SweepRemoval> {
    const removal = await this.preview(id);
    refuse(removal);
    await this.database.$transaction(
      async (sql) => {
        await takePlacementLock(sql);
        const [sweep] = await sql.$queryRaw<Removable[]>`
          SELECT "id", "name", "state"::text AS "state", "projectId" FROM "Sweep"
          WHERE "id" = ${id}::uuid AND "removedAt" IS NULL FOR UPDATE`;
        if (!sweep) throw notFound('sweep', id);
        // Another request may have extended it meanwhile, or started from it.
        refuse({ ...removal, obstacles: await obstaclesOf(sql, sweep) });
        await sql.$executeRaw`
          UPDATE "Sweep" SET "removedAt" = clock_timestamp(), "clearAt" = clock_timestamp(), "datasetId" = NULL, "idempotencyKey" = NULL
          WHERE "id" = ${id}::uuid`;
      },
      { timeout: 60_000, maxWait: 10_000 },
    );
    this.keeper.wake();
    return removal;
  }
}

interface Removable {
  id: string;
  name: string;
  state: SweepState;
  projectId: string;
}

/** Lists the things that must end or go before a sweep may be removed. */
async function obstaclesOf(sql: Sql, { id, name, state, projectId }: Removable): Promise<RemovalObstacle[]> {
  const isOver = state === 'COMPLETED' || state === 'CANCELLED';
  const own: RemovalObstacle[] = isOver ? [] : [{ what: 'state', id, name, says: `it is ${state}: cancel it first` }];
  const others = await sql.$queryRaw<{ what: 'sweep' | 'generator'; id: string; name: string }[]>`
    WITH named AS (
      SELECT 'sweep' AS "what", s."id", s."name", s."spec" AS "says" FROM "Sweep" s
      WHERE s."projectId" = ${projectId}::uuid AND s."removedAt" IS NULL AND s."id" <> ${id}::uuid
      UNION ALL
      SELECT 'generator', g."id", g."name", g."generator" FROM "Generator" g WHERE g."projectId" = ${projectId}::uuid
    ), mentions AS (
      SELECT DISTINCT n."what", n."id", n."name", (v."value" #>> '{}')::uuid AS "mentioned" FROM named n
        CROSS JOIN LATERAL jsonb_path_query(n."says",
          '$.** ? (@.type() == "string" && @ like_regex "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$" flag "i")') v("value")
    ), standing AS (
      SELECT m."what", m."id", m."name" FROM mentions m
      WHERE m."mentioned" = ${id}::uuid
        OR EXISTS (SELECT 1 FROM "Trial" t WHERE t."id" = m."mentioned" AND t."sweepId" = ${id}::uuid)
      UNION
      SELECT 'sweep', s."id", s."name" FROM "Sweep" s
      WHERE s."onSweepId" = ${id}::uuid AND s."removedAt" IS NULL
    ), numbered AS (SELECT *, row_number() OVER (PARTITION BY "what" ORDER BY "id" DESC) AS "n" FROM standing)
    SELECT "what", "id", "name" FROM numbered WHERE "n" <= ${obstaclesAtMost} ORDER BY "what" DESC, "n"`;
  return [...own, ...others.map((other) => ({ ...other, says: remedies[other.what](other) }))];
}

const remedies: Record<'sweep' | 'generator', (other: { id: string; name: string }) => string> = {
  sweep: ({ id, name }) =>
    `the sweep ${name} (${id}) starts from a model of it or names one of its trainings: remove that first`,
  generator: ({ name }) => `the generator ${name} writes with the adapter of one of its trainings: remove that first`,
};

/** @throws ProblemError `conflict` naming all that stands in the way */
function refuse({ id, name, obstacles }: Pick<SweepRemoval, 'id' | 'name' | 'obstacles'>): void {
  if (obstacles.length === 0) return;
  const why = obstacles.map(({ says }) => says).join('; ');
  throw new ProblemError('conflict', `The sweep ${name} (${id}) cannot be removed: ${why}`);
}
