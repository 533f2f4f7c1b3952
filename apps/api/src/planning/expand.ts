import {
  type ConfigPart,
  type CreateSweep,
  contenderOf,
  type EngineName,
  enginesOf,
  type Federation,
  type FieldError,
  type MethodAxis,
  type Range,
  type SweepAxis,
  type TrainingOptions,
  trainingAxisNames,
  usualOptimizer,
} from '@rankforge/contracts';
import { type Contender, isEvaluator, mayAskTraining } from '@rankforge/evaluators';
import type { Strategy } from '@rankforge/federated';
import type { Method, Optimizer, Recipe } from '@rankforge/peft';
import { importedName, ofMergedBase, type StartingAdapter } from '../adapters/starting-adapter.js';
import type { Catalog } from '../catalog/catalog.js';
import { replacedBase } from '../catalog/same-base.js';
import { unknownName } from '../catalog/unknown-name.js';
import { positionOn } from '../strategies/points.js';
import type { AxisName, Point, SearchAxis, SearchMethod } from '../strategies/strategy.js';
import type { PlannedTeacher } from './teachers.js';

/** The values of an axis that a method's record proposes, where no request says any. */
export const proposed = {
  learningRate: ({ learningRates }: Method): readonly number[] => learningRates,
} satisfies Partial<Record<SweepAxis, unknown>>;

/** A method of the request with its axes as lists. */
export interface MethodAxes {
  /** Index in the request's `methods`. */
  index: number;
  entry: MethodAxis;
  method: Contender;
  optimizer: Optimizer;
  /** How a federation aggregates. */
  strategy?: Strategy;
  /** The recipe that training follows around the method. */
  recipe?: Recipe;
  /** The scenario of a federation, where these are an axis of the sweep. */
  federation?: Federation;
  /** Where training starts from an adapter, whose configuration holds. */
  from?: StartingAdapter;
  /** The model that it learns from or is compared with. */
  teacher?: PlannedTeacher;
  /** Optimizer steps, where they are an axis of the sweep. */
  steps?: number;
  /** The engine; undefined unless the sweep compares several. */
  engine?: EngineName;
  /** Its values on the axes of the training, without usual ones. */
  training?: Partial<TrainingOptions>;
  /** The last one moves fastest where all configurations are gone through. */
  axes: readonly SearchAxis[];
}

/** Where a configuration stands on an axis. */
export interface AxisPlace {
  value: unknown;
  /** On the list of the axis; 0 for a value that is on no list. */
  position: number;
  axis: SearchAxis;
  /** The list of the axis; the value alone where it is not on it. */
  beside: readonly unknown[];
}

/** One configuration of a method, and its place on each axis. */
export interface AxisPoint {
  of: MethodAxes;
  places: ReadonlyMap<AxisName, AxisPlace>;
}

/**
 * Looks a method of the request up and lists its axes; undefined where `errors` say why.
 * @param of.own the method, where the request brings it
 */
export function methodAxes(
  index: number,
  request: CreateSweep,
  catalog: Catalog,
  { starts, own }: { starts: ReadonlyMap<string, StartingAdapter>; own: Method | undefined },
  errors: FieldError[],
): MethodAxes | undefined {
  const entry = request.methods[index]!;
  const at = (path: string) => `/methods/${index}/${path}`;
  const unknown = (path: string, ...named: Parameters<typeof unknownName>): FieldError => ({
    path: at(path),
    message: unknownName(...named),
  });
  const method = own ?? catalog.contender(entry.name);
  const optimizer = catalog.optimizer(entry.optimizer);
  if (!method) errors.push(unknown('name', 'method', entry.name, catalog.methodNames));
  if (!optimizer) errors.push(unknown('optimizer', 'optimizer', entry.optimizer, catalog.optimizerNames));
  const strategy = entry.strategy === undefined ? undefined : catalog.strategy(entry.strategy);
  if (entry.strategy !== undefined && !strategy) {
    errors.push(unknown('strategy', 'strategy', entry.strategy, catalog.strategyNames));
  }
  const recipe = entry.recipe === undefined ? undefined : catalog.recipe(entry.recipe);
  if (entry.recipe !== undefined && !recipe)
    errors.push(unknown('recipe', 'recipe', entry.recipe, catalog.recipeNames));
  if (entry.recipe === undefined && entry.recipeConfig) {
    errors.push({
      path: at('recipeConfig'),
      message: 'no recipe is named that it could configure: add one, or leave it out',
    });
  }
  if (!method || !optimizer) return undefined;
  if (isEvaluator(method)) return evaluatorAxes({ index, entry, method, optimizer }, errors);
  const usesRank = method.usesRank || optimizer.usesRank;
  if (entry.rank && !usesRank) {
    errors.push({ path: at('rank'), message: `neither ${method.name} nor ${optimizer.name} has a rank` });
  }
  for (const part of ['config', 'optimizerConfig'] as const) {
    if (!Object.hasOwn(entry[part], 'rank')) continue;
    errors.push({ path: at(`${part}/rank`), message: 'rank is an axis of its own: use "rank"' });
  }
  const from = entry.from === undefined ? undefined : startOf(index, request, starts, catalog, errors);
  // A field that the adapter leaves open is an axis like any other.
  const config = from ? { ...entry.config, ...from.config } : entry.config;
  const rank = usesRank ? (ownRank(from) ?? entry.rank ?? request.rank) : [null];
  // A fair protocol tunes over all that the method's record proposes.
  const rates = proposed.learningRate(method).slice(0, request.protocol ? undefined : 1);
  const learningRate = entry.learningRate ?? request.learningRate ?? rates;
  const axes: SearchAxis[] = [
    ...Object.entries(config)
      .filter(([key]) => from === undefined || key !== 'rank')
      .map(([key, value]): SearchAxis => {
        const values = from && key in from.config ? [value] : [value].flat();
        return { name: `config.${key}`, values };
      }),
    ...Object.entries(entry.optimizerConfig).map(
      ([key, value]): SearchAxis => ({ name: `optimizerConfig.${key}`, values: [value].flat() }),
    ),
    ...Object.entries(entry.strategyConfig ?? {}).map(
      ([key, value]): SearchAxis => ({ name: `strategyConfig.${key}`, values: [value].flat() }),
    ),
    ...Object.entries(entry.recipeConfig ?? {}).map(
      ([key, value]): SearchAxis => ({ name: `recipeConfig.${key}`, values: [value].flat() }),
    ),
    rank === 'max' ? { name: 'rank', values: [rank] } : axisOf('rank', rank, { whole: true }),
    axisOf('learningRate', learningRate, { whole: false }),
  ];
  const named = { ...(strategy && { strategy }), ...(recipe && { recipe }), ...(from && { from }) };
  return { index, entry, method, optimizer, ...named, axes };
}

/** Fields of an entry that say how something is trained. */
const ofTrainings = [
  'optimizerConfig',
  'strategy',
  'strategyConfig',
  'recipe',
  'recipeConfig',
  'rank',
  'learningRate',
  ...trainingAxisNames,
  'from',
  'teacher',
] as const;

/** An evaluator has the axes of its configuration alone; `errors` say what only trainings have. */
function evaluatorAxes(of: Omit<MethodAxes, 'axes'>, errors: FieldError[]): MethodAxes {
  const { index, entry, method } = of;
  const refuse = (field: string) =>
    errors.push({ path: `/methods/${index}/${field}`, message: `${method.name} trains nothing: leave it out` });
  if (entry.optimizer !== usualOptimizer) refuse('optimizer');
  for (const field of ofTrainings) {
    if (field === 'teacher' && mayAskTraining(method)) continue;
    if (JSON.stringify(entry[field] ?? {}) !== '{}') refuse(field);
  }
  const axes = Object.entries(entry.config).map(
    ([key, value]): SearchAxis => ({ name: `config.${key}`, values: [value].flat() }),
  );
  return {
    ...of,
    steps: 0,
    axes: [...axes, { name: 'rank', values: [null] }, { name: 'learningRate', values: [unread] }],
  };
}

/** The learning rate of a trial without steps, whose spec has one. */
const unread = 1;

function axisOf(name: AxisName, asked: Range | readonly unknown[], { whole }: { whole: boolean }): SearchAxis {
  if (isList(asked)) return { name, values: asked };
  return { name, values: [asked.min, asked.max], range: { ...asked, whole } };
}

const isList = (asked: Range | readonly unknown[]): asked is readonly unknown[] => Array.isArray(asked);

const ownRank = (from: StartingAdapter | undefined) =>
  typeof from?.config.rank === 'number' ? [from.config.rank] : undefined;

/** The adapter that a method of the request starts from; `errors` say what does not fit it. */
function startOf(
  index: number,
  { base, methods }: CreateSweep,
  starts: ReadonlyMap<string, StartingAdapter>,
  catalog: Catalog,
  errors: FieldError[],
): StartingAdapter | undefined {
  const { from, name, config, rank } = methods[index]!;
  const at = (path: string) => `/methods/${index}/${path}`;
  const adapter = starts.get(from!);
  if (!adapter) {
    errors.push({ path: at('from'), message: `unknown adapter ${from}; see GET /v1/adapters` });
    return undefined;
  }
  if (adapter.base !== base) errors.push({ path: at('from'), message: `${from} is of the base model ${adapter.base}` });
  const replaced = replacedBase(from!, adapter, catalog.base(adapter.base));
  if (replaced) errors.push({ path: at('from'), message: replaced });
  if (adapter.on) errors.push({ path: at('from'), message: ofMergedBase(from!) });
  const foreign = catalog.method(name)?.startsFrom;
  const fields = adapter.method === foreign?.method ? foreign.fields : undefined;
  if (adapter.method !== name && !fields) {
    errors.push({ path: at('name'), message: `${from} is of the method ${adapter.method}` });
  }
  const brought = Object.keys(config).find((key) => fields?.includes(key) ?? true);
  const given = brought !== undefined ? (fields ? `config/${brought}` : 'config') : rank ? 'rank' : undefined;
  if (given) errors.push({ path: at(given), message: `leave it out: ${from} brings its own` });
  if (!fields) return adapter;
  return { ...adapter, config: Object.fromEntries(fields.map((field) => [field, adapter.config[field]])) };
}

/** A configuration on the axes of its method. */
export function axisPoint({ method, values }: Point, methods: readonly MethodAxes[]): AxisPoint {
  const of = methods[method]!;
  const places = of.axes.map((axis): [AxisName, AxisPlace] => {
    const value = values[axis.name];
    const position = positionOn(axis, value);
    if (position === -1) return [axis.name, { value, position: 0, axis, beside: [value] }];
    return [axis.name, { value, position, axis, beside: axis.values }];
  });
  return { of, places: new Map(places) };
}

export const placeOn = ({ places }: AxisPoint, name: AxisName): AxisPlace => places.get(name)!;

/** The fields of a configuration that are axes. */
export function fieldsOn({ places }: AxisPoint, part: ConfigPart): Record<string, unknown> {
  const own = [...places].filter(([name]) => name.startsWith(`${part}.`));
  return Object.fromEntries(own.map(([name, { value }]) => [name.slice(part.length + 1), value]));
}

/** A method with one value of an axis only, the first. */
export function withFirstOf(of: MethodAxes, name: AxisName): MethodAxes {
  return {
    ...of,
    axes: of.axes.map((axis) => (axis.name === name ? { name, values: axis.values.slice(0, 1) } : axis)),
  };
}

/** Every method on each engine of the request, where these are several. An evaluator runs once, on the first. */
export function withEngines(methods: readonly MethodAxes[], request: CreateSweep): MethodAxes[] {
  const engines = enginesOf(request);
  if (engines.length === 1) return [...methods];
  return methods.flatMap((of) => (isEvaluator(of.method) ? of : engines.map((engine) => ({ ...of, engine }))));
}

/** The engine that a method trains on. */
export const engineOf = ({ engine }: Pick<MethodAxes, 'engine'>, request: CreateSweep): EngineName =>
  engine ?? enginesOf(request)[0];

/** The axes of a method as a strategy sees them. */
export const searchMethod = ({
  method,
  optimizer,
  strategy,
  recipe,
  from,
  engine,
  training,
  axes,
}: MethodAxes): SearchMethod => ({
  ...contenderOf({
    method: method.name,
    optimizer: optimizer.name,
    strategy: strategy?.name,
    recipe: recipe?.name,
    ...(from && importedName(from)),
    competingEngine: engine,
    training,
  }),
  axes,
});
