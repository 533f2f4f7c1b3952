/** @file Rounds that keep what clients have private: each change is clipped, and noise is added to their sum. */
import type { HostTensor, Random } from '@rankforge/peft';
import { epsilonOf } from './accountant.js';
import type { FederationOptions } from './federation-options.js';
import { combine, difference } from './named.js';
import type { Privacy } from './privacy-options.js';
import type { Named, Received, Subject } from './strategy.js';

/** A change of at most this norm, over all tensors. */
export function clipped(begun: Named, trained: Named, clip: number): Named {
  let squares = 0;
  for (const { values } of difference(trained, begun).values()) for (const value of values) squares += value * value;
  const scale = Math.min(1, clip / Math.sqrt(squares));
  return scale === 1 ? trained : combine([begun, trained], ([from, to]) => from! + scale * (to! - from!));
}

/** Tensors with independent normal numbers of this deviation added. */
export function withNoise(tensors: Named, deviation: number, random: Random): Map<string, HostTensor> {
  return combine([tensors], ([value]) => value! + deviation * random.normal());
}

/**
 * One message in the place of those that came: what the round began with plus the sum of changes with its noise, over the number of clients
 * that are expected. How many came is not told by it.
 */
export function privateMean(
  messages: readonly Received[],
  before: Named,
  {
    privacy: { clip, noise },
    expected,
    subject,
    random,
  }: { privacy: Privacy; expected: number; subject: Subject; random: Random },
): Received {
  const changes = messages.map(({ tensors }) => difference(tensors, before));
  const sum = combine([before, ...changes], ([from, ...others]) =>
    others.reduce((total, change) => total + change / expected, from!),
  );
  return { subject, client: 0, share: 1, shareOfAll: 1, tensors: withNoise(sum, (noise * clip) / expected, random) };
}

/** ε after so many rounds; undefined without noise, which bounds nothing. */
export const spent = (
  { privacy, participation }: FederationOptions,
  rounds: number,
): { epsilon: number } | undefined =>
  privacy && privacy.noise > 0
    ? { epsilon: epsilonOf({ sampling: participation.share, noise: privacy.noise, rounds }, privacy.delta).epsilon }
    : undefined;
