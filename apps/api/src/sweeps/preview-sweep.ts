import { Inject, Injectable } from '@nestjs/common';
import { type CreateSweep, exceedsBudget, MIB, type PreviewRow, type SweepPreview } from '@rankforge/contracts';
import type { Database } from '@rankforge/db';
import { ImportedAdapters } from '../adapters/imported.service.js';
import { Catalog } from '../catalog/catalog.js';
import { Tasks } from '../catalog/tasks.js';
import { DATABASE } from '../platform/database.js';
import { findLeaders, type Leader } from '../scheduling/placement.js';
import type { PlannedConfiguration } from './configure.js';
import { estimateSeconds } from './estimate.js';
import { plannedKey, planSweep, type SweepPlan } from './plan.js';

const rowsAtMost = 2000;

/** Says what a sweep would do, without writing anything. */
@Injectable()
export class SweepPreviewer {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    private readonly catalog: Catalog,
    private readonly tasks: Tasks,
    private readonly adapters: ImportedAdapters,
  ) {}

  /** @throws ProblemError as creating the sweep would */
  async preview(request: CreateSweep): Promise<SweepPreview> {
    await this.catalog.refreshBases();
    const plan = await planSweep(request, { catalog: this.catalog, tasks: this.tasks, adapters: this.adapters });
    const keyed = plan.configurations.map((configuration) => ({
      configuration,
      keys: request.seed.map((seed) =>
        plannedKey(plan, { ...configuration.spec, seed }, this.catalog.libraryVersion, ''),
      ),
    }));
    const leaders = request.reuse
      ? await findLeaders(
          this.database,
          keyed.flatMap(({ keys }) => keys),
        )
      : new Map<string, Leader>();
    // Configurations of one training, which serves several ranks, count it once.
    const counted = new Set<string>();
    const rows = keyed.map(({ configuration, keys }) => {
      const row = previewRow(plan, configuration, keys, leaders);
      const fresh = row.toRun.filter((key) => !counted.has(key));
      for (const key of fresh) counted.add(key);
      return { ...row, toRun: fresh.length };
    });
    const running = rows.flatMap(({ toRun, configuration }) => (toRun > 0 ? [{ configuration, trials: toRun }] : []));
    const sum = (pick: (row: (typeof rows)[number]) => number) => rows.reduce((total, row) => total + pick(row), 0);
    return {
      trials: plan.trials,
      toRun: sum(({ toRun }) => toRun),
      known: sum(({ row }) => row.known),
      overBudget: sum(({ overBudget }) => overBudget),
      estimatedSeconds: await estimateSeconds(this.database, plan, running),
      rows: rows.slice(0, rowsAtMost).map(({ row }) => row),
      truncated: rows.length > rowsAtMost,
    };
  }
}

function previewRow(
  plan: SweepPlan,
  configuration: PlannedConfiguration,
  keys: readonly string[],
  leaders: ReadonlyMap<string, Leader>,
) {
  const { spec, predicted, trainableParameters } = configuration;
  const budgets = plan.request.memoryBudgetMiB.map((memoryBudgetMiB) =>
    predicted.total <= memoryBudgetMiB * MIB
      ? { memoryBudgetMiB, fits: true }
      : { memoryBudgetMiB, fits: false, reason: exceedsBudget('predicted', predicted, memoryBudgetMiB) },
  );
  const fitting = budgets.filter(({ fits }) => fits);
  const finished = keys.filter((key) => leaders.get(key)?.state === 'SUCCEEDED');
  const row: PreviewRow = {
    method: spec.method,
    optimizer: spec.optimizer,
    rank: spec.rank,
    learningRate: spec.learningRate,
    config: { ...spec.optimizerConfig, ...spec.methodConfig },
    seeds: keys.length,
    trainableParameters,
    predicted,
    budgets,
    known: finished.length * fitting.length,
  };
  return {
    row,
    configuration,
    toRun: fitting.length > 0 ? keys.filter((key) => !leaders.has(key)) : [],
    overBudget: (budgets.length - fitting.length) * keys.length,
  };
}
