/**
 * @file Aggregates the rounds of a federation whose clients train as trials: takes what the turns of a round left, goes on to the next
 * round, and waits for its turns from a checkpoint.
 */
import { finalTrialStates } from '@rankforge/contracts';
import { type FederateInput, federate as federateModel, type Partition } from '@rankforge/peft';
import type { Order } from '../../trial/executor.js';
import { readCheckpoint } from '../checkpoints.js';
import { FederationTeller, federationInput, finished } from '../federation-order.js';
import { throughStorageAway } from '../storage-away.js';
import { storeAdapter } from '../storing.js';
import type { Finished, Tools, TrialRunner } from './kind.js';

export const aggregate: TrialRunner = {
  async run(order, prepared, tools, note) {
    const input = federationInput(order, prepared, tools);
    const { clients } = input;
    const ended = endedBy(order, clients);
    if (ended) return ended;
    const resume = await readCheckpoint(order, tools);
    const teller = new FederationTeller(order, tools, note);
    const apart = await turnsOf(order, clients, tools);
    const result = await federateModel({
      ...input,
      apart,
      onEvent: teller.tell,
      ...(resume ? { resume: resume.bytes } : {}),
    });
    const { awaits, checkpoint } = result;
    if (!awaits || !checkpoint) {
      return finished(order, result, { ...prepared, tools, clients, tokensPerSecond: teller.tokensPerSecond });
    }
    // Its turns begin with it: unlike another checkpoint it cannot be given up.
    const stored = await storeAdapter(tools, checkpoint, awaits.round * order.spec.federation!.localSteps);
    if (!stored) return { kind: 'stopped' };
    tools.reports.checkpoint(stored);
    return waits(awaits.round, awaits.clients, clients);
  },
};

/** How a federation stands by the turns that it waited for: undefined where all can be taken as they are. */
function endedBy({ turns }: Order, clients: Partition): Finished | undefined {
  if (!turns) return undefined;
  const { round, taken } = turns;
  const open = taken.some(({ state }) => !(finalTrialStates as readonly string[]).includes(state));
  const places = taken.map(({ client }) => client);
  if (open) return waits(round, places, clients);
  const of = (turn: (typeof taken)[number]) =>
    `${[...clients.keys()][turn.client]}, in round ${round + 1}: ${turn.reason}`;
  const failed = taken.find(({ state }) => state === 'FAILED');
  if (failed) return { kind: 'failed', reason: of(failed) };
  const over = taken.find(({ state }) => state === 'OVER_BUDGET');
  return over && { kind: 'over-budget', reason: of(over), dominantPart: over.dominantPart };
}

const waits = (round: number, places: readonly number[], clients: Partition): Finished => {
  const names = [...clients.keys()];
  return { kind: 'waits', awaits: { round, clients: places.map((place) => ({ place, name: names[place]! })) } };
};

/** The files of a round's turns. A client that was dropped from the round has none. */
async function turnsOf(
  { turns }: Order,
  clients: Partition,
  tools: Tools,
): Promise<NonNullable<FederateInput['apart']>> {
  if (!turns) return { round: -1, turns: new Map() };
  const files = new Map<number, Uint8Array>();
  for (const { client, state, left } of turns.taken) {
    if (state !== 'SUCCEEDED') continue;
    const name = [...clients.keys()][client];
    if (!left) throw new Error(`the turn of ${name} in round ${turns.round + 1} is done, and its file is gone`);
    const what = `the turn of ${name} in round ${turns.round + 1} cannot be read`;
    files.set(client, await throughStorageAway(what, () => tools.store.read(left.sha256), tools));
  }
  return { round: turns.round, turns: files };
}
