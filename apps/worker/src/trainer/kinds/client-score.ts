/** @file Scores the test examples of one site, on the worker where they lie, and stores the scores. */
import { divide, scoreClient } from '@rankforge/federated';
import { findMethod } from '@rankforge/peft';
import { storeAdapter } from '../storing.js';
import type { TrialRunner } from './kind.js';

export const clientScore: TrialRunner = {
  async run({ trialId, turn, spec, adapter }, { model, data }, tools) {
    if (!turn || !adapter)
      throw new Error(`trial ${trialId} scores the examples of a site, and names no site or no adapter`);
    const started = performance.now();
    const [client, indices] = [...divide(data.test, spec.federation!.partition)][turn.client]!;
    const left = await scoreClient(
      {
        model,
        method: findMethod(spec.method),
        adapter: await tools.store.read(adapter.sha256),
        data,
        split: 'test',
        batchSize: spec.training.batchSize,
        turn: tools.turn,
      },
      { of: adapter.sha256, client, indices },
    );
    const stored = await storeAdapter(tools, left, adapter.step, 'the scores');
    if (!stored) return { kind: 'stopped' };
    return {
      kind: 'succeeded',
      step: adapter.step,
      turn: stored,
      result: { seconds: (performance.now() - started) / 1000 },
    };
  },
};
