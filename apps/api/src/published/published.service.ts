import { Inject, Injectable } from '@nestjs/common';
import { PeftResult, type PublishedResult } from '@rankforge/contracts';
import type { Database } from '@rankforge/db';
import { v7 as uuidv7 } from 'uuid';
import type { Caller } from '../access/access.js';
import { contentHash } from '../planning/trial-key.js';
import { DATABASE } from '../platform/database.js';
import { baseSlug, type PublishedRun, peftComparison, publishedRun } from './peft-comparison.js';

@Injectable()
export class PublishedService {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  /** Keeps a result file; the same one again changes nothing. @throws ProblemError */
  async add(
    document: PeftResult,
    { keyId: createdById, project: { id: projectId } }: Caller,
  ): Promise<PublishedResult> {
    const { name } = publishedRun(document);
    const sha256 = contentHash(document);
    const place = { task: peftComparison.task, base: baseSlug(document.run_info.train_config.model_id) };
    const id = uuidv7();
    const { count } = await this.database.publishedResult.createMany({
      data: [{ id, projectId, sha256, ...place, name, document, createdById }],
      skipDuplicates: true,
    });
    const kept = await this.database.publishedResult.findUniqueOrThrow({
      where: { projectId_sha256: { projectId, sha256 } },
      select: { id: true },
    });
    return { id: kept.id, name, ...place, known: count === 0 };
  }

  /** Published runs of a board, the newest of each experiment; undefined where there is no such board. */
  async runs(task: string, base: string, projectId: string): Promise<PublishedRun[] | undefined> {
    const rows = await this.database.publishedResult.findMany({
      where: { projectId, task, base },
      select: { document: true },
      orderBy: { id: 'asc' },
    });
    if (rows.length === 0) return undefined;
    const documents = rows
      .map(({ document }) => PeftResult.parse(document))
      .sort((a, b) => Date.parse(a.run_info.created_at) - Date.parse(b.run_info.created_at));
    return [
      ...new Map(documents.map((document) => [document.run_info.experiment_name, publishedRun(document)])).values(),
    ];
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
