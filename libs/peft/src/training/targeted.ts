/** @file Layers and parameters of a model as a choice of targets sees them. */
import type { BaseParameter } from '../method.js';
import type { LinearLayer } from '../models/architecture.js';
import { baseParameters, linearLayers, type ModelConfig } from '../models/config.js';
import { factorPaths, partPaths } from '../models/factors.js';

export interface Targeted {
  /** Layers of the names that are targeted, in model order. */
  layers: readonly LinearLayer[];
  /** Every parameter, with those of a head where it has `classes` outputs. */
  parameters: readonly BaseParameter[];
}

const last = new WeakMap<ModelConfig, { key: string; found: Targeted }>();

/** The last choice is at hand: many methods are planned on it. */
export function targetedOf(model: ModelConfig, targets: readonly string[], classes: number | undefined): Targeted {
  const key = [...targets, classes].join();
  const before = last.get(model);
  if (before?.key === key) return before.found;
  const layers = linearLayers(model).filter(({ name }) => targets.includes(name));
  const found = { layers, parameters: targetedParameters(model, layers, classes) };
  last.set(model, { key, found });
  return found;
}

/** Every parameter, and whether it is one of these layers. */
export function targetedParameters(
  model: ModelConfig,
  layers: readonly LinearLayer[],
  classes: number | undefined,
): readonly BaseParameter[] {
  const paths = new Set(
    layers.flatMap(({ path, shape }) => [
      `${path}.kernel`,
      ...factorPaths(`${path}.kernel`),
      ...partPaths(`${path}.kernel`, shape),
      `${path}.bias`,
    ]),
  );
  return baseParameters(model, classes).map((parameter) => ({ ...parameter, targeted: paths.has(parameter.path) }));
}
