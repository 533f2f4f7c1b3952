/** @file The form of an estimate, and the request that it stands for. */
import {
  type attentions,
  type BaseView,
  type baseDtypes,
  byteSizeForm,
  bytesOfSize,
  CreateEstimate,
  type CreateEstimateInput,
  CreateFileEstimate,
  type CreateFileEstimateInput,
  type checkpointings,
  type computeDtypes,
  type EngineName,
  flatIssues,
  publishedConfig,
  TorchSetup,
} from '@rankforge/contracts';

import type { z } from 'zod';
import type { Change } from './row-text.js';

export interface EstimateValues {
  /**
   * The model is a base of this installation, one whose shapes are known by its id, or a `config.json` that was pasted; or a file of another
   * tool says it, with the training.
   */
  source: 'base' | 'published' | 'config' | 'file';
  base: string;
  /** The id of a published model. */
  published: string;
  /** The base, where a file names one that is not known. */
  config: string;
  /** A configuration of another tool. */
  file: string;
  /** The `adapter_config.json` beside it; empty: there is none. */
  adapter: string;
  methods: string[];
  ranks: string[];
  targets: string[];
  optimizer: string;
  /** Whose bytes are asked for: those of an engine of this platform, or of transformers and peft on CUDA. */
  profile: Profile;
  engine: EngineName;
  /** Empty: the default of the profile. */
  dtype: (typeof baseDtypes)[number] | '';
  /** Empty: none, or `block` where torch prepares a quantized base. */
  checkpointing: (typeof checkpointings)[number] | '';
  /** Type of products with frozen kernels on an engine; empty: float32. */
  computeDtype: (typeof computeDtypes)[number] | '';
  /** The engine's attention; empty: it goes by the length. */
  attention: (typeof attentions)[number] | '';
  torch: TorchValues;
  /** Empty: the default. */
  batch: number | '';
  sequence: number | '';
  classes: number | '';
  budget: string;
  /** The name of a card, whose memory is the budget of torch; empty: the budget that is written. */
  gpu: string;
}

export type Profile = 'rankforge' | 'torch';
export type TorchValues = Required<CreateEstimate>['torch'];

/** A field of the set-up of torch has its own name, with a prefix. */
export type EstimateField = keyof EstimateValues | `torch/${keyof TorchValues}`;

/** @example fieldOf(['torch', 'update']) // 'torch/update' */
export const fieldOf = ([first, second]: readonly PropertyKey[]): EstimateField =>
  (first === 'torch' && second !== undefined ? `torch/${String(second)}` : String(first)) as EstimateField;

export interface CheckedValues<Request = CreateEstimateInput> {
  /** Absent where a field is wrong. */
  request?: Request;
  mistakes: Partial<Record<EstimateField, string>>;
}

/** Methods that most people ask about first. */
const firstMethods = ['full-ft', 'lora', 'dora', 'vera', 'ia3'];

/** Layers that most people put adapters on. */
const usualTargets = ['query', 'value'];

/** The usual layers, or all where the model has others. */
export const targetsOf = (model: Pick<BaseView, 'targets'> | undefined): string[] =>
  model === undefined || usualTargets.every((target) => model.targets.includes(target)) ? usualTargets : model.targets;

type Base = Pick<BaseView, 'name' | 'targets' | 'input'>;

/** A base that reads tokens comes first: it can be asked for any length. */
export function startValues(bases: readonly Base[], methods: readonly string[]): EstimateValues {
  const first = bases.find(({ input }) => input.kind === 'tokens') ?? bases[0];
  return {
    source: first ? 'base' : 'config',
    base: first?.name ?? '',
    published: 'meta-llama/Llama-3.1-8B',
    config: '',
    file: '',
    adapter: '',
    methods: firstMethods.filter((name) => methods.includes(name)),
    ranks: [],
    targets: targetsOf(first),
    optimizer: 'adamw',
    profile: 'rankforge',
    engine: 'wasm',
    dtype: '',
    checkpointing: '',
    computeDtype: '',
    attention: '',
    torch: TorchSetup.parse({}),
    batch: '',
    sequence: '',
    classes: '',
    budget: '24 GiB',
    gpu: '',
  };
}

/** The request of the form, or what is wrong with each field. */
export function checkValues(values: EstimateValues): CheckedValues {
  const { source, base, config, published, ranks, methods, targets, optimizer, checkpointing, ...rest } = values;
  const { profile, engine, torch, computeDtype, attention, dtype, batch, sequence, classes } = rest;
  const mistakes: CheckedValues['mistakes'] = {};
  const json = source === 'base' ? undefined : source === 'config' ? parseConfig(config) : publishedConfig(published);
  if (typeof json === 'string') mistakes.config = json;
  const memory = memoryOf(values);
  if (typeof memory === 'string') mistakes.budget = memory;
  if (methods.length === 0) mistakes.methods = 'choose at least one method';
  const request = {
    targets,
    optimizer,
    ...(checkpointing === '' ? {} : { checkpointing }),
    ...(profile === 'torch'
      ? { torch }
      : { engine, ...(computeDtype === '' ? {} : { computeDtype }), ...(attention === '' ? {} : { attention }) }),
    ...(dtype === '' ? {} : { dtype }),
    ...(source === 'base' ? { base } : { config: typeof json === 'object' ? { ...json } : {} }),
    methods,
    ...(ranks.length > 0 ? { ranks: ranks.map(Number) } : {}),
    ...(batch === '' ? {} : { batch }),
    ...(sequence === '' ? {} : { sequence }),
    ...(classes === '' ? {} : { classes }),
    ...(typeof memory === 'object' ? memory : {}),
  };
  return checkedBy(CreateEstimate, request, mistakes);
}

/** The request of a file of another tool, or what is wrong with each field. */
export function checkFileValues(values: EstimateValues): CheckedValues<CreateFileEstimateInput> {
  const { file, adapter, config, torch } = values;
  const mistakes: CheckedValues['mistakes'] = {};
  if (file.trim() === '') mistakes.file = 'paste a configuration, or upload it';
  const objectOf = (field: 'adapter' | 'config', text: string) => {
    const json = text.trim() === '' ? undefined : parseConfig(text);
    if (typeof json === 'string') mistakes[field] = json;
    return typeof json === 'object' ? { [field]: json } : {};
  };
  const memory = memoryOf({ ...values, profile: 'torch' });
  if (typeof memory === 'string') mistakes.budget = memory;
  const request = {
    file,
    ...objectOf('adapter', adapter),
    ...objectOf('config', config),
    ...(typeof memory === 'object' ? memory : {}),
    ...withoutEmpty({ gpus: torch.gpus, shard: torch.shard }),
  };
  return checkedBy(CreateFileEstimate, request, mistakes);
}

function checkedBy<T extends object>(schema: z.ZodType<unknown, T>, request: T, found: CheckedValues['mistakes']) {
  const mistakes = { ...found };
  const checked = schema.safeParse(request);
  if (!checked.success) {
    for (const { path, message } of flatIssues(checked.error.issues)) {
      if (path.length > 0) mistakes[fieldOf(path)] ??= message;
    }
  }
  return Object.keys(mistakes).length > 0 ? { mistakes } : { request, mistakes };
}

/** The memory that is to suffice, or what is wrong with it; undefined where none is named. */
function memoryOf({ profile, gpu, budget }: Pick<EstimateValues, 'profile' | 'gpu' | 'budget'>) {
  if (profile === 'torch' && gpu !== '') return { gpu };
  if (budget.trim() === '') return undefined;
  const bytes = bytesOfSize(budget);
  return bytes === undefined ? `expected ${byteSizeForm}` : { budget: bytes };
}

/**
 * The fields that files fill, by what they hold: a `config.json`, an `adapter_config.json`, or another configuration.
 * @example valuesOfFiles(['{"model_type": "llama"}']) // { source: 'config', config: '{"model_type": "llama"}' }
 */
export function valuesOfFiles(texts: readonly string[]): Partial<EstimateValues> {
  const held = (key: string) => texts.find((text) => Object.hasOwn(objectIn(text), key));
  const config = held('model_type');
  const adapter = held('peft_type');
  const file = texts.find((text) => text !== config && text !== adapter);
  if (file === undefined && adapter === undefined) return { source: 'config', config: config ?? '' };
  const beside = file === undefined ? '' : (adapter ?? '');
  return { source: 'file', file: file ?? adapter ?? '', adapter: beside, config: config ?? '' };
}

function objectIn(text: string): object {
  const json = text.trim() === '' ? undefined : parseConfig(text);
  return typeof json === 'object' ? json : {};
}

/** The fields of the form that a change of an answer sets. */
export function changedBy(
  { rank, attention, gpus, shard, total: _, ...same }: Change,
  { profile, torch }: EstimateValues,
): Partial<EstimateValues> {
  const inTorch = profile === 'torch' && (attention !== undefined || gpus !== undefined);
  return {
    ...same,
    ...(rank === undefined ? {} : { ranks: [String(rank)] }),
    ...(inTorch ? { torch: TorchSetup.parse({ ...torch, ...withoutEmpty({ attention, gpus, shard }) }) } : {}),
    ...(attention === undefined || inTorch ? {} : { attention: attention as EstimateValues['attention'] }),
  };
}

/** The object, or what is wrong with the text. */
function parseConfig(text: string): Record<string, unknown> | string {
  if (text.trim() === '') return 'paste the config.json of a model';
  try {
    const json: unknown = JSON.parse(text);
    return typeof json === 'object' && json !== null && !Array.isArray(json)
      ? (json as Record<string, unknown>)
      : 'expected an object, as in {"model_type": "llama", …}';
  } catch (error) {
    return `not JSON: ${(error as Error).message}`;
  }
}

export const withoutEmpty = <T extends object>(fields: T) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
