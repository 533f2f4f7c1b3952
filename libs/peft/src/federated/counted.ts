/** @file Bytes of encoded messages as they are counted: in both directions, and by client. */

/** Bytes of encoded messages: to clients, and from them. */
export interface Traffic {
  down: number;
  up: number;
}

export interface CountedTraffic extends Traffic {
  /** By name, of the clients that had any. */
  byClient: Record<string, Traffic>;
}

export const nothingSent = (): CountedTraffic => ({ down: 0, up: 0, byClient: {} });

/** Counts bytes of a message to a client, or from it. */
export function count(traffic: CountedTraffic, client: string, direction: keyof Traffic, bytes: number): void {
  traffic.byClient[client] ??= { down: 0, up: 0 };
  traffic.byClient[client][direction] += bytes;
  traffic[direction] += bytes;
}

/**
 * Bytes of all parts together.
 *
 * @example sumOf([setUp, ...history.map(({ bytes }) => bytes)]).byClient.north?.up
 */
export function sumOf(parts: readonly CountedTraffic[]): CountedTraffic {
  const total = nothingSent();
  for (const { byClient } of parts) {
    for (const [client, { down, up }] of Object.entries(byClient)) {
      count(total, client, 'down', down);
      count(total, client, 'up', up);
    }
  }
  return total;
}
