/** @file Trains by rounds of clients that take turns, from a checkpoint where there is one, and stores what it leaves. */
import { federate as federateModel } from '@rankforge/federated';
import { readCheckpoint } from '../checkpoints.js';
import { FederationTeller, federationInput, finished } from '../federation-order.js';
import type { TrialRunner } from './kind.js';

export const federate: TrialRunner = {
  async run(order, prepared, tools, note) {
    const input = federationInput(order, prepared, tools);
    const resume = await readCheckpoint(order, tools);
    const teller = new FederationTeller(order, tools, note);
    const result = await federateModel({
      ...input,
      onEvent: teller.tell,
      ...(resume ? { resume: resume.bytes } : {}),
    });
    const { clients } = input;
    return finished(order, result, { ...prepared, tools, clients, tokensPerSecond: teller.tokensPerSecond });
  },
};
