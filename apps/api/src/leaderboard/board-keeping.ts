import { Injectable } from '@nestjs/common';
import type { LeaderboardQuery } from '@rankforge/contracts';
import { Prisma } from '@rankforge/db';
import { Catalog } from '../catalog/catalog.js';
import { Tasks } from '../catalog/tasks.js';
import type { Keeping } from '../platform/computing.js';
import { PublishedService } from '../published/published.service.js';
import { RunsService } from '../runs/runs.service.js';

/** Says what boards that are kept were made of. */
@Injectable()
export class BoardKeeping {
  constructor(
    private readonly catalog: Catalog,
    private readonly tasks: Tasks,
    private readonly published: PublishedService,
    private readonly runs: RunsService,
  ) {}

  /** Undefined for a board that is not there, which is not kept. */
  async ofBoard({ task, base }: LeaderboardQuery, projectId: string): Promise<Keeping | undefined> {
    const reported =
      (await this.runs.version(task, base, projectId)) ?? (await this.published.version(task, base, projectId));
    if (reported !== undefined) return { of: reported };
    await this.catalog.refreshBases();
    const [found, on] = [await this.tasks.find(task, projectId), this.catalog.baseUnder(task, base)];
    if (!found || !on) return undefined;
    return {
      of: JSON.stringify([found.task.dataHash, on.sha256]),
      scope: Prisma.sql`s."projectId" = ${projectId}::uuid AND s."task" = ${task} AND s."base" = ${base}`,
    };
  }

  /** Of all boards of sweeps in a project. */
  async ofProject(projectId: string): Promise<Keeping> {
    await this.catalog.refreshBases();
    const bases = this.catalog.viewBases().bases.map(({ name, sha256 }) => [name, sha256]);
    return {
      of: JSON.stringify([await this.tasks.version(projectId), bases]),
      scope: Prisma.sql`s."projectId" = ${projectId}::uuid`,
    };
  }
}
