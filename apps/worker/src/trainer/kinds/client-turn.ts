/** @file Trains one client of a federation for one round, from the checkpoint of that round, and stores its message. */
import { takeTurnApart } from '@rankforge/federated';
import { federationInput } from '../federation-order.js';
import { throughStorageAway } from '../storage-away.js';
import { storeAdapter } from '../storing.js';
import type { TrialRunner } from './kind.js';

export const clientTurn: TrialRunner = {
  async run(order, prepared, tools, note) {
    const { turn, spec, checkpoints, trialId } = order;
    if (!turn) throw new Error(`trial ${trialId} is the turn of a client, and says neither round nor client`);
    const started = performance.now();
    const input = federationInput(order, prepared, tools);
    const { localSteps } = spec.federation!;
    const begins = checkpoints.find(({ step }) => step === turn.round * localSteps);
    if (!begins) throw new Error(`round ${turn.round + 1} of its federation has no checkpoint to begin with`);
    const what = `the checkpoint of round ${turn.round + 1} cannot be read`;
    const resume = await throughStorageAway(what, () => tools.store.read(begins.sha256), tools);
    let steps = 0;
    const left = await takeTurnApart(
      {
        ...input,
        resume,
        onEvent(event) {
          if (event.type !== 'client' || event.event.type !== 'step') return tools.signs.other();
          steps = turn.round * localSteps + event.event.step;
          note({ ...event.event, step: steps });
          tools.reports.progress({ points: [], step: steps, loss: event.event.loss });
        },
      },
      turn,
    );
    const stored = left && (await storeAdapter(tools, left, (turn.round + 1) * localSteps));
    if (!stored) return { kind: 'stopped' };
    return { kind: 'succeeded', step: steps, turn: stored, result: { seconds: (performance.now() - started) / 1000 } };
  },
};
