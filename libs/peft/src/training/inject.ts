/**
 * @file Puts a method into a base model: targeting, first values, dropout, base parameters that are trained, merging.
 * All of it here and once; a method knows only one layer at a time.
 */
import type * as tfjs from '@tensorflow/tfjs-core';
import { linear, matMul } from '../engine/ops.js';
import type {
  BaseLayer,
  HostTensor,
  LayerCalibration,
  LayerContext,
  Method,
  ParameterInfo,
  ParameterMap,
  RankLayer,
  SequencePart,
  Streams,
  Tensors,
} from '../method.js';
import type { LinearLayer } from '../models/architecture.js';
import type { LoadedBase } from '../models/base.js';
import { linearLayers, type ModelConfig } from '../models/config.js';
import type { ModelAccess } from '../models/forward.js';
import { type SequenceAccess, sequenceShape } from '../models/sequence.js';
import { toDevice } from '../tensor/host.js';
import type { Random } from '../tensor/random.js';
import { tf } from '../tensor/tf.js';
import { allocateRanks } from './allocate.js';
import { firstValues, headValue, type StoredTrial } from './first-values.js';
import type { Observations } from './observations.js';
import { planTrial, type TrialPlan } from './plan.js';

export interface InjectOptions {
  base: LoadedBase;
  method: Method;
  /** The method's configuration, parsed by its schema. */
  config: unknown;
  /** Names of the linear layers to adapt, see `layerNames`. */
  targets: readonly string[];
  /** Number of classes: adds a classification head. */
  classes?: number;
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

/** What the forward passes of one training step draw from. */
export interface TrainingPass {
  /** The probability of dropping, and the stream that masks are read from, one after another. */
  dropout: { probability: number; random: Random };
  /** See `LayerContext.random`. */
  random: Streams;
  /** Where results of backward passes go. Absent: nobody asks for them. */
  observations?: Observations;
}

/**
 * A base model with a method in it: the tensors of one trial on the device.
 * Paths: adapter tensors `<layer path>.<name>`, those of model scope `shared.<name>`, base parameters as in the base.
 */
export interface TrialModel {
  readonly plan: TrialPlan;
  /** Targeted layers, in model order. */
  readonly layers: readonly RankLayer[];
  /** What the optimizer may know, in model order. */
  readonly info: readonly ParameterInfo[];
  /** Trained tensors by path, in the order of `info`. */
  trained(): ParameterMap;
  /** Frozen adapter tensors by path. */
  frozen(): ParameterMap;
  /** Puts a new value in place of a trained or scheduled tensor; the old one is disposed. */
  replace(path: string, tensor: tfjs.Tensor): void;
  /**
   * Puts stored values in place of all trained tensors and frozen adapter tensors.
   *
   * @throws Error naming the tensor that is missing, unknown, or of another shape
   */
  load(tensors: ReadonlyMap<string, HostTensor>): void;
  /** First values that a replaced kernel follows from, by path: stored with a trial that was calibrated. */
  first(): ReadonlyMap<string, HostTensor>;
  /** Adapter tensors of one targeted layer by their own names, those of model scope included. */
  layerTensors(path: string): Tensors;
  /** First values of what is trained, by path, where the method has a penalty that compares outputs; else none. */
  reference(): ParameterMap;
  /**
   * Runs a forward pass in evaluation on the model as it was before training.
   *
   * @throws Error where there is no `reference`
   */
  beforeTraining<T>(run: (access: ModelAccess) => T): T;
  /** How a forward pass reaches this trial's parameters: in training by `pass`, otherwise in evaluation. */
  access(pass?: TrainingPass): ModelAccess;
  /** The method's penalty on its current tensors. */
  penalty(): tfjs.Scalar | undefined;
  /**
   * Puts the effective kernels and biases in place of adapters; training is not possible until `unmerge`.
   *
   * @throws Error if the method has a sequence part, which no weight can hold
   */
  merge(): void;
  /** Takes merged kernels out again: adapters and base are as before, to the bit. */
  unmerge(): void;
  /** Frees every tensor of the trial; the base's shared tensors stay for the next one. */
  dispose(): void;
}

/**
 * Makes the tensors of a trial.
 *
 * @throws Error naming the unknown target, or the tensor that the method's init did not give as declared
 */
export function inject(options: InjectOptions): TrialModel {
  const { base, method, config, random } = options;
  const ranks = options.stored?.ranks ?? allocateRanks(options);
  const plan = planTrial({ ...options, model: base.config, ...(ranks ? { ranks } : {}) });
  const own = new Map<string, tfjs.Tensor>();
  let merged: Map<string, { kernel: tfjs.Tensor2D; bias: tfjs.Tensor1D | undefined }> | undefined;

  const initial = firstValues(options, plan);
  for (const { path } of plan.adapters) {
    own.set(path, toDevice(initial.adapters.get(path)!));
  }
  for (const [path, value] of initial.kernels) {
    base.evict(path);
    own.set(path, toDevice(value));
  }
  for (const { path, kind, shape } of plan.trainedBase) {
    if (!own.has(path)) {
      base.evict(path);
      own.set(path, kind === 'head' ? toDevice(headValue(path, shape, random)) : base.copy(path));
    }
  }
  const shared = new Map(
    plan.base.filter(({ path }) => !own.has(path)).map(({ path }) => [path, base.acquire(path)] as const),
  );

  const reference = new Map<string, tfjs.Tensor>();
  for (const { path, role, shape } of method.outputPenalty ? plan.info : []) {
    const first = initial.adapters.get(path) ?? initial.kernels.get(path);
    const ofHead = () => (role === 'head' ? toDevice(headValue(path, shape, random)) : base.copy(path));
    reference.set(path, first ? toDevice(first) : ofHead());
  }

  const tensor = (path: string): tfjs.Tensor => {
    const found = own.get(path) ?? shared.get(path);
    if (found === undefined) {
      throw new Error(`This trial has no tensor ${path}`);
    }
    return found;
  };
  const select = (trained: boolean) =>
    new Map(
      [...plan.adapters.filter((adapter) => adapter.trained === trained), ...(trained ? plan.trainedBase : [])].map(
        ({ path }) => [path, tensor(path)],
      ),
    );
  const targeted = new Map(plan.layers.map((layer) => [layer.path, layer]));
  const layerTensors = (path: string): Tensors =>
    Object.fromEntries(
      plan.adapters
        .filter(({ layer }) => layer === path || layer === undefined)
        .map(({ name, path }) => [name, tensor(path)]),
    );
  const biasOf = (path: string, present: boolean) => (present ? (tensor(`${path}.bias`) as tfjs.Tensor1D) : undefined);
  const baseLayer = ({ path, shape }: LinearLayer): BaseLayer => {
    const kernel = tensor(`${path}.kernel`) as tfjs.Tensor2D;
    const bias = biasOf(path, shape.bias);
    return { shape, kernel, ...(bias ? { bias } : {}), forward: (x) => linear(x, kernel, bias) };
  };
  const context = (path: string, pass?: TrainingPass): LayerContext<unknown> => ({
    path,
    config: targeted.get(path)!.config,
    products: { matMul },
    tensors: layerTensors(path),
    dropout: (x) => (pass && pass.dropout.probability > 0 ? drop(x, pass.dropout) : x),
    ...(pass && { random: pass.random }),
    ...(pass?.observations && observing(path, pass.observations)),
  });
  const replaceable = new Set([
    ...plan.info.map(({ path }) => path),
    ...plan.adapters.filter(({ scheduled }) => scheduled).map(({ path }) => path),
  ]);
  const everyLayer = new Map(linearLayers(base.config).map((layer) => [layer.path, layer]));

  const unmerge = () => {
    for (const { kernel, bias } of merged?.values() ?? []) {
      kernel.dispose();
      bias?.dispose();
    }
    merged = undefined;
  };

  const access: TrialModel['access'] = (pass) => ({
    tensor,
    sequence: method.sequence && sequenceAccess(method.sequence, base.config, { plan, config, tensor }),
    linear(path, x) {
      const layer = everyLayer.get(path)!;
      const fixed = merged?.get(path);
      if (fixed) {
        return linear(x, fixed.kernel, fixed.bias ?? biasOf(path, layer.shape.bias));
      }
      const baseOf = baseLayer(layer);
      return method.weight && targeted.has(path)
        ? method.weight.forward(x, baseOf, context(path, pass))
        : baseOf.forward(x);
    },
  });

  return {
    plan,
    layers: plan.layers,
    info: plan.info,
    trained: () => select(true),
    frozen: () => select(false),
    first: () => (method.calibration && method.init?.kernelFrom ? initial.adapters : new Map()),
    layerTensors,
    replace(path, next) {
      const previous = own.get(path);
      if (previous === undefined || !replaceable.has(path)) {
        throw new Error(`${path} is neither a trained nor a scheduled tensor of this trial`);
      }
      if (next.shape.join() !== previous.shape.join()) {
        throw new Error(`${path} is [${previous.shape}], its next value has the shape [${next.shape}]`);
      }
      own.set(path, tf.keep(next));
      previous.dispose();
    },
    load(tensors) {
      const expected = new Map([...select(true), ...select(false)]);
      requireSame(tensors, expected);
      for (const [path, value] of tensors) {
        own.set(path, toDevice(value));
        expected.get(path)!.dispose();
      }
    },
    access,
    reference: () => reference,
    beforeTraining(run) {
      if (reference.size === 0) {
        throw new Error(`${method.name} has no penalty on outputs: this trial does not keep its first values`);
      }
      const now = select(true);
      for (const [path, first] of reference) own.set(path, first);
      try {
        return run(access());
      } finally {
        for (const [path, current] of now) own.set(path, current);
      }
    },
    penalty: () =>
      method.penalty?.penalty(
        plan.layers.map(({ path }) => layerTensors(path)),
        config,
        { matMul },
      ),
    merge() {
      if (method.sequence) {
        throw new Error(`${method.name} stands before the tokens and is in no weight: it cannot be merged`);
      }
      const weight = method.weight;
      if (weight === undefined || merged !== undefined) {
        return;
      }
      merged = new Map(
        plan.layers.map((layer) => {
          const baseOf = baseLayer(layer);
          const kernel = tf.keep(tf.tidy(() => weight.kernel(baseOf, context(layer.path)).clone()));
          const bias = tf.tidy(() => weight.bias?.(baseOf, context(layer.path))?.clone());
          return [layer.path, { kernel, bias: bias && tf.keep(bias) }];
        }),
      );
    },
    unmerge,
    dispose() {
      unmerge();
      for (const owned of [...own.values(), ...reference.values()]) {
        owned.dispose();
      }
      own.clear();
      for (const path of shared.keys()) {
        base.release(path);
      }
      shared.clear();
    },
  };
}

/** The sequence part's view of a trial's tensors. */
function sequenceAccess(
  part: SequencePart<unknown>,
  model: ModelConfig,
  { plan, config, tensor }: { plan: TrialPlan; config: unknown; tensor(path: string): tfjs.Tensor },
): SequenceAccess {
  const own = plan.adapters.filter(({ path }) => path.startsWith('sequence.'));
  const context = () => ({
    model: sequenceShape(model),
    config,
    products: { matMul },
    tensors: Object.fromEntries(own.map(({ name, path }) => [name, tensor(path)])),
  });
  const { embeddings, prefix } = part;
  return {
    length: part.length(config),
    ...(embeddings && { embeddings: () => embeddings(context()) }),
    ...(prefix && { prefix: (attention: string) => prefix(attention, context()) }),
  };
}

function requireSame(given: ReadonlyMap<string, HostTensor>, expected: ParameterMap): void {
  const missing = [...expected.keys()].find((path) => !given.has(path));
  if (missing !== undefined) {
    throw new Error(`Stored tensors lack ${missing}`);
  }
  for (const [path, { shape }] of given) {
    const own = expected.get(path);
    if (own?.shape.join() !== shape.join()) {
      throw new Error(`Stored tensor ${path} is [${shape}], this trial has ${own ? `[${own.shape}]` : 'none'}`);
    }
  }
}

const observing = (path: string, observations: Observations): Pick<LayerContext<unknown>, 'observe'> => ({
  observe: (name, value) => observations.add(path, name, value),
});

/** Zeroes each element with the pass's probability and scales the others up, so that the expectation stays. */
function drop(x: tfjs.Tensor2D, { probability, random }: TrainingPass['dropout']): tfjs.Tensor2D {
  const scale = 1 / (1 - probability);
  const mask = Float32Array.from({ length: x.size }, () => (random.uniform() < probability ? 0 : scale));
  return tf.mul(x, tf.tensor2d(mask, x.shape));
}
