/** @file Which tensors a trial has and which of them are trained: from shapes alone, for injection and prediction. */
import type { BaseParameter, Method, ParameterInfo, TensorSpec } from '../method.js';
import { baseParameters, type LinearLayer, layerNames, linearLayers, type ModelConfig } from '../models/config.js';

export interface PlanOptions {
  model: ModelConfig;
  method: Method;
  /** The method's configuration, parsed by its schema. */
  config: unknown;
  targets: readonly string[];
  classes?: number;
}

/** An adapter tensor. `layer` is the path of its layer, absent for model scope. */
export interface AdapterTensor extends TensorSpec {
  path: string;
  name: string;
  layer?: string;
}

export interface TrialPlan {
  /** Targeted layers, in model order. */
  layers: readonly LinearLayer[];
  adapters: readonly AdapterTensor[];
  /** Every parameter of the base, in model order, and of the head. */
  base: readonly BaseParameter[];
  /** Those of `base` that are trained. */
  trainedBase: readonly BaseParameter[];
  /** What the optimizer may know of every trained tensor: adapters first, then base parameters, in model order. */
  info: readonly ParameterInfo[];
}

/**
 * Plans a trial without making a tensor.
 *
 * @throws Error naming a target that no layer has, or the layer that the method cannot be put on and why
 */
export function planTrial({ model, method, config, targets, classes }: PlanOptions): TrialPlan {
  const unknown = targets.find((target) => !(layerNames as readonly string[]).includes(target));
  if (unknown !== undefined || targets.length === 0) {
    throw new Error(`targets: ${unknown ?? 'none'} given, expected some of ${layerNames.join(', ')}`);
  }
  const layers = linearLayers(model).filter(({ name }) => targets.includes(name));
  requireFit(layers, method, config);
  const adapters = adapterTensors(layers, method, config);
  const targeted = new Set(layers.flatMap(({ path }) => [`${path}.kernel`, `${path}.bias`]));
  const base = baseParameters(model, classes).map((parameter) => ({
    ...parameter,
    targeted: targeted.has(parameter.path),
  }));
  const trainedBase = base.filter(
    (parameter) => parameter.kind === 'head' || (method.trainsBase?.(parameter, config) ?? false),
  );
  const info = [
    ...adapters.filter(({ trained }) => trained).map(({ path, shape, name }) => ({ path, shape, role: name })),
    ...trainedBase.map(({ path, shape, kind }) => ({ path, shape, role: kind })),
  ].map((parameter) => ({ ...parameter, decays: parameter.shape.length === 2 }));
  return { layers, adapters, base, trainedBase, info };
}

function adapterTensors(layers: readonly LinearLayer[], method: Method, config: unknown): AdapterTensor[] {
  const tensors = new Map<string, AdapterTensor>();
  for (const { path: layer, shape } of layers) {
    for (const [name, spec] of Object.entries(method.weight?.tensors(shape, config) ?? {})) {
      const path = spec.scope === 'layer' ? `${layer}.${name}` : `shared.${name}`;
      // One tensor serves all layers: along every axis it is as large as the layer that needs most.
      const shape = spec.shape.map((size, axis) => Math.max(size, tensors.get(path)?.shape[axis] ?? 0));
      tensors.set(path, { ...spec, shape, path, name, ...(spec.scope === 'layer' ? { layer } : {}) });
    }
  }
  return [...tensors.values()];
}

function requireFit(layers: readonly LinearLayer[], method: Method, config: unknown): void {
  const rank = method.usesRank ? (config as { rank: number }).rank : 0;
  for (const { path, shape } of layers) {
    const bound = method.maxRank?.(shape);
    if (bound !== undefined && rank > bound) {
      throw new Error(`config.rank: ${rank} is above ${bound}, the largest rank of ${method.name} on ${path}`);
    }
    const reason = method.unfit?.(shape, config);
    if (reason !== undefined) throw new Error(`config.${reason} (${method.name} on ${path})`);
  }
}
