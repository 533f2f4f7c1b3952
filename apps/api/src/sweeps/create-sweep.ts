import { Inject, Injectable } from '@nestjs/common';
import { type CreateSweep, enginesOf } from '@rankforge/contracts';
import { announcedRunners, type Database, Prisma } from '@rankforge/db';
import { v7 as uuidv7 } from 'uuid';
import type { Caller } from '../access/access.js';
import { Catalog } from '../catalog/catalog.js';
import { checkConfigurations } from '../planning/plan.js';
import { SweepPlanner } from '../planning/sweep-planner.js';
import { contentHash } from '../planning/trial-key.js';
import { DATABASE, type Sql } from '../platform/database.js';
import { ProblemError } from '../platform/http/problem.js';
import { takePlacementLock } from '../platform/placement-lock.js';
import { Expansion } from '../scheduling/expansion.js';
import { Planner } from '../scheduling/planner.js';
import { holdInputs } from './hold-inputs.js';
import { withoutLabels } from './label-sweep.js';
import { LengthReader } from './length-reader.js';

/** Creates sweeps: one transaction for the sweep and its first trials with their wake-ups. The planner creates the others. */
@Injectable()
export class SweepCreator {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    private readonly catalog: Catalog,
    private readonly sweeps: SweepPlanner,
    private readonly expansion: Expansion,
    private readonly planner: Planner,
    private readonly lengths: LengthReader,
  ) {}

  /**
   * @param once.key of the caller; the same request under it gives the sweep made before, whatever became of what it names
   * @param once.asked what tells the caller's requests apart: the body as it was sent, without the defaults of this version; its tags
   *   and its note do not
   * @throws ProblemError
   */
  async create(
    { tags = [], note, ...request }: CreateSweep,
    { keyId: createdById, project }: Caller,
    { key, asked }: { key: string | undefined; asked: object },
  ): Promise<{ id: string; replayed: boolean }> {
    const once = key ? { projectId: project.id, createdById, idempotencyKey: key } : undefined;
    const requestHash = contentHash(withoutLabels(asked));
    // Earlier versions kept the hash of the request with their defaults.
    const hashes = [requestHash, contentHash(request)];
    const known = once && (await madeBefore(this.database, once, hashes));
    if (known) return { id: known, replayed: true };
    await this.catalog.refreshBases();
    const decided = await this.lengths.decide(request, project.id);
    const plan = await this.sweeps.plan(decided, project.id);
    const scorings = await checkConfigurations(plan, await announcedRunners(this.database));
    const sweepId = uuidv7();
    const { steps } = plan.strategy.size(plan.space);
    const earlier = await this.database.$transaction(
      async (sql) => {
        await takePlacementLock(sql);
        // Another request under the key may have come meanwhile.
        const made = once && (await madeBefore(sql, once, hashes));
        if (made) return made;
        await holdInputs(sql, plan);
        const sweep = await sql.sweep.create({
          data: {
            id: sweepId,
            projectId: project.id,
            name: request.name,
            tags,
            note: note || null,
            kind: request.kind,
            spec: plan.request as Prisma.InputJsonObject,
            task: request.task,
            ...(plan.datasetId ? { datasetId: plan.datasetId } : {}),
            base: request.base,
            baseSha256: plan.base.sha256,
            ...(plan.foundation ? { onSweepId: plan.foundation.sweepId, onTrialId: plan.foundation.trialId } : {}),
            engine: enginesOf(request)[0],
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
            ...(key ? { idempotencyKey: key } : {}),
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

/**
 * The sweep that was made under a key.
 *
 * @param hashes of the request: any of them may have been kept
 * @throws ProblemError `idempotency-mismatch` where it was made from another request
 */
async function madeBefore(
  sql: Sql,
  { idempotencyKey, ...of }: { projectId: string; createdById: string | null; idempotencyKey: string },
  hashes: readonly string[],
): Promise<string | undefined> {
  const made = await sql.sweep.findFirst({
    where: { ...of, idempotencyKey },
    select: { id: true, requestHash: true },
  });
  if (made && !hashes.includes(made.requestHash)) {
    throw new ProblemError(
      'idempotency-mismatch',
      `"${idempotencyKey}" made the sweep ${made.id} from another request`,
    );
  }
  return made?.id;
}
