import { Inject, Injectable, Logger } from '@nestjs/common';
import { type CreateGenerator, type GeneratorView, generatorKindOf, TrialGenerator } from '@rankforge/contracts';
import { ArtifactStore, type Database, type Prisma } from '@rankforge/db';
import { v7 as uuidv7 } from 'uuid';
import type { Caller } from '../access/access.js';
import { isTrainingThere } from '../adapters/is-training-there.js';
import { Catalog } from '../catalog/catalog.js';
import { Tasks } from '../catalog/tasks.js';
import { DATABASE, type Sql } from '../platform/database.js';
import type { ApiSettings } from '../platform/env.js';
import { notFound, ProblemError } from '../platform/http/problem.js';
import { takePlacementLock } from '../platform/placement-lock.js';
import { SETTINGS } from '../platform/settings.js';
import type { GeneratorSources, HeldAdapter } from './kinds/kind.js';
import { heldAdapter, identify, requireAllowed } from './kinds/registry.js';

type Row = Prisma.GeneratorGetPayload<object>;

/** A generator that a sweep asks. */
export interface PlannedGenerator {
  spec: TrialGenerator;
  /** The adapter that stays on its base. */
  held?: HeldAdapter;
}

@Injectable()
export class Generators {
  private readonly store: ArtifactStore;
  private readonly logger = new Logger('generators');

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(SETTINGS) private readonly settings: ApiSettings,
    private readonly catalog: Catalog,
    private readonly tasks: Tasks,
  ) {
    this.store = new ArtifactStore(settings.artifactDir);
  }

  async list(projectId: string): Promise<GeneratorView[]> {
    const rows = await this.database.generator.findMany({ where: { projectId }, orderBy: { id: 'desc' } });
    return rows.map(view);
  }

  /**
   * The generator that a sweep names, and the adapter that stays on its base; undefined where there is none.
   * @throws Error where that adapter is not there any more, or an administrator does not allow its address any more
   */
  async find(name: string, projectId: string): Promise<PlannedGenerator | undefined> {
    const row = await this.database.generator.findUnique({ where: { projectId_name: { projectId, name } } });
    if (!row) return undefined;
    const spec = TrialGenerator.parse(row.generator);
    const sources = this.sources(projectId);
    await requireAllowed(spec, sources);
    const held = await heldAdapter(spec, sources);
    return { spec, ...(held && { held }) };
  }

  async names(projectId: string): Promise<string[]> {
    const rows = await this.database.generator.findMany({ where: { projectId }, select: { name: true } });
    return rows.map(({ name }) => name).sort();
  }

  /** @throws ProblemError where it is not allowed, cannot be reached, or its name is taken */
  async create(
    request: CreateGenerator,
    { keyId: createdById, project }: Caller,
    signal: AbortSignal,
  ): Promise<GeneratorView> {
    const generator = await identify(request, { ...this.sources(project.id), signal });
    const row = await this.database
      .$transaction(
        async (sql) => {
          if ('trial' in generator) await holdTraining(sql, generator.trial);
          return sql.generator.create({
            data: { id: uuidv7(), projectId: project.id, name: request.name, generator, createdById },
          });
        },
        // Whoever holds the placement lock may take so long.
        { timeout: 60_000, maxWait: 10_000 },
      )
      .catch((cause: { code?: string }) => {
        if (cause.code !== 'P2002') throw cause;
        throw new ProblemError('conflict', `There is a generator ${request.name}; choose another name or remove it`);
      });
    return view(row);
  }

  /** @throws ProblemError `not-found`, or `conflict` while a sweep that asks it is not finished */
  async remove(id: string): Promise<void> {
    await this.database.$transaction(async (sql) => {
      const [row] = await sql.$queryRaw<{ name: string; projectId: string }[]>`
        SELECT "name", "projectId" FROM "Generator" WHERE "id" = ${id}::uuid FOR UPDATE`;
      if (!row) throw notFound('generator', id);
      const using = await sql.sweep.findMany({
        where: {
          projectId: row.projectId,
          state: { in: ['RUNNING', 'PAUSED'] },
          spec: { path: ['generator'], equals: row.name },
        },
        select: { id: true },
        orderBy: { id: 'asc' },
      });
      if (using.length > 0) {
        const sweeps = using.map((sweep) => sweep.id).join(', ');
        throw new ProblemError(
          'conflict',
          `Sweeps that are not finished ask ${row.name}; cancel them first: ${sweeps}`,
        );
      }
      await sql.generator.delete({ where: { id } });
    });
  }

  private sources(projectId: string): GeneratorSources {
    const { database, settings, catalog, tasks, store } = this;
    const log = (message: string, fields: object) => this.logger.warn(fields, message);
    return { database, settings, catalog, tasks, store, projectId, log };
  }
}

/**
 * Keeps the sweep of a training from being removed until the transaction ends.
 * @throws ProblemError `conflict` where it was removed since the generator was identified
 */
async function holdTraining(sql: Sql, id: string): Promise<void> {
  await takePlacementLock(sql);
  if (await isTrainingThere(sql, id)) return;
  throw new ProblemError(
    'conflict',
    `The sweep of training ${id} was removed while the generator was made; name a training of another sweep`,
  );
}

const view = ({ id, generator, createdAt }: Row): GeneratorView => {
  const parsed = TrialGenerator.parse(generator);
  return {
    id,
    generator: parsed,
    reproducible: generatorKindOf(parsed).reproducible,
    createdAt: createdAt.toISOString(),
  };
};
