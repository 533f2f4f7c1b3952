/** @file The form's values, and the request they stand for. Fields have the names and places they have in the request. */
import type { CreateSweep, CreateSweepInput, EngineName, MethodAxis, TrainingOptions } from '@rankforge/contracts';

/** An axis: each text is one value; none means the default. */
type Axis = string[];

export interface MethodValues {
  /** Identity in the list; not sent. */
  key: string;
  name: string;
  optimizer: string;
  rank: Axis;
  learningRate: Axis;
  config: Record<string, Axis>;
  optimizerConfig: Record<string, Axis>;
}

type Schedule = TrainingOptions['schedule'];

/** Numbers are '' while the field is empty: the task's default then holds. */
export interface TrainingValues {
  steps: number | '';
  batchSize: number | '';
  sequenceLength: number | '';
  accumulate: number | '';
  schedule: Schedule | '';
  warmupSteps: number | '';
  clipNorm: number | '';
  dropout: number | '';
  evalEvery: number | '';
  checkpointEvery: number | '';
  normEvery: number | '';
  targets: string[];
}

export interface SweepValues {
  name: string;
  task: string;
  base: string;
  engine: EngineName;
  methods: MethodValues[];
  rank: Axis;
  memoryBudgetMiB: Axis;
  learningRate: Axis;
  seed: Axis;
  training: TrainingValues;
  search: { kind: 'grid' | 'random'; trials: number | ''; seed: number | '' };
  priority: number | '';
  trialTimeoutSeconds: number | '';
  retries: number | '';
  reuse: boolean;
}

let lastKey = 0;

export function newMethod(name: string): MethodValues {
  lastKey += 1;
  return {
    key: `method-${lastKey}`,
    name,
    optimizer: 'adamw',
    rank: [],
    learningRate: [],
    config: {},
    optimizerConfig: {},
  };
}

const emptyTraining: TrainingValues = {
  steps: '',
  batchSize: '',
  sequenceLength: '',
  accumulate: '',
  schedule: '',
  warmupSteps: '',
  clipNorm: '',
  dropout: '',
  evalEvery: '',
  checkpointEvery: '',
  normEvery: '',
  targets: [],
};

export function emptySweep(start: { task: string; base: string; method: string | undefined }): SweepValues {
  return {
    name: '',
    task: start.task,
    base: start.base,
    engine: 'wasm',
    methods: start.method ? [newMethod(start.method)] : [],
    rank: ['4', '8'],
    memoryBudgetMiB: ['512'],
    learningRate: [],
    seed: ['0', '1', '2'],
    training: emptyTraining,
    search: { kind: 'grid', trials: 20, seed: 0 },
    priority: 50,
    trialTimeoutSeconds: 3600,
    retries: 2,
    reuse: true,
  };
}

/** The values that stand for the request of an earlier sweep. */
export function fromSpec(spec: CreateSweep): SweepValues {
  const { search } = spec;
  return {
    ...spec,
    name: `${spec.name} (copy)`,
    methods: spec.methods.map((method) => ({
      ...newMethod(method.name),
      optimizer: method.optimizer,
      rank: texts(method.rank),
      learningRate: texts(method.learningRate),
      config: axesOf(method.config),
      optimizerConfig: axesOf(method.optimizerConfig),
    })),
    rank: texts(spec.rank),
    memoryBudgetMiB: texts(spec.memoryBudgetMiB),
    learningRate: texts(spec.learningRate),
    seed: texts(spec.seed),
    training: { ...emptyTraining, ...spec.training },
    search:
      search.kind === 'random'
        ? { kind: 'random', trials: search.trials, seed: search.seed }
        : { kind: 'grid', trials: 20, seed: 0 },
  };
}

function texts(values: readonly (string | number | boolean)[] | undefined): Axis {
  return (values ?? []).map(String);
}

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
  read: { method: (name: string) => ScalarReader; optimizer: (name: string) => ScalarReader },
): CreateSweepInput {
  const { search, training } = values;
  return {
    name: values.name,
    task: values.task,
    base: values.base,
    engine: values.engine,
    methods: values.methods.map((method) => ({
      name: method.name,
      optimizer: method.optimizer,
      config: toConfig(method.config, read.method(method.name)),
      optimizerConfig: toConfig(method.optimizerConfig, read.optimizer(method.optimizer)),
      ...(method.rank.length > 0 ? { rank: method.rank.map(toNumber) } : {}),
      ...(method.learningRate.length > 0 ? { learningRate: method.learningRate.map(toNumber) } : {}),
    })),
    ...(values.rank.length > 0 ? { rank: values.rank.map(toNumber) } : {}),
    memoryBudgetMiB: values.memoryBudgetMiB.map(toNumber),
    ...(values.learningRate.length > 0 ? { learningRate: values.learningRate.map(toNumber) } : {}),
    ...(values.seed.length > 0 ? { seed: values.seed.map(toNumber) } : {}),
    training: withoutEmpty(training),
    search:
      search.kind === 'random'
        ? { kind: 'random', trials: Number(search.trials), ...(search.seed === '' ? {} : { seed: search.seed }) }
        : { kind: 'grid' },
    ...withoutEmpty({
      priority: values.priority,
      trialTimeoutSeconds: values.trialTimeoutSeconds,
      retries: values.retries,
    }),
    reuse: values.reuse,
  };
}

function toNumber(text: string): number {
  return text.trim() === '' ? Number.NaN : Number(text);
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
  const last = parts.at(-1);
  if (parts.length > 1 && last !== undefined && /^\d+$/.test(last) && parts.at(-2) !== 'methods') parts.pop();
  return parts.join('.');
}
