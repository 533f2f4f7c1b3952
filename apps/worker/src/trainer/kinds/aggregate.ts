/**
 * @file Aggregates the rounds of a federation whose clients train as trials: takes what the turns of a round left, goes on to the next
 * round, and waits for its turns from a checkpoint.
 */
import { federate as federateModel } from '@rankforge/federated';
import { readCheckpoint } from '../checkpoints.js';
import { FederationTeller, federationInput, finished } from '../federation-order.js';
import { endedByParts, filesOfParts, waits } from '../parts.js';
import { storeAdapter } from '../storing.js';
import type { TrialRunner } from './kind.js';

export const aggregate: TrialRunner = {
  async run(order, prepared, tools, note) {
    const input = federationInput(order, prepared, tools);
    const { clients } = input;
    const { rounds, localSteps } = order.spec.federation!;
    const validates = prepared.task.sites !== undefined;
    // The turn behind the last round trains nothing.
    const of = (round: number) => ({
      clients,
      when: `in round ${round + 1}`,
      ...(round === rounds && { when: 'asked for its scores', what: 'what sites score on their validation examples' }),
    });
    const expected = of(order.turns?.round ?? 0);
    const ended = endedByParts(order, expected);
    if (ended) return ended;
    const resume = await readCheckpoint(order, tools);
    const teller = new FederationTeller(order, tools, note);
    const turns = await filesOfParts(order, expected, tools);
    const result = await federateModel({
      ...input,
      apart: { round: order.turns?.round ?? -1, turns, validates },
      onEvent: teller.tell,
      ...(resume ? { resume: resume.bytes } : {}),
    });
    const { awaits, checkpoint } = result;
    if (!awaits || !checkpoint) {
      return finished(order, result, { ...prepared, tools, clients, tokensPerSecond: teller.tokensPerSecond });
    }
    // Its turns begin with it: unlike another checkpoint it cannot be given up.
    const stored = await storeAdapter(tools, checkpoint, awaits.round * localSteps);
    if (!stored) return { kind: 'stopped' };
    tools.reports.checkpoint(stored);
    return waits(awaits.round, awaits.clients, of(awaits.round));
  },
};
