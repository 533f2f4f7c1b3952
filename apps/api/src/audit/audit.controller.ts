import { Controller, Get, Inject, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { AuditAction, AuditPage, AuditQuery } from '@rankforge/contracts';
import type { Database } from '@rankforge/db';
import { type Caller, CallerOf, Needs } from '../access/access.js';
import { DATABASE } from '../platform/database.js';
import { decodeCursor, encodeCursor } from '../platform/http/cursor.js';
import { notFound } from '../platform/http/problem.js';

@ApiTags('audit')
@Controller('v1/audit')
export class AuditController {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  @Get()
  @Needs('admin')
  @ApiOperation({
    summary: 'Who did what, newest first: in the own project, or in all for an admin of the installation',
  })
  @ApiOkResponse({ standardSchema: AuditPage })
  async list(
    @Query({ schema: AuditQuery }) { cursor, limit, action, subject, project }: AuditQuery,
    @CallerOf() caller: Caller,
  ): Promise<AuditPage> {
    if (project !== undefined && !caller.installation && project !== caller.project.name) {
      throw notFound('project', project);
    }
    const projects = await this.database.project.findMany({ select: { id: true, name: true } });
    const asked = project === undefined ? undefined : projects.find(({ name }) => name === project);
    if (project !== undefined && !asked) throw notFound('project', project);
    const projectId = asked?.id ?? (caller.installation ? undefined : caller.project.id);
    const after = cursor === undefined ? undefined : decodeCursor(cursor, 'audit').id;
    const rows = await this.database.audit.findMany({
      where: {
        ...(projectId ? { projectId } : {}),
        ...(action ? { action } : {}),
        ...(subject ? { subject } : {}),
        ...(after ? { id: { lt: after } } : {}),
      },
      orderBy: { id: 'desc' },
      take: limit + 1,
    });
    const items = rows.slice(0, limit).map((row) => ({
      id: row.id,
      at: row.at.toISOString(),
      action: AuditAction.parse(row.action),
      actor: row.actor,
      actorKeyId: row.actorKeyId,
      project: projects.find(({ id }) => id === row.projectId) ?? null,
      subject: row.subject,
      detail: row.detail as Record<string, unknown>,
      address: row.address,
      requestId: row.requestId,
    }));
    return { items, ...(rows.length > limit ? { nextCursor: encodeCursor('audit', { id: items.at(-1)!.id }) } : {}) };
  }
}
