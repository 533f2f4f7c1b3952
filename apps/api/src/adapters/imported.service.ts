import { rm } from 'node:fs/promises';
import { Inject, Injectable } from '@nestjs/common';
import type { AdapterView, CreateAdapter } from '@rankforge/contracts';
import { ArtifactStore, type Database } from '@rankforge/db';
import { v7 as uuidv7 } from 'uuid';
import type { Caller } from '../access/access.js';
import { Catalog } from '../catalog/catalog.js';
import { DATABASE } from '../platform/database.js';
import type { ApiSettings } from '../platform/env.js';
import { invalid, notFound, ProblemError } from '../platform/http/problem.js';
import { SETTINGS } from '../platform/settings.js';
import { refuseOverStored, storeWithin } from '../projects/stored-quota.js';
import { AdapterReader } from './adapter-reader.js';
import { removeImported } from './remove-imported.js';
import type { StartingAdapter } from './starting-adapter.js';
import { storedInfo } from './stored-info.js';
import { trialAdapters } from './trial-adapters.js';

interface Row extends StartingAdapter {
  id: string;
  bytes: bigint;
  createdAt: Date;
}

/** Adapters that were made elsewhere. Rows are made and deleted, never changed. */
@Injectable()
export class ImportedAdapters {
  private readonly store: ArtifactStore;

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(SETTINGS) { artifactDir }: ApiSettings,
    private readonly catalog: Catalog,
    private readonly reader: AdapterReader,
  ) {
    this.store = new ArtifactStore(artifactDir);
  }

  /**
   * @param file of `adapter_model.safetensors`
   * @param signal aborts when the client is gone
   * @throws ProblemError when the adapter cannot be read onto the base, or the name is taken
   */
  async create(
    { name, base: baseName, config }: CreateAdapter,
    file: string,
    caller: Caller,
    signal: AbortSignal,
  ): Promise<AdapterView> {
    const {
      keyId: createdById,
      project: { id: projectId },
    } = caller;
    await this.catalog.refreshBases();
    const base = this.catalog.base(baseName);
    if (!base) throw invalid([{ path: '/base', message: this.catalog.missingBase(baseName) }]);
    if (await this.database.importedAdapter.findUnique({ where: { projectId_name: { projectId, name } } }))
      throw taken(name);
    const out = `${file}.adapter`;
    try {
      const read = await this.reader.read({ model: base.config, config, file, out }, { owner: projectId, signal });
      const { method, targets, classes } = read;
      const row = {
        id: uuidv7(),
        projectId,
        name,
        base: baseName,
        baseSha256: base.sha256,
        method,
        config: read.config as object,
        targets,
        classes: classes ?? null,
        createdById,
      };
      const { database, store } = this;
      const stored = await storeWithin({ database, store, caller }, out);
      await this.database
        .$transaction(
          async (sql) => {
            await refuseOverStored(sql, caller, stored.bytes);
            await sql.importedAdapter.create({ data: { ...row, ...stored } });
          },
          { timeout: 30_000, maxWait: 10_000 },
        )
        .catch((cause: { code?: string }) => {
          throw cause.code === 'P2002' ? taken(name) : cause;
        });
      return await this.get(row.id);
    } finally {
      await rm(out, { force: true });
    }
  }

  async list(projectId: string): Promise<AdapterView[]> {
    const rows = await this.database.importedAdapter.findMany({ where: { projectId }, orderBy: { id: 'desc' } });
    return rows.map((row) => viewAdapter(row as unknown as Row));
  }

  /** @throws ProblemError `not-found` */
  async get(id: string): Promise<AdapterView> {
    const row = await this.database.importedAdapter.findUnique({ where: { id } });
    if (!row) throw notFound('adapter', id);
    return viewAdapter(row as unknown as Row);
  }

  /**
   * Where each layer has a rank of its own, the ranks: what a prediction needs besides.
   * @throws ProblemError `unavailable` where its file cannot be read
   */
  async ranksOf({ name, sha256 }: StartingAdapter): Promise<Readonly<Record<string, number>> | undefined> {
    return (await storedInfo(this.store, sha256, `the adapter ${name}`)).ranks;
  }

  /** @throws ProblemError as `removeImported` */
  remove(id: string): Promise<void> {
    return removeImported(this.database, id);
  }

  /**
   * Finds adapters of a project: imported ones by name, those of finished trials by the trial's id. Unknown names are left out.
   * @throws ProblemError as `trialAdapters`
   */
  async named(names: readonly string[], projectId: string): Promise<Map<string, StartingAdapter>> {
    if (names.length === 0) return new Map();
    const rows = await this.database.importedAdapter.findMany({ where: { projectId, name: { in: [...names] } } });
    const ofTrials = await trialAdapters(this.database, this.store, names, projectId);
    return new Map([...ofTrials, ...rows.map((row) => [row.name, row as unknown as StartingAdapter] as const)]);
  }
}

const taken = (name: string) => new ProblemError('conflict', `There is an adapter called ${name} already`);

function viewAdapter({ id, name, base, method, config, targets, classes, sha256, bytes, createdAt }: Row): AdapterView {
  return {
    id,
    name,
    base,
    method,
    config,
    targets,
    classes,
    sha256,
    bytes: Number(bytes),
    createdAt: createdAt.toISOString(),
  };
}
