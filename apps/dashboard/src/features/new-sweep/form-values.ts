/** @file The form's values, and the request they stand for. Fields have the names and places they have in the request. */
import {
  type ChatTemplateName,
  type CreateSweep,
  type CreateSweepInput,
  type EngineName,
  enginesOf,
  hasKindField,
  type InitialWeights,
  limitTexts,
  type MethodAxis,
  parseLimits,
  type Range,
  type SweepKind,
  type TrainingAxis,
  type TrainingOptions,
  trainingAxes,
  trainingAxisNames,
  usualOptimizer,
} from '@rankforge/contracts';
import { type FederationValues, fromFederation, toFederation, toNumber } from './federation-values.js';
import {
  fromSearch,
  type ProtocolValues,
  type SchedulerValues,
  type SearchValues,
  toComparison,
} from './search-values.js';

/** An axis: each text is one value, or one text is a range such as `1e-5..1e-2`; none means the default. */
type Axis = string[];

export interface MethodValues extends Record<TrainingAxis, Axis> {
  /** Identity in the list, rising in the order of adding; not sent. */
  key: number;
  name: string;
  optimizer: string;
  rank: Axis;
  learningRate: Axis;
  config: Record<string, Axis>;
  optimizerConfig: Record<string, Axis>;
  /** Sent for a federation alone. */
  strategy: string;
  strategyConfig: Record<string, Axis>;
  /** '' is none. */
  recipe: string;
  recipeConfig: Record<string, Axis>;
  /** Each text is a client with its rank, as `<client>:<rank>`. */
  clientRanks: string[];
  /** Adapters by name, or trials by id; '' is none. */
  from: string;
  teacher: string;
}

type Schedule = TrainingOptions['schedule'];
type Execution = NonNullable<TrainingOptions['execution']>;

/** Numbers are '' while the field is empty: the task's default then holds. */
export interface TrainingValues extends Record<TrainingAxis, Axis> {
  steps: number | '';
  batchSize: number | '';
  sequenceLength: number | '';
  accumulate: number | '';
  microBatch: 'auto' | '';
  headLearningRate: number | '';
  schedule: Schedule | '';
  warmupSteps: number | '';
  /** 0: none. */
  clipNorm: number | '';
  execution: Execution | '';
  queryTokens: number | '';
  titleWithQuery: true | '';
  dropout: number | '';
  evalEvery: number | '';
  checkpointEvery: number | '';
  normEvery: number | '';
  targets: string[];
}

export interface SweepValues {
  name: string;
  tags: string[];
  note: string;
  kind: SweepKind;
  /** Sent for a pretraining alone. */
  initial: InitialWeights;
  /** Sent for a compression alone. */
  recoverySteps: Axis;
  /** Sent for a federation alone. */
  federation: FederationValues;
  /** Sent for an evaluation alone, by its name; '' is none. */
  generator: string;
  /** Id of a training or of a sweep; '' is none. */
  on: string;
  task: string;
  base: string;
  /** Sent for conversations alone; '' is that of the base. */
  chatTemplate: ChatTemplateName | '';
  engine: EngineName;
  /** Further engines, which compete with it. */
  otherEngines: EngineName[];
  methods: MethodValues[];
  /** Cards of other kinds of sweep, which come back with their kind; not sent. */
  setAside: MethodValues[];
  rank: Axis;
  memoryBudgetMiB: Axis;
  /** Each text is a measure with its limit, as `<measure>=<number>`. */
  limits: Axis;
  learningRate: Axis;
  seed: Axis;
  training: TrainingValues;
  search: SearchValues;
  scheduler: SchedulerValues;
  protocol: ProtocolValues;
  /** Validation metric that chooses; '' is the task's primary one. */
  objective: NonNullable<CreateSweep['objective']> | '';
  priority: number | '';
  trialTimeoutSeconds: number | '';
  retries: number | '';
  reuse: boolean;
  skipLargerRanks: boolean;
}

/** The strategy of a method that is added. */
const usualStrategy = 'fedavg';

let lastKey = 0;

export function newMethod(name: string): MethodValues {
  lastKey += 1;
  return {
    key: lastKey,
    name,
    optimizer: usualOptimizer,
    rank: [],
    learningRate: [],
    config: {},
    optimizerConfig: {},
    ...onTrainingAxes({}),
    strategy: usualStrategy,
    strategyConfig: {},
    recipe: '',
    recipeConfig: {},
    clientRanks: [],
    from: '',
    teacher: '',
  };
}

/** @example toClientRanks(['north:2']) // { north: 2 } */
const toClientRanks = (texts: readonly string[]) =>
  Object.fromEntries(
    texts.map((text) => [text.slice(0, text.lastIndexOf(':')), toNumber(text.slice(text.lastIndexOf(':') + 1))]),
  );

/** Lists of what a request has on the axes of the training. */
const onTrainingAxes = (given: Pick<MethodAxis, TrainingAxis>) =>
  Object.fromEntries(trainingAxisNames.map((name) => [name, [given[name] ?? []].flat().map(String)])) as Record<
    TrainingAxis,
    Axis
  >;

/** The same for a request. Texts that are no values are refused at their place. */
const ownTrainingAxes = (values: Record<TrainingAxis, Axis>): Pick<MethodAxis, TrainingAxis> =>
  withoutEmpty(
    Object.fromEntries(
      trainingAxisNames.map((name) => {
        const isNumber = typeof trainingAxes[name].usual === 'number';
        return [name, isNumber ? values[name].map(toNumber) : values[name]];
      }),
    ),
  );

export const emptyTraining: TrainingValues = {
  ...onTrainingAxes({}),
  steps: '',
  batchSize: '',
  sequenceLength: '',
  accumulate: '',
  microBatch: '',
  headLearningRate: '',
  schedule: '',
  warmupSteps: '',
  clipNorm: '',
  execution: '',
  queryTokens: '',
  titleWithQuery: '',
  dropout: '',
  evalEvery: '',
  checkpointEvery: '',
  normEvery: '',
  targets: [],
};

/** The values that stand for the request of an earlier sweep. */
export function fromSpec(spec: CreateSweep): SweepValues {
  return {
    ...spec,
    name: `${spec.name} (copy)`,
    engine: enginesOf(spec)[0],
    otherEngines: enginesOf(spec).slice(1),
    tags: spec.tags ?? [],
    note: spec.note ?? '',
    initial: spec.initial ?? 'random',
    recoverySteps: texts(spec.recoverySteps),
    federation: fromFederation(spec.federation),
    generator: spec.generator ?? '',
    chatTemplate: spec.chatTemplate ?? '',
    on: spec.on ?? '',
    methods: spec.methods.map((method) => ({
      ...newMethod(method.name),
      optimizer: method.optimizer,
      rank: texts(method.rank),
      learningRate: texts(method.learningRate),
      config: axesOf(method.config),
      optimizerConfig: axesOf(method.optimizerConfig),
      ...onTrainingAxes(method),
      strategy: method.strategy ?? usualStrategy,
      strategyConfig: axesOf(method.strategyConfig ?? {}),
      recipe: method.recipe ?? '',
      recipeConfig: axesOf(method.recipeConfig ?? {}),
      clientRanks: Object.entries(method.clientRanks ?? {}).map(([client, rank]) => `${client}:${rank}`),
      from: method.from ?? '',
      teacher: method.teacher ?? '',
    })),
    setAside: [],
    rank: texts(spec.rank),
    memoryBudgetMiB: texts(spec.memoryBudgetMiB),
    limits: limitTexts(spec.limits),
    learningRate: texts(spec.learningRate),
    seed: texts(spec.seed),
    training: {
      ...emptyTraining,
      ...spec.training,
      ...onTrainingAxes(spec.training),
      clipNorm: spec.training.clipNorm === null ? 0 : (spec.training.clipNorm ?? ''),
    },
    ...fromSearch(spec),
    objective: spec.objective ?? '',
    skipLargerRanks: spec.skipLargerRanks ?? false,
  };
}

function texts(values: readonly (string | number | boolean)[] | Range | 'max' | undefined): Axis {
  if (values === undefined) return [];
  if (values === 'max') return [values];
  if (!('min' in values)) return values.map(String);
  return [`${values.min}..${values.max}${values.scale === 'linear' ? ':linear' : ''}`];
}

const rangeText = /^(.+)\.\.(.+?)(:linear)?$/;

/** Numbers of a list, or the range that the one text stands for. */
function toNumbers(axis: Axis): number[] | Range {
  const [, min, max, linear] = (axis.length === 1 && rangeText.exec(axis[0]!)) || [];
  if (min === undefined || max === undefined) return axis.map(toNumber);
  return { min: toNumber(min), max: toNumber(max), scale: linear ? 'linear' : 'log' };
}

/** Ranks as numbers, or the one word for the largest that fits. */
const toRanks = (axis: Axis) => (axis.length === 1 && axis[0] === 'max' ? axis[0] : toNumbers(axis));

function axesOf(config: MethodAxis['config']): Record<string, Axis> {
  return Object.fromEntries(
    Object.entries(config).map(([name, value]) => [name, texts(Array.isArray(value) ? value : [value])]),
  );
}

/** Whether a text of the field `name` stands for a number, a boolean or itself. */
export type ScalarReader = (name: string, text: string) => string | number | boolean;

/** The request of the form. Texts that are no numbers become NaN, which the schema refuses at their place. */
export function toRequest(
  values: SweepValues,
  read: Record<'method' | 'optimizer' | 'strategy' | 'recipe', (name: string) => ScalarReader>,
): CreateSweepInput {
  const { training } = values;
  const recovers = hasKindField(values.kind, 'recoverySteps');
  const federates = hasKindField(values.kind, 'federation');
  return {
    name: values.name,
    ...withoutEmpty({ tags: values.tags, note: values.note }),
    kind: values.kind,
    ...(values.on.trim() ? { on: values.on.trim() } : {}),
    ...(hasKindField(values.kind, 'initial') ? { initial: values.initial } : {}),
    ...(recovers && values.recoverySteps.length > 0 ? { recoverySteps: values.recoverySteps.map(toNumber) } : {}),
    ...(federates ? { federation: toFederation(values.federation) } : {}),
    ...(hasKindField(values.kind, 'generator') && values.generator !== '' ? { generator: values.generator } : {}),
    task: values.task,
    base: values.base,
    ...(values.chatTemplate !== '' && { chatTemplate: values.chatTemplate }),
    engine: values.otherEngines.length === 0 ? values.engine : [values.engine, ...values.otherEngines],
    methods: values.methods.map((method) => ({
      name: method.name,
      optimizer: method.optimizer,
      config: toConfig(method.config, read.method(method.name)),
      optimizerConfig: toConfig(method.optimizerConfig, read.optimizer(method.optimizer)),
      ...(federates && {
        strategy: method.strategy,
        strategyConfig: toConfig(method.strategyConfig, read.strategy(method.strategy)),
        ...(method.clientRanks.length > 0 && { clientRanks: toClientRanks(method.clientRanks) }),
      }),
      // A federation follows none, and its form shows none.
      ...(method.recipe !== '' &&
        !federates && {
          recipe: method.recipe,
          recipeConfig: toConfig(method.recipeConfig, read.recipe(method.recipe)),
        }),
      ...(method.rank.length > 0 ? { rank: toRanks(method.rank) } : {}),
      ...(method.learningRate.length > 0 ? { learningRate: toNumbers(method.learningRate) } : {}),
      ...ownTrainingAxes(method),
      ...(method.from.trim() ? { from: method.from.trim() } : {}),
      ...(method.teacher.trim() ? { teacher: method.teacher.trim() } : {}),
    })),
    ...(values.rank.length > 0 ? { rank: toRanks(values.rank) } : {}),
    memoryBudgetMiB: values.memoryBudgetMiB.map(toNumber),
    ...(values.limits.length > 0 ? { limits: parseLimits(values.limits) } : {}),
    ...(values.learningRate.length > 0 ? { learningRate: toNumbers(values.learningRate) } : {}),
    ...(values.seed.length > 0 ? { seed: values.seed.map(toNumber) } : {}),
    training: {
      ...(withoutEmpty({
        ...training,
        ...ownTrainingAxes(training),
        steps: recovers || federates ? '' : training.steps,
      }) as CreateSweepInput['training']),
      ...(training.clipNorm === 0 && { clipNorm: null }),
    },
    ...toComparison(values),
    ...withoutEmpty({
      objective: values.objective,
      priority: values.priority,
      trialTimeoutSeconds: values.trialTimeoutSeconds,
      retries: values.retries,
    }),
    reuse: values.reuse,
    ...(values.skipLargerRanks ? { skipLargerRanks: true } : {}),
  };
}

function toConfig(
  config: Record<string, Axis>,
  read: ScalarReader,
): NonNullable<CreateSweepInput['methods'][number]['config']> {
  return Object.fromEntries(
    Object.entries(config).flatMap(([name, axis]) => {
      const values = axis.map((text) => read(name, text));
      const [first] = values;
      return first === undefined ? [] : [[name, values.length === 1 ? first : values]];
    }),
  );
}

function withoutEmpty<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], ''> } {
  const kept = Object.entries(fields).filter(
    ([, value]) => value !== '' && !(Array.isArray(value) && value.length === 0),
  );
  return Object.fromEntries(kept) as { [K in keyof T]?: Exclude<T[K], ''> };
}

const isRangePart = (name: string | undefined) => name === 'min' || name === 'max' || name === 'scale';

/**
 * The form field that a JSON pointer of a problem is about: list items belong to the field of their list.
 *
 * @example fieldOf('/methods/0/config/alpha/1') // 'methods.0.config.alpha'
 */
export function fieldOf(pointer: string): string {
  const parts = pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  // Limits are one field, whatever they are on.
  if (parts[0] === 'limits') return parts[0];
  // A scenario axis is one field, whatever of a value is wrong.
  if (parts[0] === 'federation' && parts[1] === 'adversaries') return 'federation.adversaries';
  const ranks = parts.indexOf('clientRanks');
  if (ranks >= 0) parts.length = ranks + 1;
  const last = parts.at(-1);
  // A range is one text.
  if (isRangePart(last) && ['rank', 'learningRate'].includes(parts.at(-2) ?? '')) parts.pop();
  if (parts.length > 1 && last !== undefined && /^\d+$/.test(last) && parts.at(-2) !== 'methods') parts.pop();
  return parts.join('.');
}
