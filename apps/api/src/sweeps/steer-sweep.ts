import { Inject, Injectable } from '@nestjs/common';
import { CreateSweep, type SweepState } from '@rankforge/contracts';
import { type Database, hasResult, isOpen, Prisma, wakeUps } from '@rankforge/db';
import { DATABASE, type Sql } from '../platform/database.js';
import { notFound, ProblemError } from '../platform/http/problem.js';
import { takePlacementLock } from '../platform/placement-lock.js';
import { strategyOf } from '../strategies/registry.js';
import { holdForRetry } from './hold-inputs.js';

/** Cancels, pauses, resumes, re-prioritises and retries sweeps. Each answers how many trials (or sweeps) it changed. */
@Injectable()
export class SweepSteering {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  /** Ends everything that has not ended. Workers stop within one step; what has ended stays. */
  cancel(sweepId: string): Promise<number> {
    return this.steer(sweepId, async (sql, state) => {
      if (state === 'CANCELLED' || state === 'COMPLETED') return 0;
      const trials = await sql.$executeRaw`
        UPDATE "Trial" SET "state" = 'CANCELLED', "finishedAt" = now(), "reason" = 'the sweep was cancelled'
        WHERE "sweepId" = ${sweepId}::uuid AND ${isOpen()}`;
      await sql.sweep.update({
        where: { id: sweepId },
        // A running sweep had a reason to wait, which is over.
        data: { state: 'CANCELLED', finishedAt: new Date(), ...(state === 'RUNNING' && { reason: null }) },
      });
      return trials;
    });
  }

  /** No further trial is claimed; those that run end. */
  pause(sweepId: string): Promise<number> {
    return this.steer(sweepId, async (sql, state) => {
      if (state === 'PAUSED') return 0;
      if (state !== 'RUNNING') throw conflict(sweepId, state, 'paused');
      await sql.sweep.update({ where: { id: sweepId }, data: { state: 'PAUSED', reason: null } });
      return 1;
    });
  }

  resume(sweepId: string): Promise<number> {
    return this.steer(sweepId, async (sql, state) => {
      if (state === 'RUNNING') return 0;
      if (state !== 'PAUSED') throw conflict(sweepId, state, 'resumed');
      await sql.sweep.update({ where: { id: sweepId }, data: { state: 'RUNNING', reason: null } });
      await wake(sql, sweepId);
      return 1;
    });
  }

  /**
   * Trials that have not started run sooner or later than those of other sweeps. Trials that run go on. The request is changed
   * with it, so that a clone has the same priority.
   */
  prioritize(sweepId: string, priority: number): Promise<number> {
    return this.steer(sweepId, async (sql, state) => {
      if (state === 'CANCELLED' || state === 'COMPLETED') throw conflict(sweepId, state, 'given another priority');
      const changed = await sql.$executeRaw`
        UPDATE "Sweep" SET "priority" = ${priority}::int, "spec" = jsonb_set("spec", '{priority}', to_jsonb(${priority}::int))
        WHERE "id" = ${sweepId}::uuid AND "priority" <> ${priority}::int`;
      if (changed === 0) return 0;
      await sql.$executeRaw`
        UPDATE "Trial" SET "priority" = ${priority}::int
        WHERE "sweepId" = ${sweepId}::uuid AND ${isOpen()}`;
      // One that is on its way to a queue goes there before this returns, or with the new priority.
      await sql.$executeRaw`
        UPDATE "Outbox" o SET "priority" = ${priority}::int FROM "Trial" t
        WHERE t."id" = o."trialId" AND t."sweepId" = ${sweepId}::uuid`;
      if (state === 'RUNNING') await wake(sql, sweepId);
      return 1;
    });
  }

  /**
   * Runs failed trials again, with a fresh number of attempts. One whose key another trial has taken over meanwhile
   * follows that one.
   *
   * @throws ProblemError `conflict` where the sweep was cancelled, or an adapter that they start from was deleted
   */
  retryFailed(sweepId: string): Promise<number> {
    return this.steer(sweepId, async (sql, state) => {
      if (state === 'CANCELLED') throw conflict(sweepId, state, 'retried');
      const followed = await sql.$executeRaw`
        UPDATE "Trial" t SET "state" = 'PENDING', "leaderId" = l."id", "reason" = NULL, "finishedAt" = NULL
        FROM "Trial" l
        WHERE t."sweepId" = ${sweepId}::uuid AND t."state" = 'FAILED' AND l."key" = t."key" AND l."id" <> t."id"
          AND l."leaderId" IS NULL AND (${isOpen('l')} OR ${hasResult('l')})`;
      await holdForRetry(sql, sweepId);
      // Parts that came too late for a federation that failed are asked for again.
      await sql.$executeRaw`
        DELETE FROM "Trial" u USING "Trial" t
        WHERE t."sweepId" = ${sweepId}::uuid AND t."state" = 'FAILED' AND u."partOfId" = t."id" AND u."state" = 'CANCELLED'
          AND u."round" = (t."awaits"->>'round')::int`;
      const [retried] = await sql.$queryRaw<{ trials: number }[]>`
        WITH ranked AS (
          SELECT "id", row_number() OVER (PARTITION BY "key" ORDER BY "memoryBudgetMiB" DESC, "ordinal") AS "place",
            first_value("id") OVER (PARTITION BY "key" ORDER BY "memoryBudgetMiB" DESC, "ordinal") AS "first"
          FROM "Trial" WHERE "sweepId" = ${sweepId}::uuid AND "state" = 'FAILED'
        ), retried AS (
          UPDATE "Trial" t SET
            "state" = (CASE WHEN r."place" = 1 AND t."awaits" IS NULL THEN 'QUEUED' ELSE 'PENDING' END)::"TrialState",
            "leaderId" = CASE WHEN r."place" > 1 THEN r."first" END,
            "maxAttempts" = t."attempts" + (s."spec"->>'retries')::int + 1,
            "reason" = NULL, "finishedAt" = NULL, "queuedAt" = now(),
            -- Of a turn: when it was asked for.
            "createdAt" = CASE WHEN t."partOfId" IS NULL THEN t."createdAt" ELSE clock_timestamp() END
          FROM ranked r, "Sweep" s WHERE t."id" = r."id" AND s."id" = t."sweepId" RETURNING t.*
        ), woken AS (
          ${wakeUps(Prisma.sql`retried WHERE "state" = 'QUEUED'`)}
        ) SELECT count(*)::int AS "trials" FROM retried`;
      const changed = followed + (retried?.trials ?? 0);
      if (changed > 0) {
        const { spec } = await sql.sweep.findUniqueOrThrow({ where: { id: sweepId }, select: { spec: true } });
        // A search that was done because all failed may go on from what succeeds now.
        const searches = strategyOf(CreateSweep.parse(spec)).reads !== 'nothing' && { exhausted: false };
        const reopened = state === 'COMPLETED' && { state: 'RUNNING' as const, finishedAt: null };
        await sql.sweep.update({ where: { id: sweepId }, data: { ...searches, ...reopened } });
      }
      return changed;
    });
  }

  private steer(sweepId: string, change: (sql: Sql, state: SweepState) => Promise<number>): Promise<number> {
    return this.database.$transaction(
      async (sql) => {
        await takePlacementLock(sql);
        const [sweep] = await sql.$queryRaw<{ state: SweepState }[]>`
          SELECT "state"::text AS "state" FROM "Sweep" WHERE "id" = ${sweepId}::uuid AND "removedAt" IS NULL FOR UPDATE`;
        if (!sweep) throw notFound('sweep', sweepId);
        return change(sql, sweep.state);
      },
      { timeout: 60_000, maxWait: 10_000 },
    );
  }
}

/** Sends a wake-up for each queued trial at its priority, even where one with another priority is on the queue already. */
async function wake(sql: Sql, sweepId: string): Promise<void> {
  const queued = Prisma.sql`"Trial" WHERE "sweepId" = ${sweepId}::uuid AND "state" = 'QUEUED' ORDER BY "ordinal"`;
  await sql.$executeRaw(wakeUps(queued, { moved: true }));
}

function conflict(sweepId: string, state: SweepState, verb: string): ProblemError {
  return new ProblemError('conflict', `Sweep ${sweepId} is ${state} and cannot be ${verb}`);
}
