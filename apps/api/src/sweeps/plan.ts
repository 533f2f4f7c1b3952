import type { Base } from '@rankforge/bases';
import {
  type CreateSweep,
  type FieldError,
  maxTrialsPerSweep,
  TrainingOptions,
  type TrialSpec,
} from '@rankforge/contracts';
import { modelInput } from '@rankforge/peft';
import type { Task } from '@rankforge/tasks';
import type { ImportedAdapters } from '../adapters/imported.service.js';
import type { Catalog } from '../catalog/catalog.js';
import type { Tasks } from '../catalog/tasks.js';
import { fieldErrors } from '../platform/http/issues.js';
import { invalid, ProblemError } from '../platform/http/problem.js';
import { Configurator, type PlannedConfiguration } from './configure.js';
import { locate, type MethodAxes, methodAxes, unknownName } from './expand.js';
import { allIndices, sampleIndices } from './product.js';
import { contentHash, trainKey } from './trial-key.js';

/** A sweep as it would be created: everything checked, defaults filled in, nothing written. */
export interface SweepPlan {
  request: CreateSweep;
  task: Task;
  /** Where the task is a data set of this installation. */
  datasetId?: string;
  base: Base;
  objective: { metric: string; direction: 'minimize' | 'maximize' };
  configurations: PlannedConfiguration[];
  /** Configurations × seeds × budgets. */
  trials: number;
}

/** What a sweep may name. */
export interface PlanSources {
  catalog: Catalog;
  tasks: Tasks;
  adapters: ImportedAdapters;
}

/**
 * Expands and checks a request against the catalog.
 * @throws ProblemError naming every field that is wrong, or the count when the sweep is too large
 */
export async function planSweep(request: CreateSweep, { catalog, tasks, adapters }: PlanSources): Promise<SweepPlan> {
  const errors: FieldError[] = [];
  const found = await tasks.find(request.task);
  const task = found?.task;
  const base = catalog.base(request.base);
  if (!task) errors.push(unknownName('/task', 'task', await tasks.names()));
  if (!base) errors.push({ path: '/base', message: catalog.missingBase(request.base) });
  const starts = await adapters.named(request.methods.flatMap(({ from }) => from ?? []));
  const methods = request.methods.flatMap((_, index) => methodAxes(index, request, catalog, starts, errors) ?? []);
  if (errors.length > 0 || !task || !base) throw invalid(errors);

  const { search } = request;
  const grid = methods.reduce((sum, { size }) => sum + size, 0n);
  const wanted = search.kind === 'random' && BigInt(search.trials) < grid ? BigInt(search.trials) : grid;
  const trials = wanted * BigInt(request.seed.length * request.memoryBudgetMiB.length);
  refuseTooMany(trials);

  refuseOtherInput(task, base, errors);
  const training = planTraining(request, task, base, errors);
  const objective = planObjective(request, task, errors);
  checkStarts(methods, task, training, errors);
  if (errors.length > 0) throw invalid(errors);

  const configurator = new Configurator(request, task, base, training, errors);
  const indices = search.kind === 'random' ? sampleIndices(grid, search.trials, search.seed) : allIndices(grid);
  const configurations = indices.flatMap((index) => configurator.configure(locate(index, methods)) ?? []);
  refuseRepeats(configurations, errors);
  if (errors.length > 0) throw invalid(distinct(errors));
  return { request, ...found, task, base, objective, configurations, trials: Number(trials) };
}

/** Content key of a trial of a plan. */
export function plannedKey(plan: SweepPlan, spec: TrialSpec, libraryVersion: string, sweepId: string): string {
  return trainKey(spec, {
    dataHash: plan.task.dataHash,
    baseSha256: plan.base.sha256,
    libraryVersion,
    ...(plan.request.reuse ? {} : { sweepId }),
  });
}

function refuseTooMany(trials: bigint): void {
  if (trials <= BigInt(maxTrialsPerSweep)) return;
  const detail = `The sweep expands to ${trials} trials; a sweep may have ${maxTrialsPerSweep}`;
  throw new ProblemError('too-many-trials', detail, [
    { path: '/methods', message: `${trials} trials; take values off an axis, or search at random` },
  ]);
}

/** Text for a base that reads images, images for one that reads text, or images of another size. */
function refuseOtherInput({ name, image }: Task, base: Base, errors: FieldError[]): void {
  const input = modelInput(base.config);
  const read = input.kind === 'image' ? sizeOf(input) : 'text';
  const given = image ? sizeOf(image) : 'text';
  if (read === given) return;
  errors.push({ path: '/base', message: `${base.name} reads ${read}, and the examples of ${name} are ${given}` });
}

const sizeOf = ({ width, height, channels }: { width: number; height: number; channels: number }) =>
  `images of ${width} × ${height} in ${channels} channel${channels === 1 ? '' : 's'}`;

function planTraining(request: CreateSweep, task: Task, base: Base, errors: FieldError[]): TrainingOptions {
  const parsed = TrainingOptions.safeParse({ ...task.defaults, ...request.training });
  if (!parsed.success) throw invalid(fieldErrors(parsed.error.issues, ['training']));
  const training = parsed.data;
  const input = modelInput(base.config);
  if (input.kind === 'tokens' && training.sequenceLength > input.contextLength) {
    const message = `${base.name} takes at most ${input.contextLength} tokens, got ${training.sequenceLength}`;
    errors.push({ path: '/training/sequenceLength', message });
  }
  if (training.warmupSteps >= Math.max(1, training.steps)) {
    const message = `must be less than the ${training.steps} steps, got ${training.warmupSteps}`;
    errors.push({ path: '/training/warmupSteps', message });
  }
  const names = new Set<string>(base.layers.map(({ name }) => name));
  training.targets.forEach((target, index) => {
    if (names.has(target)) return;
    const message = `${base.name} has no layer "${target}"; it has ${[...names].join(', ')}`;
    errors.push({ path: `/training/targets/${index}`, message });
  });
  return training;
}

/** Adapters that methods start from must fit the task and the targets, and 0 steps need one. */
function checkStarts(
  methods: readonly MethodAxes[],
  task: Task,
  training: TrainingOptions,
  errors: FieldError[],
): void {
  for (const { index, from } of methods) {
    const path = `/methods/${index}/from`;
    if (!from) {
      const message = '0 steps evaluate an adapter: name one to start from, or train';
      if (training.steps === 0) errors.push({ path, message });
      continue;
    }
    if (task.outputs !== undefined) errors.push({ path, message: `${from.name} has no head for ${task.name}` });
    if (from.targets.toSorted().join() !== training.targets.toSorted().join()) {
      const message = `${from.name} is on ${from.targets.join(', ')}: training.targets must name these`;
      errors.push({ path: '/training/targets', message });
    }
  }
}

function planObjective({ objective }: CreateSweep, task: Task, errors: FieldError[]): SweepPlan['objective'] {
  if (!objective) return { metric: task.primaryMetric.name, direction: task.primaryMetric.direction };
  const metric = task.metrics.find(({ name }) => name === objective.metric);
  if (!metric) {
    const names = task.metrics.map(({ name }) => name).join(', ');
    const message = `${task.name} has no metric "${objective.metric}"; it has ${names}`;
    errors.push({ path: '/objective/metric', message });
  } else if (metric.direction !== objective.direction) {
    errors.push({ path: '/objective/direction', message: `${metric.name} is to ${metric.direction}` });
  }
  return objective;
}

function refuseRepeats(configurations: readonly PlannedConfiguration[], errors: FieldError[]): void {
  const first = new Map<string, PlannedConfiguration>();
  for (const configuration of configurations) {
    const key = contentHash(configuration.spec);
    const earlier = first.get(key);
    if (!earlier) {
      first.set(key, configuration);
      continue;
    }
    const message =
      earlier.axis === configuration.axis
        ? 'two points of its axes are the same configuration'
        : `repeats a configuration of /methods/${earlier.axis}`;
    errors.push({ path: `/methods/${configuration.axis}`, message });
  }
}

/** Each error once: many configurations may share what is wrong. */
function distinct(errors: readonly FieldError[]): FieldError[] {
  return [...new Map(errors.map((error) => [`${error.path} ${error.message}`, error])).values()].slice(0, 100);
}
