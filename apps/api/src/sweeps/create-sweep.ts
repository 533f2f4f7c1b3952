import { Inject, Injectable } from '@nestjs/common';
import type { CreateSweep } from '@rankforge/contracts';
import type { Database } from '@rankforge/db';
import { v7 as uuidv7 } from 'uuid';
import { ImportedAdapters } from '../adapters/imported.service.js';
import { Catalog } from '../catalog/catalog.js';
import { Tasks } from '../catalog/tasks.js';
import { DATABASE, type Sql } from '../platform/database.js';
import { ProblemError } from '../platform/http/problem.js';
import { type NewTrial, placeTrials, takePlacementLock } from '../scheduling/placement.js';
import { Planner } from '../scheduling/planner.js';
import { plannedKey, planSweep, type SweepPlan } from './plan.js';
import { contentHash } from './trial-key.js';

/** Creates sweeps: one transaction for the sweep, its trials and their wake-ups. */
@Injectable()
export class SweepCreator {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    private readonly catalog: Catalog,
    private readonly tasks: Tasks,
    private readonly adapters: ImportedAdapters,
    private readonly planner: Planner,
  ) {}

  /**
   * @param idempotencyKey of the caller; the same request under it gives the sweep made before
   * @throws ProblemError
   */
  async create(
    request: CreateSweep,
    createdById: string,
    idempotencyKey: string | undefined,
  ): Promise<{ id: string; replayed: boolean }> {
    const requestHash = contentHash(request);
    await this.catalog.refreshBases();
    const plan = await planSweep(request, { catalog: this.catalog, tasks: this.tasks, adapters: this.adapters });
    const sweepId = uuidv7();
    const trials = this.trialsOf(plan, sweepId);
    const earlier = await this.database.$transaction(
      async (sql) => {
        await takePlacementLock(sql);
        const made = idempotencyKey ? await madeBefore(sql, createdById, idempotencyKey, requestHash) : undefined;
        if (made) return made;
        await sql.sweep.create({
          data: {
            id: sweepId,
            name: request.name,
            spec: request,
            task: request.task,
            ...(plan.datasetId ? { datasetId: plan.datasetId } : {}),
            base: request.base,
            engine: request.engine,
            objectiveMetric: plan.objective.metric,
            objectiveDirection: plan.objective.direction,
            priority: request.priority,
            requestHash,
            createdById,
            ...(idempotencyKey ? { idempotencyKey } : {}),
          },
        });
        await placeTrials(sql, trials, {
          sweepId,
          objectiveMetric: plan.objective.metric,
          priority: request.priority,
          timeoutSeconds: request.trialTimeoutSeconds,
          maxAttempts: request.retries + 1,
          firstOrdinal: 1,
        });
        return undefined;
      },
      { timeout: 60_000, maxWait: 10_000 },
    );
    if (earlier) return { id: earlier, replayed: true };
    await this.planner.advanceSweep(sweepId);
    return { id: sweepId, replayed: false };
  }

  private trialsOf(plan: SweepPlan, sweepId: string): NewTrial[] {
    const { seed: seeds, memoryBudgetMiB: budgets } = plan.request;
    return plan.configurations.flatMap(({ spec, predicted }) =>
      seeds.flatMap((seed) => {
        const trialSpec = { ...spec, seed };
        const key = plannedKey(plan, trialSpec, this.catalog.libraryVersion, sweepId);
        return budgets.map(
          (memoryBudgetMiB): NewTrial => ({ kind: 'train', key, spec: trialSpec, memoryBudgetMiB, predicted }),
        );
      }),
    );
  }
}

async function madeBefore(
  sql: Sql,
  createdById: string,
  idempotencyKey: string,
  requestHash: string,
): Promise<string | undefined> {
  const made = await sql.sweep.findUnique({ where: { createdById_idempotencyKey: { createdById, idempotencyKey } } });
  if (made && made.requestHash !== requestHash) {
    throw new ProblemError(
      'idempotency-mismatch',
      `"${idempotencyKey}" made the sweep ${made.id} from another request`,
    );
  }
  return made?.id;
}
