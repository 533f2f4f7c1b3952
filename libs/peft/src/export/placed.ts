/** @file Adapters in peft's form whose tensors are of no linear layer: what reading them has in common. */
import type { HostTensor, Method } from '../method.js';
import { linearLayers, type ModelConfig } from '../models/config.js';
import { planTrial, type TrialPlan } from '../training/plan.js';
import { PeftAdapterError } from './error.js';
import { differs, type Settings } from './settings.js';

/** Settings and tensors of an adapter, as peft has them. */
export interface PlacedFiles {
  settings: Record<string, unknown>;
  tensors: Map<string, HostTensor>;
}

/** An adapter in our paths. */
export interface ReadPlaced {
  method: Method;
  config: unknown;
  targets: string[];
  tensors: Map<string, HostTensor>;
}

/** @throws PeftAdapterError naming the field of the method's configuration that the settings do not give */
export function configOf({ name, config }: Method, given: unknown): unknown {
  const parsed = config.safeParse(given);
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0]!;
  throw new PeftAdapterError(`adapter_config.json: ${name}: ${path.join('.')}: ${message}`);
}

/** @throws PeftAdapterError naming the field that says something else, of those that do not matter to training alone */
export function requireSettings(
  settings: Settings,
  { target_modules: _, ...expected }: Settings,
  trainingOnly: readonly string[] = [],
): void {
  const wrong = differs(settings, expected, { trainingOnly });
  if (wrong !== undefined) throw new PeftAdapterError(`adapter_config.json: ${wrong}`);
}

/** The adapter's tensors here; every layer counts as targeted, for it is on none. */
export function planned({
  model,
  method,
  config,
  classes,
}: {
  model: ModelConfig;
  method: Method;
  config: unknown;
  classes: number | undefined;
}): Pick<TrialPlan, 'adapters' | 'ownRows'> & { targets: string[] } {
  const targets = [...new Set(linearLayers(model).map(({ name }) => name))];
  return { targets, ...planTrial({ model, method, config, targets, ...(classes ? { classes } : {}) }) };
}

/** A tensor of ours, the keys that it may have in a file, and its value from the one that is there. */
interface Placed {
  path: string;
  shape: readonly number[];
  keys: readonly string[];
  read(stored: HostTensor): HostTensor;
}

/** @throws PeftAdapterError naming a tensor that is missing, surplus, or of another shape */
export function readPlaced(
  tensors: ReadonlyMap<string, HostTensor>,
  expected: readonly Placed[],
): Map<string, HostTensor> {
  const used = new Set<string>();
  const own = expected.map(({ path, shape, keys, read }) => {
    const key = keys.find((one) => tensors.has(one));
    if (key === undefined) throw new PeftAdapterError(`adapter_model.safetensors lacks ${keys[0]}`);
    used.add(key);
    const stored = tensors.get(key)!;
    const value = read(stored);
    if (value.shape.join() !== shape.join()) {
      throw new PeftAdapterError(
        `${key} is [${stored.shape}], which as ${path} is [${value.shape}]; expected [${shape}]`,
      );
    }
    return [path, value] as const;
  });
  const other = [...tensors.keys()].find((key) => !used.has(key));
  if (other !== undefined) {
    throw new PeftAdapterError(`adapter_model.safetensors holds ${other}, which is not expected`);
  }
  return new Map(own);
}
