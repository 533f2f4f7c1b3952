/** @file Attackers of a round who agree on one message: each waits until all have trained. */
import { findAttack } from './attacks/registry.js';
import type { Federation } from './federation.js';
import { layoutOf } from './named.js';
import type { Named } from './strategy.js';
import type { Sent } from './turn.js';

export interface Colluder {
  client: number;
  role: string | undefined;
  change: Named;
  send(change: Named): Sent;
}

/** A client, its part, and what it sends. */
export interface Sending {
  client: number;
  role: string | undefined;
  sent: Sent;
}

/** The messages of attackers of a round. Only those agree who have the same part and the same rank: others cannot send the same. */
export function agreed(
  { federation: { adversaries } }: Federation,
  colluders: readonly Colluder[],
  participants: number,
): Sending[] {
  const alike = new Map<string, Colluder[]>();
  for (const colluder of colluders) {
    const kind = JSON.stringify([colluder.role, [...layoutOf(colluder.change)]]);
    alike.set(kind, [...(alike.get(kind) ?? []), colluder]);
  }
  const { attack, factor } = adversaries!;
  return [...alike.values()].flatMap((group) => {
    const changes = group.map(({ change }) => change);
    const change = findAttack(attack).together!({ changes, participants, factor });
    return group.map(({ client, role, send }) => ({ client, role, sent: send(change) }));
  });
}
