import { Inject, Injectable } from '@nestjs/common';
import {
  CreateSweep,
  type EngineName,
  type HistoryReport,
  type SweepDetail,
  type SweepPage,
  type SweepQuery,
  type SweepView,
} from '@rankforge/contracts';
import { checkHistory, type Database, historyRules, Prisma } from '@rankforge/db';
import type { Keeping } from '../platform/computing.js';
import { DATABASE } from '../platform/database.js';
import { decodeCursor, encodeCursor } from '../platform/http/cursor.js';
import { notFound } from '../platform/http/problem.js';
import { viewSweeps } from './sweep-view.js';

@Injectable()
export class SweepsService {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  async list({ cursor, limit, state, task, search, tag = [] }: SweepQuery, projectId: string): Promise<SweepPage> {
    const after = cursor === undefined ? undefined : decodeCursor(cursor, 'sweeps').id;
    const rows = await this.database.sweep.findMany({
      where: {
        projectId,
        removedAt: null,
        ...(state ? { state } : {}),
        ...(task ? { task } : {}),
        ...(search ? { OR: await this.within(search, projectId) } : {}),
        tags: { hasEvery: [tag].flat() },
        ...(after ? { id: { lt: after } } : {}),
      },
      orderBy: { id: 'desc' },
      take: limit + 1,
    });
    const page = rows.slice(0, limit);
    const items = await viewSweeps(
      this.database,
      page.map((row) => ({ ...row, engine: row.engine as EngineName })),
    );
    return { items, ...(rows.length > limit ? { nextCursor: encodeCursor('sweeps', { id: page.at(-1)!.id }) } : {}) };
  }

  /** @throws ProblemError `not-found` */
  async get(id: string): Promise<SweepDetail> {
    const { row, view } = await this.read(id);
    return { ...view, spec: { ...CreateSweep.parse(row.spec), name: row.name } };
  }

  /** @throws ProblemError `not-found` */
  async view(id: string): Promise<SweepView> {
    return (await this.read(id)).view;
  }

  /** What an answer about a sweep depends on: its row, and events. @throws ProblemError `not-found` */
  async keeping(id: string): Promise<Keeping> {
    const [row] = await this.database.$queryRaw<{ version: string }[]>`
      SELECT "xmin"::text AS "version" FROM "Sweep" WHERE "id" = ${id}::uuid AND "removedAt" IS NULL`;
    if (!row) throw notFound('sweep', id);
    return { of: row.version, scope: Prisma.sql`s."id" = ${id}::uuid` };
  }

  /** @throws ProblemError `not-found` */
  async history(id: string): Promise<HistoryReport> {
    await this.read(id);
    return { ...(await checkHistory(this.database, id)), rules: [...historyRules] };
  }

  private async read(id: string) {
    const row = await this.database.sweep.findUnique({ where: { id, removedAt: null } });
    if (!row) throw notFound('sweep', id);
    const [view] = await viewSweeps(this.database, [{ ...row, engine: row.engine as EngineName }]);
    return { row, view: view! };
  }

  /** Conditions of which a sweep with the text in one of its fields meets one. */
  private async within(search: string, projectId: string): Promise<Prisma.SweepWhereInput[]> {
    // Patterns mean something by these characters, and Prisma passes them on.
    const contains = search.replaceAll(/[\\%_]/g, (character) => `\\${character}`);
    const tags = await this.database.$queryRaw<{ tag: string }[]>`
      SELECT DISTINCT "tag" FROM "Sweep", unnest("tags") AS "tag"
      WHERE "projectId" = ${projectId}::uuid AND "removedAt" IS NULL AND "tag" ILIKE ${`%${contains}%`}`;
    return [
      ...(['name', 'task', 'base', 'note'] as const).map((field) => ({
        [field]: { contains, mode: 'insensitive' as const },
      })),
      { tags: { hasSome: tags.map(({ tag }) => tag) } },
    ];
  }
}
