/** @file How Hugging Face names the modules and tensors of a base model: read from the architecture's own table. */
import type { HostTensor } from '../method.js';
import {
  architectureOf,
  type LinearLayer,
  linearLayers,
  type ModelConfig,
  sourcedParameters,
} from '../models/config.js';
import { transpose } from './form.js';

/** A linear module of the Hugging Face model. */
export interface BaseModule {
  /** e.g. `model.layers.0.self_attn.q_proj` */
  name: string;
  /** A `Conv1D` of GPT-2, which stores its weight as `[in, out]`. */
  conv1d: boolean;
  /** Our layers whose outputs are its outputs, in order: more than one where it is fused, as GPT-2's `c_attn` is. */
  layers: readonly LinearLayer[];
}

const WEIGHT = /\.weight$/;

/** Every linear module that adapters can be on, in model order. */
export function baseModules(model: ModelConfig): BaseModule[] {
  const { prefix } = architectureOf(model).huggingFace;
  const sources = new Map(sourcedParameters(model).map(({ path, source }) => [path, source]));
  const modules = new Map<string, { name: string; conv1d: boolean; layers: LinearLayer[] }>();
  for (const layer of linearLayers(model)) {
    const source = sources.get(`${layer.path}.kernel`)!;
    const name = `${prefix}${source.name.replace(WEIGHT, '')}`;
    const module = modules.get(name) ?? { name, conv1d: !source.transposed, layers: [] };
    module.layers[source.part?.index ?? 0] = layer;
    modules.set(name, module);
  }
  return [...modules.values()];
}

/** The numbers of our base folder under the names and in the shapes of the Hugging Face model. */
export function hfTensors(model: ModelConfig, values: (path: string) => HostTensor): Map<string, HostTensor> {
  const { prefix } = architectureOf(model).huggingFace;
  const tensors = new Map<string, HostTensor>();
  for (const { path, source } of sourcedParameters(model)) {
    const value = source.transposed ? transpose(values(path)) : values(path);
    const name = `${prefix}${source.name}`;
    if (!source.part) {
      tensors.set(name, value);
      continue;
    }
    const whole = tensors.get(name) ?? emptyWhole(value, source.part.count);
    tensors.set(name, whole);
    placeColumns(whole, value, source.part.index);
  }
  return tensors;
}

/** Room for parts of equal width. */
const emptyWhole = ({ shape, values }: HostTensor, count: number): HostTensor => ({
  shape: [...shape.slice(0, -1), shape.at(-1)! * count],
  values: new Float32Array(values.length * count),
});

/** Writes part `index` of a tensor whose parts stand side by side along the last axis. */
function placeColumns(whole: HostTensor, part: HostTensor, index: number): void {
  const columns = part.shape.at(-1)!;
  const width = whole.shape.at(-1)!;
  for (let row = 0; row < part.values.length / columns; row++) {
    whole.values.set(part.values.subarray(row * columns, (row + 1) * columns), row * width + index * columns);
  }
}

/**
 * `config.json` of the Hugging Face model.
 *
 * @throws Error naming an architecture that only comes in
 */
export function hfConfig(model: ModelConfig): Record<string, unknown> {
  const { name, huggingFace } = architectureOf(model);
  if (huggingFace.json === undefined) throw new Error(`${name}: models of this architecture cannot be written`);
  return { ...huggingFace.json(model), dtype: 'float32' };
}

/** Whether vLLM's class of the model takes adapters. */
export const servesLora = (model: ModelConfig): boolean => architectureOf(model).huggingFace.servesLora ?? false;
