/** @file Runs trials with an executor that acts as a test says: the subject is what is written. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ArtifactStore } from '@rankforge/db';
import { pino } from 'pino';
import { waitFor } from '../../../../test/support/index.js';
import { type Fixture, memory, openFixture } from '../../../../test/support/trials.js';
import type { Executor, Order, Reports, RunOutcome, StopReason } from '../../src/trial/executor.js';
import { LeaseKeeper } from '../../src/trial/lease-keeper.js';
import { runTrial, type TrialTools, type WakeUpPlace } from '../../src/trial/run-trial.js';
import { shareStatements } from '../../src/trial/shared-statements.js';

export type Act = (order: Order, reports: Reports, signal: AbortSignal) => Promise<RunOutcome>;

export type TrialRunner = Awaited<ReturnType<typeof openTrialRunner>>;

/** A database, a store of artifacts and a keeper of leases of their own. */
export async function openTrialRunner() {
  const fixture: Fixture = await openFixture();
  const { db } = fixture;
  const folder = await mkdtemp(join(tmpdir(), 'rankforge-run-trial-'));
  const store = new ArtifactStore(folder);
  const leases = new LeaseKeeper({
    db,
    leaseSeconds: 2,
    onTrouble: (error) => {
      throw error;
    },
  });
  leases.start();
  const read = (id: string) =>
    db.trial.findUniqueOrThrow({ where: { id }, include: { attemptList: true, artifacts: true } });
  return {
    fixture,
    store,
    read,
    /** Runs a queued trial. */
    start(trialId: string, act: Act, draining = new AbortController(), pack: Partial<WakeUpPlace> = {}) {
      const executor: Executor = {
        run: act,
        ...(pack.beside ? { share: () => ({ run: act, close: () => undefined }) } : {}),
      };
      const claimer = { workerId: fixture.workerId, leaseSeconds: 2 };
      const shared = { db, logger: pino({ level: 'silent' }), draining: draining.signal };
      const tools: TrialTools = {
        ...shared,
        ...claimer,
        ...shareStatements({ ...shared, claimer }),
        store,
        leases,
        executor,
      };
      return runTrial(tools, { trialId, device: 'host', ...pack });
    },
    untilStep: (trialId: string, step: number) =>
      waitFor(`step ${step}`, async () => (await read(trialId)).step === step),
    async close() {
      leases.stop();
      await fixture.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export const done: RunOutcome = {
  kind: 'succeeded',
  step: 100,
  measured: memory,
  result: { validation: { loss: 2.5, perplexity: 12.2 }, seconds: 1 },
};

/** Trains "for ever" and ends when told, keeping why. */
export function untilStopped(reasons: StopReason[]): Act {
  return (_, reports, signal) =>
    new Promise((resolve) => {
      reports.progress({ points: [{ name: 'train/loss', step: 1, value: 3 }], step: 1, loss: 3 });
      signal.addEventListener('abort', () => {
        reasons.push(signal.reason);
        reports.progress({ points: [{ name: 'train/loss', step: 2, value: 2 }], step: 2, loss: 2 });
        resolve({ kind: 'stopped' });
      });
    });
}
