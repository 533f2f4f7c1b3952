import type { CreateSweep, FieldError, MethodAxis } from '@rankforge/contracts';
import type { Method, Optimizer } from '@rankforge/peft';
import type { StartingAdapter } from '../adapters/imported.service.js';
import type { Catalog } from '../catalog/catalog.js';
import { pointAt, productSize } from './product.js';

/** A method of the request with its axes as lists. */
export interface MethodAxes {
  /** Index in the request's `methods`. */
  index: number;
  entry: MethodAxis;
  method: Method;
  optimizer: Optimizer;
  /** Where training starts from an adapter, whose configuration holds. */
  from?: StartingAdapter;
  configKeys: readonly string[];
  optimizerConfigKeys: readonly string[];
  /** Values of each axis, in the order: config, optimizer config, rank, learning rate. */
  axes: readonly (readonly unknown[])[];
  /** Number of configurations. */
  size: bigint;
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
  const from = entry.from === undefined ? undefined : startOf(index, request, starts, errors);
  const config = from ? from.config : entry.config;
  const configKeys = Object.keys(config).filter((key) => from === undefined || key !== 'rank');
  const optimizerConfigKeys = Object.keys(entry.optimizerConfig);
  const axes = [
    ...configKeys.map((key) => (from ? [config[key]] : [config[key]].flat())),
    ...optimizerConfigKeys.map((key) => [entry.optimizerConfig[key]].flat()),
    usesRank ? (ownRank(from) ?? entry.rank ?? request.rank) : [null],
    entry.learningRate ?? request.learningRate ?? [method.learningRates[0]],
  ];
  const size = productSize(axes.map(({ length }) => length));
  return {
    index,
    entry,
    method,
    optimizer,
    ...(from && { from }),
    configKeys,
    optimizerConfigKeys,
    axes,
    size,
  };
}

const ownRank = (from: StartingAdapter | undefined) =>
  typeof from?.config.rank === 'number' ? [from.config.rank] : undefined;

/** The adapter that a method of the request starts from; `errors` say what does not fit it. */
function startOf(
  index: number,
  { base, methods }: CreateSweep,
  starts: ReadonlyMap<string, StartingAdapter>,
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
  if (adapter.method !== name) errors.push({ path: at('name'), message: `${from} is of the method ${adapter.method}` });
  const given = Object.keys(config).length > 0 ? 'config' : rank ? 'rank' : undefined;
  if (given) errors.push({ path: at(given), message: `leave it out: ${from} brings its own` });
  return adapter;
}

/** The configuration at an index that counts through the methods one after another. */
export function locate(index: bigint, methods: readonly MethodAxes[]): AxisPoint {
  let rest = index;
  let at = 0;
  while (rest >= methods[at]!.size) {
    rest -= methods[at]!.size;
    at += 1;
  }
  const of = methods[at]!;
  const lengths = of.axes.map(({ length }) => length);
  return { of, positions: pointAt(rest, lengths) };
}

export function unknownName(path: string, kind: string, known: readonly string[]): FieldError {
  return { path, message: `unknown ${kind}; known: ${known.join(', ') || 'none'}` };
}
