/**
 * @file How a method's adapter is written for Python peft, and read from it: names, layouts and settings as data.
 * peft stores what torch holds: weights `[out, in]`. Ours are `[in, out]`.
 */
import type { HostTensor, LayerRole, LayerShape } from '../slots/layer.js';

/** A module of the Hugging Face model that carries an adapter. */
export interface PeftModule<C = unknown> {
  /** Its path, e.g. `model.layers.0.self_attn.q_proj`. */
  name: string;
  shape: LayerShape;
  /** The method's configuration on this module: with its own rank, where ranks are allocated. */
  config: C;
}

/** The place of a tensor: its layer, of a tensor of model scope any layer, with its configuration, and all targeted layers. */
export interface TensorPlace {
  layer: LayerShape;
  config: unknown;
  layers: readonly LayerShape[];
}

/**
 * A tensor of a method in a peft file. `write` and `read` only move numbers: `read` undoes `write` to the bit. One that a group of
 * layers shares is in the file for each of their modules.
 */
export interface PeftTensor {
  /** The end of its key, e.g. `lora_A.weight`; parameters that peft keeps in a dictionary have no `.weight`. */
  name: string;
  write(tensor: HostTensor, place: TensorPlace): HostTensor;
  read(tensor: HostTensor, place: TensorPlace): HostTensor;
  /** peft stores whole numbers of 32 bits; on Windows, floats. */
  whole?: true;
  /** peft keeps it at the model, its name followed by the number of its module among those that carry the adapter. */
  numbered?: true;
}

/** An adapter as its two files say it. */
export interface PeftFiles {
  settings: Readonly<Record<string, unknown>>;
  tensors: ReadonlyMap<string, HostTensor>;
}

/** A module that has tensors, and what their keys begin with. */
export interface KeyedModule {
  name: string;
  prefix: string;
}

/** How Python peft names a method in a configuration. */
export interface PeftConfigForm<C> {
  /** `peft_type`, e.g. `LORA`. */
  type: string;
  /**
   * Fields of `adapter_config.json` besides those that every adapter has. Reading compares them: an adapter is of this
   * method if it says what `settings` of its configuration says, a field that is missing counting as false.
   */
  settings(config: C, modules: readonly PeftModule<C>[]): Record<string, unknown>;
  /** The method's configuration from those fields and the modules that carry the adapter, before its schema has checked it. */
  config(settings: Readonly<Record<string, unknown>>, modules: readonly Omit<PeftModule, 'config'>[]): unknown;
  /** Fields that matter to training alone: neither compared nor refused in reading. */
  trainingOnly?: readonly string[];
  /** Values of a field that mean the same as what `settings` says. */
  equivalent?: Readonly<Record<string, readonly unknown[]>>;
  /** What a value of a field that is not null says of these modules: two that say the same are not told apart. */
  same?: Readonly<Record<string, (value: unknown, modules: readonly Omit<PeftModule, 'config'>[]) => unknown>>;
  /** Why other values of a field cannot be read, and what to do. */
  unreadable?: Readonly<Record<string, string>>;
  /** Fields that say how files are kept: they are compared where one is read, and not where an adapter is still to be trained. */
  filesOnly?: readonly string[];
  /** Values among `equivalent` that a trained adapter may say, and that make another method of one that is still to be trained. */
  onceTrained?: Readonly<Record<string, readonly unknown[]>>;
  /** Roles of the layers that peft puts the type on by itself. Default: query and value. */
  usualRoles?: readonly LayerRole[];
  /** Modules that peft trains in Llama by itself, where the method is on no layer. */
  usualModules?: readonly string[];
}

/** How Python peft names a method and what belongs to it. */
export interface PeftForm<C> extends PeftConfigForm<C> {
  /** Set where peft can put the type on the transposed linear layer that GPT-2 is made of. */
  conv1d?: true;
  /** Set where peft can train the type on a linear layer that bitsandbytes packed to 4 and 8 bits. */
  packed?: true;
  /**
   * Set where every column of the update comes from its own columns of the tensors, and of tensors that all columns share:
   * an adapter of a module that holds several of our layers side by side can then be taken apart.
   */
  columnwise?: true;
  /**
   * Why an adapter with this configuration on these layers, and modules, is not one of peft's, as part of a sentence. Undefined:
   * it is.
   */
  unsupported?(
    config: C,
    layers: readonly LayerShape[],
    modules: readonly Pick<PeftModule, 'name' | 'shape'>[],
  ): string | undefined;
  /** Tensors that no file holds: they follow from the configuration and the layer. */
  derived?: Readonly<Record<string, (config: C, layer: LayerShape) => HostTensor>>;
  /** Tensors of zeros that a file holds for a module of this shape besides, by name, with their shapes. */
  zeros?(layer: LayerShape): Readonly<Record<string, number[]>>;
  /**
   * The same adapter with one rank and one scale for all modules, where the type can have others. Reading does it before
   * anything is compared.
   *
   * @throws PeftAdapterError naming the field that is not as expected
   */
  even?(files: PeftFiles, modules: readonly KeyedModule[]): PeftFiles;
  /** By the names in `tensors()` of the weight part, those of model scope included. */
  tensors: Readonly<Record<string, PeftTensor>>;
}

/** The key of a tensor: of model scope, or of a module, which is the one of this number among those that carry the adapter. */
export function keyOf({ name, numbered }: PeftTensor, module: { prefix: string; number: number } | undefined): string {
  if (module === undefined) return `${MODEL}${name}`;
  return numbered ? `${MODEL}${name}.${module.number}` : `${module.prefix}${name}`;
}

/** Begins the keys of modules; keys of tensors that all layers share have the first part of it. */
export const MODULE = 'base_model.model.';
export const MODEL = 'base_model.';

/** Stored as it is. */
export const asIs = (name: string): PeftTensor => ({
  name,
  write: (tensor) => tensor,
  read: (tensor) => tensor,
});

/** A matrix that peft stores the other way round. */
export const transposed = (name: string): PeftTensor => ({ name, write: transpose, read: transpose });

/** The same numbers in the same order under another shape; `shape` is peft's, `own` the method's. */
export const reshaped = (
  name: string,
  shape: (tensor: HostTensor, place: TensorPlace) => number[],
  own: (tensor: HostTensor, place: TensorPlace) => number[],
): PeftTensor => ({
  name,
  write: (tensor, place) => ({ shape: shape(tensor, place), values: tensor.values }),
  read: (tensor, place) => ({ shape: own(tensor, place), values: tensor.values }),
});

/** `[rows, columns]` → `[columns, rows]`. */
export function transpose({ shape, values }: HostTensor): HostTensor {
  const [rows, columns] = shape as [number, number];
  const moved = new Float32Array(values.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) moved[column * rows + row] = values[row * columns + column]!;
  }
  return { shape: [columns, rows], values: moved };
}

/**
 * The leading block of a tensor, or the tensor as the leading block of a larger one with zeros around it: peft makes some
 * shared matrices larger than any layer reads.
 */
export function resized({ shape, values }: HostTensor, sizes: readonly number[]): HostTensor {
  const target = new Float32Array(sizes.reduce((product, size) => product * size, 1));
  const copy = (axis: number, from: number, to: number): void => {
    if (axis === sizes.length) {
      target[to] = values[from]!;
      return;
    }
    for (let index = 0; index < Math.min(shape[axis]!, sizes[axis]!); index++) {
      copy(axis + 1, from * shape[axis]! + index, to * sizes[axis]! + index);
    }
  };
  // Strides build up as axes are entered: position = ((i₀·n₁ + i₁)·n₂ + i₂) …
  copy(0, 0, 0);
  return { shape: [...sizes], values: target };
}
