/** @file A base model without some of its attention heads and feed-forward units. */

import { foundIn, foundOnce } from '../found-once.js';
import type { HostTensor, LayerRole, Method, PruningPart } from '../method.js';
import type { Random } from '../tensor/random.js';
import { sizeOf } from '../tensor/shape.js';
import type { LinearLayer, TransformerConfig } from './architecture.js';
import { LoadedBase } from './base.js';
import { baseParameters, linearLayers, type ModelConfig } from './config.js';

/** Indices that are kept of the inputs and outputs of a layer, ascending; absent: all. */
export interface KeptSides {
  in?: Int32Array;
  out?: Int32Array;
}

export interface PrunedBase {
  model: LoadedBase;
  /** By path of the layer; layers that are not listed are whole. */
  kept: ReadonlyMap<string, KeptSides>;
}

/** The configuration of the model that a method trains on: that of the base, or of what a pruning leaves of it. */
export function trainedConfig(model: ModelConfig, method: Method, config: unknown): ModelConfig {
  if (method.pruning === undefined) return model;
  const ratio = method.pruning.ratio(config);
  return foundIn(prunedConfigs(model), ratio, () => prunedConfig(model, ratio));
}

/** Pruned configurations so far by their ratio: what else is found once of a model is found once of these too. */
const prunedConfigs = foundOnce((_: ModelConfig) => new Map<number, ModelConfig>());

/** A model of blocks, which attention heads and feed-forward units can be taken out of. */
type Transformer = Extract<ModelConfig, TransformerConfig>;

/** Why nothing can be taken out of a model; undefined where it can. */
export const unprunable = (model: ModelConfig): string | undefined =>
  'heads' in model ? undefined : `${model.architecture} has no attention heads and feed-forward units to prune`;

/** @throws Error as `unprunable` says */
function transformer(model: ModelConfig): Transformer {
  const reason = unprunable(model);
  if (reason !== undefined) throw new Error(reason);
  return model as Transformer;
}

/**
 * Every block keeps as many heads and units; the residual stream keeps its width.
 *
 * @throws Error naming a model that has no such blocks
 */
export function prunedConfig(base: ModelConfig, ratio: number): Transformer {
  const model = transformer(base);
  const { heads, groups, perGroup } = headGroups(model);
  const left = keptOf(groups, ratio);
  return {
    ...model,
    heads: left * perGroup,
    headWidth: model.headWidth ?? model.width / heads,
    ...('keyHeads' in model && { keyHeads: left }),
    mlpWidth: keptOf(model.mlpWidth, ratio),
  };
}

/**
 * Takes heads and feed-forward units out of every block.
 *
 * @param random of the trial; each set of groups draws from a fork of it
 * @throws Error where a score is not a number
 * @example
 * const { model, kept } = pruneBase(base, { part: method.pruning, config, random });
 * kept.get('blocks.0.attention.output'); // { in: [0, 1, 2, …] }
 */
export function pruneBase<C>(
  base: LoadedBase,
  { part, config, random }: { part: PruningPart<C>; config: C; random: Random },
): PrunedBase {
  const whole = transformer(base.config);
  const smaller = prunedConfig(whole, part.ratio(config));
  const kept = new Map<string, KeptSides>();
  for (const [path, layers] of partsOf(whole)) {
    const attention = layers.some(({ shape }) => shape.heads !== undefined);
    const { groups } = headGroups(whole);
    const count = attention ? groups : whole.mlpWidth;
    const left = attention ? headGroups(smaller).groups : smaller.mlpWidth;
    if (left === count) continue;
    const norms = groupNorms(base, layers, count);
    const scores = part.scores({ path, norms }, config, random.fork(`prune/${path}`));
    const chosen = largest(scores, left, path, count);
    for (const layer of layers) {
      const side = innerSide(layer.shape.role!);
      kept.set(layer.path, { [side]: entriesOf(chosen, layer.shape[side] / count) });
    }
  }
  const parameters = baseParameters(smaller);
  const values = new Map(
    parameters.map(({ path, shape }) => [path, taken(base.host(path), shape, sidesOf(path, kept))]),
  );
  return { model: new LoadedBase({ config: smaller, values, tokenizer: base.tokenizer }), kept };
}

/** `tensor` at the kept indices of a tensor of this shape, and 0 elsewhere. */
export function putBack(
  tensor: HostTensor,
  shape: readonly number[],
  axes: readonly (Int32Array | undefined)[],
): HostTensor {
  const values = new Float32Array(sizeOf(shape));
  tensor.values.forEach((value, index) => {
    values[wholeIndex(index, tensor.shape, shape, axes)] = value;
  });
  return { shape: [...shape], values };
}

function taken(tensor: HostTensor, shape: readonly number[], axes: readonly (Int32Array | undefined)[]): HostTensor {
  // A tensor that is still in its file is read whole at every `values`.
  const whole = tensor.values;
  const values = new Float32Array(sizeOf(shape));
  for (let index = 0; index < values.length; index++) {
    values[index] = whole[wholeIndex(index, shape, tensor.shape, axes)]!;
  }
  return { shape: [...shape], values };
}

/** Row-major index in the whole tensor of an element of the smaller one. */
function wholeIndex(
  index: number,
  shape: readonly number[],
  whole: readonly number[],
  axes: readonly (Int32Array | undefined)[],
): number {
  let [rest, at, stride] = [index, 0, 1];
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const own = rest % shape[axis]!;
    at += stride * (axes[axis]?.[own] ?? own);
    stride *= whole[axis]!;
    rest = Math.floor(rest / shape[axis]!);
  }
  return at;
}

/** Layers that groups run through, by what they are part of, e.g. `blocks.0.mlp`. */
function partsOf(model: ModelConfig): Map<string, LinearLayer[]> {
  const parts = new Map<string, LinearLayer[]>();
  for (const layer of linearLayers(model)) {
    const path = layer.path.slice(0, layer.path.lastIndexOf('.'));
    parts.set(path, [...(parts.get(path) ?? []), layer]);
  }
  return parts;
}

/** The side of a layer that lies inside its attention or feed-forward part, and not on the residual stream. */
const innerSide = (role: LayerRole): 'in' | 'out' => (role === 'output' || role === 'down' ? 'in' : 'out');

function headGroups(model: Transformer) {
  const { heads } = model;
  const groups = 'keyHeads' in model ? model.keyHeads : heads;
  return { heads, groups, perGroup: heads / groups };
}

const keptOf = (count: number, ratio: number): number => Math.max(1, count - Math.floor(count * ratio));

function groupNorms(base: LoadedBase, layers: readonly LinearLayer[], count: number): Float64Array {
  const squares = new Float64Array(count);
  for (const { path, shape } of layers) {
    const { values } = base.host(`${path}.kernel`);
    const side = innerSide(shape.role!);
    const each = shape[side] / count;
    values.forEach((value, index) => {
      const inner = side === 'in' ? Math.floor(index / shape.out) : index % shape.out;
      squares[Math.floor(inner / each)]! += value * value;
    });
  }
  return squares.map(Math.sqrt);
}

function largest(scores: ArrayLike<number>, left: number, path: string, count: number): number[] {
  const wrong = scores.length !== count || Array.from(scores).some(Number.isNaN);
  if (wrong) throw new Error(`${path} has ${count} groups to prune; their scores must be as many numbers`);
  return Array.from({ length: count }, (_, index) => index)
    .sort((a, b) => scores[b]! - scores[a]! || a - b)
    .slice(0, left)
    .sort((a, b) => a - b);
}

const entriesOf = (groups: readonly number[], each: number): Int32Array =>
  Int32Array.from(groups.flatMap((group) => Array.from({ length: each }, (_, offset) => group * each + offset)));

/** Kept indices along the axes of a base parameter. */
function sidesOf(parameter: string, kept: ReadonlyMap<string, KeptSides>): (Int32Array | undefined)[] {
  const at = parameter.lastIndexOf('.');
  const sides = kept.get(parameter.slice(0, at));
  return parameter.slice(at) === '.kernel' ? [sides?.in, sides?.out] : [sides?.out];
}
