import { Prisma } from '@rankforge/db';

/** SQL: the trial `t` is of a project, and of a sweep that was not removed. */
export function inProject(projectId: string): Prisma.Sql {
  return Prisma.sql`EXISTS (
    SELECT 1 FROM "Sweep" own WHERE own."id" = t."sweepId" AND own."projectId" = ${projectId}::uuid AND own."removedAt" IS NULL)`;
}

/** SQL: the same, and of a trial that stayed when its sweep was removed: what others may learn from its times. */
export function everInProject(projectId: string): Prisma.Sql {
  return Prisma.sql`EXISTS (SELECT 1 FROM "Sweep" own WHERE own."id" = t."sweepId" AND own."projectId" = ${projectId}::uuid)`;
}
