/** @file Which tensors a trial has and which of them are trained: from shapes alone, for injection and prediction. */
import { foundOnce } from '../found-once.js';
import type { BaseParameter, LayerShape, Method, ParameterInfo, TensorSpec } from '../method.js';
import type { LinearLayer } from '../models/architecture.js';
import { inDtype, layerNames, type ModelConfig, notRun, vocabularySize } from '../models/config.js';
import { EMBEDDING, sequenceShape } from '../models/sequence.js';
import { tokenTable } from '../models/tokens.js';
import { PlanError } from './plan-error.js';
import type { PlanOptions } from './plan-options.js';
import { targetedOf, targetedParameters } from './targeted.js';
import { needsOpenKernels, needsWholeKernels } from './whole-kernels.js';

/** A layer that carries an adapter. */
export interface PlannedLayer extends LinearLayer {
  /** The method's configuration on this layer: with its own rank, where ranks are allocated. */
  config: unknown;
}

/** An adapter tensor. `layer` is the path of its layer, absent where layers share it. */
export interface AdapterTensor extends TensorSpec {
  path: string;
  name: string;
  layer?: string;
  /** Paths of the layers that read it, in model order; of a sequence part: of the attentions, or `EMBEDDING`. */
  users: string[];
}

export interface TrialPlan {
  /** The method's configuration, parsed. */
  config: unknown;
  /** Targeted layers, in model order, without those that an allocation left out. */
  layers: readonly PlannedLayer[];
  adapters: readonly AdapterTensor[];
  /** Every parameter of the base that the trial has on the device, in model order, and of the head. */
  base: readonly BaseParameter[];
  /** Kernels of targeted layers that the weight part replaces: the trial goes without them. */
  discarded: readonly BaseParameter[];
  /** Parameters of `base` that are trained. */
  trainedBase: readonly BaseParameter[];
  /** Rows of the table of tokens that are tensors of the trial: the table, the path of the rows, and the id of each. */
  ownRows?: { table: string; path: string; ids: readonly number[] };
  /** The facts that the optimizer may know of every trained tensor: adapters first, then base parameters, in model order. */
  info: readonly ParameterInfo[];
  /** Allocated ranks by path of the targeted layer, those left out included; absent where none were given. */
  ranks?: Readonly<Record<string, number>>;
}

/**
 * Plans a trial without making a tensor.
 *
 * @throws PlanError naming a target that no layer has, the layer that the method cannot be put on and why, or why the method
 *   needs kernels that are held as two factors
 */
export function planTrial(options: PlanOptions): TrialPlan {
  const model = inDtype(options.model, options.baseDtype);
  const { config } = options;
  const asked = { ...options, model };
  if (typeof config !== 'object' || config === null) return planned(asked);
  const facts = decisive.map((field) => asked[field]);
  const lastOf = lastPlans(options.method);
  const last = lastOf.get(config);
  if (last?.facts.every((fact, index) => fact === facts[index])) return last.plan;
  const plan = planned(asked);
  lastOf.set(config, { facts, plan });
  return plan;
}

/** All that a plan follows from, besides the method and its configuration. */
const decisive = ['model', 'targets', 'classes', 'ranks', 'initial'] as const;

type Planned = Pick<PlanOptions, 'method' | 'config' | (typeof decisive)[number]>;

/** A trial is planned for its rules, its prediction and its training: the last plan of a configuration is at hand for all of them. */
const lastPlans = foundOnce((_: Method) => new WeakMap<object, { facts: readonly unknown[]; plan: TrialPlan }>());

/** @param options the model is that of the trial's type */
function planned(options: Planned): TrialPlan {
  const { model, method, config, targets, classes, ranks } = options;
  const names = layerNames(model);
  const unknown = targets.find((target) => !names.includes(target));
  if (unknown !== undefined || targets.length === 0) {
    throw new PlanError(`targets: ${unknown ?? 'none'} given, expected some of ${names.join(', ')}`);
  }
  const closed = needsOpenKernels(options);
  if (closed !== undefined) throw new PlanError(`${method.name} ${closed}, and ${model.kernelDtype} packs them`);
  const reason = needsWholeKernels(options);
  if (reason !== undefined) {
    throw new PlanError(`${method.name} ${reason}, and the base holds some as two factors: take it with whole kernels`);
  }
  const { layers: targetedLayers, parameters } = targetedOf(model, targets, classes);
  const layers = ranks
    ? allocatedLayers(targetedLayers, { method, config, ranks })
    : targetedLayers.map((layer) => ({ ...layer, config }));
  requireFit(layers, method);
  const tokens = ownRowsOf(model, method, config);
  const adapters = [
    ...adapterTensors(layers, method),
    ...sequenceTensors(model, method, config),
    ...(tokens ? [tokens.tensor] : []),
  ];
  // A layer that an allocation leaves out keeps its kernel.
  const all = ranks ? targetedParameters(model, layers, classes) : parameters;
  const replaced = ({ kind, targeted }: BaseParameter) => kind !== 'bias' && targeted;
  const replaces = method.weight?.replacesKernel === true;
  const base = replaces ? all.filter((parameter) => !replaced(parameter)) : all;
  const trainedBase = method.trainsBase
    ? base.filter(
        (parameter) => parameter.kind === 'head' || (!isPiece(parameter) && method.trainsBase!(parameter, config)),
      )
    : headOf(base);
  const known = (
    { path, shape, side }: Pick<AdapterTensor, 'path' | 'shape' | 'side'>,
    role: string,
  ): ParameterInfo => ({
    path,
    shape,
    role,
    ...(side && { side }),
    decays: shape.length === 2,
  });
  const info = [
    ...adapters.filter(({ trained }) => trained).map((tensor) => known(tensor, tensor.name)),
    ...trainedBase.map((parameter) => known(parameter, parameter.kind)),
  ];
  const discarded = replaces ? all.filter(replaced) : [];
  const ownRows = tokens && { ownRows: tokens.ownRows };
  return { config, layers, adapters, base, discarded, trainedBase, info, ...ownRows, ...(ranks ? { ranks } : {}) };
}

/** Found once: most methods train a head alone of a base, and have the same. */
const headOf = foundOnce((base: readonly BaseParameter[]) => base.filter(({ kind }) => kind === 'head'));

/** It is a part of a kernel that is not there as one matrix. */
const isPiece = ({ kind }: BaseParameter) => kind === 'kernel-factor' || kind === 'kernel-part';

/** @throws PlanError naming the layer that has no rank, or the method without `allocate` */
function allocatedLayers(
  layers: readonly LinearLayer[],
  { method, config, ranks }: { method: Method; config: unknown; ranks: Readonly<Record<string, number>> },
): PlannedLayer[] {
  const { allocate } = method;
  if (allocate === undefined) {
    throw new PlanError(`Ranks of layers were given, and ${method.name} does not allocate ranks`);
  }
  const configure = allocate.configure ?? ((config, rank) => ({ ...(config as object), rank }));
  return layers.flatMap((layer) => {
    const rank = ranks[layer.path];
    if (rank === undefined || !Number.isInteger(rank) || rank < 0) {
      throw new PlanError(`Rank of ${layer.path} must be an integer from 0 on, got ${rank}`);
    }
    return rank === 0 ? [] : [{ ...layer, config: configure(config, rank) }];
  });
}

function adapterTensors(layers: readonly PlannedLayer[], method: Method): AdapterTensor[] {
  if (method.weight === undefined) return [];
  const tensors: AdapterTensor[] = [];
  const shared = new Map<string, AdapterTensor>();
  const alike = new Map<string, number>();
  const specsOf = ofShape((shape, config) => Object.entries(method.weight!.tensors(shape, config)));
  for (const { path: layer, shape, config } of layers) {
    const group = groupOf(shape);
    const place = alike.get(group) ?? 0;
    alike.set(group, place + 1);
    for (const [name, spec] of specsOf(shape, config)) {
      if (spec.scope === 'layer') {
        // The fields of a method come last: objects that begin alike are made in half the time.
        tensors.push({ path: `${layer}.${name}`, name, users: [layer], layer, ...spec });
        continue;
      }
      const path = sharedPath(name, spec, { group, place });
      const known = shared.get(path);
      if (known === undefined) {
        const tensor: AdapterTensor = { path, name, users: [layer], ...spec };
        shared.set(path, tensor);
        tensors.push(tensor);
        continue;
      }
      // One tensor serves all layers: along every axis it is as large as the layer that needs most, or their sum.
      known.shape = spec.shape.map((size, axis) => {
        const before = known.shape[axis]!;
        return spec.pooled && axis === 0 ? before + size : Math.max(before, size);
      });
      known.users.push(layer);
    }
  }
  return tensors;
}

/** Asks once for a shape and a configuration, which layers of a model share as objects. */
function ofShape<T>(ask: (shape: LayerShape, config: unknown) => T): typeof ask {
  const known = new Map<LayerShape, Map<unknown, T>>();
  return (shape, config) => {
    const ofConfig = known.get(shape) ?? new Map<unknown, T>();
    known.set(shape, ofConfig);
    const answer = ofConfig.has(config) ? ofConfig.get(config)! : ask(shape, config);
    ofConfig.set(config, answer);
    return answer;
  };
}

/** The name of the layers that share what is of `group` scope: those of the same role and sides. */
export const groupOf = ({ role, in: inputs, out }: LinearLayer['shape']): string =>
  `${role ?? 'layer'}_${inputs}x${out}`;

/** @param place number of the layer among those of its group */
function sharedPath(
  name: string,
  { scope, every }: TensorSpec,
  { group, place }: { group: string; place: number },
): string {
  if (scope === 'model') return `shared.${name}`;
  return every === undefined ? `shared.${group}.${name}` : `shared.${group}.${Math.floor(place / every)}.${name}`;
}

/** Tensors of the sequence part. They are read by attentions, or by the embedding. */
function sequenceTensors(model: ModelConfig, method: Method, config: unknown): AdapterTensor[] {
  const { sequence } = method;
  if (sequence === undefined) return [];
  const shape = sequenceShape(model);
  const reason = sequence.unfit?.(shape, config);
  if (reason !== undefined) throw new PlanError(`config.${reason} (${method.name})`);
  if (sequence.prefix && notRun(model) !== undefined && shape.attentions.length === 0) {
    throw new PlanError(`${method.name} puts rows before keys, and ${model.architecture} has no layer of keys alone`);
  }
  const all = sequence.prefix ? shape.attentions.map(({ path }) => path) : [EMBEDDING];
  return Object.entries(sequence.tensors(shape, config)).map(([name, { attention, ...spec }]) => ({
    ...spec,
    scope: 'model',
    path: `sequence.${name}`,
    name,
    users: attention === undefined ? all : [attention],
  }));
}

/** Rows of the table of tokens that the method trains, where it trains some and the model reads tokens. */
function ownRowsOf(model: ModelConfig, method: Method, config: unknown) {
  const table = tokenTable(model);
  if (method.tokens === undefined || table === undefined) return undefined;
  const { name } = method.tokens;
  const ids = method.tokens.ids(vocabularySize(model), config);
  if (typeof ids === 'string') throw new PlanError(`config.${ids} (${method.name})`);
  const path = `tokens.${name}`;
  const tensor: AdapterTensor = {
    path,
    name,
    shape: [ids.length, model.width],
    trained: true,
    scope: 'model',
    users: [EMBEDDING],
  };
  return { tensor, ownRows: { table, path, ids } };
}

function requireFit(layers: readonly PlannedLayer[], method: Method): void {
  const shapes = layers.map(({ shape }) => shape);
  const unfitOf = ofShape((shape, config) => method.unfit?.(shape, config, shapes));
  const maxRankOf = ofShape((shape) => method.maxRank?.(shape));
  for (const { path, name, shape, config } of layers) {
    if (shape.table && method.weight && !method.weight.lookup) {
      throw new PlanError(`targets: ${method.name} cannot be put on ${path}, a table: leave out ${name}`);
    }
    if (shape.stack && method.weight && !method.weight.stacks) {
      throw new PlanError(`targets: peft puts ${method.name} on no parameter like ${path}: leave out ${name}`);
    }
    const rank = method.usesRank ? (config as { rank: number }).rank : 0;
    const bound = maxRankOf(shape, config);
    if (bound !== undefined && rank > bound) {
      throw new PlanError(`config.rank: ${rank} is above ${bound}, the largest rank of ${method.name} on ${path}`);
    }
    const reason = unfitOf(shape, config);
    if (reason !== undefined) throw new PlanError(`config.${reason} (${method.name} on ${path})`);
  }
}
