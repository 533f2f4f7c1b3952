import { Inject, Injectable } from '@nestjs/common';
import {
  type CreateSweep,
  contenderOf,
  exceedsBudget,
  MIB,
  type PreviewRow,
  type SweepPreview,
  scenarioName,
  searchOf,
  shownConfig,
} from '@rankforge/contracts';
import { announcedRunners, type Database } from '@rankforge/db';
import { Catalog } from '../catalog/catalog.js';
import type { PlannedConfiguration } from '../planning/configure.js';
import { checkConfigurations, plannedConfigurations, plannedKey } from '../planning/plan.js';
import type { SweepPlan } from '../planning/sweep-plan.js';
import { SweepPlanner } from '../planning/sweep-planner.js';
import { learningRateOf } from '../planning/trial-kind.js';
import { DATABASE } from '../platform/database.js';
import { mapInSlices } from '../platform/slices.js';
import { decide, fits } from '../scheduling/decide.js';
import { type MemoryCell, memoryFamily, OverBudgetCells } from '../scheduling/implied.js';
import { findLeaders, type Leader } from '../scheduling/leaders.js';
import { estimateSeconds, type Paces, readPaces, tooLongText } from './estimate.js';
import { LengthReader } from './length-reader.js';

const rowsAtMost = 2000;

/** Says what a sweep would do, without writing anything. */
@Injectable()
export class SweepPreviewer {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    private readonly catalog: Catalog,
    private readonly sweeps: SweepPlanner,
    private readonly lengthReader: LengthReader,
  ) {}

  /** @throws ProblemError as creating the sweep would */
  async preview(request: CreateSweep, projectId: string): Promise<SweepPreview> {
    await this.catalog.refreshBases();
    const { request: decided, lengths } = await this.lengthReader.read(request, projectId);
    const plan = await this.sweeps.plan(decided, projectId);
    const scorings = await checkConfigurations(plan, await announcedRunners(this.database));
    const paces = await readPaces(this.database, plan);
    const sums = { toRun: 0, known: 0, overBudget: 0, implied: 0 };
    const overBudgetCells = request.skipLargerRanks ? new OverBudgetCells() : undefined;
    const runs = new Map<string, number>();
    // Configurations of one training, which serves several ranks or scenarios, count it once.
    const counted = new Set<string>();
    const rows: PreviewRow[] = [];
    let configured = 0;
    for await (const configurations of plannedConfigurations(plan)) {
      configured += configurations.length;
      for (const { row, configuration, toRun, overBudget, implied } of await this.previewRows(plan, configurations, {
        paces,
        overBudget: overBudgetCells,
      })) {
        const { method, trainedRank, federation } = configuration.spec;
        const mayShare = trainedRank !== undefined || federation !== undefined;
        const fresh = mayShare ? toRun.filter((key) => !counted.has(key)) : toRun;
        if (mayShare) for (const key of fresh) counted.add(key);
        sums.toRun += fresh.length;
        sums.known += row.known;
        sums.overBudget += overBudget;
        sums.implied += implied;
        if (fresh.length > 0) runs.set(method, (runs.get(method) ?? 0) + fresh.length);
        if (rows.length < rowsAtMost) rows.push(row);
      }
    }
    if (request.scheduler || searchOf(request.search.kind).samples) {
      return {
        ...(await this.undecided(plan, paces)),
        ...lengths,
        scorings,
        rows,
        truncated: configured > rows.length,
      };
    }
    const later = Number(plan.strategy.size(plan.space).trainings) - configured * request.seed.length;
    if (later > 0) {
      sums.toRun += later;
      for (const { method } of plan.methods) {
        runs.set(method.name, (runs.get(method.name) ?? 0) + later / plan.methods.length);
      }
    }
    return {
      trials: plan.trials,
      ...sums,
      scorings,
      sampled: false,
      estimatedSeconds: await estimateSeconds(this.database, plan, { runs, paces }),
      ...lengths,
      rows,
      truncated: configured > rows.length,
    };
  }

  /** Where results decide what is tried and how far, nobody knows what will be known or not fit. */
  private async undecided(
    plan: SweepPlan,
    paces: Paces,
  ): Promise<Omit<SweepPreview, 'scorings' | 'rows' | 'truncated'>> {
    const { space, strategy, training, methods, trials } = plan;
    const trainings = Number(strategy.size(space).steps) / Math.max(1, training.steps) / methods.length;
    const runs = new Map<string, number>();
    for (const { method } of methods) runs.set(method.name, (runs.get(method.name) ?? 0) + trainings);
    const estimatedSeconds = await estimateSeconds(this.database, plan, { runs, paces });
    return {
      trials,
      toRun: trials,
      known: 0,
      overBudget: 0,
      implied: 0,
      sampled: searchOf(plan.request.search.kind).samples,
      estimatedSeconds,
    };
  }

  private async previewRows(
    plan: SweepPlan,
    configurations: readonly PlannedConfiguration[],
    { paces, overBudget }: RowContext,
  ) {
    const { seed: seeds, reuse } = plan.request;
    const keyed = await mapInSlices(configurations, (configuration) => ({
      configuration,
      keys: seeds.map((seed) => plannedKey(plan, { ...configuration.spec, seed }, this.catalog.libraryVersion, '')),
    }));
    const asked = keyed.flatMap(({ keys }) => keys);
    // Nobody knows what a model that is not there yet will lead to.
    const leaders =
      reuse && plan.foundation?.state !== 'waits' ? await findLeaders(this.database, asked) : new Map<string, Leader>();
    if (overBudget)
      for (const { configuration, keys } of keyed) addOverBudgetCells(overBudget, configuration, keys, leaders);
    return mapInSlices(keyed, ({ configuration, keys }) => {
      const { row, ...counts } = previewRow(configuration, keys, leaders, overBudget);
      const warning = warningOf(configuration, counts.toRun.length > 0 && tooLongText(plan, paces, configuration));
      return { row: { ...row, ...(warning && { warning }) }, ...counts };
    });
  }
}

/** Cells of a configuration that do not fit, by prediction or by what is known. */
function addOverBudgetCells(
  overBudget: OverBudgetCells<MemoryCell>,
  configuration: PlannedConfiguration,
  keys: readonly string[],
  leaders: ReadonlyMap<string, Leader>,
): void {
  const measured = keys.map((key) => leaders.get(key)?.measured?.total ?? 0);
  for (const cell of memoryCells(configuration)) {
    if (Math.max(cell.predictedBytes, ...measured) > cell.memoryBudgetMiB * MIB) overBudget.add(cell);
  }
}

function memoryCells({ spec, predicted, budgets }: PlannedConfiguration): MemoryCell[] {
  const family = memoryFamily(spec);
  return budgets.map(({ memoryBudgetMiB }) => ({
    family,
    rank: spec.rank,
    memoryBudgetMiB,
    predictedBytes: predicted.total,
  }));
}

/** Facts that rows are made with besides the plan. */
interface RowContext {
  paces: Paces;
  /** Cells that did not fit so far, where that speaks for larger ranks; those of each row are added. */
  overBudget: OverBudgetCells<MemoryCell> | undefined;
}

/** Notices for people about what is allowed and hardly meant. */
function warningOf({ spec: { federation } }: PlannedConfiguration, tooLong: string | false | undefined): string {
  const { adversaries } = federation ?? {};
  const attacked =
    adversaries &&
    adversaries.share > 0.5 &&
    `more than half of the clients attack (${adversaries.attack}): no rule of aggregation bears that`;
  return [attacked, tooLong].filter(Boolean).join('; ');
}

function previewRow(
  configuration: PlannedConfiguration,
  keys: readonly string[],
  leaders: ReadonlyMap<string, Leader>,
  overBudget: OverBudgetCells<MemoryCell> | undefined,
) {
  const { spec, predicted, trainableParameters, notice, neverFired, wholeKernels } = configuration;
  const implying = overBudget && memoryCells(configuration).map((cell) => overBudget.implying(cell));
  const cells = configuration.budgets.map(({ excess, ...budget }, index) => {
    const cell = { predictedBytes: predicted.total, memoryBudgetMiB: budget.memoryBudgetMiB, excess };
    const by = excess === undefined ? implying?.[index] : undefined;
    return { budget, cell, by, decisions: keys.map((key) => decide(cell, leaders.get(key), by)) };
  });
  const budgets = cells.map(({ budget: { memoryBudgetMiB, limits }, cell, by, decisions }) => {
    const budget = { memoryBudgetMiB, ...(limits && { limits }) };
    if (!decisions.some(({ kind }) => kind === 'over-budget')) return { ...budget, fits: true };
    const reason = fits(cell)
      ? (cell.excess ?? `rank ${by?.rank} does not fit, and rank ${spec.rank} is predicted to need no less`)
      : exceedsBudget('predicted', predicted, memoryBudgetMiB);
    return {
      ...budget,
      fits: false,
      reason,
      ...(typeof by?.rank === 'number' ? { impliedByRank: by.rank } : {}),
    };
  });
  const decisions = cells.flatMap(({ decisions }) => decisions);
  const row: PreviewRow = {
    ...contenderOf(spec),
    rank: spec.rank,
    learningRate: learningRateOf(spec),
    config: shownConfig(spec),
    ...(spec.federation && { scenario: scenarioName(spec.federation) }),
    ...(configuration.federation && {
      messages: configuration.federation.traffic,
      ...(configuration.federation.epsilon !== undefined && { epsilon: configuration.federation.epsilon }),
    }),
    steps: spec.training.steps,
    seeds: keys.length,
    ...(spec.fitted && { fitted: spec.fitted, microBatch: spec.training.batchSize }),
    trainableParameters,
    ...(notice === undefined ? {} : { notice }),
    ...(neverFired.length === 0 ? {} : { neverFired: [...neverFired] }),
    ...(wholeKernels === undefined ? {} : { wholeKernels }),
    predicted,
    budgets,
    known: decisions.filter(({ kind }) => kind === 'known').length,
  };
  return {
    row,
    configuration,
    toRun: keys.filter((_, seed) => cells.some(({ decisions }) => decisions[seed]!.kind === 'runs')),
    overBudget: decisions.filter(({ kind }) => kind === 'over-budget').length,
    implied: decisions.filter((decision) => decision.kind === 'over-budget' && decision.by !== undefined).length,
  };
}
