/** @file Trials that a test runs in the place of a worker: it claims them and says how they end. */
import { type MemoryByPart, MIB, type SweepDetail, type TrialView } from '@rankforge/contracts';
import { type ClaimedTrial, claimTrial, finishTrial } from '@rankforge/db';
import { expect } from 'vitest';
import { waitFor } from '../support/index.js';
import { type ApiUnderTest, trialsOf } from './api-client.js';

/** A peak of so many MiB, all of them activations. */
export function memory(mib: number): MemoryByPart {
  const bytes = mib * MIB;
  const rest = { weights: 0, adapters: 0, gradients: 0, optimizer: 0, workspace: 0 };
  return { ...rest, activations: bytes, total: bytes };
}

/**
 * Claims, ends and awaits trials and sweeps by their ids.
 *
 * @param of asked at each use: the worker that the test plays stands in the database of this API
 */
export function playedTrials(of: () => { api: ApiUnderTest; workerId: string }) {
  async function claim(trialId: string, leaseSeconds = 60): Promise<ClaimedTrial> {
    const { api, workerId } = of();
    const claimed = await claimTrial(api.platform.db, { trialId, workerId, device: 'host', leaseSeconds });
    if (!claimed) throw new Error(`trial ${trialId} cannot be claimed`);
    return claimed;
  }

  async function finish(trialId: string, outcome: Parameters<typeof finishTrial>[2], log = ''): Promise<void> {
    const { lease } = await claim(trialId);
    expect(await finishTrial(of().api.platform.db, lease, outcome, log)).toBe(true);
  }

  const view = async (id: string) => (await of().api.get(`/v1/sweeps/${id}`).expect(200)).body as SweepDetail;

  return {
    claim,
    /** Ends a queued trial as it is said. */
    finish,
    view,
    /** Ends a queued training as a worker would, with this perplexity on validation. */
    succeed(trialId: string, perplexity: number, mib = 100, step = 10): Promise<void> {
      const counts = { trainableParameters: 256, adapterBytes: 2048, seconds: 2, medianStepMs: 5 };
      const result = { validation: { perplexity }, ...counts };
      return finish(trialId, { state: 'SUCCEEDED', result, measured: memory(mib), objective: perplexity, step });
    },
    /** Ends a queued scoring with these losses of the test examples. */
    score(trialId: string, losses: number[]): Promise<void> {
      const perplexity = Math.exp(losses.reduce((sum, value) => sum + value, 0) / losses.length);
      return finish(trialId, {
        state: 'SUCCEEDED',
        result: { test: { perplexity }, seconds: 1 },
        measured: memory(50),
        objective: null,
        exampleScores: { perplexity: losses },
        step: 0,
      });
    },
    fail: (trialId: string, reason: string) => finish(trialId, { state: 'FAILED', reason, attempt: 'failed' }, 'log'),
    untilState: (id: string, state: string) =>
      waitFor(`sweep ${id} to be ${state}`, async () => {
        const sweep = await view(id);
        return sweep.state === state ? sweep : undefined;
      }),
    untilTrials: (sweepId: string, what: string, condition: (trials: TrialView[]) => boolean) =>
      waitFor(what, async () => {
        const trials = await trialsOf(of().api, sweepId);
        return condition(trials) ? trials : undefined;
      }),
  };
}
