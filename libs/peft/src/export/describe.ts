/** @file The method, configuration and targets that an `adapter_config.json` alone describes. */
import { linearLayers, type ModelConfig } from '../models/config.js';
import { storedModules } from '../models/tensors.js';
import { PeftAdapterError } from './error.js';
import { identify, parseSettings } from './settings.js';

/** What is needed to train an adapter like it. */
export interface DescribedAdapter {
  method: string;
  config: unknown;
  targets: string[];
}

/**
 * @param config the parsed `adapter_config.json`
 * @throws PeftAdapterError naming the type, or the setting, that no method here has
 * @example
 * describeAdapter(model, { peft_type: 'LORA', r: 8, lora_alpha: 16, target_modules: ['q_proj'] }).method; // 'lora'
 */
export function describeAdapter(model: ModelConfig, config: unknown): DescribedAdapter {
  const settings = parseSettings(config);
  const { target_modules: ends } = settings;
  const names = Array.isArray(ends) ? ends.map(String) : [];
  const modules = storedModules(model).filter(({ name }) =>
    names.some((end) => name === end || name.endsWith(`.${end}`)),
  );
  if (modules.length === 0) {
    throw new PeftAdapterError(
      `adapter_config.json: target_modules: ${JSON.stringify(ends)} names no linear layer of the base`,
    );
  }
  const adapted = new Set(modules.flatMap(({ layers }) => layers.map(({ path }) => path)));
  const targets = [...new Set(linearLayers(model).flatMap(({ name, path }) => (adapted.has(path) ? name : [])))];
  const shapes = modules.map(({ name, layers: [layer] }) => ({ name, shape: layer!.shape }));
  const { method, config: own } = identify(settings, shapes);
  return { method: method.name, config: own, targets };
}
