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
import { checkHistory, type Database, historyRules } from '@rankforge/db';
import { DATABASE } from '../platform/database.js';
import { decodeCursor, encodeCursor } from '../platform/http/cursor.js';
import { notFound } from '../platform/http/problem.js';
import { viewSweeps } from './sweep-view.js';

@Injectable()
export class SweepsService {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  async list({ cursor, limit, state, task, search }: SweepQuery, projectId: string): Promise<SweepPage> {
    const after = cursor === undefined ? undefined : decodeCursor(cursor, 'sweeps').id;
    const rows = await this.database.sweep.findMany({
      where: {
        projectId,
        removedAt: null,
        ...(state ? { state } : {}),
        ...(task ? { task } : {}),
        ...(search ? { OR: within(search) } : {}),
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
    return { ...view, spec: CreateSweep.parse(row.spec) };
  }

  /** @throws ProblemError `not-found` */
  async view(id: string): Promise<SweepView> {
    return (await this.read(id)).view;
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
}

/** Conditions of which a sweep with the text in one of its fields meets one. */
function within(search: string) {
  // Prisma passes on what its patterns mean by these characters.
  const contains = search.replaceAll(/[\\%_]/g, (character) => `\\${character}`);
  return (['name', 'task', 'base'] as const).map((field) => ({ [field]: { contains, mode: 'insensitive' as const } }));
}
