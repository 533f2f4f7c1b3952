import {
  type CreateSweep,
  type FieldError,
  type MemoryByPart,
  type MethodAxis,
  maxTrialsPerSweep,
  TrainingOptions,
  type TrialSpec,
} from '@rankforge/contracts';
import type { Method, Optimizer } from '@rankforge/peft';
import type { Task } from '@rankforge/tasks';
import type { Base } from '../catalog/bases.js';
import type { Catalog } from '../catalog/catalog.js';
import { forecast } from '../catalog/forecast.js';
import { fieldErrors } from '../platform/http/issues.js';
import { invalid, jsonPointer, ProblemError } from '../platform/http/problem.js';
import { allIndices, pointAt, productSize, sampleIndices } from './product.js';
import { contentHash, trainKey } from './trial-key.js';

/** One point of a sweep apart from seed and budget. */
export interface PlannedConfiguration {
  /** Index in the request's `methods`. */
  axis: number;
  spec: Omit<TrialSpec, 'seed'>;
  predicted: MemoryByPart;
  trainableParameters: number;
}

/** A sweep as it would be created: everything checked, defaults filled in, nothing written. */
export interface SweepPlan {
  request: CreateSweep;
  task: Task;
  base: Base;
  objective: { metric: string; direction: 'minimize' | 'maximize' };
  configurations: PlannedConfiguration[];
  /** Configurations × seeds × budgets. */
  trials: number;
}

/** A method of the request with its axes as lists. */
interface Expandable {
  index: number;
  entry: MethodAxis;
  method: Method;
  optimizer: Optimizer;
  configKeys: string[];
  optimizerConfigKeys: string[];
  /** Values of each axis, in the order: config, optimizer config, rank, learning rate. */
  axes: unknown[][];
}

/**
 * Expands and checks a request against the catalog.
 * @throws ProblemError naming every field that is wrong, or the count when the sweep is too large
 */
export function planSweep(request: CreateSweep, catalog: Catalog): SweepPlan {
  const errors: FieldError[] = [];
  const task = found(catalog.task(request.task), errors, '/task', 'task', catalog.taskNames);
  const base = found(catalog.base(request.base), errors, '/base', 'base model', catalog.baseNames);
  const entries = request.methods.map((entry, index) => expandable(entry, index, request, catalog, errors));
  if (errors.length > 0 || !task || !base) throw invalid(errors);

  const expanded = entries.filter((entry) => entry !== undefined);
  const sizes = expanded.map(({ axes }) => productSize(axes.map(({ length }) => length)));
  const perConfiguration = BigInt(request.seed.length * request.memoryBudgetMiB.length);
  const total = sizes.reduce((sum, size) => sum + size, 0n);
  const drawn =
    request.search.kind === 'random' && BigInt(request.search.trials) < total ? BigInt(request.search.trials) : total;
  refuseTooMany(drawn * perConfiguration);

  const training = planTraining(request, task, base, errors);
  const objective = planObjective(request, task, errors);
  if (errors.length > 0) throw invalid(errors);

  const indices =
    request.search.kind === 'random'
      ? sampleIndices(total, request.search.trials, request.search.seed)
      : allIndices(total);
  const configure = configurator(request, task, base, training, errors);
  const configurations = indices.flatMap((index) => {
    let rest = index;
    const entry = expanded[sizes.findIndex((size) => (rest < size ? true : ((rest -= size), false)))]!;
    return (
      configure(
        entry,
        pointAt(
          rest,
          entry.axes.map(({ length }) => length),
        ),
      ) ?? []
    );
  });
  refuseRepeats(configurations, errors);
  if (errors.length > 0) throw invalid(dropRepeated(errors));
  return { request, task, base, objective, configurations, trials: Number(drawn * perConfiguration) };
}

/** Content key of a planned configuration with a seed. */
export function plannedKey(plan: SweepPlan, spec: TrialSpec, libraryVersion: string, sweepId: string): string {
  return trainKey(spec, {
    dataHash: plan.task.dataHash,
    baseSha256: plan.base.sha256,
    libraryVersion,
    ...(plan.request.reuse ? {} : { sweepId }),
  });
}

function found<T>(value: T | undefined, errors: FieldError[], path: string, kind: string, names: readonly string[]) {
  if (value === undefined) errors.push({ path, message: `unknown ${kind}; known: ${names.join(', ') || 'none'}` });
  return value;
}

function expandable(
  entry: MethodAxis,
  index: number,
  request: CreateSweep,
  catalog: Catalog,
  errors: FieldError[],
): Expandable | undefined {
  const method = found(catalog.method(entry.name), errors, `/methods/${index}/name`, 'method', catalog.methodNames);
  const optimizer = found(
    catalog.optimizer(entry.optimizer),
    errors,
    `/methods/${index}/optimizer`,
    'optimizer',
    catalog.optimizerNames,
  );
  if (!method || !optimizer) return undefined;
  const usesRank = method.usesRank || optimizer.usesRank;
  if (entry.rank && !usesRank) {
    const message = `neither ${method.name} nor ${optimizer.name} has a rank`;
    errors.push({ path: `/methods/${index}/rank`, message });
  }
  for (const part of ['config', 'optimizerConfig'] as const) {
    if (!Object.hasOwn(entry[part], 'rank')) continue;
    errors.push({ path: `/methods/${index}/${part}/rank`, message: 'rank is an axis of its own: use "rank"' });
  }
  const list = (value: unknown) => (Array.isArray(value) ? value : [value]);
  const configKeys = Object.keys(entry.config);
  const optimizerConfigKeys = Object.keys(entry.optimizerConfig);
  return {
    index,
    entry,
    method,
    optimizer,
    configKeys,
    optimizerConfigKeys,
    axes: [
      ...configKeys.map((key) => list(entry.config[key])),
      ...optimizerConfigKeys.map((key) => list(entry.optimizerConfig[key])),
      usesRank ? (entry.rank ?? request.rank) : [null],
      entry.learningRate ?? request.learningRate ?? [method.learningRates[0]],
    ],
  };
}

function refuseTooMany(trials: bigint): void {
  if (trials <= BigInt(maxTrialsPerSweep)) return;
  const detail = `The sweep expands to ${trials} trials; a sweep may have ${maxTrialsPerSweep}`;
  throw new ProblemError('too-many-trials', detail, [
    { path: '/methods', message: `${trials} trials; take values off an axis, or search at random` },
  ]);
}

function planTraining(request: CreateSweep, task: Task, base: Base, errors: FieldError[]): TrainingOptions {
  const parsed = TrainingOptions.safeParse({ ...task.defaults, ...request.training });
  if (!parsed.success) throw invalid(fieldErrors(parsed.error.issues, ['training']));
  const training = parsed.data;
  const { contextLength } = base.config;
  if (training.sequenceLength > contextLength) {
    const message = `${base.name} takes at most ${contextLength} tokens, got ${training.sequenceLength}`;
    errors.push({ path: '/training/sequenceLength', message });
  }
  if (training.warmupSteps >= training.steps) {
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

function planObjective(request: CreateSweep, task: Task, errors: FieldError[]): SweepPlan['objective'] {
  const { objective } = request;
  if (!objective) return { metric: task.primaryMetric.name, direction: task.primaryMetric.direction };
  const metric = task.metrics.find(({ name }) => name === objective.metric);
  if (!metric) {
    const names = task.metrics.map(({ name }) => name).join(', ');
    errors.push({
      path: '/objective/metric',
      message: `${task.name} has no metric "${objective.metric}"; it has ${names}`,
    });
  } else if (metric.direction !== objective.direction) {
    errors.push({ path: '/objective/direction', message: `${metric.name} is to ${metric.direction}` });
  }
  return objective;
}

/** Makes configurations; configs are parsed and memory is predicted once per distinct input. */
function configurator(
  request: CreateSweep,
  task: Task,
  base: Base,
  training: TrainingOptions,
  errors: FieldError[],
): (entry: Expandable, point: readonly number[]) => PlannedConfiguration | undefined {
  const parsed = new Map<string, Record<string, unknown> | undefined>();
  const forecasts = new Map<string, ReturnType<typeof forecast>>();
  const targeted = base.layers.filter(({ name }) => training.targets.includes(name));

  const parse = (
    { index, method, optimizer, entry }: Expandable,
    part: 'config' | 'optimizerConfig',
    given: Record<string, unknown>,
    positions: Record<string, number>,
    rank: number | null,
  ) => {
    const owner = part === 'config' ? method : optimizer;
    const input = owner.usesRank && rank !== null ? { ...given, rank } : given;
    const memo = `${index}/${part}/${JSON.stringify(input)}`;
    if (!parsed.has(memo)) {
      const result = owner.config.safeParse(input);
      parsed.set(memo, result.success ? (result.data as Record<string, unknown>) : undefined);
      if (!result.success) {
        for (const { path, message } of fieldErrors(result.error.issues)) {
          const key = path.split('/')[1] ?? '';
          const axis = key in positions && Array.isArray(entry[part][key]) ? `/${positions[key]}` : '';
          const where = key === 'rank' ? rankPath(entry, index) : `/methods/${index}/${part}${path}${axis}`;
          errors.push({ path: where, message: `${owner.name}: ${message}` });
        }
      }
    }
    return parsed.get(memo);
  };

  return (entry, point) => {
    const values = point.map((position, axis) => entry.axes[axis]![position]);
    const { index, method, optimizer, configKeys, optimizerConfigKeys } = entry;
    const rank = values.at(-2) as number | null;
    const learningRate = values.at(-1) as number;
    const pick = (keys: string[], offset: number) =>
      Object.fromEntries(keys.map((key, i) => [key, values[offset + i]]));
    const positions = (keys: string[], offset: number) =>
      Object.fromEntries(keys.map((key, i) => [key, point[offset + i]!]));
    const methodConfig = parse(entry, 'config', pick(configKeys, 0), positions(configKeys, 0), rank);
    const optimizerConfig = parse(
      entry,
      'optimizerConfig',
      pick(optimizerConfigKeys, configKeys.length),
      positions(optimizerConfigKeys, configKeys.length),
      rank,
    );
    if (rank !== null && method.usesRank && method.maxRank) {
      const bound = Math.min(...targeted.map(({ shape }) => method.maxRank!(shape)));
      if (rank > bound) {
        const message = `${method.name} takes ranks up to ${bound} on the targeted layers, got ${rank}`;
        errors.push({ path: `${rankPath(entry.entry, index)}/${point.at(-2)}`, message });
        return undefined;
      }
    }
    if (!methodConfig || !optimizerConfig) return undefined;
    const memo = `${method.name}/${JSON.stringify(methodConfig)}/${optimizer.name}/${JSON.stringify(optimizerConfig)}`;
    const predicted =
      forecasts.get(memo) ?? forecast({ base, task, training, method, methodConfig, optimizer, optimizerConfig });
    forecasts.set(memo, predicted);
    return {
      axis: index,
      spec: {
        task: request.task,
        base: request.base,
        engine: request.engine,
        method: method.name,
        methodConfig,
        optimizer: optimizer.name,
        optimizerConfig,
        rank,
        learningRate,
        training,
      },
      predicted: predicted.memory,
      trainableParameters: predicted.trainableParameters,
    };
  };
}

function rankPath(entry: MethodAxis, index: number): string {
  return entry.rank ? jsonPointer(['methods', index, 'rank']) : '/rank';
}

function refuseRepeats(configurations: readonly PlannedConfiguration[], errors: FieldError[]): void {
  const first = new Map<string, PlannedConfiguration>();
  for (const configuration of configurations) {
    const key = contentHash(configuration.spec);
    const earlier = first.get(key);
    if (!earlier) first.set(key, configuration);
    else if (earlier.axis === configuration.axis) {
      errors.push({
        path: `/methods/${configuration.axis}`,
        message: 'two points of its axes are the same configuration',
      });
    } else {
      const message = `repeats a configuration of /methods/${earlier.axis}`;
      errors.push({ path: `/methods/${configuration.axis}`, message });
    }
  }
}

function dropRepeated(errors: readonly FieldError[]): FieldError[] {
  return [...new Map(errors.map((error) => [`${error.path} ${error.message}`, error])).values()].slice(0, 100);
}
