import type { WorkerView } from '@rankforge/contracts';
import { Prisma } from '@rankforge/db';

export type WorkerStanding = WorkerView['state'];

/** State of a worker `w` by the clock of the database: one that has not been heard of for 15 s is lost. */
export const workerStanding = Prisma.sql`
  CASE WHEN w."stoppedAt" IS NOT NULL THEN 'stopped'
       WHEN w."heartbeatAt" < clock_timestamp() - interval '15 seconds' THEN 'lost'
       WHEN w."draining" THEN 'draining'
       ELSE 'live' END`;
