/** @file Tensors of a sequence part that stand at the modules of attentions, as Python peft stores them, and the way back. */
import type { AttentionForm, HostTensor } from '../method.js';
import { linearLayers, type ModelConfig } from '../models/config.js';
import { modelConfigText } from '../models/huggingface.js';
import { sequenceShape } from '../models/sequence.js';
import { storedModules } from '../models/tensors.js';
import { methods } from '../registry.js';
import type { AdapterTensor } from '../training/plan.js';
import { PeftAdapterError } from './error.js';
import { MODULE, type PeftFiles } from './form.js';
import { configOf, type PlacedFiles, planned, type ReadPlaced, readPlaced, requireSettings } from './placed.js';

/** The adapter as peft reads it onto the base; see `unlikePeft` for where it cannot. */
export function attentionFiles(
  form: AttentionForm<unknown>,
  {
    model,
    config,
    adapters,
    stored,
  }: {
    model: ModelConfig;
    config: unknown;
    adapters: readonly AdapterTensor[];
    stored: ReadonlyMap<string, HostTensor>;
  },
): PlacedFiles {
  const tensors = adapters.map(({ path, name, users: [attention] }) => {
    const [key] = keysOf(model, attention!, name);
    return [key!, form.tensors[endOf(name)]!.write(stored.get(path)!)] as const;
  });
  return { settings: settingsOf(form, model, config), tensors: new Map(tensors) };
}

/**
 * Reads an adapter whose type is one of a sequence part with tensors at attentions.
 *
 * @returns undefined for another type
 * @throws PeftAdapterError naming the setting or the tensor that is not as expected
 */
export function readAttentions(
  model: ModelConfig,
  { settings, tensors }: PeftFiles,
  classes: number | undefined,
): ReadPlaced | undefined {
  const method = methods.find(({ sequence }) => sequence?.peft.tensors && sequence.peft.type === settings.peft_type);
  if (method === undefined) return undefined;
  const form = method.sequence!.peft as AttentionForm<unknown>;
  const reason = unlikePeft(form, model);
  if (reason !== undefined) throw new PeftAdapterError(`${form.type} cannot be read: ${reason}`);
  const config = configOf(method, form.config(settings));
  requireSettings(settings, settingsOf(form, model, config));
  const { targets, adapters } = planned({ model, method, config, classes });
  const own = readPlaced(
    tensors,
    adapters.map(({ path, name, shape, users: [attention] }) => ({
      path,
      shape,
      keys: keysOf(model, attention!, name),
      read: (stored) => form.tensors[endOf(name)]!.read(stored),
    })),
  );
  return { method, config, targets, tensors: own };
}

const endOf = (name: string): string => name.slice(name.lastIndexOf('.') + 1);
const parentOf = (path: string): string => path.slice(0, path.lastIndexOf('.'));

/** The path of the module of an attention as it is loaded, in files, and in a base without a head. */
function modulesOf(model: ModelConfig, attention: string): string[] {
  const found = storedModules(model).find(({ layers }) =>
    layers.some(({ path, shape }) => shape.role === 'key' && parentOf(path) === attention),
  )!;
  return [found.name, found.fileName].map(parentOf).flatMap((name) => [name, name.slice(name.indexOf('.') + 1)]);
}

const keysOf = (model: ModelConfig, attention: string, name: string): string[] =>
  modulesOf(model, attention).map((module) => `${MODULE}${module}.${endOf(name)}`);

function settingsOf(form: AttentionForm<unknown>, model: ModelConfig, config: unknown): Record<string, unknown> {
  const shape = sequenceShape(model);
  const [module] = modulesOf(model, shape.attentions[0]!.path);
  return { ...form.settings(config, shape), target_modules: endOf(module!) };
}

/** Why peft cannot put the type on the base, or computes something else there; undefined where it computes the same. */
export function unlikePeft({ type, modelTypes }: AttentionForm<unknown>, model: ModelConfig): string | undefined {
  const { model_type: own } = JSON.parse(modelConfigText(model)) as { model_type?: string };
  if (own === undefined || !modelTypes.includes(own)) {
    return `on ${own ?? 'this base'} Python peft has no ${type} that computes this, but on ${modelTypes.join(', ')}`;
  }
  const { shape } = linearLayers(model).find(({ shape: { role } }) => role === 'output')!;
  if (shape.bias) return `Python peft adds the bias of the output layer of an attention once more for ${type}`;
  if (shape.in === model.width) return undefined;
  return `Python peft shares the heads of ${type} by the width ${model.width} of the model, and all heads have ${shape.in}`;
}
