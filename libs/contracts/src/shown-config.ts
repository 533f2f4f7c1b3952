/** @file The configuration of a trial as rows show it: the fields of all its parts in one record. */
import { z } from 'zod';
import type { TrialSpec } from './trial-spec.js';

type Values = Record<string, unknown>;

/** Configurations of a spec by the names that a sweep's method has for them; a list in one of those is an axis. */
const specFields = {
  config: 'methodConfig',
  optimizerConfig: 'optimizerConfig',
  strategyConfig: 'strategyConfig',
  recipeConfig: 'recipeConfig',
} as const;

export type ConfigPart = keyof typeof specFields;
const configParts = Object.keys(specFields) as readonly ConfigPart[];

/** The configurations of a trial. */
export type Configured = Pick<TrialSpec, 'methodConfig' | 'optimizerConfig'> & {
  [Field in 'strategyConfig' | 'recipeConfig']?: TrialSpec[Field] | undefined;
};

/** The configuration of each part of a trial, by its name in a sweep; empty where the trial has no such part. */
export function configsOf(spec: Configured): Record<ConfigPart, Values> {
  return Object.fromEntries(configParts.map((part) => [part, spec[specFields[part]] ?? {}])) as Record<
    ConfigPart,
    Values
  >;
}

export const ShownConfig = z.record(z.string(), z.unknown()).meta({
  description:
    'Configurations of the method, the optimizer, the strategy and the recipe in one. A field that two of them have is named with its part, such as `config.beta1` and `optimizerConfig.beta1`.',
});

/**
 * The fields of a trial's configurations in one record. A field that two of them have is named with its part.
 *
 * @example shownConfig(spec) // { alpha: 8, 'config.beta1': 0.85, 'optimizerConfig.beta1': 0.9 }
 */
export function shownConfig(spec: Configured): Values {
  const { config, ...others } = configsOf(spec);
  return joinedFields({ ...others, config });
}

/** Fields of several records in one; a field that two of them have is named with its record. */
export function joinedFields(records: Readonly<Record<string, Values>>): Values {
  const all = Object.entries(records).flatMap(([record, values]) =>
    Object.entries(values).map(([field, value]) => ({ record, field, value })),
  );
  const seen = new Set<string>();
  const shared = new Set<string>();
  for (const { field } of all) (seen.has(field) ? shared : seen).add(field);
  return Object.fromEntries(
    all.map(({ record, field, value }) => [shared.has(field) ? `${record}.${field}` : field, value]),
  );
}
