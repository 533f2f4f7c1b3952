/** @file Writes a trained adapter as Python peft reads it, or merged into its base. One walk over the method's record. */
import { joined, safetensorsPieces, writeSafetensors } from '../io/safetensors.js';
import { type HostState, type HostTensor, type Method } from '../method.js';
import { type LoadedBase } from '../models/base.js';
import { modelInput } from '../models/config.js';
import { modelConfigText } from '../models/huggingface.js';
import { storedTensors } from '../models/tensors.js';
import { type AdapterInfo, readAdapter } from '../training/adapter.js';
import { restore } from '../training/evaluate.js';
import { headAnswering, ownUnit } from '../training/head-answers.js';
import { drawnBaseOf } from '../training/origin.js';
import { attentionFiles } from './attentions.js';
import { ExportError } from './error.js';
import { factorsOf, type HostFactors, loraOfModule, onOriginalBase } from './folded.js';
import { type ExportFormat, formatRefusal, planLeaving } from './formats.js';
import {
  answersInConfig,
  type Classifier,
  classifierOf,
  headFile,
  headMetadata,
  LABELS_FILE,
  taskType,
} from './head.js';
import { loraSettings, others } from './lora.js';
import { changedParameters } from './merged.js';
import { nativeTensors, zerosBeside } from './native.js';
import type { PlacedFiles } from './placed.js';
import { promptEmbeddings, promptSettings } from './prompt.js';
import { CHAT_FILE, type ExportedChat, readmeOf } from './readme.js';
import { type ExportPlan, type Route, type TargetedModule } from './route.js';
import { tokenFiles } from './tokens.js';

/** The peft release whose files ours are like, and that the interoperability test loads them with. */
export const PEFT_VERSION = '0.21.2';

export interface ExportInput {
  model: LoadedBase;
  method: Method;
  /** The `adapter` that `train` returned. */
  adapter: Uint8Array;
  format: ExportFormat;
  /** Written to `base_model_name_or_path`. */
  baseName: string;
  /** The commit of the base on its hub; omitted: it has none. */
  baseRevision?: string | undefined;
  /** Present where it was trained on conversations. */
  chat?: ExportedChat | undefined;
}

/** The content of a file: its bytes, or its pieces one after another, as `writeFile` takes both. Pieces are read once. */
export type FileContent = Uint8Array | Iterable<Uint8Array>;

/**
 * The files of an adapter in another format, by name. An open engine makes the products; base and adapter are read only. Weights
 * of a merged model come in pieces, since no buffer may hold them.
 *
 * @throws ExportError if the method has no peft form on this base, or cannot be merged: the message says why, and which
 *   format is possible
 * @throws Error if the adapter was made by another method, or does not fit the model
 * @example
 * await openEngine('cpu');
 * const files = await exportedFiles({ model, method, adapter, format: 'merged', baseName: 'meta-llama/Llama-3.2-1B' });
 * for (const [name, content] of files) await writeFile(join(folder, name), content);
 */
export async function exportedFiles(given: ExportInput): Promise<Map<string, FileContent>> {
  const { info, tensors: stored } = readAdapter(given.adapter);
  // Parameters that the training left alone are as they were drawn.
  const input = { ...given, model: drawnBaseOf(given.model, info) ?? given.model };
  const leaving = { model: input.model.config, method: input.method, info };
  const plan = planLeaving(leaving);
  const refused = formatRefusal(given.format, leaving, plan);
  if (refused !== undefined) throw new ExportError(refused);
  const { config: model } = input.model;
  const tensors = headAnswering(stored, info, { unit: ownUnit });
  const made = { ...input, head: classifierOf(model, tensors), info };
  const files = input.format === 'merged' ? await mergedFiles(made) : await peftFiles(made, plan, tensors);
  const beside = headFile(model, tensors);
  const base = { name: given.baseName, revision: given.baseRevision };
  const { format, method, chat } = given;
  const readme = readmeOf({ title: method.title, model, format, base, info, headBeside: beside.length > 0, chat });
  return new Map([
    ...files,
    ...beside,
    ...(info.labels ? [[LABELS_FILE, json(info.labels)] as const] : []),
    ...(chat ? [[CHAT_FILE, new TextEncoder().encode(chat.template)] as const] : []),
    ['README.md', text(readme)],
  ]);
}

/**
 * The bytes of `exportedFiles`.
 *
 * @throws RangeError if those of a file are more than a buffer holds
 * @example
 * const files = await exportAdapter({ model, method, adapter, format: 'peft', baseName: 'meta-llama/Llama-3.2-1B' });
 */
export async function exportAdapter(given: ExportInput): Promise<Map<string, Uint8Array>> {
  return whole(await exportedFiles(given));
}

/** With the head that goes into the files. */
type Made = ExportInput & { head: Classifier | undefined; info: AdapterInfo };

async function peftFiles(
  input: Made,
  plan: ExportPlan,
  stored: ReadonlyMap<string, HostTensor>,
): Promise<Map<string, Uint8Array>> {
  const { info } = input;
  const { route, modules } = plan;
  if (route.kind === 'merged') throw new ExportError(route.reason);
  if (route.kind === 'prompt') {
    return sequenceFiles(input, plan, stored);
  }
  if (route.kind === 'tokens') {
    const files = tokenFiles(route.part, input.model.config, plan.trial.ownRows!, stored);
    return placedFolder(input, route.part.peft.type, files);
  }
  if (route.kind === 'folded') {
    const lora = await foldedModules(input, plan, route);
    const ranks = modules.map(({ name }) => lora.get(name)!.lora_A.shape[0]!);
    const tensors = [...lora].flatMap(([name, parts]) =>
      Object.entries(parts).map(([part, value]) => [`base_model.model.${name}.${part}.weight`, value] as const),
    );
    return adapterFiles(input, modules, 'LORA', foldedSettings(modules, ranks), true, new Map(tensors));
  }
  const { form } = route;
  const named = modules.map(({ name, targeted: [layer] }) => ({ ...layer!, name }));
  const tensors = nativeTensors(form, plan).map(({ path, key, write }) => [key, write(stored.get(path)!)] as const);
  const settings = form.settings(info.config, named);
  const all = new Map([...tensors, ...zerosBeside(form, plan)]);
  return adapterFiles(input, modules, form.type, settings, form.conv1d ?? false, all);
}

async function sequenceFiles(
  made: Made,
  { trial: { adapters } }: ExportPlan,
  stored: ReadonlyMap<string, HostTensor>,
): Promise<Map<string, Uint8Array>> {
  const { model, method, adapter, info } = made;
  const { config } = info;
  const { peft, ...part } = method.sequence!;
  if (peft.tensors) {
    return placedFolder(made, peft.type, attentionFiles(peft, { model: model.config, config, adapters, stored }));
  }
  const trial = restore(model, method, adapter);
  try {
    const tensors = new Map([['prompt_embeddings', await promptEmbeddings(trial, model.config)]]);
    return peftFolder(made, peft.type, promptSettings({ ...part, peft }, model.config, config), tensors);
  } finally {
    trial.dispose();
  }
}

async function foldedModules(
  { model, method, adapter }: ExportInput,
  { modules }: ExportPlan,
  route: Extract<Route, { kind: 'folded' }>,
) {
  let first: Promise<Map<string, HostFactors>> | undefined;
  const trial = restore(model, method, adapter, {
    untrained(trial) {
      if (route.residual) first = factorsOf(trial, route);
    },
  });
  try {
    const initial = await first;
    const factors = await factorsOf(trial, route);
    for (const [path, now] of initial ? factors : []) {
      factors.set(path, onOriginalBase(route, now, initial!.get(path)!));
    }
    return new Map(modules.map((module) => [module.name, loraOfModule(module, factors)] as const));
  } finally {
    trial.dispose();
  }
}

/** Scale 1 everywhere. Modules whose rank is not the largest are listed by path. */
function foldedSettings(modules: readonly TargetedModule[], ranks: readonly number[]): Record<string, unknown> {
  const r = Math.max(...ranks);
  const pattern = others(
    modules.map(({ name }, index) => ({ name, rank: ranks[index]! })),
    ({ rank }) => rank,
    r,
  );
  return { ...loraSettings({ r, alpha: r }), rank_pattern: pattern, alpha_pattern: pattern };
}

function adapterFiles(
  made: Made,
  modules: readonly TargetedModule[],
  type: string,
  settings: Record<string, unknown>,
  conv1d: boolean,
  tensors: ReadonlyMap<string, HostState>,
): Map<string, Uint8Array> {
  const layers = {
    target_modules: modules.map(({ name }) => name),
    ...(conv1d ? { fan_in_fan_out: modules.some((module) => module.conv1d) } : {}),
  };
  return peftFolder(made, type, { ...layers, ...settings }, tensors);
}

/** An adapter on no linear layer, which has no head beside it. */
function placedFolder(made: Made, type: string, { settings, tensors }: PlacedFiles): Map<string, Uint8Array> {
  return peftFolder(made, type, { ...settings, modules_to_save: undefined }, tensors);
}

function peftFolder(
  { baseName, baseRevision, model, method, head, info }: Made,
  type: string,
  settings: Record<string, unknown>,
  tensors: ReadonlyMap<string, HostState>,
): Map<string, Uint8Array> {
  const config = {
    peft_type: type,
    task_type: taskType(model.config),
    base_model_name_or_path: baseName,
    revision: baseRevision ?? null,
    inference_mode: true,
    peft_version: PEFT_VERSION,
    modules_to_save: head ? [head.module] : null,
    ...settings,
  };
  // A prompt wraps the model itself, every other type a model of its own around it.
  const isPrompt = method.sequence !== undefined && !method.sequence.peft.tensors;
  const prefix = isPrompt ? 'base_model.' : 'base_model.model.';
  const saved = [...(head?.tensors ?? [])].map(([name, value]) => [`${prefix}${name}`, value] as const);
  return new Map([
    ['adapter_config.json', json(config)],
    [
      'adapter_model.safetensors',
      writeSafetensors(new Map([...tensors, ...saved]), { format: 'pt', ...headMetadata(info) }),
    ],
  ]);
}

/** The files of a base model as a Hugging Face folder. */
export function exportBase(model: LoadedBase): Map<string, Uint8Array> {
  return whole(baseFolder(model));
}

/** The same with other values for some of its parameters, and a head that answers as `info` says. */
function baseFolder(
  model: LoadedBase,
  changed: ReadonlyMap<string, HostTensor> = new Map(),
  { head, info }: Partial<Pick<Made, 'head' | 'info'>> = {},
) {
  const values = (path: string) => changed.get(path) ?? model.host(path);
  const tensors = new Map([...storedTensors(model.config, values), ...(head?.tensors ?? [])]);
  const labels = head && { num_labels: head.outputs, ...answersInConfig(info) };
  return new Map<string, FileContent>([
    ['config.json', text(modelConfigText(model.config, { ...model.namedTokens, ...labels }))],
    ['model.safetensors', safetensorsPieces(tensors, { format: 'pt' })],
    ...(modelInput(model.config).kind === 'tokens' ? [['tokenizer.json', json(model.tokenizer)] as const] : []),
  ]);
}

async function mergedFiles({ model, method, adapter, head, info }: Made) {
  const trial = restore(model, method, adapter);
  try {
    return baseFolder(model, await changedParameters(trial, { model, method }), { head, info });
  } finally {
    trial.dispose();
  }
}

const whole = (files: ReadonlyMap<string, FileContent>) =>
  new Map([...files].map(([name, content]) => [name, content instanceof Uint8Array ? content : joined(content)]));
const text = (content: string): Uint8Array => Buffer.from(`${content}\n`);
const json = (value: unknown): Uint8Array => text(JSON.stringify(value, null, 2));
