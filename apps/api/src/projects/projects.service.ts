import { Inject, Injectable } from '@nestjs/common';
import type { ProjectView, QuotaChange } from '@rankforge/contracts';
import { type Database, noUsage, readUsage, viewQuotas } from '@rankforge/db';
import { v7 as uuidv7 } from 'uuid';
import { DATABASE } from '../platform/database.js';
import { notFound, ProblemError } from '../platform/http/problem.js';

@Injectable()
export class ProjectsService {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  /** @param id omitted: all of them */
  async list(id?: string): Promise<ProjectView[]> {
    const [rows, usage] = await Promise.all([
      this.database.project.findMany({ where: id === undefined ? {} : { id }, orderBy: { name: 'asc' } }),
      readUsage(this.database, 'project', id),
    ]);
    return rows.map((row) => ({
      id: row.id,
      name: row.name,
      quotas: viewQuotas(row),
      usage: usage.get(row.id) ?? noUsage,
      createdAt: row.createdAt.toISOString(),
    }));
  }

  /** @throws ProblemError `conflict` when the name is taken */
  async create(name: string): Promise<ProjectView> {
    const id = uuidv7();
    const { count } = await this.database.project.createMany({ data: [{ id, name }], skipDuplicates: true });
    if (count === 0) throw new ProblemError('conflict', `There is a project called ${name} already`);
    return this.get(id);
  }

  /** Quotas that are left out stay. @throws ProblemError `not-found` */
  async setQuotas(id: string, quotas: QuotaChange): Promise<ProjectView> {
    const data = Object.fromEntries(Object.entries(quotas).filter(([, value]) => value !== undefined));
    const { count } = await this.database.project.updateMany({ where: { id }, data });
    if (count === 0) throw notFound('project', id);
    return this.get(id);
  }

  private async get(id: string): Promise<ProjectView> {
    const [view] = await this.list(id);
    if (!view) throw notFound('project', id);
    return view;
  }
}
