import type { Base } from '@rankforge/bases';
import {
  type Budget,
  type CreateSweep,
  datasetOf,
  defaultSweepKind,
  type FieldError,
  type Fitted as FittedNames,
  groupBy,
  type MemoryByPart,
  MIB,
  type PlannedFederation,
  type TrainingOptions,
  type TrialSpec,
} from '@rankforge/contracts';
import {
  asksGenerator,
  asksTraining,
  type Contender,
  type Evaluator,
  isEvaluator,
  mayAskTraining,
  trainedMethod,
} from '@rankforge/evaluators';
import {
  apartText,
  askedTextsOf,
  findObjective,
  largestFitting,
  needsWholeKernels,
  numbersOf,
  rankAtMost,
} from '@rankforge/peft';
import { formOf, type Task } from '@rankforge/tasks';
import { importedName } from '../adapters/starting-adapter.js';
import { type Forecast, type ForecastRefusal, forecast, nothingForecast } from '../catalog/forecast.js';
import { type Config, MethodConfigs, rankPath, type Settled } from './configs.js';
import { type AxisPoint, engineOf, type MethodAxes, placeOn } from './expand.js';
import { type Fitted, inMicroBatches, microBatchAllowed } from './fit.js';
import { forecastOfEvaluator } from './forecast-evaluator.js';
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
  /** Tells people which tensors the optimizer leaves alone, and which options are of no use to it or to the method. */
  notice?: string;
  /** Actions that never come round in the run, for people. */
  neverFired: readonly string[];
  /** Why kernels are whole that could be held as factors. */
  wholeKernels?: string;
  /** Bytes and privacy of a federation. */
  federation?: PlannedFederation;
}

/** The settings that may differ between the budgets of a point. */
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
  private readonly configs: MethodConfigs;
  private readonly forecasts = new Map<string, Forecast | ForecastRefusal>();

  private readonly request: CreateSweep;
  private readonly task: Task;
  private readonly base: Base;
  private readonly training: TrainingOptions;
  private readonly foundation: SweepPlan['foundation'];
  private readonly generator: SweepPlan['generator'];
  private readonly chat: SweepPlan['chat'];
  /** Fields of each spec that its kind adds. */
  private readonly ofKind: Partial<TrialSpec>;
  private readonly budgets: SweepPlan['budgets'];

  constructor({
    request,
    task,
    base,
    training,
    foundation,
    generator,
    chat,
    budgets,
  }: Pick<SweepPlan, 'request' | 'task' | 'base' | 'training' | 'foundation' | 'generator' | 'chat' | 'budgets'>) {
    this.request = request;
    this.task = task;
    this.base = base;
    this.training = training;
    this.foundation = foundation;
    this.generator = generator;
    this.chat = chat;
    this.ofKind = sweepKindPlanning[request.kind].spec?.(request) ?? {};
    this.budgets = budgets;
    this.configs = new MethodConfigs(base, training);
  }

  /**
   * The configuration of a point with all defaults filled in, tried under every budget; several, where the rank or the micro-batch is
   * fitted to each. None, where `errors` say why.
   */
  configure(point: AxisPoint): { made: PlannedConfiguration[]; errors: FieldError[] } {
    if (this.configs.size + this.forecasts.size > keptAtMost) this.forget();
    return { made: this.at(point), errors: this.configs.takeErrors() };
  }

  private forget(): void {
    this.configs.forget();
    this.forecasts.clear();
  }

  private at(at: AxisPoint): PlannedConfiguration[] {
    const { budgets } = this;
    const { training } = this.request;
    const fitted: Fitted = {
      rank: placeOn(at, 'rank').value === 'max',
      microBatch: training.microBatch === 'auto' && !isEvaluator(at.of.method),
    };
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
        trainedMethod(at.of.method) ?? {},
        this.configs.targetedLayers.map(({ shape }) => shape),
      ),
      allowed: (candidate: number) => this.configs.allows(at, candidate),
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

  private isWithin(at: AxisPoint, { rank, training }: Choice, budget: Budget): boolean {
    if (rank !== null && trainedMethod(at.of.method)?.usesRank && rank > this.configs.largestRank(at.of)) return false;
    const configs = this.configs.of(at, rank);
    if (!configs) return false;
    const made = this.forecast(at.of, configs, training);
    if ('reason' in made || made.memory.total > budget.memoryBudgetMiB * MIB) return false;
    return judged(made, budget, engineOf(at.of, this.request)).excess === undefined;
  }

  private tried(at: AxisPoint, choice: Choice, budgets: readonly Budget[]): PlannedConfiguration[] {
    const { of } = at;
    const { method, optimizer } = of;
    const { rank, training, fitted } = choice;
    // Where one training serves several ranks, it is that of the largest rank of the axis.
    const trainedRank =
      rank !== null && trainedMethod(method)?.serves
        ? Math.max(
            rank,
            ...placeOn(at, 'rank')
              .beside.filter((each) => each !== 'max')
              .map(Number),
          )
        : undefined;
    const configs = this.configs.of(at, trainedRank ?? rank);
    const bound =
      rank === null || !trainedMethod(method)?.usesRank ? Number.POSITIVE_INFINITY : this.configs.largestRank(of);
    if (rank !== null && rank > bound) {
      const message = `${method.name} takes ranks up to ${bound} on the targeted layers, got ${rank}`;
      this.configs.errors.push({ path: rankPath(at), message });
      return [];
    }
    if (!configs) return [];
    const { method: methodConfig, optimizer: optimizerConfig, federated, recipe } = configs;
    const made = this.forecast(of, configs, training);
    if ('reason' in made) {
      this.configs.errors.push({ path: refusedPath(of, made), message: made.reason });
      return [];
    }
    for (const name of unpredicted(made, this.request)) {
      const message = `nobody predicts it of ${method.name} with ${optimizer.name} here: leave the limit or the method out`;
      this.configs.errors.push({ path: `/limits/${name}`, message });
    }
    const { memory, trainableParameters, notice, neverFired, federation } = made;
    const { wholeKernels, ...on } = this.startsFrom(method, methodConfig);
    return [
      {
        axis: of.index,
        budgets: budgets.map((budget) => judged(made, budget, engineOf(of, this.request))),
        spec: {
          ...(this.request.kind === defaultSweepKind ? {} : { kind: this.request.kind }),
          ...this.ofKind,
          task: this.request.task,
          ...(datasetOf(this.request.task) === undefined ? {} : { dataset: this.task.dataHash }),
          ...(this.task.dataVersion === undefined ? {} : { dataVersion: this.task.dataVersion }),
          ...this.numbers(of, configs, training),
          base: this.request.base,
          ...(this.base.ends && formOf(findObjective(this.task.objective)).ended ? { ends: [...this.base.ends] } : {}),
          ...(this.chat && { chat: this.chat }),
          ...on,
          engine: engineOf(of, this.request),
          ...(of.engine && { competingEngine: of.engine }),
          method: method.name,
          methodConfig,
          ...(of.from ? { from: of.from.sha256, ...importedName(of.from) } : {}),
          ...(of.teacher && (!mayAskTraining(method) || asksTraining(method, methodConfig))
            ? { teacher: of.teacher.spec }
            : {}),
          optimizer: optimizer.name,
          optimizerConfig,
          ...(federated && {
            federation: federated.federation,
            strategy: federated.strategy.name,
            strategyConfig: federated.strategyConfig,
          }),
          ...(recipe && { recipe: recipe.recipe.name, recipeConfig: recipe.config }),
          ...((asksGenerator(method, methodConfig) || askedTextsOf(recipe)) && { generator: this.generator!.spec }),
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

  /** Versions of the numbers of its parts, where they are not the first. */
  private numbers(
    { method, optimizer, from }: MethodAxes,
    { method: config, optimizer: optimizerConfig, federated, recipe }: Settled,
    { targets }: TrainingOptions,
  ): Pick<TrialSpec, 'numbers'> {
    const { base, task } = this;
    const { outputs: classes, objective } = task;
    const numbers = numbersOf({
      ...(isEvaluator(method)
        ? { evaluated: { evaluator: method, config, objective } }
        : {
            plan: {
              model: base.config,
              method,
              config,
              targets,
              objective,
              recipe,
              starts: from !== undefined,
              ...(classes && { classes }),
            },
            optimizer: { optimizer, config: optimizerConfig },
          }),
      strategy: federated && {
        strategy: federated.strategy,
        config: federated.strategyConfig,
        share: federated.federation.participation.share,
      },
      segmenter: task.segmenter?.name,
      tokenizer: base.tokenizer,
    });
    return Object.keys(numbers).length === 0 ? {} : { numbers };
  }

  /** The adapters that are in the base before, and as what they are held there. */
  private startsFrom(method: Contender, config: Config): { on?: TrialSpec['on']; wholeKernels?: string } {
    const { foundation } = this;
    const wholeKernels = this.wholeKernels(method, config);
    const why = wholeKernels === undefined ? {} : { wholeKernels };
    if (foundation?.state !== 'ready') return why;
    const { on, held } = foundation;
    const inFactors = (index: number) => wholeKernels === undefined && held.factors[index];
    return { ...why, on: on.map((adapter, index) => (inFactors(index) ? { ...adapter, factors: true } : adapter)) };
  }

  /** Why a method needs whole kernels where it starts from a model with some in factors. */
  private wholeKernels(method: Contender, config: Config): string | undefined {
    const { foundation, training } = this;
    if (!foundation || isEvaluator(method)) return undefined;
    return needsWholeKernels({ model: foundation.held.model, method, config, targets: training.targets });
  }

  private untrained(
    of: { evaluator: Evaluator } & Pick<MethodAxes, 'index' | 'teacher'>,
    config: Config,
  ): Forecast | ForecastRefusal {
    const { base, request, task, generator, training } = this;
    const key = JSON.stringify([of.evaluator.name, config, ...(of.teacher ? [of.index] : [])]);
    const sweep = { base, request, task, generator, sequence: training.sequenceLength };
    const made = this.forecasts.get(key) ?? forecastOfEvaluator(of, config, sweep);
    this.forecasts.set(key, made);
    return made;
  }

  private forecast(
    of: MethodAxes,
    { method: methodConfig, optimizer: optimizerConfig, federated, recipe }: Settled,
    training: TrainingOptions,
  ): Forecast | ForecastRefusal {
    const { index, method, optimizer, teacher, from } = of;
    // Its budget is all that is known of what it holds.
    if (sweepKindPlanning[this.request.kind].predicted) return nothingForecast;
    if (isEvaluator(method)) return this.untrained({ evaluator: method, index, teacher }, methodConfig);
    const encoded = from && apartText(from.apart ?? {});
    if (encoded !== undefined && encoded !== apartText(training)) {
      const reason = `${from!.name} was trained with ${encoded}, and this training has ${apartText(training)}: make them equal`;
      return { field: 'from', reason, of: 'training' };
    }
    const { batchSize, steps } = training;
    // Without a teacher and a start it is one forecast for all entries of a method.
    const own = teacher || from ? index : null;
    const { strategy, strategyConfig, federation } = federated ?? {};
    const rounds = [strategy?.name, strategyConfig, federation, recipe?.recipe.name, recipe?.config];
    const configs = [method.name, methodConfig, optimizer.name, optimizerConfig, ...rounds];
    const memo = JSON.stringify([...configs, batchSize, steps, onTrainingAxes(training), of.engine, own]);
    const { base, task, foundation } = this;
    const whole = foundation === undefined || this.wholeKernels(method, methodConfig) !== undefined;
    const made =
      this.forecasts.get(memo) ??
      forecast({
        engine: engineOf(of, this.request),
        model: whole ? base.config : foundation.held.model,
        task,
        training,
        method,
        methodConfig,
        optimizer,
        optimizerConfig,
        recipe,
        generator: this.generator,
        teacher: teacher?.plan,
        starts: from !== undefined,
        initial: this.ofKind.initial ?? 'base',
        federated: federated && { ...federated, apart: this.request.federation?.asTrials === true },
      });
    this.forecasts.set(memo, made);
    return made;
  }
}

/** Fields of a refusal that stand elsewhere in a request. */
const placed: Readonly<Record<string, string>> = { 'federation.participation.sampling': '/federation/sampling' };

/** Where the field of a refusal stands in the request. */
export function refusedPath({ index, entry }: MethodAxes, { field, of }: ForecastRefusal): string {
  const pointer = `/${field.replaceAll('.', '/')}`;
  if (field === 'method') return `/methods/${index}/name`;
  if (field === 'teacher' || field === 'from' || field in entry) return `/methods/${index}/${field}`;
  if (field === 'optimizer' || pointer.startsWith('/strategy')) return `/methods/${index}${pointer}`;
  if (of === 'sweep' || field === 'engine') return pointer;
  return of === 'federation' ? (placed[field] ?? pointer) : `/training${pointer}`;
}
