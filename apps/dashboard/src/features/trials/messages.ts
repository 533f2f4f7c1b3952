/** @file Bytes that the clients of a federation sent and were sent, round by round, as rows of a map. */
import type { FederationReport } from '@rankforge/contracts';
import type { ShadeCell, ShadeRow } from '../../components/chart/shade-map.js';
import { formatBytes } from '../../lib/format.js';

/** Clients that a map has room for. */
export const mostClients = 40;

/** Rounds side by side that are alike, of a client. */
export interface MessageRun {
  /** Rounds, `to` without its own. */
  from: number;
  to: number;
  /** Bytes of each of these rounds. */
  up: number;
  down: number;
  lost: boolean;
}

/**
 * Runs of each client, the first so many. None where nobody sent anything, and where the report does not tell bytes by client.
 *
 * @example messageRuns(report)[0] // { name: 'north', runs: [{ from: 1, to: 21, up: 17408, down: 17408, lost: false }] }
 */
export function messageRuns({ clients, history }: FederationReport): { name: string; runs: MessageRun[] }[] {
  if (!history.some(({ bytesByClient }) => bytesByClient)) return [];
  return clients.slice(0, mostClients).map(({ name }, place) => {
    const runs: MessageRun[] = [];
    for (const { round, lost: gone = [], bytesByClient } of history) {
      const [up, down] = [bytesByClient?.up[place] ?? 0, bytesByClient?.down[place] ?? 0];
      const lost = gone.includes(place);
      const before = runs.at(-1);
      if (before && before.up === up && before.down === down && before.lost === lost) before.to = round + 1;
      else runs.push({ from: round, to: round + 1, up, down, lost });
    }
    return { name, runs };
  });
}

/** Cells of a run: as strongly coloured as the client sent much. */
const cellOf = ({ from, to, up, down, lost }: MessageRun): ShadeCell => {
  const rounds = to - from === 1 ? `Round ${from}` : `Rounds ${from} to ${to - 1}, each`;
  return {
    from,
    to,
    value: up,
    said: [
      { name: `${rounds}, up`, value: lost ? 'lost' : formatBytes(up) },
      { name: `${rounds}, down`, value: formatBytes(down) },
    ],
  };
};

export const rowsOfRuns = (clients: ReturnType<typeof messageRuns>): ShadeRow[] =>
  clients.map(({ name, runs }) => ({ name, cells: runs.map(cellOf) }));
