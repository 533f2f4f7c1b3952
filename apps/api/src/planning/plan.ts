import { createHash } from 'node:crypto';
import type { Base } from '@rankforge/bases';
import {
  budgetCount,
  budgetsOf,
  type CreateSweep,
  defaultProject,
  type FieldError,
  maxTrialsPerSweep,
  sweepKindOf,
  TrainingOptions,
  type TrialSpec,
} from '@rankforge/contracts';
import type { AnnouncedRunner } from '@rankforge/db';
import { leftByChain, type ModelInputKind, modelInput } from '@rankforge/peft';
import type { Task } from '@rankforge/tasks';
import type { ImportedAdapters } from '../adapters/imported.service.js';
import type { TrainedModels } from '../adapters/trained-models.js';
import type { Catalog } from '../catalog/catalog.js';
import { replacedBase } from '../catalog/same-base.js';
import type { Tasks } from '../catalog/tasks.js';
import { unknownName } from '../catalog/unknown-name.js';
import type { Generators } from '../generators/generators.service.js';
import { distinct, fieldErrors } from '../platform/http/issues.js';
import { invalid, ProblemError } from '../platform/http/problem.js';
import { mapInSlices } from '../platform/slices.js';
import { strategyOf } from '../strategies/registry.js';
import type { Point, SearchSpace } from '../strategies/strategy.js';
import { beyondRunners } from './beyond-runners.js';
import { checkEvaluators } from './check-evaluators.js';
import { checkKind } from './check-kind.js';
import { checkProtocol, decidedProtocol } from './check-protocol.js';
import { checkSearch, overlaps } from './check-search.js';
import { Configurator, type PlannedConfiguration } from './configure.js';
import { axisPoint, type MethodAxes, methodAxes, searchMethod, withEngines } from './expand.js';
import { checkAsked, findGenerator } from './find-generator.js';
import { checkFitted } from './fit.js';
import type { Installation } from './kinds/kind.js';
import { metricsOfKind, sweepKindPlanning } from './kinds/registry.js';
import { planChat } from './plan-chat.js';
import { PlannedScorings } from './planned-scorings.js';
import type { HeldFoundation, SweepPlan } from './sweep-plan.js';
import { findTeachers } from './teachers.js';
import { withoutTrainingAxes, withTrainingAxes } from './training-axes.js';
import { trainKey } from './trial-key.js';

/** The records that a sweep may name. */
export interface PlanSources {
  /** Data sets and adapters of other projects are not found. */
  projectId: string;
  catalog: Catalog;
  tasks: Tasks;
  adapters: ImportedAdapters;
  models: TrainedModels;
  generators: Generators;
  installation: Installation;
}

/**
 * Checks a request against the catalog, apart from its single configurations.
 * @throws ProblemError naming every field that is wrong, or the count when the sweep is too large
 */
export async function planSweep(
  request: CreateSweep,
  { projectId, catalog, tasks, adapters, models, generators, installation }: PlanSources,
): Promise<SweepPlan> {
  const errors: FieldError[] = [];
  const kind = sweepKindPlanning[request.kind];
  const found = await tasks.find(request.task, projectId);
  const own = kind.own?.(request, found?.task, (path, message) => errors.push({ path, message }));
  const task = own?.task ?? found?.task;
  const base = own?.base ?? catalog.base(request.base);
  if (!task) errors.push({ path: '/task', message: unknownName('task', request.task, await tasks.names(projectId)) });
  if (!base) errors.push({ path: '/base', message: catalog.missingBase(request.base) });
  const foundation = await foundationOf(request, { base, models, projectId }, errors);
  const starts = await adapters.named(
    request.methods.flatMap(({ from }) => from ?? []),
    projectId,
  );
  const generator = await findGenerator(request, { generators, projectId }, errors);
  const teachers = await findTeachers(request, { catalog, adapters, projectId }, errors);
  const named = request.methods.flatMap((_, index) => {
    const axes = methodAxes(index, request, catalog, { starts, own: own?.method(index) }, errors);
    const teacher = teachers.get(index);
    return axes ? { ...axes, ...(teacher && { teacher }) } : [];
  });
  if (errors.length > 0 || !task || !base) throw invalid(errors);

  refuseOtherInput(task, base, errors);
  const chat = planChat(request, { task, base }, errors);
  checkKind(request, { task, methods: named, known: catalog.contenders, installation }, errors);
  checkEvaluators(request, task, named, errors);
  const training = planTraining(request, task, base, errors);
  const objective = planObjective(request, task, errors);
  const methods = withTrainingAxes(withEngines(kind.expand?.(named, request) ?? named, request), request);
  kind.checkMethods?.(methods, { task, training }, errors);
  checkSearch(request, training, methods, errors);
  if (errors.length > 0) throw invalid(errors);

  const searched = methods.map(searchMethod);
  checkAsked(request, methods, errors);
  checkProtocol(request, searched, errors);
  if (errors.length > 0) throw invalid(errors);
  const protocol = decidedProtocol(request, searched);
  const strategy = strategyOf(request);
  const space: SearchSpace = {
    search: request.search,
    ...(protocol && { protocol }),
    ...(request.scheduler && { scheduler: request.scheduler }),
    methods: searched,
    seeds: request.seed,
    budgetsMiB: request.memoryBudgetMiB,
    steps: meanSteps(methods, training),
    direction: objective.direction,
  };
  checkFitted(request, strategy, errors);
  checkBudgets(request, errors);
  if (errors.length > 0) throw invalid(errors);
  const trials = strategy.size(space).trainings * BigInt(budgetCount(request));
  refuseTooMany(trials);
  return {
    projectId,
    request: { ...request, ...(protocol && { protocol }) },
    ...found,
    task,
    base,
    ...(foundation && { foundation }),
    ...(generator && { generator }),
    ...(chat && { chat }),
    training,
    objective,
    methods,
    strategy,
    space,
    budgets: budgetsOf(request),
    trials: Number(trials),
  };
}

/** Keeps what a plan's configurations share for as long as the plan is kept. */
const configurators = new WeakMap<SweepPlan, Configurator>();

/**
 * Configurations of points of a plan, by point and with all defaults filled in: one, or several where values are fitted to
 * each budget.
 *
 * @throws ProblemError naming every field that is wrong
 */
export async function configureEach(plan: SweepPlan, points: readonly Point[]): Promise<PlannedConfiguration[][]> {
  const configurator = configurators.get(plan) ?? new Configurator(plan);
  configurators.set(plan, configurator);
  const configured = await mapInSlices(points, (point) => configurator.configure(axisPoint(point, plan.methods)));
  const errors = configured.flatMap((each) => each.errors);
  if (errors.length > 0) throw invalid(distinct(errors));
  return configured.map(({ made }) => made);
}

/** Points of a plan at a time, so that however many there are, few are held. */
const pointsAtOnce = 1000;

/** The configurations that are known in advance, some at a time. @throws ProblemError as `configureEach` */
export async function* plannedConfigurations(plan: SweepPlan): AsyncGenerator<PlannedConfiguration[]> {
  for (const points of chunks(plan.strategy.points(plan.space), pointsAtOnce)) {
    yield (await configureEach(plan, points)).flat();
  }
}

/**
 * Checks the configurations that are known in advance, each in itself, against the others and against what runners can do.
 * @returns how many scorings the plan comes to
 * @throws ProblemError naming every field that is wrong
 */
export async function checkConfigurations(plan: SweepPlan, runners: readonly AnnouncedRunner[]): Promise<number> {
  const overlapping = overlaps(plan.request.search, plan.methods);
  if (overlapping.length > 0) throw invalid(distinct(overlapping));
  const repeats = new Repeats();
  const scorings = new PlannedScorings(plan);
  const beyond = beyondRunners(plan, runners);
  for await (const configurations of plannedConfigurations(plan)) {
    await mapInSlices(configurations, (configuration) => {
      repeats.errors.push(...beyond(configuration));
      repeats.add(configuration);
      scorings.add(configuration);
    });
  }
  if (repeats.errors.length > 0) throw invalid(distinct(repeats.errors));
  return scorings.count();
}

/** Content key of a trial of a plan. */
export function plannedKey(plan: SweepPlan, spec: TrialSpec, libraryVersion: string, sweepId: string): string {
  return trainKey(spec, {
    dataHash: plan.task.dataHash,
    baseSha256: plan.base.sha256,
    libraryVersion,
    // Results are taken within a project alone; the default project keeps the keys it had before there were others.
    ...(plan.projectId === defaultProject.id ? {} : { projectId: plan.projectId }),
    // A program may read other data at any time.
    ...(plan.request.reuse && !sweepKindOf(plan.request.kind).commands ? {} : { sweepId }),
  });
}

/** A training has its trials in one transaction, and no other sweep is taken forward meanwhile. */
const budgetsAtMost = 10_000;

function checkBudgets(request: CreateSweep, errors: FieldError[]): void {
  const budgets = budgetCount(request);
  if (budgets <= budgetsAtMost) return;
  const message = `each training has one trial under each budget, and at most ${budgetsAtMost} are created at once; ${request.memoryBudgetMiB.length} memory budgets with these limits are ${budgets}: take values off, or make a sweep of each part`;
  errors.push({ path: '/limits', message });
}

function refuseTooMany(trials: bigint): void {
  if (trials <= BigInt(maxTrialsPerSweep)) return;
  const detail = `The sweep expands to ${trials} trials; a sweep may have ${maxTrialsPerSweep}`;
  throw new ProblemError('too-many-trials', detail, [
    { path: '/methods', message: `${trials} trials; take values off an axis, or search at random` },
  ]);
}

/** Finds the model that `on` names; `errors` say what is wrong with it. */
async function foundationOf(
  { on, base: name }: CreateSweep,
  { base, models, projectId }: { base: Base | undefined } & Pick<PlanSources, 'models' | 'projectId'>,
  errors: FieldError[],
): Promise<HeldFoundation | undefined> {
  if (on === undefined) return undefined;
  const found = await models.find(on, projectId);
  const replaced = found && found.base === name ? replacedBase(on, found, base) : undefined;
  if (!found) errors.push({ path: '/on', message: `there is no training and no sweep ${on}` });
  else if (found.state === 'failed') errors.push({ path: '/on', message: found.reason });
  else if (found.base !== name) errors.push({ path: '/base', message: `${on} is of the base model ${found.base}` });
  else if (replaced) errors.push({ path: '/on', message: replaced });
  else if (base) {
    try {
      return { ...found, held: leftByChain(base.config, found.chain) };
    } catch (cause) {
      // The base's folder holds another model by now.
      errors.push({ path: '/on', message: `${on} is not of ${name} as it is: ${(cause as Error).message}` });
    }
  }
  return undefined;
}

/** Optimizer steps of a training, over all configurations: methods have equally many at each number. */
function meanSteps(methods: readonly MethodAxes[], training: TrainingOptions): number {
  const sum = methods.reduce((total, { steps }) => total + (steps ?? training.steps), 0);
  return Math.round(sum / methods.length);
}

/** Text for a base that reads images, images for one that reads text, images of another size, other fields, ids that it does not have, or more features. */
function refuseOtherInput(task: Task, base: Base, errors: FieldError[]): void {
  const { name, fields, features } = task;
  const input = modelInput(base.config);
  if (input.kind === 'features' && features !== undefined && features <= input.count) return;
  if (input.kind === 'fields' && fields && holdsIds(input.cardinalities, fields)) return;
  const read = inputText(input);
  const given = inputText(inputOf(task));
  if (read === given) return;
  errors.push({ path: '/base', message: `${base.name} reads ${read}, and the examples of ${name} are ${given}` });
}

/** The input of a model that reads the examples of a task; undefined where they are texts. */
function inputOf({ image, fields, features }: Task): ModelInputKind | undefined {
  if (image) return { kind: 'image', ...image };
  if (fields) return { kind: 'fields', cardinalities: [...fields] };
  return features === undefined ? undefined : { kind: 'features', count: features };
}

/** Whether each field of a base has all ids that examples may have. */
const holdsIds = (held: readonly number[], asked: readonly number[]): boolean =>
  held.length === asked.length && asked.every((count, field) => count <= held[field]!);

/** Names the input of a model, or the kind of examples, for people. Absent: texts, whatever tokens are made of them. */
function inputText(input: ModelInputKind | undefined): string {
  switch (input?.kind) {
    case 'image':
      return `images of ${input.width} × ${input.height} in ${input.channels} channel${input.channels === 1 ? '' : 's'}`;
    case 'fields':
      return `${input.cardinalities.length} fields with ${input.cardinalities.join(', ')} ids`;
    case 'features':
      return `${input.count} features`;
    default:
      return 'text';
  }
}

function planTraining(request: CreateSweep, task: Task, base: Base, errors: FieldError[]): TrainingOptions {
  const { wholeModel } = sweepKindOf(request.kind);
  const { microBatch: _, execution, ...given } = withoutTrainingAxes(request.training);
  const ofKind =
    // A whole model is trained or made smaller: all of its layers, where nothing else is asked for.
    wholeModel ? { targets: [...new Set(base.layers.map(({ name }) => name))] } : {};
  const decided = sweepKindPlanning[request.kind].training?.(request);
  // A default is not in the key of a trial.
  const updates = execution === 'perLayer' ? { execution } : {};
  const parsed = TrainingOptions.safeParse({ ...task.defaults, ...ofKind, ...given, ...decided, ...updates });
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

function planObjective({ kind, objective }: CreateSweep, task: Task, errors: FieldError[]): SweepPlan['objective'] {
  if (!objective) return { metric: task.primaryMetric.name, direction: task.primaryMetric.direction };
  const metrics = metricsOfKind(kind, task);
  const metric = metrics.find(({ name }) => name === objective.metric);
  if (!metric) {
    const names = metrics.map(({ name }) => name).join(', ');
    const message = `${task.name} has no metric "${objective.metric}"; it has ${names}`;
    errors.push({ path: '/objective/metric', message });
  } else if (metric.direction !== objective.direction) {
    errors.push({ path: '/objective/direction', message: `${metric.name} is to ${metric.direction}` });
  }
  return objective;
}

/** Finds configurations that are the same. Of each one only a digest is kept. */
class Repeats {
  readonly errors: FieldError[] = [];
  private readonly axisOf = new Map<string, number>();

  add({ spec, axis }: PlannedConfiguration): void {
    // Configurations are parsed by one schema a method, so the order of their fields is the same.
    const digest = createHash('md5').update(JSON.stringify(spec)).digest('base64');
    const earlier = this.axisOf.get(digest);
    if (earlier === undefined) {
      this.axisOf.set(digest, axis);
      return;
    }
    const message =
      earlier === axis
        ? 'two points of its axes are the same configuration'
        : `repeats a configuration of /methods/${earlier}`;
    this.errors.push({ path: `/methods/${axis}`, message });
  }
}

function* chunks<T>(items: Iterable<T>, size: number): Generator<T[]> {
  let chunk: T[] = [];
  for (const item of items) {
    chunk.push(item);
    if (chunk.length < size) continue;
    yield chunk;
    chunk = [];
  }
  if (chunk.length > 0) yield chunk;
}
