/** @file Blocks of a model that are alike in a trial: the same operations on values of the same sizes. */
import { foundOnce } from '../found-once.js';
import type { Apart } from '../models/apart.js';
import { baseParameters, linearLayers, type ModelConfig } from '../models/config.js';
import type { Blocks } from '../models/graph.js';
import { sizeOf } from '../tensor/shape.js';
import type { TrialPlan } from '../training/plan.js';
import { placesOf } from './placement.js';

/**
 * Says of each block whether it is like the one before: its layers have the same shapes, and the same of them are targeted with the same
 * configuration, by identity; the same tensors are trained; the gradients of shared tensors are made in both or in neither; and parts of
 * rows are read apart in both or in neither.
 *
 * @example likeBefore({ model, plan }, { layers: 4 }) // [false, true, true, false], where the last has the gradient of a shared tensor
 */
export function likeBefore(
  { model, plan, apart }: { model: ModelConfig; plan: TrialPlan; apart?: Apart | undefined },
  blocks: Blocks,
): boolean[] {
  const told = [...shapesOf(model, blocks)];
  const tell = (path: string, facts: string) => {
    const place = placeOf(path, blocks);
    if (place) told[place.index] += `${place.name} ${facts};`;
  };
  const configs = [...new Set(plan.layers.map(({ config }) => config))];
  for (const { path, config } of plan.layers) tell(path, `config ${configs.indexOf(config)}`);
  for (const [user, tensors] of placesOf(plan).used) {
    for (const { name, shape, trained, users } of tensors) {
      tell(user, `${name} ${sizeOf(shape)} ${trained} ${users.at(-1) === user}`);
    }
  }
  for (const { path } of plan.trainedBase) tell(path, 'trained');
  return told.map((block, index) => index > 0 && index !== apart?.blocks && block === told[index - 1]);
}

/** The block that a path is in, and what the path is called there; undefined where it is in none. */
function placeOf(path: string, { layers, path: prefix = 'blocks' }: Blocks) {
  if (!path.startsWith(`${prefix}.`)) return undefined;
  const end = path.indexOf('.', prefix.length + 1);
  const index = Number(path.slice(prefix.length + 1, end < 0 ? undefined : end));
  return index < layers ? { index, name: end < 0 ? '' : path.slice(end) } : undefined;
}

const shapesByPath = foundOnce((_: ModelConfig) => new Map<string | undefined, readonly string[]>());

/** Layers and parameters of each block with their shapes, found once. */
function shapesOf(model: ModelConfig, blocks: Blocks): readonly string[] {
  const known = shapesByPath(model);
  const told = known.get(blocks.path) ?? tellShapes(model, blocks);
  known.set(blocks.path, told);
  return told;
}

function tellShapes(model: ModelConfig, blocks: Blocks): readonly string[] {
  const told = Array.from({ length: blocks.layers }, () => '');
  for (const { path, shape } of [...linearLayers(model), ...baseParameters(model)]) {
    const place = placeOf(path, blocks);
    if (place) told[place.index] += `${place.name} ${JSON.stringify(shape)};`;
  }
  return told;
}
