import { Inject, Injectable } from '@nestjs/common';
import { CreateSweep, type ExtendSweep, type FieldError, type SweepAxis, sweepAxisNames } from '@rankforge/contracts';
import { announcedRunners, type Database, Prisma } from '@rankforge/db';
import { Catalog } from '../catalog/catalog.js';
import { proposed } from '../planning/expand.js';
import { checkConfigurations } from '../planning/plan.js';
import type { SweepPlan } from '../planning/sweep-plan.js';
import { DATABASE } from '../platform/database.js';
import { fieldErrors } from '../platform/http/issues.js';
import { invalid, notFound, ProblemError } from '../platform/http/problem.js';
import { takePlacementLock } from '../platform/placement-lock.js';
import { countTrainings, Expansion } from '../scheduling/expansion.js';
import { Planner } from '../scheduling/planner.js';
import { refuseBesideQuotas } from './beside-quotas.js';
import { extendRequest } from './extend-request.js';
import { holdInputs } from './hold-inputs.js';
import { refuseReplaced } from './replaced-inputs.js';

/** Adds values to the axes of sweeps that were created. */
@Injectable()
export class SweepExtender {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    private readonly catalog: Catalog,
    private readonly expansion: Expansion,
    private readonly planner: Planner,
  ) {}

  /**
   * The sweep's strategy starts anew on the extended request; trials that exist stay as they are. A completed sweep runs
   * again.
   *
   * @param keyId of the caller
   * @returns the number of trials that were added to the plan; 0 where it had all of them
   * @throws ProblemError
   */
  async extend(sweepId: string, more: ExtendSweep, keyId: string | null): Promise<number> {
    const sweep = await this.database.sweep.findUnique({ where: { id: sweepId, removedAt: null } });
    if (!sweep) throw notFound('sweep', sweepId);
    const request = CreateSweep.parse(sweep.spec);
    const extended = this.extended(request, more);
    if (JSON.stringify(extended) === JSON.stringify(request)) return 0;
    if (sweep.state === 'CANCELLED') {
      throw new ProblemError('conflict', `Sweep ${sweepId} is CANCELLED and cannot be extended; clone it`);
    }
    await refuseBesideQuotas(this.database, sweep, keyId);
    const plan = await this.expansion.planAnew({ ...sweep, spec: extended });
    refuseInextensible(plan, request);
    // Trials that are created from here to `store` are of inputs that the sweep holds, or of another generation, which it refuses.
    await refuseReplaced(this.database, sweepId, plan, this.catalog.libraryVersion);
    const scorings = await checkConfigurations(plan, await announcedRunners(this.database));
    const added = await this.store(sweep, plan, scorings);
    await this.planner.advanceSweep(sweepId);
    return added;
  }

  private extended(request: CreateSweep, more: ExtendSweep): CreateSweep {
    const errors: FieldError[] = [];
    const firstOf = (axis: SweepAxis, name: string) => {
      const method = this.catalog.method(name);
      return method && axis in proposed ? proposed[axis as keyof typeof proposed](method)[0] : undefined;
    };
    const extended = extendRequest(request, more, firstOf, errors);
    if (errors.length > 0) throw invalid(errors);
    const parsed = CreateSweep.safeParse(extended);
    if (!parsed.success) throw invalid(fieldErrors(parsed.error.issues));
    return parsed.data;
  }

  private store(
    { id, generation }: { id: string; generation: number },
    plan: SweepPlan,
    scorings: number,
  ): Promise<number> {
    return this.database.$transaction(
      async (sql) => {
        await takePlacementLock(sql);
        const [locked] = await sql.$queryRaw<{ generation: number; state: string; uncreated: number }[]>`
          SELECT "generation", "state"::text AS "state", "uncreated" FROM "Sweep" WHERE "id" = ${id}::uuid AND "removedAt" IS NULL FOR UPDATE`;
        if (!locked || locked.generation !== generation || locked.state === 'CANCELLED') {
          throw new ProblemError('conflict', `Sweep ${id} was changed by another request meanwhile; try again`);
        }
        await holdInputs(sql, plan);
        const existing = await countTrainings(sql, id);
        const uncreated = Math.max(0, plan.trials - existing);
        const { trainings, steps } = plan.strategy.size(plan.space);
        const cells = Number(trainings) * plan.budgets.length;
        const sweep = await sql.sweep.update({
          where: { id },
          data: {
            spec: plan.request as Prisma.InputJsonObject,
            generation: generation + 1,
            exhausted: false,
            strategyState: (plan.strategy.start(plan.space) as Prisma.InputJsonValue | null) ?? Prisma.DbNull,
            uncreated,
            uncreatedSteps: Math.round((Number(steps) * uncreated) / Math.max(1, cells)),
            scorings,
            ...(locked.state === 'COMPLETED' ? { state: 'RUNNING' as const, finishedAt: null } : {}),
          },
        });
        if (sweep.state === 'RUNNING') await this.expansion.advance(sql, plan, sweep);
        return Math.max(0, uncreated - locked.uncreated);
      },
      { timeout: 60_000, maxWait: 10_000 },
    );
  }
}

/**
 * Refuses an extension of a search that looks at results, or draws: it would search another space than it began with.
 *
 * @throws ProblemError naming the axes that cannot have further values
 */
export function refuseInextensible(
  { request, strategy }: Pick<SweepPlan, 'request' | 'strategy'>,
  before: CreateSweep,
): void {
  const valuesOf = (of: CreateSweep, axis: SweepAxis) =>
    JSON.stringify([of[axis], of.methods.map((method) => (method as Partial<CreateSweep>)[axis])]);
  const errors = sweepAxisNames
    .filter((axis) => valuesOf(request, axis) !== valuesOf(before, axis) && !strategy.extensible.includes(axis))
    .map((axis) => {
      const { extensible } = strategy;
      const may = extensible.length > 0 ? `can be extended only by ${extensible.join(' and ')}` : 'cannot be extended';
      return { path: `/${axis}`, message: `${wayOf(request)} ${may}; clone the sweep` };
    });
  if (errors.length > 0) throw invalid(errors);
}

/** Names the part of a request that decides which trainings there are, for people. */
function wayOf({ protocol, scheduler, search }: CreateSweep): string {
  if (protocol) return `a sweep under the protocol ${protocol.kind}`;
  return scheduler ? `a sweep with the scheduler ${scheduler.kind}` : `a ${search.kind} search`;
}
