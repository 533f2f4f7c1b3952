/** @file Reads a configuration of Python peft that is still to be trained: which method of ours does the same, and where. */
import type { LayerRole, Method } from '../method.js';
import { baseParameters, type LinearLayer, linearLayers, type ModelConfig } from '../models/config.js';
import { modulesOf, storedModules } from '../models/tensors.js';
import { methods } from '../registry.js';
import { PeftAdapterError } from './error.js';
import type { PeftConfigForm } from './form.js';
import { differs, identify, parseSettings, type Settings } from './settings.js';

export interface PeftExperiment {
  /** Name in the registry. */
  method: string;
  /** Parsed by the method's schema. */
  config: unknown;
  /** Names of the base's layers. */
  targets: string[];
  /** Dropout of the adapter's input. */
  dropout: number;
}

/** Roles of the layers of a block by the names in an experiment that was written for Llama. */
const llamaRoles: Readonly<Record<string, LayerRole>> = {
  q_proj: 'query',
  k_proj: 'key',
  v_proj: 'value',
  o_proj: 'output',
  gate_proj: 'gate',
  up_proj: 'up',
  down_proj: 'down',
};

/** Where peft puts an adapter whose `target_modules` is null, for most types. */
const usualRoles: readonly LayerRole[] = ['query', 'value'];

/**
 * A base whose modules have other names than the experiment's gets the adapter on its layers of the same role.
 *
 * @param config an `adapter_config.json`; undefined for an experiment without one, which trains every weight
 * @throws PeftAdapterError naming the type, field or module that has no counterpart here
 * @example
 * readExperiment({ model: base.config, config: { peft_type: 'LORA', r: 8, lora_alpha: 16, target_modules: ['q_proj'] } })
 * // { method: 'lora', config: { rank: 8, alpha: 16 }, targets: ['query'], dropout: 0 }
 */
export function readExperiment({ model, config }: { model: ModelConfig; config?: unknown }): PeftExperiment {
  if (config === undefined) {
    const targets = namesOf(linearLayers(model));
    return { method: everyWeight(model).name, config: {}, targets, dropout: 0 };
  }
  const settings = parseSettings(config);
  requirePlainDropout(settings);
  requireEveryBlock(settings);
  const onNoLayer = besideLayers(model, settings);
  if (onNoLayer) return onNoLayer;
  const layers = targetedLayers(model, settings);
  const found = identify(
    withoutGate(model, settings),
    layers.map(({ path, shape }) => ({ name: `${path}.${peftName(shape.role)}`, shape })),
    configForm,
  );
  return {
    method: found.method.name,
    config: found.config,
    targets: namesOf(layers),
    dropout: inputDropout(settings),
  };
}

/**
 * How peft names a method whose adapter is still to be trained: fields that say how files are kept are not compared, and values that
 * only a trained adapter may say are not taken for others.
 */
function configForm({ weight, peft, peftConfig }: Method): PeftConfigForm<unknown> | undefined {
  const form = peft ?? peftConfig;
  if (weight === undefined || form === undefined) return undefined;
  const equivalent = Object.fromEntries(
    Object.entries(form.equivalent ?? {}).map(([field, values]) => [
      field,
      values.filter((value) => !form.onceTrained?.[field]?.includes(value)),
    ]),
  );
  return { ...form, equivalent, trainingOnly: [...(form.trainingOnly ?? []), ...(form.filesOnly ?? [])] };
}

/** The part of a form that matters where the method is on no layer. */
interface FormOnNoLayer {
  type: string;
  config(settings: Settings): unknown;
  expects?: Settings;
  usualModules?: readonly string[];
}

/** How peft names a method that stands before the tokens or beside them, in their table, or that trains parameters of the base. */
function formOnNoLayer({ weight, sequence, tokens, peftConfig }: Method): FormOnNoLayer | undefined {
  const part = sequence ?? tokens;
  if (part !== undefined) return part.peft;
  if (weight !== undefined || peftConfig === undefined) return undefined;
  return { ...peftConfig, config: (settings) => peftConfig.config(settings, []) };
}

function besideLayers(model: ModelConfig, settings: Settings): PeftExperiment | undefined {
  const method = methods.find((each) => formOnNoLayer(each)?.type === settings.peft_type);
  if (method === undefined) return undefined;
  const form = formOnNoLayer(method)!;
  const { expects = {} } = form;
  const said = Object.fromEntries(Object.keys(expects).map((field) => [field, settings[field]]));
  const problem = differs(said, expects) ?? otherModules(model, method, { ...settings, usual: form.usualModules });
  if (problem !== undefined) throw new PeftAdapterError(`adapter_config.json: ${problem}`);
  // peft fills in the width when it puts the adapter on a model.
  const parsed = method.config.safeParse(form.config({ ...settings, token_dim: settings.token_dim ?? model.width }));
  if (parsed.success)
    return { method: method.name, config: parsed.data, targets: namesOf(linearLayers(model)), dropout: 0 };
  const { path, message } = parsed.error.issues[0]!;
  throw new PeftAdapterError(`adapter_config.json: ${method.name}: ${path.join('.')}: ${message}`);
}

/** Says where the modules that are named are others than those that the method trains; undefined where they are the same. */
function otherModules(
  model: ModelConfig,
  { name: title, trainsBase }: Method,
  { target_modules: targets, usual }: { target_modules?: unknown; usual: readonly string[] | undefined },
): string | undefined {
  if (usual === undefined) return undefined;
  const asked: unknown = targets ?? usual;
  if (!Array.isArray(asked) || !asked.every((name): name is string => typeof name === 'string')) {
    return `target_modules: ${JSON.stringify(targets)} cannot be read; expected a list of module names, or null`;
  }
  const trained = baseParameters(model)
    .filter((parameter) => trainsBase?.({ ...parameter, targeted: true }, {}))
    .map(({ path }) => modulesOf(model, path));
  const names = (target: string, modules: readonly string[]) =>
    modules.some((name) => name === target || name.endsWith(`.${target}`));
  const unknown = asked.find((target) => !trained.some((modules) => names(target, modules)));
  // Another base than Llama has other names for all of them.
  const isForLlama = asked.toSorted().join() === usual.toSorted().join();
  if (isForLlama && !asked.some((target) => trained.some((modules) => names(target, modules)))) return undefined;
  if (unknown !== undefined) return `target_modules: ${title} does not train ${unknown}`;
  const left = trained.find((modules) => !asked.some((target) => names(target, modules)));
  return left && `target_modules: leaves out ${left[0]}, which ${title} trains too`;
}

/** The method that trains all of the base and does nothing else. */
function everyWeight(model: ModelConfig): Method {
  const parameters = baseParameters(model).map((parameter) => ({ ...parameter, targeted: true }));
  return methods.find(
    ({ weight, rank, trainsBase }) =>
      weight === undefined &&
      rank === undefined &&
      trainsBase !== undefined &&
      parameters.every((each) => trainsBase(each, {})),
  )!;
}

function targetedLayers(
  model: ModelConfig,
  { target_modules: targets, peft_type: type }: Settings,
): readonly LinearLayer[] {
  const all = linearLayers(model);
  if (targets === 'all-linear') return all;
  if (targets === null || targets === undefined) {
    const form = methods.map(configForm).find((each) => each?.type === type);
    return withRoles(all, form?.usualRoles ?? usualRoles);
  }
  const names = Array.isArray(targets) ? targets : [];
  if (names.length === 0 || !names.every((name) => typeof name === 'string')) {
    throw new PeftAdapterError(
      `adapter_config.json: target_modules: ${JSON.stringify(targets)} cannot be read; expected a list of module names, "all-linear" or null`,
    );
  }
  const chosen = new Set(names.flatMap((name: string) => layersCalled(model, all, name)));
  return all.filter((layer) => chosen.has(layer));
}

/** Layers of the base in modules of this name, or with the role that Llama's module of this name has. */
function layersCalled(model: ModelConfig, all: readonly LinearLayer[], name: string): LinearLayer[] {
  const own = storedModules(model).filter(({ name: loaded, fileName }) =>
    [loaded, fileName].some((path) => path === name || path.endsWith(`.${name}`)),
  );
  const paths = new Set(own.flatMap(({ layers }) => layers.map(({ path }) => path)));
  const found = paths.size > 0 ? all.filter(({ path }) => paths.has(path)) : inRole(all, llamaRoles[name]);
  if (found.length === 0) {
    throw new PeftAdapterError(`adapter_config.json: target_modules: the base has no module like ${name}`);
  }
  return found;
}

/** Where a feed-forward part has no gate, the layer that goes up stands for it. */
function inRole(layers: readonly LinearLayer[], role: LayerRole | undefined): LinearLayer[] {
  if (role === undefined) return [];
  const found = withRoles(layers, [role]);
  return found.length === 0 && role === 'gate' ? withRoles(layers, ['up']) : found;
}

/** Lists of modules, where the base has no gate, with the layer that goes up in its place. */
function withoutGate(model: ModelConfig, settings: Settings & { peft_type: string }): Settings & { peft_type: string } {
  if (withRoles(linearLayers(model), ['gate']).length > 0) return settings;
  const own = (name: unknown) => (typeof name === 'string' && llamaRoles[name] === 'gate' ? peftName('up') : name);
  const entries = Object.entries(settings).map(([field, value]) => [
    field,
    Array.isArray(value) ? [...new Set(value.map(own))] : value,
  ]);
  return { ...Object.fromEntries(entries), peft_type: settings.peft_type };
}

const withRoles = (layers: readonly LinearLayer[], roles: readonly LayerRole[]): LinearLayer[] =>
  layers.filter(({ shape: { role } }) => role !== undefined && roles.includes(role));

const namesOf = (layers: readonly LinearLayer[]): string[] => [...new Set(layers.map(({ name }) => name))];

const peftName = (role: LayerRole | undefined): string =>
  Object.keys(llamaRoles).findLast((name) => llamaRoles[name] === role) ?? 'module';

const dropouts = (settings: Settings): [string, number][] =>
  Object.entries(settings).filter(
    (entry): entry is [string, number] => /dropout$/.test(entry[0]) && typeof entry[1] === 'number',
  );

/** Dropout of whole ranks, rows or modules is something else than dropout of the input. */
const isPlain = (name: string): boolean => !['rank_dropout', 'module_dropout', 'boft_dropout'].includes(name);

const inputDropout = (settings: Settings): number =>
  Math.max(0, ...dropouts(settings).flatMap(([name, value]) => (isPlain(name) ? [value] : [])));

function requirePlainDropout(settings: Settings): void {
  const other = dropouts(settings).find(([name, value]) => !isPlain(name) && value > 0);
  if (other) {
    throw new PeftAdapterError(`adapter_config.json: ${other[0]}: ${other[1]} cannot be trained here; expected 0`);
  }
}

/** @throws PeftAdapterError naming a field by which some modules of those that are named get no adapter, or others are trained too */
function requireEveryBlock(settings: Settings): void {
  const isSet = (value: unknown) =>
    value !== null && value !== undefined && !(Array.isArray(value) && value.length === 0);
  const field = ['exclude_modules', 'layers_to_transform', 'modules_to_save'].find((name) => isSet(settings[name]));
  if (field === undefined) return;
  const said = JSON.stringify(settings[field]);
  throw new PeftAdapterError(`adapter_config.json: ${field}: ${said} cannot be trained here; expected null`);
}
