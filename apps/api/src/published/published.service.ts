import { Inject, Injectable } from '@nestjs/common';
import type { FlowerTable, PeftResult, PublishedResult } from '@rankforge/contracts';
import type { Database } from '@rankforge/db';
import { v7 as uuidv7 } from 'uuid';
import type { Caller } from '../access/access.js';
import { contentHash } from '../planning/trial-key.js';
import { DATABASE } from '../platform/database.js';
import { baseSlug } from './base-slug.js';
import { anyBase, tableRuns } from './flowertune.js';
import { peftComparison, publishedRun } from './peft-comparison.js';
import type { Publication, PublishedRun } from './publication.js';
import { findPublication } from './registry.js';

/** Who keeps a result. */
export type Publisher = Pick<Caller, 'keyId' | 'project'>;

@Injectable()
export class PublishedService {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  /** Keeps a result file of peft's comparison; the same one again changes nothing. @throws ProblemError */
  async add(document: PeftResult, caller: Publisher): Promise<PublishedResult> {
    const { name } = publishedRun(document);
    const base = baseSlug(document.run_info.train_config.model_id, '/run_info/train_config/model_id');
    return this.keep({ document, name, task: peftComparison.task, base }, caller);
  }

  /** Keeps a table of a FlowerTune leaderboard, in the place of an older one of the same; the same one again changes nothing. @throws ProblemError */
  async addTable(document: FlowerTable, caller: Publisher): Promise<PublishedResult> {
    const { board } = tableRuns(document);
    const entries = document.entries.length;
    return this.keep(
      { document, name: `${entries} ${entries === 1 ? 'entry' : 'entries'}`, task: board.task, base: anyBase },
      caller,
    );
  }

  private async keep(
    { document, ...place }: { document: object; name: string; task: string; base: string },
    { keyId: createdById, project: { id: projectId } }: Publisher,
  ): Promise<PublishedResult> {
    const sha256 = contentHash(document);
    const { count } = await this.database.publishedResult.createMany({
      data: [{ id: uuidv7(), projectId, sha256, ...place, document, createdById }],
      skipDuplicates: true,
    });
    const kept = await this.database.publishedResult.findUniqueOrThrow({
      where: { projectId_sha256: { projectId, sha256 } },
      select: { id: true },
    });
    return { id: kept.id, ...place, known: count === 0 };
  }

  /** Differs whenever a result of the board was written; undefined where there is no such board. */
  async version(task: string, base: string, projectId: string): Promise<string | undefined> {
    if (!findPublication(task)) return undefined;
    const [results] = await this.database.$queryRaw<[{ version: string | null }]>`
      SELECT md5(string_agg("id"::text || "xmin"::text, ',' ORDER BY "id")) AS "version" FROM "PublishedResult"
      WHERE "projectId" = ${projectId}::uuid AND "task" = ${task} AND "base" = ${base}`;
    return results.version ?? undefined;
  }

  /** A board of published runs; undefined where there is no such board. */
  async board(
    task: string,
    base: string,
    projectId: string,
  ): Promise<{ publication: Publication; runs: PublishedRun[] } | undefined> {
    const publication = findPublication(task);
    if (!publication) return undefined;
    const rows = await this.database.publishedResult.findMany({
      where: { projectId, task, base },
      select: { document: true },
      orderBy: { id: 'asc' },
    });
    if (rows.length === 0) return undefined;
    return { publication, runs: publication.runs(rows.map(({ document }) => document)) };
  }

  /** Boards that have results. */
  async boards(projectId: string): Promise<{ task: string; base: string; newestAt: Date }[]> {
    const boards = await this.database.publishedResult.groupBy({
      by: ['task', 'base'],
      where: { projectId },
      _max: { createdAt: true },
      orderBy: [{ task: 'asc' }, { base: 'asc' }],
    });
    return boards.map(({ task, base, _max }) => ({ task, base, newestAt: _max.createdAt! }));
  }
}
