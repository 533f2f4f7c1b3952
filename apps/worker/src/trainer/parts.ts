/** @file Trials that wait for parts of theirs, one for each client: how these stand, and the files that they left. */
import { finalTrialStates } from '@rankforge/contracts';
import type { Partition } from '@rankforge/federated';
import type { Order } from '../trial/executor.js';
import type { Finished, Tools } from './kinds/kind.js';
import { throughStorageAway } from './storage-away.js';

interface Expected {
  /** The clients of the federation. */
  clients: Partition;
  /** Follows the name of a client, e.g. "in round 3". */
  when: string;
  /** Work that the clients are waited for, where it is no training. No client can then be left out. */
  what?: string;
}

/** Waits for parts of these clients, by their places. */
export function waits(round: number, places: readonly number[], { clients, what }: Omit<Expected, 'when'>): Finished {
  const names = [...clients.keys()];
  const awaits = {
    round,
    clients: places.map((place) => ({ place, name: names[place]! })),
    ...(what !== undefined && { what }),
  };
  return { kind: 'waits', awaits };
}

/** How a trial stands by the parts that it waited for: undefined where it can take them as they are. */
export function endedByParts({ turns }: Order, expected: Expected): Finished | undefined {
  if (!turns) return undefined;
  const { clients, when, what } = expected;
  const { round, taken } = turns;
  const open = taken.some(({ state }) => !(finalTrialStates as readonly string[]).includes(state));
  const places = taken.map(({ client }) => client);
  if (open) return waits(round, places, expected);
  const of = (turn: (typeof taken)[number]) => `${[...clients.keys()][turn.client]}, ${when}: ${turn.reason}`;
  const failed = taken.find(({ state }) => state === 'FAILED' || (state === 'CANCELLED' && what !== undefined));
  if (failed) return { kind: 'failed', reason: of(failed) };
  const over = taken.find(({ state }) => state === 'OVER_BUDGET');
  return over && { kind: 'over-budget', reason: of(over), dominantPart: over.dominantPart };
}

/** The files that parts left, by the places of their clients. A client that was dropped left none. */
export async function filesOfParts(
  { turns }: Order,
  { clients, when }: Pick<Expected, 'clients' | 'when'>,
  tools: Tools,
): Promise<Map<number, Uint8Array>> {
  const files = new Map<number, Uint8Array>();
  for (const { client, state, left } of turns?.taken ?? []) {
    if (state !== 'SUCCEEDED') continue;
    const turn = `the turn of ${[...clients.keys()][client]} ${when}`;
    if (!left) throw new Error(`${turn} is done, and its file is gone`);
    files.set(client, await throughStorageAway(`${turn} cannot be read`, () => tools.store.read(left.sha256), tools));
  }
  return files;
}
