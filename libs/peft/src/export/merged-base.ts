/** @file The model that an adapter makes of its base, as a base model for further trials. */
import type { Method } from '../method.js';
import { LoadedBase } from '../models/base.js';
import { baseParameters } from '../models/config.js';
import { adapterPlan, encodedApart, readAdapter, twoEncoders } from '../training/adapter.js';
import { restore } from '../training/evaluate.js';
import { unmergeable } from '../training/inject.js';
import { type Link, leftConfig } from '../training/left.js';
import { drawnBaseOf } from '../training/origin.js';
import { changedParameters } from './merged.js';

/**
 * A base model with an adapter in its kernels. With `factors` those that a compression replaced are held as the two factors
 * that it left, and take their memory; without they are whole again: the model computes what it did, and takes the memory of
 * its base. See `leftConfig`. The base itself leaves the device where no trial uses it.
 *
 * @throws Error if no kernel holds what the method does, if it needs kernels that the base holds as factors, or as `restore`
 */
export async function mergedBase(
  base: LoadedBase,
  method: Method,
  adapter: Uint8Array,
  { factors }: Pick<Link, 'factors'> = {},
): Promise<LoadedBase> {
  const { info } = readAdapter(adapter);
  const reason = twoEncoders(info) ?? encodedApart(info) ?? unmergeable(method, info.config);
  if (reason !== undefined) throw new Error(`${method.name} cannot be merged into a base model: ${reason}`);
  const config = leftConfig(base.config, { method, ...adapterPlan(info), factors });
  const trial = restore(base, method, adapter);
  const changed = await changedParameters(trial, { model: base, method }, config).finally(() => trial.dispose());
  base.dispose();
  const before = drawnBaseOf(base, info) ?? base;
  const values = baseParameters(config).map(({ path }) => [path, changed.get(path) ?? before.host(path)] as const);
  const { tokenizer, namedTokens: configJson } = base;
  return new LoadedBase({ config, tokenizer, configJson, values: new Map(values) });
}
