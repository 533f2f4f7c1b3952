/** @file The fields of an `adapter_config.json`, and which method they describe. */
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { Method } from '../method.js';
import { methods } from '../registry.js';
import { PeftAdapterError } from './error.js';
import type { PeftConfigForm, PeftForm, PeftModule } from './form.js';

export type Settings = Readonly<Record<string, unknown>>;

const settingsSchema = z.looseObject({ peft_type: z.string() });

/** Fields that every adapter has and that say nothing about its tensors. Which modules it is on follows from the tensors' names. */
const envelope = new Set([
  'peft_type',
  'auto_mapping',
  'base_model_name_or_path',
  'exclude_modules',
  'fan_in_fan_out',
  'inference_mode',
  'layers_pattern',
  'layers_to_transform',
  'peft_version',
  'revision',
  'target_modules',
  'task_type',
  // Read only where `megatron_config` is set, or `use_qalora`.
  'megatron_core',
  'qalora_group_size',
]);

/** @throws PeftAdapterError */
export function parseSettings(json: unknown): Settings & { peft_type: string } {
  const parsed = settingsSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new PeftAdapterError('adapter_config.json: peft_type: expected the name of a type, e.g. "LORA"');
}

export interface Identified<F = PeftForm<unknown>> {
  method: Method;
  form: F;
  /** Parsed by the method's schema. */
  config: unknown;
}

/**
 * The method an adapter is of: the first of the registry whose form says what the file says.
 *
 * @param modules those with an adapter; one that holds several layers once for each of them
 * @param formOf the form of a method, if it has one to be compared
 *
 * @throws PeftAdapterError naming a type that no method has, or the field in which the file differs from the likeliest one
 */
export function identify<F extends PeftConfigForm<unknown>>(
  settings: Settings & { peft_type: string },
  modules: readonly Omit<PeftModule, 'config'>[],
  formOf: (method: Method) => F | undefined,
): Identified<F> {
  const { peft_type: type } = settings;
  const forms = methods.flatMap((method) => {
    const form = formOf(method);
    return form === undefined ? [] : [{ method, form }];
  });
  const candidates = forms.filter(({ form }) => form.type === type);
  if (candidates.length === 0) {
    const known = [...new Set(forms.map(({ form }) => form.type))].sort().join(', ');
    throw new PeftAdapterError(`adapter_config.json: peft_type: ${type} cannot be read; expected one of ${known}`);
  }
  const problems: string[] = [];
  for (const { method, form } of candidates) {
    const parsed = method.config.safeParse(form.config(settings, modules));
    const problem = parsed.success
      ? difference(form, parsed.data, settings, modules)
      : `${parsed.error.issues[0]!.path.join('.')}: ${parsed.error.issues[0]!.message}`;
    if (problem === undefined) return { method, form, config: parsed.data };
    problems.push(problem);
  }
  throw new PeftAdapterError(`adapter_config.json: ${problems[0]}`);
}

/** The first field of the file that is not as the method writes it. */
const difference = (
  form: PeftConfigForm<unknown>,
  config: unknown,
  settings: Settings,
  modules: readonly Omit<PeftModule, 'config'>[],
): string | undefined =>
  differs(
    settings,
    form.settings(
      config,
      modules.map((module) => ({ ...module, config })),
    ),
    form,
    modules,
  );

/** The first field of a file that says something else than is expected, as a sentence; undefined: none. */
export function differs(
  settings: Settings,
  expected: Settings,
  form: Pick<PeftConfigForm<unknown>, 'trainingOnly' | 'equivalent' | 'same' | 'unreadable'> = {},
  modules: readonly Omit<PeftModule, 'config'>[] = [],
): string | undefined {
  const free = new Set([...envelope, ...(form.trainingOnly ?? [])]);
  const fields = new Set([...Object.keys(settings), ...Object.keys(expected)]);
  const isAlike = (name: string): boolean => {
    const [said, own] = [settings[name], expected[name]];
    const same = form.same?.[name];
    if (same && said != null && own != null) return isDeepStrictEqual(same(said, modules), same(own, modules));
    return isDeepStrictEqual(atRest(named(said, modules)), atRest(own));
  };
  const field = [...fields].find(
    (name) => !free.has(name) && !isAlike(name) && !form.equivalent?.[name]?.includes(settings[name]),
  );
  if (field === undefined) return undefined;
  const said = (value: unknown) => JSON.stringify(value) ?? 'nothing';
  const why = form.unreadable?.[field];
  if (settings[field] === undefined) {
    return `${field}: missing; expected ${said(expected[field])}: ${why ?? 'add it with the value that the adapter was trained with'}`;
  }
  return `${field}: ${said(settings[field])} cannot be read; expected ${said(expected[field])}${why ? `: ${why}` : ''}`;
}

/** Lists of modules name their ends; here they are whole. */
function named(value: unknown, modules: readonly Omit<PeftModule, 'config'>[]): unknown {
  if (!Array.isArray(value)) return value;
  return value.flatMap((entry) => {
    const whole = modules.filter(({ name }) => name === entry || name.endsWith(`.${entry}`)).map(({ name }) => name);
    return whole.length > 0 ? whole : [entry];
  });
}

/** The value of a field whose feature is off counts as left out. */
function atRest(value: unknown): unknown {
  const off =
    value === null ||
    value === false ||
    value === 'none' ||
    (typeof value === 'object' && Object.values(value).every((entry) => atRest(entry) === undefined));
  return off ? undefined : Array.isArray(value) ? value.toSorted() : value;
}
