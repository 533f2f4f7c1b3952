/** @file An adapter of a method whose one training serves several ranks, set to one of them. */
import { readSafetensors, writeSafetensors } from '../io/safetensors.js';
import type { Method } from '../method.js';
import { readAdapter } from './adapter.js';

/**
 * The adapter file with the configuration that serves `rank`; its tensors are those of the training.
 *
 * @throws Error if the method serves only the rank it was trained at, or not this one
 */
export function serveAt(method: Method, adapter: Uint8Array, rank: number): Uint8Array {
  const { info } = readAdapter(adapter);
  if (method.serves === undefined) {
    throw new Error(`${method.name} serves only the rank it was trained at, asked for ${rank}`);
  }
  const config = method.config.parse(info.config);
  const ranks = method.serves.ranks(config);
  if (!ranks.includes(rank)) {
    throw new Error(`This training of ${method.name} serves the ranks ${ranks.join(', ')}, asked for ${rank}`);
  }
  const { tensors, metadata } = readSafetensors(adapter, 'adapter');
  const trial = { ...JSON.parse(metadata.trial!), config: method.serves.at(config, rank) };
  return writeSafetensors(tensors, { ...metadata, trial: JSON.stringify(trial) });
}
