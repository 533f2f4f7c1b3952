/** @file What the clients of a federation sent and were sent, round by round, as rows of a map. */
import type { FederationReport } from '@rankforge/contracts';
import type { ShadeRow } from '../../components/chart/shade-map.js';
import { formatBytes } from '../../lib/format.js';

/** Clients that a map has room for. */
export const mostClients = 40;

/**
 * A row for each client, the first so many, with a cell for each round: its value is the bytes that the client sent. No rows where nobody sent
 * anything, and where the report is of before bytes were counted by client.
 *
 * @example messageRows(report)[0] // { name: 'north', cells: [{ from: 1, to: 2, value: 17408, said: [...] }] }
 */
export function messageRows({ clients, history }: FederationReport): ShadeRow[] {
  if (!history.some(({ bytesByClient }) => bytesByClient)) return [];
  return clients.slice(0, mostClients).map(({ name }, place) => ({
    name,
    cells: history.map(({ round, lost, bytesByClient }) => {
      const [up, down] = [bytesByClient?.up[place] ?? 0, bytesByClient?.down[place] ?? 0];
      return {
        from: round,
        to: round + 1,
        value: up,
        said: [
          { name: `Round ${round}, up`, value: lost?.includes(place) ? 'lost' : formatBytes(up) },
          { name: `Round ${round}, down`, value: formatBytes(down) },
        ],
      };
    }),
  }));
}
