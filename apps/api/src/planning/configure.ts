import type { Base } from '@rankforge/bases';
import {
  type Budget,
  type CreateSweep,
  datasetOf,
  defaultSweepKind,
  type FieldError,
  type Fitted as FittedNames,
  type MemoryByPart,
  MIB,
  type PlannedFederation,
  type TrainingOptions,
  type TrialSpec,
} from '@rankforge/contracts';
import { largestFitting, type Method, needsWholeKernels, rankAtMost, sendsNothing, settled } from '@rankforge/peft';
import type { Task } from '@rankforge/tasks';
import type { Federated } from '../catalog/federations.js';
import { type Forecast, type ForecastRefusal, forecast } from '../catalog/forecast.js';
import { groupBy } from '../platform/group-by.js';
import { distinct, fieldErrors } from '../platform/http/issues.js';
import { invalid } from '../platform/http/problem.js';
import type { ConfigPart } from '../strategies/strategy.js';
import { type AxisPoint, fieldsOn, type MethodAxes, placeOn } from './expand.js';
import { type Fitted, inMicroBatches, microBatchAllowed } from './fit.js';
import { sweepKindPlanning } from './kinds/registry.js';
import { judged, type PlannedBudget, unpredicted } from './limits.js';
import type { SweepPlan } from './sweep-plan.js';
import { onTrainingAxes } from './training-axes.js';

/** One point of a sweep apart from its seeds. */
export interface PlannedConfiguration {
  /** Index in the request's `methods`. */
  axis: number;
  /** Budgets it is tried under: all, unless something is fitted to each. */
  budgets: readonly PlannedBudget[];
  spec: Omit<TrialSpec, 'seed'>;
  predicted: MemoryByPart;
  trainableParameters: number;
  /** What the optimizer leaves to another rule than its own, for people. */
  notice?: string;
  /** What never comes round in the run, for people. */
  neverFired: readonly string[];
  /** Why kernels are whole that could be held as factors. */
  wholeKernels?: string;
  /** Bytes and privacy of a federation. */
  federation?: PlannedFederation;
}

type Config = Record<string, unknown>;

/** The configurations of a point, parsed, and the scenario of its federation. */
interface Settled {
  method: Config;
  optimizer: Config;
  federated?: Federated;
}

/** What may differ between the budgets of a point. */
interface Choice {
  rank: number | null;
  training: TrainingOptions;
  fitted?: FittedNames;
}

/** Configs that are kept parsed, and forecasts that are kept, before both are forgotten. */
const keptAtMost = 2000;

/**
 * Makes configurations of one sweep. Configs are parsed and memory is predicted once per distinct input, over all calls: the
 * points of a sweep share most of both.
 */
export class Configurator {
  private readonly parsed = new Map<string, Config | undefined>();
  private readonly forecasts = new Map<string, Forecast | ForecastRefusal>();
  private errors: FieldError[] = [];

  private readonly request: CreateSweep;
  private readonly task: Task;
  private readonly base: Base;
  private readonly training: TrainingOptions;
  private readonly foundation: SweepPlan['foundation'];
  /** Fields of each spec that its kind adds. */
  private readonly ofKind: Partial<TrialSpec>;
  private readonly budgets: SweepPlan['budgets'];

  constructor({
    request,
    task,
    base,
    training,
    foundation,
    budgets,
  }: Pick<SweepPlan, 'request' | 'task' | 'base' | 'training' | 'foundation' | 'budgets'>) {
    this.request = request;
    this.task = task;
    this.base = base;
    this.training = training;
    this.foundation = foundation;
    this.ofKind = sweepKindPlanning[request.kind].spec?.(request) ?? {};
    this.budgets = budgets;
  }

  /**
   * By point: the configuration with all defaults filled in, tried under every budget; several, where the rank or the
   * micro-batch is fitted to each.
   *
   * @throws ProblemError naming every field that is wrong
   */
  configure(points: readonly AxisPoint[]): PlannedConfiguration[][] {
    if (this.parsed.size + this.forecasts.size > keptAtMost) this.forget();
    const made = points.map((at) => this.at(at));
    if (this.errors.length === 0) return made;
    const { errors } = this;
    // A fault is found again when its config is asked for again: one that is known to be wrong is not parsed twice.
    this.forget();
    throw invalid(distinct(errors));
  }

  private forget(): void {
    this.parsed.clear();
    this.forecasts.clear();
    this.errors = [];
  }

  /** None where `errors` say why. */
  private at(at: AxisPoint): PlannedConfiguration[] {
    const { budgets } = this;
    const { training } = this.request;
    const fitted: Fitted = { rank: placeOn(at, 'rank').value === 'max', microBatch: training.microBatch === 'auto' };
    if (!fitted.rank && !fitted.microBatch) return this.tried(at, this.asAsked(at), budgets);
    const chosen = budgets.map((budget) => ({ budget, ...this.fit(at, fitted, budget) }));
    const alike = groupBy(chosen, ({ rank, training: { batchSize } }) => `${rank} ${batchSize}`);
    return [...alike.values()].flatMap((group) =>
      this.tried(
        at,
        { ...group[0]!, fitted: (['rank', 'microBatch'] as const).filter((name) => fitted[name]) },
        group.map(({ budget }) => budget),
      ),
    );
  }

  private asAsked(at: AxisPoint): Choice {
    const { steps } = at.of;
    const training = { ...this.training, ...at.of.training };
    return {
      rank: placeOn(at, 'rank').value as number | null,
      training:
        steps === undefined ? training : { ...training, steps, warmupSteps: steps === 0 ? 0 : training.warmupSteps },
    };
  }

  /** The rank is fitted first, beside the smallest micro-batches where these are fitted too; then the micro-batch. */
  private fit(at: AxisPoint, fitted: Fitted, budget: Budget): Choice {
    const fits = (choice: Choice) => this.isWithin(at, choice, budget);
    const { rank, training } = this.asAsked(at);
    const sizes = { bound: training.batchSize, allowed: microBatchAllowed(training) };
    const smallest = inMicroBatches(training, largestFitting({ ...sizes, fits: () => false })!);
    const ranks = {
      bound: rankAtMost(
        at.of.method,
        this.targetedLayers.map(({ shape }) => shape),
      ),
      allowed: (candidate: number) => this.allows(at, candidate),
      fits: (candidate: number) => fits({ rank: candidate, training: fitted.microBatch ? smallest : training }),
    };
    // Where no rank is allowed, the errors about 1 say why.
    const chosen = fitted.rank ? (largestFitting(ranks) ?? 1) : rank;
    if (!fitted.microBatch) return { rank: chosen, training };
    const microBatch = largestFitting({
      ...sizes,
      fits: (size) => fits({ rank: chosen, training: inMicroBatches(training, size) }),
    })!;
    return { rank: chosen, training: inMicroBatches(training, microBatch) };
  }

  /** Whether method and optimizer take the rank here; says nothing where they don't. */
  private allows(at: AxisPoint, rank: number): boolean {
    const { method, optimizer } = at.of;
    const config = method.config.safeParse(this.input(at, 'config', rank));
    const optimizerConfig = optimizer.config.safeParse(this.input(at, 'optimizerConfig', rank));
    return config.success && optimizerConfig.success && this.unfit(at.of, config.data as Config) === undefined;
  }

  private isWithin(at: AxisPoint, { rank, training }: Choice, budget: Budget): boolean {
    if (rank !== null && at.of.method.usesRank && rank > this.largestRank(at.of)) return false;
    const configs = this.settled(at, rank);
    if (!configs) return false;
    const made = this.forecast(at.of, configs, training);
    if ('reason' in made || made.memory.total > budget.memoryBudgetMiB * MIB) return false;
    return judged(made, budget).excess === undefined;
  }

  private tried(at: AxisPoint, choice: Choice, budgets: readonly Budget[]): PlannedConfiguration[] {
    const { of } = at;
    const { method, optimizer } = of;
    const { rank, training, fitted } = choice;
    // Where one training serves several ranks, it is that of the largest rank of the axis.
    const trainedRank =
      rank !== null && method.serves
        ? Math.max(
            rank,
            ...placeOn(at, 'rank')
              .beside.filter((each) => each !== 'max')
              .map(Number),
          )
        : undefined;
    const configs = this.settled(at, trainedRank ?? rank);
    const bound = rank === null || !method.usesRank ? Number.POSITIVE_INFINITY : this.largestRank(of);
    if (rank !== null && rank > bound) {
      const message = `${method.name} takes ranks up to ${bound} on the targeted layers, got ${rank}`;
      this.errors.push({ path: rankPath(at), message });
      return [];
    }
    if (!configs) return [];
    const { method: methodConfig, optimizer: optimizerConfig, federated } = configs;
    const made = this.forecast(of, configs, training);
    if ('reason' in made) {
      const error = { path: refusedPath(of, made), message: made.reason };
      if (!this.errors.some(({ path, message }) => path === error.path && message === error.message)) {
        this.errors.push(error);
      }
      return [];
    }
    for (const name of unpredicted(made, this.request)) {
      const message = `nobody predicts it of ${method.name} with ${optimizer.name} here: leave the limit or the method out`;
      this.errors.push({ path: `/limits/${name}`, message });
    }
    const { memory, trainableParameters, notice, neverFired, federation } = made;
    const { wholeKernels, ...on } = this.startsFrom(method, methodConfig);
    return [
      {
        axis: of.index,
        budgets: budgets.map((budget) => judged(made, budget)),
        spec: {
          ...(this.request.kind === defaultSweepKind ? {} : { kind: this.request.kind }),
          ...this.ofKind,
          task: this.request.task,
          ...(datasetOf(this.request.task) === undefined ? {} : { dataset: this.task.dataHash }),
          base: this.request.base,
          ...on,
          engine: this.request.engine,
          method: method.name,
          methodConfig,
          ...(of.from ? { from: of.from.sha256 } : {}),
          ...(of.teacher ? { teacher: of.teacher.spec } : {}),
          optimizer: optimizer.name,
          optimizerConfig,
          ...(federated && {
            federation: federated.federation,
            strategy: federated.strategy.name,
            strategyConfig: federated.strategyConfig,
          }),
          rank,
          ...(trainedRank === undefined ? {} : { trainedRank }),
          ...(fitted && { fitted }),
          learningRate: placeOn(at, 'learningRate').value as number,
          training,
        },
        predicted: memory,
        trainableParameters,
        neverFired,
        ...(notice === undefined ? {} : { notice }),
        ...(wholeKernels === undefined ? {} : { wholeKernels }),
        ...(federation && { federation }),
      },
    ];
  }

  /** The adapters that are in the base before, and as what they are held there. */
  private startsFrom(method: Method, config: Config): { on?: TrialSpec['on']; wholeKernels?: string } {
    const { foundation } = this;
    const wholeKernels = this.wholeKernels(method, config);
    const why = wholeKernels === undefined ? {} : { wholeKernels };
    if (foundation?.state !== 'ready') return why;
    const { on, held } = foundation;
    const inFactors = (index: number) => wholeKernels === undefined && held.factors[index];
    return { ...why, on: on.map((adapter, index) => (inFactors(index) ? { ...adapter, factors: true } : adapter)) };
  }

  /** Why a method needs whole kernels where it starts from a model with some in factors. */
  private wholeKernels(method: Method, config: Config): string | undefined {
    const { foundation, training } = this;
    return foundation && needsWholeKernels({ model: foundation.held.model, method, config, targets: training.targets });
  }

  private get targetedLayers() {
    return this.base.layers.filter(({ name }) => this.training.targets.includes(name));
  }

  /** The largest rank that every targeted layer takes. */
  private largestRank({ method }: MethodAxes): number {
    return Math.min(...this.targetedLayers.map(({ shape }) => method.maxRank?.(shape) ?? Number.POSITIVE_INFINITY));
  }

  /** Whether every targeted layer takes the configuration; where one doesn't, `errors` say why. */
  private fits(of: MethodAxes, config: Config): boolean {
    const reason = this.unfit(of, config);
    if (reason !== undefined) this.errors.push({ path: `/methods/${of.index}/config`, message: reason });
    return reason === undefined;
  }

  private unfit({ method }: MethodAxes, config: Config): string | undefined {
    const shapes = this.targetedLayers.map(({ shape }) => shape);
    for (const { path, shape } of this.targetedLayers) {
      const reason = method.unfit?.(shape, config, shapes) ?? method.beyondEngine?.(shape, config);
      if (reason !== undefined) return `${method.name} on ${path}: ${reason}`;
    }
    return undefined;
  }

  /** Undefined where `errors` say why. */
  private settled(at: AxisPoint, rank: number | null): Settled | undefined {
    const { strategy, federation } = at.of;
    const method = this.config(at, 'config', rank);
    const optimizer = this.config(at, 'optimizerConfig', rank);
    const strategyConfig = strategy && this.config(at, 'strategyConfig', null);
    if (!method || !optimizer || (strategy && !strategyConfig)) return undefined;
    if (!strategy || !strategyConfig || !federation) return { method, optimizer };
    return { method, optimizer, federated: { strategy, strategyConfig, federation } };
  }

  private config(at: AxisPoint, part: ConfigPart, rank: number | null): Config | undefined {
    const { of } = at;
    const owner = { config: of.method, optimizerConfig: of.optimizer, strategyConfig: of.strategy! }[part];
    const input = this.input(at, part, rank);
    const steps = stepsOfClocks(of) ?? of.steps ?? this.training.steps;
    const memo = JSON.stringify([of.index, part, input, steps]);
    if (!this.parsed.has(memo)) {
      const result = owner.config.safeParse(input);
      const data = result.success ? settled(owner, result.data as Config, steps) : undefined;
      const usable = data && (part !== 'config' || this.fits(of, data));
      this.parsed.set(memo, usable ? data : undefined);
      for (const { path, message } of fieldErrors(result.error?.issues ?? [])) {
        const key = path.split('/')[1] ?? '';
        const isAxis = of.from === undefined && Array.isArray(of.entry[part]?.[key]);
        const place = isAxis ? `/${placeOn(at, `${part}.${key}`).position}` : '';
        const where = key === 'rank' ? rankPath(at) : `/methods/${of.index}/${part}${path}${place}`;
        this.errors.push({ path: where, message: `${owner.name}: ${message}` });
      }
    }
    return this.parsed.get(memo);
  }

  /** What the schema of the method or the optimizer is given. */
  private input(at: AxisPoint, part: ConfigPart, rank: number | null): Config {
    const given = fieldsOn(at, part);
    const owner = { config: at.of.method, optimizerConfig: at.of.optimizer, strategyConfig: undefined }[part];
    return owner?.usesRank && rank !== null ? { ...given, rank } : given;
  }

  private forecast(
    { index, method, optimizer, teacher, from }: MethodAxes,
    { method: methodConfig, optimizer: optimizerConfig, federated }: Settled,
    training: TrainingOptions,
  ): Forecast | ForecastRefusal {
    const { batchSize, steps } = training;
    // Without a teacher and a start it is one forecast for all entries of a method.
    const own = teacher || from ? index : null;
    const { strategy, strategyConfig, federation } = federated ?? {};
    const rounds = [strategy?.name, strategyConfig, federation];
    const configs = [method.name, methodConfig, optimizer.name, optimizerConfig, ...rounds];
    const memo = JSON.stringify([...configs, batchSize, steps, onTrainingAxes(training), own]);
    const { base, task, foundation } = this;
    const whole = foundation === undefined || this.wholeKernels(method, methodConfig) !== undefined;
    const made =
      this.forecasts.get(memo) ??
      forecast({
        engine: this.request.engine,
        model: whole ? base.config : foundation.held.model,
        task,
        training,
        method,
        methodConfig,
        optimizer,
        optimizerConfig,
        teacher: teacher?.plan,
        starts: from !== undefined,
        initial: this.ofKind.initial ?? 'base',
        federated,
      });
    this.forecasts.set(memo, made);
    return made;
  }
}

/** Steps after which the clocks of an optimizer begin anew; undefined where that is never. */
const stepsOfClocks = ({ strategy, federation }: MethodAxes): number | undefined =>
  strategy && !sendsNothing(strategy) ? federation?.localSteps : undefined;

/** Fields of a refusal that stand elsewhere in a request. */
const placed: Readonly<Record<string, string>> = { 'federation.participation.sampling': '/federation/sampling' };

/** Where the field of a refusal stands in the request. */
function refusedPath({ index, entry }: MethodAxes, { field, of }: ForecastRefusal): string {
  const pointer = `/${field.replaceAll('.', '/')}`;
  if (field === 'method') return `/methods/${index}/name`;
  if (field in entry) return `/methods/${index}/${field}`;
  if (field === 'optimizer' || pointer.startsWith('/strategy')) return `/methods/${index}${pointer}`;
  return of === 'federation' ? (placed[field] ?? pointer) : `/training${pointer}`;
}

/** Where the rank of a configuration stands in the request: on its list, or at an end of its range. */
function rankPath(at: AxisPoint): string {
  const { entry, index } = at.of;
  const { value, position, axis } = placeOn(at, 'rank');
  const path = entry.rank ? `/methods/${index}/rank` : '/rank';
  if (value === 'max') return path;
  return `${path}/${axis.range ? (position === 0 ? 'min' : 'max') : position}`;
}
