import { Inject, Injectable } from '@nestjs/common';
import { type CreateGenerator, type GeneratorView, TrialGenerator } from '@rankforge/contracts';
import type { Database, Prisma } from '@rankforge/db';
import { baseIdentity, openEndpoint, permitted } from '@rankforge/generators';
import { modelInput } from '@rankforge/peft';
import { v7 as uuidv7 } from 'uuid';
import type { Caller } from '../access/access.js';
import { Catalog } from '../catalog/catalog.js';
import { DATABASE } from '../platform/database.js';
import type { ApiSettings } from '../platform/env.js';
import { invalid, notFound, ProblemError } from '../platform/http/problem.js';
import { SETTINGS } from '../platform/settings.js';

type Row = Prisma.GeneratorGetPayload<object>;

@Injectable()
export class Generators {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(SETTINGS) private readonly settings: ApiSettings,
    private readonly catalog: Catalog,
  ) {}

  async list(projectId: string): Promise<GeneratorView[]> {
    const rows = await this.database.generator.findMany({ where: { projectId }, orderBy: { id: 'desc' } });
    return rows.map(view);
  }

  /** The generator that a sweep names; undefined where there is none. */
  async find(name: string, projectId: string): Promise<TrialGenerator | undefined> {
    const row = await this.database.generator.findUnique({ where: { projectId_name: { projectId, name } } });
    return row ? TrialGenerator.parse(row.generator) : undefined;
  }

  async names(projectId: string): Promise<string[]> {
    const rows = await this.database.generator.findMany({ where: { projectId }, select: { name: true } });
    return rows.map(({ name }) => name).sort();
  }

  /** @throws ProblemError where it is not allowed, cannot be reached, or its name is taken */
  async create(request: CreateGenerator, { keyId: createdById, project }: Caller): Promise<GeneratorView> {
    const sha256 = request.kind === 'base' ? await this.ofBase(request) : await this.ofEndpoint(request);
    const generator: TrialGenerator = { ...request, sha256 };
    const row = await this.database.generator
      .create({
        data: { id: uuidv7(), projectId: project.id, name: request.name, generator, createdById },
      })
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

  private async ofBase({ base: name, template }: Extract<CreateGenerator, { kind: 'base' }>): Promise<string> {
    await this.catalog.refreshBases();
    const base = this.catalog.base(name);
    if (!base) throw invalid([{ path: '/base', message: this.catalog.missingBase(name) }]);
    if (modelInput(base.config).kind !== 'tokens') {
      throw invalid([{ path: '/base', message: `${name} reads no text: expected a base that writes` }]);
    }
    return baseIdentity({ sha256: base.sha256, template });
  }

  private async ofEndpoint(request: Extract<CreateGenerator, { kind: 'endpoint' }>): Promise<string> {
    const { url, model, api, keyFrom } = request;
    try {
      const { allowPrivate } = permitted(url, this.settings.generators);
      const key = keyFrom === undefined ? undefined : this.settings.generators.key(keyFrom);
      // A person waits for the answer.
      const patience = { attempts: 1, firstWaitMs: 0, longestWaitMs: 0 };
      const endpoint = await openEndpoint({ url, model, api, key, allowPrivate, patienceMs: 10_000, patience });
      return endpoint.identity().sha256;
    } catch (error) {
      throw invalid([{ path: '/url', message: (error as Error).message }]);
    }
  }
}

const view = ({ id, generator, createdAt }: Row): GeneratorView => {
  const parsed = TrialGenerator.parse(generator);
  return { id, generator: parsed, reproducible: parsed.kind === 'base', createdAt: createdAt.toISOString() };
};
