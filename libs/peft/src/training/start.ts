/** @file An adapter that a training goes on from. */
import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Method } from '../method.js';
import { readAdapter } from './adapter.js';
import type { StoredTrial } from './first-values.js';

/** What the adapter must be of. */
interface Expected {
  method: Method;
  /** Parsed. */
  config: unknown;
  targets: readonly string[];
}

/**
 * The stored trial of an adapter that fits.
 *
 * @throws Error naming what it is of, and what the training is of
 */
export function readStart(adapter: Uint8Array, { method, config, targets }: Expected): StoredTrial {
  const { info, ...stored } = readAdapter(adapter);
  const differs =
    info.method !== method.name
      ? `method ${info.method}, not ${method.name}`
      : !isDeepStrictEqual(method.config.parse(info.config), config)
        ? `configuration ${JSON.stringify(info.config)}, not ${JSON.stringify(config)}`
        : info.targets.toSorted().join() !== targets.toSorted().join()
          ? `targets ${info.targets.join(', ')}, not ${targets.join(', ')}`
          : undefined;
  if (differs) throw new Error(`The adapter to start from has the ${differs}`);
  return stored;
}

/** What a start adds to the identity of a trial: a checkpoint goes on under the same one alone. */
export const startIdentity = (adapter: Uint8Array | undefined): { start?: string } =>
  adapter ? { start: createHash('sha256').update(adapter).digest('hex') } : {};
