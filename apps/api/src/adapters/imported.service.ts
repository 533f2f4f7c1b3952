import { readFile } from 'node:fs/promises';
import { Inject, Injectable } from '@nestjs/common';
import type { AdapterView, CreateAdapter } from '@rankforge/contracts';
import { ArtifactStore, type Database } from '@rankforge/db';
import { importAdapter, PeftAdapterError, readSafetensors, SafetensorsError } from '@rankforge/peft';
import { v7 as uuidv7 } from 'uuid';
import { Catalog } from '../catalog/catalog.js';
import { DATABASE } from '../platform/database.js';
import type { ApiSettings } from '../platform/env.js';
import { invalid, notFound, ProblemError } from '../platform/http/problem.js';
import { SETTINGS } from '../platform/settings.js';

/** What a training needs to know of an adapter it starts from. */
export type StartingAdapter = Pick<AdapterView, 'name' | 'base' | 'method' | 'config' | 'targets' | 'sha256'>;

interface Row extends StartingAdapter {
  id: string;
  bytes: bigint;
  createdAt: Date;
}

/** Adapters that were made elsewhere. Rows are never changed. */
@Injectable()
export class ImportedAdapters {
  private readonly store: ArtifactStore;

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(SETTINGS) { artifactDir }: ApiSettings,
    private readonly catalog: Catalog,
  ) {
    this.store = new ArtifactStore(artifactDir);
  }

  /**
   * @param file of `adapter_model.safetensors`
   * @throws ProblemError when the adapter cannot be read onto the base, or the name is taken
   */
  async create(
    { name, base: baseName, config }: CreateAdapter,
    file: string,
    createdById: string,
  ): Promise<AdapterView> {
    await this.catalog.refreshBases();
    const base = this.catalog.base(baseName);
    if (!base) throw invalid([{ path: '/base', message: this.catalog.missingBase(baseName) }]);
    if (await this.database.importedAdapter.findUnique({ where: { name } })) throw taken(name);
    const read = readAdapter(base.config, config, await readFile(file));
    const stored = await this.store.put(read.adapter);
    const { method, targets } = read;
    const row = {
      id: uuidv7(),
      name,
      base: baseName,
      method,
      config: read.config as object,
      targets,
      ...stored,
      createdById,
    };
    await this.database.importedAdapter.create({ data: row }).catch((cause: { code?: string }) => {
      throw cause.code === 'P2002' ? taken(name) : cause;
    });
    return this.get(row.id);
  }

  async list(): Promise<AdapterView[]> {
    const rows = await this.database.importedAdapter.findMany({ orderBy: { id: 'desc' } });
    return rows.map((row) => viewAdapter(row as unknown as Row));
  }

  /** @throws ProblemError `not-found` */
  async get(id: string): Promise<AdapterView> {
    const row = await this.database.importedAdapter.findUnique({ where: { id } });
    if (!row) throw notFound('adapter', id);
    return viewAdapter(row as unknown as Row);
  }

  /** Those of the names that there are. */
  async named(names: readonly string[]): Promise<Map<string, StartingAdapter>> {
    if (names.length === 0) return new Map();
    const rows = await this.database.importedAdapter.findMany({ where: { name: { in: [...names] } } });
    return new Map(rows.map((row) => [row.name, row as unknown as StartingAdapter]));
  }
}

function readAdapter(model: Parameters<typeof importAdapter>[0]['model'], config: unknown, bytes: Uint8Array) {
  try {
    const { tensors } = readSafetensors(bytes, 'adapter_model.safetensors');
    return importAdapter({ model, config, tensors });
  } catch (error) {
    const known = error instanceof PeftAdapterError || error instanceof SafetensorsError;
    if (!known) throw error;
    const path = error.message.startsWith('adapter_config.json') ? '/config' : '/file';
    throw invalid([{ path, message: error.message }]);
  }
}

const taken = (name: string) => new ProblemError('conflict', `There is an adapter called ${name} already`);

function viewAdapter({ id, name, base, method, config, targets, sha256, bytes, createdAt }: Row): AdapterView {
  return {
    id,
    name,
    base,
    method,
    config,
    targets,
    sha256,
    bytes: Number(bytes),
    createdAt: createdAt.toISOString(),
  };
}
