/** @file Rows of the table of tokens, as Python peft stores them: one tensor at the module of the table, and the ids in the settings. */
import { isDeepStrictEqual } from 'node:util';
import type { HostTensor, TokensPart } from '../method.js';
import { architectureOf, type ModelConfig } from '../models/config.js';
import { modulesOf } from '../models/tensors.js';
import { methods } from '../registry.js';
import type { TrialPlan } from '../training/plan.js';
import { PeftAdapterError } from './error.js';
import { MODULE, type PeftFiles } from './form.js';
import { configOf, type PlacedFiles, planned, type ReadPlaced, readPlaced, requireSettings } from './placed.js';

/** The adapter as peft reads it onto the base. */
export function tokenFiles(
  { name }: TokensPart<unknown>,
  model: ModelConfig,
  ownRows: NonNullable<TrialPlan['ownRows']>,
  stored: ReadonlyMap<string, HostTensor>,
): PlacedFiles {
  const [key] = keysOf(model, ownRows, name);
  const keys = [...headKey(model, ownRows, name), key!];
  return {
    settings: settingsOf(model, ownRows),
    tensors: new Map(keys.map((one) => [one, stored.get(ownRows.path)!])),
  };
}

/**
 * Reads an adapter whose type is one of rows of tokens.
 *
 * @returns undefined for another type
 * @throws PeftAdapterError naming the setting or the tensor that is not as expected
 * @throws Error as `planTrial`
 */
export function readTokens(
  model: ModelConfig,
  { settings, tensors }: PeftFiles,
  classes: number | undefined,
): ReadPlaced | undefined {
  const method = methods.find((each) => each.tokens?.peft.type === settings.peft_type);
  if (method === undefined) return undefined;
  const { name, peft } = method.tokens!;
  const config = configOf(method, peft.config(settings));
  const { targets, adapters, ownRows } = planned({ model, method, config, classes });
  requireSettings(settings, settingsOf(model, ownRows!), ['init_weights']);
  const read = (value: HostTensor) => value;
  const keys = keysOf(model, ownRows!, name);
  const [again] = headKey(model, ownRows!, name);
  const repeated = again && tensors.get(again);
  if (repeated && !keys.some((key) => isDeepStrictEqual(tensors.get(key), repeated))) {
    throw new PeftAdapterError(`${again} has other rows than the table that the head is; expected the same`);
  }
  const own = readPlaced(
    new Map([...tensors].filter(([key]) => key !== again)),
    adapters.map(({ path, shape }) => ({ path, shape, keys, read })),
  );
  return { method, config, targets, tensors: own };
}

type OwnRows = NonNullable<TrialPlan['ownRows']>;

const keysOf = (model: ModelConfig, { table }: OwnRows, name: string): string[] =>
  modulesOf(model, table)
    .flatMap((module) => [module, module.slice(module.indexOf('.') + 1)])
    .map((module) => `${MODULE}${module}.${name}`);

/** The key under which peft repeats the rows, where the head is the table. */
const headKey = (model: ModelConfig, { table }: OwnRows, name: string): string[] =>
  architectureOf(model).vocabularyTable?.(model) === table ? [`${MODULE}lm_head.${name}`] : [];

const settingsOf = (model: ModelConfig, { table, ids }: OwnRows): Record<string, unknown> => ({
  token_indices: [...ids],
  init_weights: true,
  // One string, as peft writes it: a list would have it say that a tied layer is in it.
  target_modules: modulesOf(model, table)[0],
});
