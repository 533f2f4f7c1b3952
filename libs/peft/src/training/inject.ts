/**
 * @file Puts a method into a base model: targeting, first values, base parameters that are trained, merging.
 * All of it here and once; a method knows only one layer at a time.
 */
import type * as tfjs from '@tensorflow/tfjs-core';
import type { AttentionChoice } from '../engine/chunk.js';
import { lookup } from '../engine/fields.js';
import { linear, products } from '../engine/ops.js';
import { type BaseLayer, type LayerContext, type Method, placeOf, type WeightPart } from '../method.js';
import { type ApartOptions, apartOf } from '../models/apart.js';
import { linearLayers } from '../models/config.js';
import type { Followed } from '../recipes/recipe.js';
import type { ComputeDtype } from '../tensor/base-dtypes.js';
import { toDevice } from '../tensor/host.js';
import { tf } from '../tensor/tf.js';
import { allocateRanks } from './allocate.js';
import type { LayersMade } from './events.js';
import {
  atOnce,
  type FirstValueOptions,
  type FirstValues,
  firstValuesByLayer,
  headValue,
  type StoredTrial,
} from './first-values.js';
import { baseLayer, biasOf, layerContext, layerTensors, sequenceAccess } from './layers.js';
import { planTrial, type TrialPlan } from './plan.js';
import { replayed } from './replay.js';
import { TrialTensors } from './tensors.js';
import type { FixedEncoder, TrialModel } from './trial.js';

/** The trial that is put into a base. */
export interface InjectedTrial extends FirstValueOptions, ApartOptions {
  /** Names of the linear layers to adapt, see `layerNames`. */
  targets: readonly string[];
  /** Number of classes: adds a classification head. */
  classes?: number;
}

/** The plan of a trial, and the first values of its tensors. */
export interface Initialized {
  plan: TrialPlan;
  values: FirstValues;
}

export interface InjectOptions extends InjectedTrial {
  /** What `initializeByLayer` made of the same options. Default: it is made now. */
  initialized?: Initialized | undefined;
  /** How scores of attention are held. Default: as the length suggests. */
  attention?: AttentionChoice | undefined;
  /** Type of products with frozen kernels. Default: float32. */
  computeDtype?: ComputeDtype | undefined;
  /** Set where documents are encoded by the model before training. */
  fixed?: FixedEncoder | undefined;
  /** The recipe by which queries are asked. */
  asked?: Followed | undefined;
  /** An adapter that training starts from: what is called the model before training. Default: the first values. */
  reference?: StoredTrial | undefined;
}

/**
 * Plans a trial and makes its first values, with a pause after those of each layer.
 *
 * @throws Error as `inject`
 */
export function* initializeByLayer(options: InjectedTrial): Generator<LayersMade, Initialized> {
  const { base, method, stored } = options;
  const ranks = stored?.ranks ?? allocateRanks(options);
  const plan = planTrial({ ...options, model: base.config, ...(ranks ? { ranks } : {}) });
  requireEngine(plan, method);
  return { plan, values: yield* firstValuesByLayer(options, plan) };
}

/**
 * Makes the tensors of a trial.
 *
 * @throws Error naming the unknown target, the layer that the engine cannot compute, or the tensor that the method's init did not give as declared
 */
export function inject(options: InjectOptions): TrialModel {
  const { base, method, config, random, attention, computeDtype, fixed, asked } = options;
  const apart = apartOf(options);
  const { plan, values: initial } = options.initialized ?? atOnce(initializeByLayer(options));
  const tensors = new TrialTensors(base, plan, { initial, random });
  const reference = new Map<string, tfjs.Tensor>();
  const dispose = () => {
    tf.dispose([...reference.values()]);
    tensors.dispose();
  };
  try {
    for (const [path, tensor] of firstTrained(options, plan, initial)) reference.set(path, tensor);
  } catch (error) {
    dispose();
    throw error;
  }
  const merged = new Map<string, MergedLayer>();

  const targeted = new Map(plan.layers.map((layer) => [layer.path, layer]));
  const everyLayer = new Map(linearLayers(base.config).map((layer) => [layer.path, layer]));
  const tensor = (path: string) => tensors.get(path);
  const { ownRows } = plan;
  const rowOf = new Map(ownRows?.ids.map((id, row) => [id, row]));
  const tensorsOf = (path: string) => layerTensors(path, plan, tensor);

  const unmerge = () => {
    for (const { kernel, bias } of merged.values()) {
      kernel.dispose();
      bias?.dispose();
    }
    merged.clear();
  };

  const access: TrialModel['access'] = (pass) => ({
    tensor,
    attention,
    apart,
    ...(pass?.checkpointing === 'block' && { again: (x, run) => replayed(pass, x, run) }),
    ...(ownRows && { ownRows: { table: ownRows.table, rowOf, rows: () => tensor(ownRows.path) as tfjs.Tensor2D } }),
    sequence: method.sequence && sequenceAccess(method.sequence, base.config, { plan, config }, tensor),
    linear(path, x) {
      const layer = everyLayer.get(path)!;
      const fixed = merged.get(path);
      if (fixed) {
        return linear(x, fixed.kernel, fixed.bias ?? biasOf(layer, tensor));
      }
      const baseOf = baseLayer(layer, tensor, computeDtype);
      const own = targeted.get(path);
      return method.weight && own
        ? method.weight.forward(x, baseOf, layerContext(own, tensorsOf(path), pass))
        : baseOf.forward(x);
    },
    lookup(path, ids) {
      const rows = (table: tfjs.Tensor2D) => lookup(table, ids);
      const fixed = merged.get(path);
      if (fixed) return rows(fixed.kernel);
      const baseOf = baseLayer(everyLayer.get(path)!, tensor);
      const own = targeted.get(path);
      return method.weight?.lookup && own
        ? method.weight.lookup(rows, baseOf, layerContext(own, tensorsOf(path), pass))
        : rows(baseOf.kernel);
    },
  });

  return {
    plan,
    layers: plan.layers,
    info: plan.info,
    fixed,
    asked,
    trained: () => tensors.select(true),
    frozen: () => tensors.select(false),
    first: () => (method.calibration && method.init?.kernelFrom ? initial.adapters : new Map()),
    layerTensors: tensorsOf,
    replace: (path, next) => tensors.replace(path, next),
    load: (stored) => tensors.load(stored),
    access,
    reference: () => reference,
    beforeTraining(run) {
      if (reference.size === 0) {
        throw new Error(`This trial of ${method.name} does not keep its first values: nothing is compared with them`);
      }
      return tensors.during(reference, () => run(access()));
    },
    original() {
      const part = method.featurePenalty;
      if (part === undefined)
        throw new Error(`${method.name} has no penalty on features: it keeps no original kernels`);
      const kernelOf = (path: string) => (targeted.has(path) ? part.original(tensorsOf(path)) : undefined);
      return {
        tensor,
        attention,
        apart,
        linear(path, x) {
          const layer = everyLayer.get(path)!;
          const kernel = kernelOf(path);
          return kernel ? linear(x, kernel, biasOf(layer, tensor)) : baseLayer(layer, tensor, computeDtype).forward(x);
        },
        lookup: (path, ids) => lookup(kernelOf(path) ?? baseLayer(everyLayer.get(path)!, tensor).kernel, ids),
      };
    },
    penalty: () =>
      method.penalty?.penalty(
        plan.layers.map(({ path }) => tensorsOf(path)),
        config,
        products,
      ),
    merge() {
      const reason = unmergeable(method, config);
      if (reason !== undefined) throw new Error(`${method.name} cannot be merged: ${reason}`);
      if (method.weight === undefined || merged.size > 0) return;
      for (const layer of plan.layers) {
        merged.set(
          layer.path,
          mergedLayer(method.weight, baseLayer(layer, tensor), layerContext(layer, tensorsOf(layer.path))),
        );
      }
    },
    unmerge,
    dispose() {
      unmerge();
      dispose();
    },
  };
}

/** First values of what is trained, on the device, where something is compared with the model before training. */
function* firstTrained(
  { base, method, random, fixed, reference: start }: InjectOptions,
  plan: TrialPlan,
  initial: FirstValues,
): Generator<[path: string, tensor: tfjs.Tensor]> {
  const isKept = fixed !== undefined || method.outputPenalty?.against.includes('reference');
  for (const { path, role, shape } of isKept ? plan.info : []) {
    const first = start?.tensors.get(path) ?? initial.adapters.get(path) ?? initial.kernels.get(path);
    const ofHead = () => (role === 'head' ? toDevice(headValue(path, shape, random)) : base.copy(path));
    yield [path, first ? toDevice(first) : ofHead()];
  }
}

/** Why no weights of the base's shape hold what a method makes of it, for people; undefined where some do. */
export function unmergeable({ sequence, weight }: Method, config: unknown): string | undefined {
  if (sequence) return `it stands ${placeOf(sequence)} and is in no weight`;
  return weight?.unmergeable?.(config);
}

/** A layer as merging stores it; the caller disposes it. */
export interface MergedLayer {
  kernel: tfjs.Tensor2D;
  bias: tfjs.Tensor1D | undefined;
}

export function mergedLayer(weight: WeightPart<unknown>, base: BaseLayer, context: LayerContext<unknown>): MergedLayer {
  return tf.tidy(() => {
    const [kernel, bias] = [weight.kernel(base, context).clone(), weight.bias?.(base, context)?.clone()];
    return { kernel: tf.keep(kernel), bias: bias && tf.keep(bias) };
  });
}

/** @throws Error naming the layer on which the engine cannot compute the method, and why */
function requireEngine({ layers }: TrialPlan, method: Method): void {
  for (const { path, shape, config } of layers) {
    const reason = method.beyondEngine?.(shape, config);
    if (reason !== undefined) throw new Error(`config.${reason} (${method.name} on ${path})`);
  }
}
