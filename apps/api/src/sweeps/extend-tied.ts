import { Inject, Injectable } from '@nestjs/common';
import {
  CreateSweep,
  type ExtendSweep,
  furtherStage,
  lookOf,
  maxTrialsPerSweep,
  type SweepKind,
} from '@rankforge/contracts';
import { type Database, isProposed } from '@rankforge/db';
import { Catalog } from '../catalog/catalog.js';
import { plannedKey } from '../planning/plan.js';
import type { SweepPlan } from '../planning/sweep-plan.js';
import { Computing } from '../platform/computing.js';
import { DATABASE, type Sql } from '../platform/database.js';
import { notFound, ProblemError } from '../platform/http/problem.js';
import { takePlacementLock } from '../platform/placement-lock.js';
import { countTrainings, Expansion } from '../scheduling/expansion.js';
import { type NewTrial, placeTrials } from '../scheduling/placement.js';
import { Planner } from '../scheduling/planner.js';
import { freshSeeds } from '../strategies/fresh-seeds.js';
import { refuseBesideQuotas } from './beside-quotas.js';
import { tiedComputation } from './computations.js';
import { holdInputs } from './hold-inputs.js';
import { refuseReplaced } from './replaced-inputs.js';
import type { TiedRows } from './tied-rows.js';

/** A trial of a configuration that gets further seeds, under one of its budgets. */
type Template = Pick<NewTrial, 'kind' | 'spec' | 'memoryBudgetMiB' | 'limits' | 'predicted'>;

/** Adds seeds to what a board has tied, and to nothing else. */
@Injectable()
export class TiedExtender {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    private readonly catalog: Catalog,
    private readonly expansion: Expansion,
    private readonly planner: Planner,
    private readonly computing: Computing,
  ) {}

  /**
   * The chosen configurations of the row that leads the board of the sweep, and of those tied with it, are trained and scored with
   * the same further seeds, under the budgets they have. The request of the sweep stays as it is, so that no strategy is concerned;
   * the stage of these trials says that they were asked for after a look at the board.
   *
   * @param keyId of the caller
   * @param signal aborts when the client is gone, while the board is read
   * @returns the number of trials that were added
   * @throws ProblemError `conflict` where the sweep is not complete, nothing is tied, or no number of seeds is known
   */
  async extend(
    sweepId: string,
    { seeds }: NonNullable<ExtendSweep['tied']>,
    { keyId, signal }: { keyId: string | null; signal: AbortSignal },
  ): Promise<number> {
    const sweep = await this.database.sweep.findUnique({ where: { id: sweepId, removedAt: null } });
    if (!sweep) throw notFound('sweep', sweepId);
    if (sweep.state !== 'COMPLETED') {
      const message = `Sweep ${sweepId} is ${sweep.state}: what its board has tied may still change; add seeds once it is COMPLETED`;
      throw new ProblemError('conflict', message);
    }
    await refuseBesideQuotas(this.database, sweep, keyId);
    const { task, base, kind, projectId, generation } = sweep;
    const query = { task, base, kind: kind as SweepKind, sweepId, by: 'method' as const };
    const { bytes } = await this.computing.ask(
      tiedComputation,
      { query, projectId, sweepId, seeds },
      { owner: projectId, signal },
    );
    const { count, trialIds } = JSON.parse(bytes.toString()) as TiedRows;
    const plan = await this.expansion.planAnew(sweep);
    await refuseReplaced(this.database, sweepId, plan, this.catalog.libraryVersion);
    const added = await this.database.$transaction(
      async (sql) => {
        await takePlacementLock(sql);
        const [locked] = await sql.$queryRaw<{ generation: number; state: string }[]>`
          SELECT "generation", "state"::text AS "state" FROM "Sweep" WHERE "id" = ${sweepId}::uuid AND "removedAt" IS NULL FOR UPDATE`;
        if (locked?.generation !== generation || locked.state !== 'COMPLETED') {
          throw new ProblemError('conflict', `Sweep ${sweepId} was changed by another request meanwhile; try again`);
        }
        await holdInputs(sql, plan);
        const trials = await this.furtherTrials(sql, { sweepId, plan, trialIds, count });
        const all = (await countTrainings(sql, sweepId)) + trials.length;
        if (all > maxTrialsPerSweep) {
          const message = `The sweep would have ${all} trials; a sweep may have ${maxTrialsPerSweep}: ask for fewer seeds`;
          throw new ProblemError('too-many-trials', message);
        }
        const { trialTimeoutSeconds, retries } = CreateSweep.parse(sweep.spec);
        await placeTrials(sql, trials, {
          sweepId,
          objectiveMetric: sweep.objectiveMetric,
          priority: sweep.priority,
          timeoutSeconds: trialTimeoutSeconds,
          maxAttempts: retries + 1,
        });
        await sql.sweep.update({
          where: { id: sweepId },
          data: { state: 'RUNNING', finishedAt: null, generation: generation + 1 },
        });
        return trials.length;
      },
      { timeout: 60_000, maxWait: 10_000 },
    );
    await this.planner.advanceSweep(sweepId);
    return added;
  }

  /** The trials of rows once more, each with seeds that no training of the sweep has had. */
  private async furtherTrials(
    sql: Sql,
    { sweepId, plan, trialIds, count }: { sweepId: string; plan: SweepPlan; trialIds: string[]; count: number },
  ): Promise<NewTrial[]> {
    const templates = await sql.$queryRaw<Template[]>`
      SELECT t."kind"::text AS "kind", t."spec", t."memoryBudgetMiB", t."limits", t."predicted"
      FROM "Trial" row JOIN "Trial" t ON t."sweepId" = row."sweepId" AND t."key" = row."key"
        AND t."rank" IS NOT DISTINCT FROM row."rank" AND t."spec"->'federation' IS NOT DISTINCT FROM row."spec"->'federation'
      WHERE row."id" = ANY(${trialIds}::uuid[]) AND row."sweepId" = ${sweepId}::uuid
        AND ${isProposed('t')} AND t."state" = 'SUCCEEDED'
      ORDER BY t."ordinal"`;
    const before = await sql.$queryRaw<{ seed: number; stage: string | null }[]>`
      SELECT DISTINCT "seed", "stage" FROM "Trial" WHERE "sweepId" = ${sweepId}::uuid AND ${isProposed()}`;
    const stage = furtherStage(1 + Math.max(0, ...before.map((trial) => lookOf(trial.stage))));
    const seeds = freshSeeds(
      before.map(({ seed }) => seed),
      count,
    );
    return seeds.flatMap((seed) =>
      templates.map((template): NewTrial => {
        const spec = { ...template.spec, seed };
        const key = plannedKey(plan, spec, this.catalog.libraryVersion, sweepId);
        return { ...template, spec, key, stage };
      }),
    );
  }
}
