/** @file First values of a trial's tensors on the host, and the kernels that an init replaces. */
import type { Matrix } from 'ml-matrix';
import type { HostTensor, InitPart, LayerCalibration, LayerGroup, Method } from '../method.js';
import type { LoadedBase } from '../models/base.js';
import { architectureOf, baseParameters } from '../models/config.js';
import { sequenceShape } from '../models/sequence.js';
import { hostTensor } from '../parts/init/host.js';
import type { Random } from '../tensor/random.js';
import type { LayersMade } from './events.js';
import { groupOf, type PlannedLayer, type TrialPlan } from './plan.js';

/** The parts of a trial that a file holds; from it the trial is put together again without the data it was calibrated on. */
export interface StoredTrial {
  /** Trained tensors and frozen adapter tensors, by path. */
  tensors: ReadonlyMap<string, HostTensor>;
  /** First values that a replaced kernel follows from, by path; see `InitPart.kernelFrom`. */
  first: ReadonlyMap<string, HostTensor>;
  /** Rank of each targeted layer by path, where ranks were allocated. */
  ranks?: Readonly<Record<string, number>> | undefined;
  /** Values before training of what is trained, by path, where they are still asked for; else none. */
  before?: ReadonlyMap<string, HostTensor> | undefined;
}

/** The input that first values are made from. */
export interface FirstValueOptions {
  base: LoadedBase;
  method: Method;
  /** The method's configuration, parsed by its schema. */
  config: unknown;
  /** Stream of the trial; first values come from forks of it. */
  random: Random;
  /** By layer path, for methods that ask for a calibration. */
  calibration?: ReadonlyMap<string, LayerCalibration> | undefined;
  /**
   * A trial that was stored: first values and ranks that a calibration led to are taken from it. Its other values are not
   * put in: see `load`.
   */
  stored?: StoredTrial | undefined;
}

export interface FirstValues {
  /** Values of every adapter tensor, by path. */
  adapters: Map<string, HostTensor>;
  /** Kernels in place of the base's, by path. */
  kernels: Map<string, HostTensor>;
}

/**
 * First values as the method's init makes them. Those of a stored trial whose init asked for a calibration are taken
 * from the file: the calibration is not repeated.
 *
 * @throws Error naming the tensor that was not made as it is declared
 */
export function firstValues(options: FirstValueOptions, plan: TrialPlan): FirstValues {
  return atOnce(firstValuesByLayer(options, plan));
}

/** Runs work that pauses to its end at once, and returns what it makes. */
export function atOnce<T>(making: Generator<unknown, T>): T {
  for (;;) {
    const { done, value } = making.next();
    if (done) return value;
  }
}

/** The same, with a pause after each layer: an init that decomposes kernels may take minutes for all of them. */
export function* firstValuesByLayer(options: FirstValueOptions, plan: TrialPlan): Generator<LayersMade, FirstValues> {
  const { method, stored } = options;
  const values: FirstValues = { adapters: new Map(), kernels: new Map() };
  if (method.init !== undefined) {
    if (stored && method.calibration) yield* takeStored(stored, method.init, { options, plan, values });
    else yield* makeValues(method.init, { options, plan, values });
  }
  for (const [name, value] of Object.entries(sequenceValues(options))) values.adapters.set(`sequence.${name}`, value);
  if (plan.ownRows)
    values.adapters.set(plan.ownRows.path, rowsOf(options.base.host(plan.ownRows.table), plan.ownRows.ids));
  requireDeclared(method.name, plan, values.adapters);
  return values;
}

interface Making {
  options: FirstValueOptions;
  plan: TrialPlan;
  values: FirstValues;
}

interface MakingLayer extends Pick<FirstValueOptions, 'base' | 'random'> {
  layers: readonly PlannedLayer[];
  index: number;
  /** By name. Default: each layer is alone. */
  groups?: ReadonlyMap<string, LayerGroup>;
  calibration: LayerCalibration | undefined;
}

/** Makes the values that the init has for one of the layers. */
export function layerValues(init: InitPart<unknown>, making: MakingLayer) {
  const { base, random, layers, index, groups, calibration } = making;
  const { path, shape, config } = layers[index]!;
  const group = groups?.get(groupOf(shape));
  return init.layer({
    shape,
    get kernel() {
      return base.kernel(`${path}.kernel`);
    },
    ...(shape.bias && { bias: base.host(`${path}.bias`).values }),
    config,
    random: random.fork(`init/${path}`),
    layers: layers.map(({ shape }) => shape),
    index,
    ...(group && { group }),
    ...(calibration ? { calibration } : {}),
  });
}

function groupsOf({ base }: FirstValueOptions, { layers }: TrialPlan): Map<string, LayerGroup> {
  const kernels = (name: string): Iterable<Matrix> => ({
    *[Symbol.iterator]() {
      for (const { path, shape } of layers) if (groupOf(shape) === name) yield base.kernel(`${path}.kernel`);
    },
  });
  const names = new Set(layers.map(({ shape }) => groupOf(shape)));
  return new Map([...names].map((name) => [name, { kernels: kernels(name) }]));
}

function* makeValues(init: InitPart<unknown>, { options, plan, values }: Making): Generator<LayersMade, void> {
  const { config, random, calibration } = options;
  const layers = plan.layers.map(({ shape }) => shape);
  const groups = groupsOf(options, plan);
  const grouped = plan.adapters.filter(({ scope }) => scope === 'group');
  for (const [index, { path }] of plan.layers.entries()) {
    const making = { ...options, layers: plan.layers, index, groups, calibration: calibration?.get(path) };
    const made = layerValues(init, making);
    for (const [name, value] of Object.entries(made.tensors)) {
      const shared = grouped.find((adapter) => adapter.name === name && adapter.users.includes(path));
      if (shared === undefined) values.adapters.set(`${path}.${name}`, value);
      else if (shared.users[0] === path) values.adapters.set(shared.path, value);
    }
    if (made.kernel) values.kernels.set(`${path}.kernel`, hostTensor(made.kernel));
    yield { layers: index + 1, of: plan.layers.length };
  }
  const shared = init.model?.({ layers, config, random: random.fork('init/shared') }) ?? {};
  for (const [name, value] of Object.entries(shared)) values.adapters.set(`shared.${name}`, value);
}

function* takeStored(
  stored: StoredTrial,
  init: InitPart<unknown>,
  { options, plan, values }: Making,
): Generator<LayersMade, void> {
  const source = init.kernelFrom ? stored.first : stored.tensors;
  for (const { path } of plan.adapters) {
    const value = source.get(path);
    if (value === undefined) {
      throw new Error(`Stored ${init.kernelFrom ? 'first values' : 'tensors'} of ${options.method.name} lack ${path}`);
    }
    values.adapters.set(path, value);
  }
  if (init.kernelFrom === undefined) return;
  for (const [index, { path, config }] of plan.layers.entries()) {
    const own = plan.adapters.filter((adapter) => adapter.layer === path);
    const first = Object.fromEntries(own.map(({ name, path }) => [name, values.adapters.get(path)!]));
    const kernel = init.kernelFrom({ kernel: options.base.kernel(`${path}.kernel`), first, config });
    values.kernels.set(`${path}.kernel`, hostTensor(kernel));
    yield { layers: index + 1, of: plan.layers.length };
  }
}

function sequenceValues({ base, method, config, random }: FirstValueOptions): Record<string, HostTensor> {
  const tokens = baseParameters(base.config).find(({ kind }) => kind === 'embedding')!;
  return (
    method.sequence?.init({
      model: sequenceShape(base.config),
      config,
      random: random.fork('init/sequence'),
      embeddings: base.host(tokens.path),
      embeddingScale: architectureOf(base.config).embeddingScale?.(base.config) ?? 1,
    }) ?? {}
  );
}

function rowsOf({ shape: [, width], values }: HostTensor, ids: readonly number[]): HostTensor {
  const rows = new Float32Array(ids.length * width!);
  for (const [row, id] of ids.entries()) rows.set(values.subarray(id * width!, (id + 1) * width!), row * width!);
  return { shape: [ids.length, width!], values: rows };
}

function requireDeclared(method: string, plan: TrialPlan, adapters: ReadonlyMap<string, HostTensor>): void {
  for (const { path, shape } of plan.adapters) {
    const made = adapters.get(path)?.shape;
    if (made?.join() !== shape.join()) {
      throw new Error(`Method ${method} declares ${path} as [${shape}], its init made ${made ? `[${made}]` : 'none'}`);
    }
  }
  const extra = [...adapters.keys()].find((path) => !plan.adapters.some((adapter) => adapter.path === path));
  if (extra !== undefined) {
    throw new Error(`Method ${method} made ${extra}, which it does not declare`);
  }
}

/** Head kernels start as normals of deviation 0.02, biases at 0. */
export function headValue(path: string, shape: number[], random: Random): HostTensor {
  const size = shape.reduce((product, dimension) => product * dimension, 1);
  const stream = random.fork(`init/${path}`);
  return { shape, values: Float32Array.from({ length: size }, () => (shape.length > 1 ? 0.02 * stream.normal() : 0)) };
}
