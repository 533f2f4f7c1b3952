import { rm } from 'node:fs/promises';
import { Inject, Injectable } from '@nestjs/common';
import type {
  CreateDataset,
  DatasetInspection,
  DatasetPreview,
  DatasetRow,
  DatasetRowsQuery,
  DatasetView,
  InspectDataset,
} from '@rankforge/contracts';
import { ArtifactStore, type Database } from '@rankforge/db';
import { DatasetHead, readDataset, readMapping, rowOf } from '@rankforge/tasks';
import { v7 as uuidv7 } from 'uuid';
import type { Caller } from '../access/access.js';
import { DATABASE, type Sql } from '../platform/database.js';
import type { ApiSettings } from '../platform/env.js';
import { fieldErrors } from '../platform/http/issues.js';
import { invalid, notFound, ProblemError } from '../platform/http/problem.js';
import { SETTINGS } from '../platform/settings.js';
import { refuseOverStored, storeWithin } from '../projects/stored-quota.js';
import { Uploads } from '../uploads/uploads.js';
import { viewDataset, withSweeps } from './dataset-view.js';
import { Importer } from './importer.js';
import type { Received } from './upload.js';

/** Data sets of this installation. A file is stored before its row; one that has lost its last row is collected. */
@Injectable()
export class DatasetsService {
  private readonly store: ArtifactStore;

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(SETTINGS) { artifactDir }: ApiSettings,
    private readonly importer: Importer,
    private readonly uploads: Uploads,
  ) {
    this.store = new ArtifactStore(artifactDir);
  }

  /** @throws ProblemError when the file cannot be used, or the name is taken */
  async create({ spec, source, signal }: Received<CreateDataset>, caller: Caller): Promise<DatasetView> {
    const { keyId: createdById, project } = caller;
    const mapping = mappingOf(spec);
    await refuseTaken(this.database, project.id, spec.name);
    const out = await this.uploads.newPath();
    try {
      const { head, report, split } = await this.importer.import(
        { source, ...spec, mapping },
        { owner: project.id, signal },
        out,
      );
      const id = uuidv7();
      const { database, store } = this;
      const { sha256, bytes } = await storeWithin({ database, store, caller }, out);
      await this.alone(async (sql) => {
        await refuseTaken(sql, project.id, spec.name);
        await refuseOverStored(sql, caller, bytes);
        const { name, format } = spec;
        await sql.dataset.create({
          data: {
            id,
            projectId: project.id,
            name,
            format,
            source: source.name,
            mapping,
            split,
            report,
            head,
            sha256,
            bytes,
            createdById,
          },
        });
      });
      return await this.get(id);
    } finally {
      await rm(out, { force: true });
    }
  }

  /** @throws ProblemError as `create` would */
  async preview(
    { spec, source, signal }: Received<CreateDataset>,
    { project }: Pick<Caller, 'project'>,
  ): Promise<DatasetPreview> {
    const mapping = mappingOf(spec);
    const { report, rows } = await this.importer.import({ source, ...spec, mapping }, { owner: project.id, signal });
    return { report, rows };
  }

  /** @throws ProblemError when the file cannot be read */
  inspect(
    { spec, source, signal }: Received<InspectDataset>,
    { project }: Pick<Caller, 'project'>,
  ): Promise<DatasetInspection> {
    return this.importer.inspect(source, spec.format, { owner: project.id, signal });
  }

  /** @throws ProblemError `not-found` */
  async get(id: string): Promise<DatasetView> {
    return viewDataset(await this.find(id));
  }

  /** Examples of a data set with the mapping applied. */
  async rows(id: string, { split, offset, limit }: DatasetRowsQuery): Promise<DatasetRow[]> {
    const row = await this.find(id);
    const head = DatasetHead.parse(row.head);
    if ((await this.store.size(row.sha256)) === undefined) {
      throw new ProblemError('unavailable', 'The examples of this data set are not in the artifact store');
    }
    const rows: DatasetRow[] = [];
    let skip = offset;
    for await (const line of readDataset(this.store.pathOf(row.sha256))) {
      if (!('split' in line) || (split !== undefined && line.split !== split)) continue;
      if (skip > 0) skip--;
      else rows.push(rowOf(line, head));
      if (rows.length === limit) break;
    }
    return rows;
  }

  /**
   * Deletes the row. Its examples stay in the artifact store until they are collected: a commit may fail, and another data set
   * may have the same.
   *
   * @throws ProblemError `not-found`, or `conflict` while a sweep uses it
   */
  async remove(id: string): Promise<void> {
    await this.database.$transaction(async (sql) => {
      // Sweeps that begin hold it; those that committed are counted below.
      await sql.$queryRaw`SELECT 1 FROM "Dataset" WHERE id = ${id}::uuid FOR UPDATE`;
      const row = await sql.dataset.findUnique({ where: { id }, include: withSweeps });
      if (!row) throw notFound('data set', id);
      const { sweeps } = row._count;
      if (sweeps > 0) {
        const detail = `${row.name} is used by ${sweeps} sweep${sweeps === 1 ? '' : 's'}; their results stand on it`;
        throw new ProblemError('conflict', detail);
      }
      await sql.dataset.delete({ where: { id } });
    });
  }

  private async find(id: string) {
    const row = await this.database.dataset.findUnique({ where: { id }, include: withSweeps });
    if (!row) throw notFound('data set', id);
    return row;
  }

  /** One transaction at a time, so that a name that was found free still is when it is taken. */
  private alone(work: (sql: Sql) => Promise<void>): Promise<void> {
    return this.database.$transaction(
      async (sql) => {
        await sql.$executeRaw`SELECT pg_advisory_xact_lock(hashtext('datasets'))`;
        await work(sql);
      },
      { timeout: 30_000, maxWait: 10_000 },
    );
  }
}

/** The mapping with its defaults. @throws ProblemError naming every field of it that is wrong */
function mappingOf({ mapping, format }: CreateDataset): CreateDataset['mapping'] {
  const read = readMapping(mapping, format);
  if ('issues' in read) throw invalid(fieldErrors(read.issues, ['mapping']));
  return read.stored;
}

async function refuseTaken(sql: Sql, projectId: string, name: string): Promise<void> {
  const taken = await sql.dataset.findUnique({ where: { projectId_name: { projectId, name } }, select: { id: true } });
  if (taken) throw new ProblemError('conflict', `There is a data set called ${name}; choose another name`);
}
