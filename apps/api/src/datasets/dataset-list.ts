import { Inject, Injectable } from '@nestjs/common';
import { DatasetList } from '@rankforge/contracts';
import type { Database } from '@rankforge/db';
import { computation } from '../platform/computation.js';
import { DATABASE } from '../platform/database.js';
import { viewDataset, withSweeps } from './dataset-view.js';

/** Lists the data sets of a project, each with its whole report. */
@Injectable()
export class DatasetLister {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  async list(projectId: string): Promise<DatasetList> {
    const rows = await this.database.dataset.findMany({
      where: { projectId },
      include: withSweeps,
      orderBy: { id: 'desc' },
    });
    return { datasets: rows.map(viewDataset) };
  }
}

export const datasetsComputation = computation({
  name: 'datasets',
  lane: 'short',
  words: { thing: 'list of data sets', done: 'made' },
  advice: 'delete data sets that nobody needs',
  by: DatasetLister,
  schema: DatasetList,
  run: (lister, projectId: string) => lister.list(projectId),
});
