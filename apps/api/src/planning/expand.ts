import type { CreateSweep, FieldError, MethodAxis, Range } from '@rankforge/contracts';
import type { Method, Optimizer } from '@rankforge/peft';
import { ofMergedBase, type StartingAdapter } from '../adapters/starting-adapter.js';
import type { Catalog } from '../catalog/catalog.js';
import type { Point, SearchAxis, SearchMethod } from '../strategies/strategy.js';
import type { PlannedTeacher } from './teachers.js';

/** A method of the request with its axes as lists. */
export interface MethodAxes {
  /** Index in the request's `methods`. */
  index: number;
  entry: MethodAxis;
  method: Method;
  optimizer: Optimizer;
  /** Where training starts from an adapter, whose configuration holds. */
  from?: StartingAdapter;
  /** What it learns from or is compared with. */
  teacher?: PlannedTeacher;
  /** Optimizer steps, where they are an axis of the sweep. */
  steps?: number;
  configKeys: readonly string[];
  optimizerConfigKeys: readonly string[];
  /** Values of each axis, in the order: config, optimizer config, rank, learning rate. Of a range: its ends. */
  axes: readonly (readonly unknown[])[];
  ranges: { rank?: Range; learningRate?: Range };
}

/** One configuration of a method, and where on each axis it stands. */
export interface AxisPoint {
  of: MethodAxes;
  positions: readonly number[];
}

/** Looks a method of the request up and lists its axes; undefined where `errors` say why. */
export function methodAxes(
  index: number,
  request: CreateSweep,
  catalog: Catalog,
  starts: ReadonlyMap<string, StartingAdapter>,
  errors: FieldError[],
): MethodAxes | undefined {
  const entry = request.methods[index]!;
  const at = (path: string) => `/methods/${index}/${path}`;
  const method = catalog.method(entry.name);
  const optimizer = catalog.optimizer(entry.optimizer);
  if (!method) errors.push(unknownName(at('name'), 'method', catalog.methodNames));
  if (!optimizer) errors.push(unknownName(at('optimizer'), 'optimizer', catalog.optimizerNames));
  if (!method || !optimizer) return undefined;
  const usesRank = method.usesRank || optimizer.usesRank;
  if (entry.rank && !usesRank) {
    errors.push({ path: at('rank'), message: `neither ${method.name} nor ${optimizer.name} has a rank` });
  }
  for (const part of ['config', 'optimizerConfig'] as const) {
    if (!Object.hasOwn(entry[part], 'rank')) continue;
    errors.push({ path: at(`${part}/rank`), message: 'rank is an axis of its own: use "rank"' });
  }
  const from = entry.from === undefined ? undefined : startOf(index, request, starts, catalog, errors);
  // What the adapter leaves open is an axis like any other.
  const config = from ? { ...entry.config, ...from.config } : entry.config;
  const configKeys = Object.keys(config).filter((key) => from === undefined || key !== 'rank');
  const optimizerConfigKeys = Object.keys(entry.optimizerConfig);
  const rank = usesRank ? (ownRank(from) ?? entry.rank ?? request.rank) : [null];
  // A fair protocol tunes over all that the method's record proposes.
  const proposed = request.protocol ? [...method.learningRates] : [method.learningRates[0]!];
  const learningRate = entry.learningRate ?? request.learningRate ?? proposed;
  const axes = [
    ...configKeys.map((key) => (from && key in from.config ? [config[key]] : [config[key]].flat())),
    ...optimizerConfigKeys.map((key) => [entry.optimizerConfig[key]].flat()),
    rank === 'max' ? [rank] : isRange(rank) ? [rank.min, rank.max] : rank,
    isRange(learningRate) ? [learningRate.min, learningRate.max] : learningRate,
  ];
  return {
    index,
    entry,
    method,
    optimizer,
    ...(from && { from }),
    configKeys,
    optimizerConfigKeys,
    axes,
    ranges: {
      ...(isRange(rank) && { rank }),
      ...(isRange(learningRate) && { learningRate }),
    },
  };
}

const isRange = (axis: Range | readonly unknown[] | 'max'): axis is Range =>
  typeof axis === 'object' && !Array.isArray(axis);

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

/** A configuration on the axes of its method. A value that is on no list stands on an axis of its own. */
export function axisPoint({ method, values }: Point, methods: readonly MethodAxes[]): AxisPoint {
  const of = methods[method]!;
  const positions = values.map((value, axis) => of.axes[axis]!.indexOf(value));
  if (!positions.includes(-1)) return { of, positions };
  const axes = of.axes.map((axis, index) => (positions[index] === -1 ? [values[index]] : axis));
  return { of: { ...of, axes }, positions: positions.map((position) => Math.max(0, position)) };
}

/** The axes of a method as a strategy sees them. */
export function searchMethod(of: MethodAxes): SearchMethod {
  const { method, optimizer, configKeys, optimizerConfigKeys, axes, ranges } = of;
  const names: SearchAxis['name'][] = [
    ...configKeys.map((key) => `config.${key}` as const),
    ...optimizerConfigKeys.map((key) => `optimizerConfig.${key}` as const),
    'rank',
    'learningRate',
  ];
  return {
    method: method.name,
    optimizer: optimizer.name,
    axes: axes.map((values, index) => {
      const name = names[index]!;
      const range = name === 'rank' || name === 'learningRate' ? ranges[name] : undefined;
      return { name, values, ...(range && { range: { ...range, whole: name === 'rank' } }) };
    }),
  };
}

export function unknownName(path: string, kind: string, known: readonly string[]): FieldError {
  return { path, message: `unknown ${kind}; known: ${known.join(', ') || 'none'}` };
}
