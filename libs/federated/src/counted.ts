/** @file Bytes of encoded messages as they are counted: in both directions, and by client. */

/** Bytes of encoded messages: to clients, and from them. */
export interface Traffic {
  down: number;
  up: number;
}

export interface CountedTraffic extends Traffic {
  /** By name, of the clients that had any. It has no prototype: a client may have any name. */
  byClient: Record<string, Traffic>;
}

export const nothingSent = (): CountedTraffic => ({ down: 0, up: 0, byClient: Object.create(null) });

/** Counts bytes of a message to a client, or from it. */
export function count(traffic: CountedTraffic, client: string, direction: keyof Traffic, bytes: number): void {
  traffic.byClient[client] ??= { down: 0, up: 0 };
  traffic.byClient[client][direction] += bytes;
  traffic[direction] += bytes;
}

/**
 * Bytes of all parts together. A part that is not told by client counts in the totals alone.
 *
 * @example sumOf([setUp, sent]).byClient.north?.up
 */
export function sumOf(parts: readonly (Traffic & Partial<CountedTraffic>)[]): CountedTraffic {
  const total = nothingSent();
  for (const { down, up, byClient = {} } of parts) {
    for (const [client, own] of Object.entries(byClient)) {
      const before = total.byClient[client] ?? { down: 0, up: 0 };
      total.byClient[client] = { down: before.down + own.down, up: before.up + own.up };
    }
    total.down += down;
    total.up += up;
  }
  return total;
}
