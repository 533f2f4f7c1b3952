/** @file The outbox: wake-ups of queued trials that go with the transaction which queued them. The API moves them to Redis. */
import { queueNamePattern } from '@rankforge/contracts';
import { Prisma } from './generated/client.js';

/**
 * SQL: puts a wake-up of each trial into the outbox.
 *
 * @param trials SQL of a relation that has the columns of "Trial", and what may follow its name
 * @param options.moved the priority changed while a wake-up of before may be on its queue; default: false
 * @example sql.$executeRaw(wakeUps(Prisma.sql`"Trial" WHERE "state" = 'QUEUED' ORDER BY "ordinal"`))
 */
export const wakeUps = (trials: Prisma.Sql, { moved = false } = {}): Prisma.Sql => Prisma.sql`
  INSERT INTO "Outbox" ("trialId", "queue", "attempt", "priority", "moved")
  SELECT "id", format(${queueNamePattern}::text, "engine", "memoryClassMiB", '.' || encode(convert_to("site", 'UTF8'), 'hex')), "attempts", "priority", ${moved}::boolean
  FROM ${trials}`;
