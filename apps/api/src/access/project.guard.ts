import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { Id } from '@rankforge/contracts';
import { type Database, isReadable, Prisma } from '@rankforge/db';
import type { FastifyRequest } from 'fastify';
import { DATABASE } from '../platform/database.js';
import { notFound } from '../platform/http/problem.js';
import { callerOf } from './access.js';
import { OF_PROJECT, type Owned } from './of-project.js';

/** Where the project of each is found. */
const projects: Record<Owned, (id: string) => Prisma.Sql> = {
  sweep: (id) => Prisma.sql`SELECT "projectId" FROM "Sweep" WHERE "id" = ${id}::uuid AND "removedAt" IS NULL`,
  trial: (id) => Prisma.sql`
    SELECT s."projectId" FROM "Trial" t JOIN "Sweep" s ON s."id" = t."sweepId" WHERE t."id" = ${id}::uuid AND ${isReadable}`,
  artifact: (id) => Prisma.sql`
    SELECT s."projectId" FROM "Artifact" a JOIN "Trial" t ON t."id" = a."trialId" JOIN "Sweep" s ON s."id" = t."sweepId"
    WHERE a."id" = ${id}::uuid AND ${isReadable}`,
  'data set': (id) => Prisma.sql`SELECT "projectId" FROM "Dataset" WHERE "id" = ${id}::uuid`,
  adapter: (id) => Prisma.sql`SELECT "projectId" FROM "ImportedAdapter" WHERE "id" = ${id}::uuid`,
  key: (id) => Prisma.sql`SELECT "projectId" FROM "ApiKey" WHERE "id" = ${id}::uuid`,
  generator: (id) => Prisma.sql`SELECT "projectId" FROM "Generator" WHERE "id" = ${id}::uuid`,
  webhook: (id) => Prisma.sql`SELECT "projectId" FROM "Webhook" WHERE "id" = ${id}::uuid`,
};

/**
 * Runs behind the key guard: what a path names must be of the project the request acts in. One place for every route, so
 * that a new one under a marked controller is guarded without a word of its own.
 */
@Injectable()
export class ProjectGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    @Inject(DATABASE) private readonly database: Database,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const targets = [context.getHandler(), context.getClass()];
    const what = this.reflector.getAllAndOverride<Owned | undefined>(OF_PROJECT, targets);
    const request = context.switchToHttp().getRequest<FastifyRequest<{ Params: { id?: string } }>>();
    const { id } = request.params;
    // A text that is no id is refused by the route's schema, which says so.
    if (!what || id === undefined || !Id.safeParse(id).success) return true;
    const caller = callerOf(request);
    const [row] = await this.database.$queryRaw<{ projectId: string | null }[]>(projects[what](id));
    if (!caller || !row || !mayName(row.projectId, caller)) throw notFound(what, id);
    return true;
  }
}

/** A record of no project is the installation's. */
function mayName(projectId: string | null, caller: { project: { id: string }; installation: boolean }): boolean {
  return projectId === null ? caller.installation : projectId === caller.project.id;
}
