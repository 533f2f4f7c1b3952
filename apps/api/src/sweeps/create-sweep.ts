import { Inject, Injectable } from '@nestjs/common';
import type { CreateSweep } from '@rankforge/contracts';
import { type Database, Prisma } from '@rankforge/db';
import { v7 as uuidv7 } from 'uuid';
import type { Caller } from '../access/access.js';
import { ImportedAdapters } from '../adapters/imported.service.js';
import { TrainedModels } from '../adapters/trained-models.js';
import { Catalog } from '../catalog/catalog.js';
import { Tasks } from '../catalog/tasks.js';
import { Generators } from '../generators/generators.service.js';
import { checkConfigurations, planSweep } from '../planning/plan.js';
import { contentHash } from '../planning/trial-key.js';
import { DATABASE, type Sql } from '../platform/database.js';
import { ProblemError } from '../platform/http/problem.js';
import { Expansion } from '../scheduling/expansion.js';
import { takePlacementLock } from '../scheduling/placement.js';
import { Planner } from '../scheduling/planner.js';
import { holdInputs } from './hold-inputs.js';

/** Creates sweeps: one transaction for the sweep and its first trials with their wake-ups. The planner creates the others. */
@Injectable()
export class SweepCreator {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    private readonly catalog: Catalog,
    private readonly tasks: Tasks,
    private readonly adapters: ImportedAdapters,
    private readonly models: TrainedModels,
    private readonly generators: Generators,
    private readonly expansion: Expansion,
    private readonly planner: Planner,
  ) {}

  /**
   * @param once.key of the caller; the same request under it gives the sweep made before
   * @param once.asked what tells the caller's requests apart; default: `request`
   * @throws ProblemError
   */
  async create(
    request: CreateSweep,
    { keyId: createdById, project }: Caller,
    { key: idempotencyKey, asked = request }: { key: string | undefined; asked?: object },
  ): Promise<{ id: string; replayed: boolean }> {
    const requestHash = contentHash(asked);
    await this.catalog.refreshBases();
    const plan = await planSweep(request, {
      projectId: project.id,
      catalog: this.catalog,
      tasks: this.tasks,
      adapters: this.adapters,
      models: this.models,
      generators: this.generators,
    });
    const scorings = await checkConfigurations(plan);
    const sweepId = uuidv7();
    const { steps } = plan.strategy.size(plan.space);
    const earlier = await this.database.$transaction(
      async (sql) => {
        await takePlacementLock(sql);
        const made = idempotencyKey
          ? await madeBefore(sql, { projectId: project.id, createdById, idempotencyKey }, requestHash)
          : undefined;
        if (made) return made;
        await holdInputs(sql, plan);
        const sweep = await sql.sweep.create({
          data: {
            id: sweepId,
            projectId: project.id,
            name: request.name,
            kind: request.kind,
            spec: plan.request,
            task: request.task,
            ...(plan.datasetId ? { datasetId: plan.datasetId } : {}),
            base: request.base,
            baseSha256: plan.base.sha256,
            ...(plan.foundation ? { onSweepId: plan.foundation.sweepId, onTrialId: plan.foundation.trialId } : {}),
            engine: request.engine,
            objectiveMetric: plan.objective.metric,
            objectiveDirection: plan.objective.direction,
            priority: request.priority,
            requestHash,
            createdById,
            exhausted: false,
            strategyState: (plan.strategy.start(plan.space) as Prisma.InputJsonValue | null) ?? Prisma.DbNull,
            uncreated: plan.trials,
            uncreatedSteps: steps,
            scorings,
            ...(idempotencyKey ? { idempotencyKey } : {}),
          },
        });
        await this.expansion.advance(sql, plan, sweep);
        return undefined;
      },
      { timeout: 60_000, maxWait: 10_000 },
    );
    if (earlier) return { id: earlier, replayed: true };
    await this.planner.advanceSweep(sweepId);
    return { id: sweepId, replayed: false };
  }
}

async function madeBefore(
  sql: Sql,
  { idempotencyKey, ...of }: { projectId: string; createdById: string | null; idempotencyKey: string },
  requestHash: string,
): Promise<string | undefined> {
  const made = await sql.sweep.findFirst({ where: { ...of, idempotencyKey } });
  if (made && made.requestHash !== requestHash) {
    throw new ProblemError(
      'idempotency-mismatch',
      `"${idempotencyKey}" made the sweep ${made.id} from another request`,
    );
  }
  return made?.id;
}
