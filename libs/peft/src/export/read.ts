/** @file Reads an adapter that Python peft wrote: the method that has its form, its configuration, its tensors in ours. */
import type { HostState, HostTensor, LayerShape, Method } from '../method.js';
import { type LinearLayer, linearLayers, type ModelConfig } from '../models/config.js';
import { type StoredModule, storedModules } from '../models/tensors.js';
import { methods } from '../registry.js';
import { encodeAdapter } from '../training/adapter.js';
import { type AdapterTensor, planTrial } from '../training/plan.js';
import { readAttentions } from './attentions.js';
import { PeftAdapterError } from './error.js';
import { keyOf, MODEL, MODULE, type PeftFiles, type PeftForm, type PeftTensor, transpose } from './form.js';
import { readHeadMetadata } from './head.js';
import { takeHead } from './saved-head.js';
import { type Identified, identify, parseSettings } from './settings.js';
import { readTokens } from './tokens.js';

export interface ImportInput {
  model: ModelConfig;
  /** The parsed `adapter_config.json`. */
  config: unknown;
  /** The tensors of `adapter_model.safetensors`. */
  tensors: ReadonlyMap<string, HostState>;
  /** The metadata of the same file. */
  metadata?: Readonly<Record<string, string>>;
  /** Tensors of `classification_head.safetensors`, where there is one. */
  head?: ReadonlyMap<string, HostTensor>;
}

/** An adapter in our format, and what it is. */
export interface ImportedAdapter {
  adapter: Uint8Array;
  method: string;
  config: unknown;
  targets: string[];
  classes?: number;
}

/**
 * Reads a peft adapter onto a base model. A module that holds several of our layers is taken apart, where the type's
 * tensors can be.
 *
 * @throws PeftAdapterError naming the type, the setting or the tensor that is not as expected
 * @throws Error as `planTrial`
 * @example
 * const { adapter, method } = importAdapter({ model: base.config, config, tensors, metadata });
 */
export function importAdapter({
  model,
  config: json,
  tensors: all,
  metadata = {},
  head,
}: ImportInput): ImportedAdapter {
  const given = parseSettings(json);
  const taken = takeHead(model, {
    settings: given,
    tensors: new Map([...all].map(([key, value]) => [key, floats(value)])),
  });
  const heads = new Map([...taken.head, ...headTensors(head)]);
  const classes = heads.get('head.bias')?.values.length;
  const encoded = (
    own: ReadonlyMap<string, HostTensor>,
    { method, config, targets }: Pick<ImportedAdapter, 'method' | 'config' | 'targets'>,
  ): ImportedAdapter => {
    const info = { method, config, targets, ...(classes ? { classes } : {}) };
    const said = classes ? readHeadMetadata(metadata, classes) : {};
    return { adapter: encodeAdapter(new Map([...own, ...heads]), { ...info, ...said, seed: 0 }), ...info };
  };
  const placed = readAttentions(model, taken, classes) ?? readTokens(model, taken, classes);
  if (placed) {
    requireFloats(all, new Map());
    return encoded(placed.tensors, { ...placed, method: placed.method.name });
  }
  const modules = adaptedModules(model, taken.tensors.keys());
  const { settings, tensors } = evenOut(given.peft_type, taken, modules);
  const found = identify(
    settings,
    modules.flatMap(({ name, layers }) => layers.map(({ shape }) => ({ name, shape }))),
    ({ peft }) => peft,
  );
  const { method, form, config } = found;
  const targets = targetsOf(model, modules);
  const options = { model, method, config, targets, ...(classes ? { classes } : {}) };
  const plan = planTrial(options);
  const changed = plan.trainedBase.find(({ kind }) => kind !== 'head');
  if (changed) throw new PeftAdapterError(`${method.title} trains ${changed.path}, which a peft file does not hold`);

  const reader = { form, modules, tensors, layers: plan.layers.map(({ shape }) => shape), found };
  const own = new Map(plan.adapters.map((tensor) => [tensor.path, readTensor(reader, tensor)] as const));
  requireNoOther(reader, own);
  requireFloats(all, own);
  const stored = new Map([...own].map(([path, { value }]) => [path, value] as const));
  return encoded(stored, { method: method.name, config, targets });
}

/** With one rank and one scale for all modules, where methods of the type can have others. */
function evenOut(type: string, files: PeftFiles, modules: readonly AdaptedModule[]) {
  const even = methods.find(({ peft }) => peft?.type === type && peft.even)?.peft?.even;
  const { settings, tensors } = even && modules.length > 0 ? even(files, modules) : files;
  return { settings: { ...settings, peft_type: type }, tensors };
}

/** Modules of the base that a file has tensors for. */
interface AdaptedModule extends StoredModule {
  /** Everything before the name of a tensor in its keys. */
  prefix: string;
}

function adaptedModules(model: ModelConfig, keys: Iterable<string>): AdaptedModule[] {
  const all = [...keys];
  return storedModules(model).flatMap((module) => {
    // A base that was loaded without its head has shorter paths.
    const names = [module.name, module.fileName].flatMap((name) => [name, name.slice(name.indexOf('.') + 1)]);
    const name = names.find((candidate) => all.some((key) => key.startsWith(`${MODULE}${candidate}.`)));
    return name === undefined ? [] : [{ ...module, name, prefix: `${MODULE}${name}.` }];
  });
}

/** Names of our layers in the modules. An adapter of ours is on every layer of a name, or on none. */
function targetsOf(model: ModelConfig, modules: readonly AdaptedModule[]): string[] {
  const adapted = new Set(modules.flatMap(({ layers }) => layers.map(({ path }) => path)));
  const targets = [...new Set(modules.flatMap(({ layers }) => layers.map(({ name }) => name)))];
  const missing = linearLayers(model).find(({ name, path }) => targets.includes(name) && !adapted.has(path));
  if (missing) {
    throw new PeftAdapterError(
      `The adapter is on some layers called ${missing.name} and not on ${missing.path}: expected all or none`,
    );
  }
  if (targets.length === 0) {
    const names = storedModules(model).map(({ name }) => name);
    throw new PeftAdapterError(`No tensor belongs to a module of the base; expected names such as ${names[0]}`);
  }
  return targets;
}

interface Reader {
  form: PeftForm<unknown>;
  modules: readonly AdaptedModule[];
  tensors: ReadonlyMap<string, HostTensor>;
  layers: readonly LayerShape[];
  found: Identified;
}

const floats = ({ shape, values }: HostState): HostTensor => ({
  shape,
  values: values instanceof Int32Array ? Float32Array.from(values) : values,
});

/** A tensor of ours, the keys in the file that it comes from, and whether whole numbers may stand there. */
interface ReadTensor {
  keys?: readonly string[];
  whole?: true;
  value: HostTensor;
}

/** @throws PeftAdapterError naming the key of a layer that has other values than the first of its group */
function readTensor(reader: Reader, adapter: AdapterTensor): ReadTensor {
  if (adapter.scope !== 'group') return readOne(reader, adapter);
  const [first, ...others] = adapter.users.map((layer) => readOne(reader, { ...adapter, layer }));
  const wrong = others.find(({ value }) => value.values.some((each, at) => each !== first!.value.values[at]));
  if (wrong) {
    throw new PeftAdapterError(
      `${wrong.keys![0]} differs from ${first!.keys![0]}, and as ${adapter.path} of ${reader.found.method.title} they are one`,
    );
  }
  return { ...first!, keys: [first!, ...others].flatMap(({ keys }) => keys ?? []) };
}

function readOne(reader: Reader, { path, name, shape, layer }: AdapterTensor): ReadTensor {
  const { form, modules, tensors, layers, found } = reader;
  const derive = form.derived?.[name];
  const module = modules.find(
    (candidate) => layer === undefined || candidate.layers.some(({ path }) => path === layer),
  )!;
  if (derive) {
    const own = module.layers.find(({ path }) => path === layer)!;
    return { value: derive(found.config, own.shape) };
  }
  const tensor = form.tensors[name]!;
  const key = keyOf(tensor, layer === undefined ? undefined : { ...module, number: modules.indexOf(module) });
  const stored = tensors.get(key);
  if (stored === undefined) throw new PeftAdapterError(`adapter_model.safetensors lacks ${key}`);
  const value =
    layer !== undefined && module.layers.length > 1
      ? partOf(reader, { module, layer, tensor, stored, name })
      : tensor.read(stored, { layer: module.layers[0]!.shape, config: found.config, layers });
  if (value.shape.join() !== shape.join()) {
    throw new PeftAdapterError(
      `${key} is [${stored.shape}], which as ${path} of ${found.method.title} is [${value.shape}]; expected [${shape}]`,
    );
  }
  return { keys: [key], ...(tensor.whole && { whole: true }), value };
}

/** The part of a fused module's tensor that belongs to one of its layers: cut along the axis that grows with the columns. */
function partOf(
  { form, layers, found: { method, config } }: Reader,
  {
    module,
    layer,
    tensor,
    stored,
    name,
  }: { module: AdaptedModule; layer: string; tensor: PeftTensor; stored: HostTensor; name: string },
): HostTensor {
  if (!form.columnwise) {
    const names = module.layers.map((each) => each.name).join(', ');
    throw new PeftAdapterError(`${module.name} holds ${names}, and a ${form.type} adapter of it cannot be taken apart`);
  }
  const index = module.layers.findIndex(({ path }) => path === layer);
  const own = module.layers[index]!.shape;
  const whole: LayerShape = { ...own, out: sumOut(module.layers) };
  const value = tensor.read(stored, { layer: whole, config, layers });
  const axis = axisOfColumns(method, config, name, own, whole);
  return axis === undefined ? value : slice(value, axis, sumOut(module.layers.slice(0, index)), own.out);
}

const sumOut = (layers: readonly LinearLayer[]) => layers.reduce((sum, { shape }) => sum + shape.out, 0);

function axisOfColumns(method: Method, config: unknown, name: string, own: LayerShape, whole: LayerShape) {
  const [narrow, wide] = [own, whole].map((shape) => method.weight!.tensors(shape, config)[name]!.shape);
  const axis = narrow!.findIndex((size, index) => size !== wide![index]);
  return axis === -1 ? undefined : axis;
}

/** `size` entries from `first` on along an axis of a vector or a matrix. */
function slice({ shape, values }: HostTensor, axis: number, first: number, size: number): HostTensor {
  if (axis === 0) {
    const row = values.length / shape[0]!;
    return { shape: [size, ...shape.slice(1)], values: values.slice(first * row, (first + size) * row) };
  }
  return transpose(slice(transpose({ shape, values }), 0, first, size));
}

/** @throws PeftAdapterError naming a tensor that nothing of ours comes from */
function requireNoOther({ form, modules, tensors }: Reader, own: ReadonlyMap<string, ReadTensor>): void {
  const zeros = modules.flatMap(({ prefix, layers }) =>
    Object.keys(form.zeros?.(layers[0]!.shape) ?? {}).map((name) => `${prefix}${name}`),
  );
  const none = (key: string) => tensors.get(key)?.values.every((value) => value === 0);
  const used = new Set([...[...own.values()].flatMap(({ keys }) => keys ?? []), ...zeros.filter(none)]);
  const endings = [...used].filter((key) => !key.startsWith(MODULE)).map((key) => key.slice(MODEL.length));
  // peft repeats matrices that all layers share beside every layer.
  const other = [...tensors.keys()].find((key) => !used.has(key) && !endings.some((end) => key.endsWith(`.${end}`)));
  if (other !== undefined)
    throw new PeftAdapterError(`adapter_model.safetensors holds ${other}, which is not expected`);
}

/** @throws PeftAdapterError naming a tensor of whole numbers in the place of one of floats */
function requireFloats(tensors: ReadonlyMap<string, HostState>, own: ReadonlyMap<string, ReadTensor>): void {
  const whole = new Set([...own.values()].flatMap((each) => (each.whole && each.keys) ?? []));
  const wrong = [...tensors].find(([key, { values }]) => values instanceof Int32Array && !whole.has(key));
  if (wrong) throw new PeftAdapterError(`${wrong[0]} holds whole numbers (I32); expected floats`);
}

function headTensors(head: ReadonlyMap<string, HostTensor> | undefined): [string, HostTensor][] {
  if (head === undefined) return [];
  const [weight, bias] = ['weight', 'bias'].map((name) => head.get(name));
  if (weight?.shape.length !== 2 || bias?.shape.join() !== `${weight.shape[0]}`) {
    throw new PeftAdapterError('classification_head.safetensors: expected weight [classes, width] and bias [classes]');
  }
  return [
    ['head.kernel', transpose(weight)],
    ['head.bias', bias],
  ];
}
