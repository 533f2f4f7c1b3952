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
  const told = toldOf(model, plan, blocks);
  return told.map((block, index) => index > 0 && index !== apart?.blocks && block === told[index - 1]);
}

/** A walk through blocks, as `likeOnce` asks for it. */
interface Walk<T, B> {
  run(x: T, index: number): T;
  /** All of the walk that the operations which read a value of this sort find: as one text. */
  stateOf(x: T): string;
  /** The place where a block begins. */
  begin(): B;
  /** Does so many times more all that was done from a place on. */
  repeat(from: B, times: number): void;
}

/**
 * Runs blocks one after another, of those that are alike the first, up to the one that ends in the state in which it began, and the last:
 * what is held grows or falls evenly from the one end to the other.
 *
 * @param like says of each block whether it is like the one before
 */
export function likeOnce<T, B>(first: T, like: readonly boolean[], { run, stateOf, begin, repeat }: Walk<T, B>): T {
  let x = first;
  for (let index = 0; index < like.length; index++) {
    const [state, from] = [stateOf(x), begin()];
    x = run(x, index);
    const next = like.indexOf(false, index + 1);
    const times = (next < 0 ? like.length : next) - (index + 1) - 1;
    if (times <= 0 || stateOf(x) !== state) continue;
    repeat(from, times);
    index += times;
  }
  return x;
}

const toldByPath = foundOnce((_: TrialPlan) => new Map<string | undefined, readonly number[]>());

/** Names for each block the first that a plan tells the same of. It is found once, for a plan is walked for many batches. */
function toldOf(model: ModelConfig, plan: TrialPlan, blocks: Blocks): readonly number[] {
  const known = toldByPath(plan);
  const told = known.get(blocks.path) ?? tellPlan(model, plan, blocks);
  known.set(blocks.path, told);
  return told;
}

function tellPlan(model: ModelConfig, plan: TrialPlan, blocks: Blocks): readonly number[] {
  const told = shapesOf(model, blocks).map((shapes) => `${shapes};`);
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
  return firstsOf(told);
}

/** Names for each block the first of which the same is told. */
const firstsOf = (told: readonly string[]): readonly number[] => told.map((block) => told.indexOf(block));

/** The block that a path is in, and what the path is called there; undefined where it is in none. */
function placeOf(path: string, { layers, path: prefix = 'blocks' }: Blocks) {
  if (!path.startsWith(`${prefix}.`)) return undefined;
  const end = path.indexOf('.', prefix.length + 1);
  const index = Number(path.slice(prefix.length + 1, end < 0 ? undefined : end));
  return index < layers ? { index, name: end < 0 ? '' : path.slice(end) } : undefined;
}

const shapesByPath = foundOnce((_: ModelConfig) => new Map<string | undefined, readonly number[]>());

/** Names for each block the first whose layers and parameters have the same shapes, found once. */
function shapesOf(model: ModelConfig, blocks: Blocks): readonly number[] {
  const known = shapesByPath(model);
  const told = known.get(blocks.path) ?? tellShapes(model, blocks);
  known.set(blocks.path, told);
  return told;
}

function tellShapes(model: ModelConfig, blocks: Blocks): readonly number[] {
  const told = Array.from({ length: blocks.layers }, () => '');
  for (const { path, shape } of [...linearLayers(model), ...baseParameters(model)]) {
    const place = placeOf(path, blocks);
    if (place) told[place.index] += `${place.name} ${JSON.stringify(shape)};`;
  }
  return firstsOf(told);
}
