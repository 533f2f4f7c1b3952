/** @file The file of a tool that trains a configuration of ours. */

import { PeftAdapterError } from '../export/error.js';
import { readExperiment } from '../export/experiment.js';
import { findTraining } from '../methods/registry.js';
import { presetConfig } from '../models/config.js';
import { isOff } from './fields.js';
import { tools } from './registry.js';
import type { ToolEntry } from './tool.js';

/** A configuration of ours on settings of the tool. */
export interface PresetAsked extends Omit<ToolEntry, 'adapter'> {
  tool: string;
  /** Settings of the tool's own, as base, data and lengths. */
  settings: Readonly<Record<string, unknown>>;
  method: string;
  /** Settings of the method, its rank among them. */
  config: Readonly<Record<string, unknown>>;
  /** The folder that the tool writes to. */
  output: string;
}

/** A configuration that a tool cannot train. */
export class PresetError extends Error {
  override readonly name = 'PresetError';
  constructor(
    readonly field: 'method' | 'config' | 'settings',
    message: string,
  ) {
    super(message);
  }
}

/**
 * Keys and values of the file: the tool's own settings, with what the trial decides in the place of what they say of it.
 *
 * @throws PresetError where the tool has no key for the method or a setting of it
 */
export function renderPreset({ tool: name, settings, method, config, output, ...entry }: PresetAsked) {
  const { preset, peftKeys, title } = tools.find((each) => each.name === name)!;
  if (trustsCode(settings))
    throw new PresetError(
      'settings',
      'trust_remote_code runs code of whoever wrote the base or the data: leave it out',
    );
  const adapter = adapterOf(method, config, title);
  const written = preset!.write({ ...entry, adapter }, settings);
  const own: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(adapter ?? {})) {
    const key = peftKeys[field];
    if (key === undefined) throw new PresetError('method', `${title} has no key for ${field} of ${method}`);
    own[key] = value;
  }
  // The layers, and the dropout of their inputs, are for the tool's own settings to say.
  const { target_modules: _, lora_dropout: __, modules_to_save: ___, ...decided } = peftKeys;
  const without = Object.fromEntries(Object.values(decided).map((key) => [key, undefined]));
  const all = { ...settings, ...without, ...own, ...written, [preset!.output]: output };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

/** True if settings let code of others run, at any depth: tools take texts and numbers for a flag too. */
const trustsCode = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  Object.entries(value).some(([key, inner]) => (key === 'trust_remote_code' && !isOff(inner)) || trustsCode(inner));

/** A shape on which an adapter is read back. */
const shape = presetConfig('nano', 512);

/** Fields of peft that differ from its defaults; null where every weight is trained. */
function adapterOf(name: string, config: Readonly<Record<string, unknown>>, title: string): ToolEntry['adapter'] {
  const method = findTraining(name);
  const parsed = method.config.safeParse(config);
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0]!;
    throw new PresetError('config', [...path, message].join(': '));
  }
  const form = method.peft ?? method.peftConfig;
  if (form?.type !== 'LORA') {
    if (readExperiment({ model: shape }).method === name) return null;
    throw new PresetError(
      'method',
      `${title} is told of LoRA and its kinds that peft has, and of full-ft: not of ${name}`,
    );
  }
  const settings = form.settings(parsed.data, []);
  const adapter = { peft_type: form.type, ...settings };
  const back = readBack(adapter);
  if (back !== name)
    throw new PresetError('method', `${title} would train ${back} by the fields that ${name} has in peft: name that`);
  const usual = (field: string, value: unknown) => isOff(value) || (field === 'init_lora_weights' && value === true);
  return Object.fromEntries(Object.entries(settings).filter(([field, value]) => !usual(field, value)));
}

function readBack(config: Readonly<Record<string, unknown>>): string {
  try {
    return readExperiment({ model: shape, config }).method;
  } catch (error) {
    if (error instanceof PeftAdapterError) throw new PresetError('method', error.message);
    throw error;
  }
}
