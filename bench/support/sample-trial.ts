import type { MemoryByPart, TrialSpec } from '@rankforge/contracts';
import { claimTrial, type Database, type Lease, registerWorker } from '@rankforge/db';
import { v7 as uuidv7 } from 'uuid';

const predicted: MemoryByPart = {
  weights: 1,
  adapters: 1,
  gradients: 1,
  optimizer: 1,
  activations: 1,
  workspace: 1,
  total: 6,
};

const spec = {
  task: 'moby-dick',
  base: 'nano-sotu',
  engine: 'wasm',
  method: 'lora',
  methodConfig: {},
  optimizer: 'adamw',
  optimizerConfig: {},
  rank: 8,
  learningRate: 0.001,
  seed: 0,
  training: {
    steps: 1,
    batchSize: 1,
    sequenceLength: 8,
    accumulate: 1,
    schedule: 'constant',
    warmupSteps: 0,
    clipNorm: 1,
    dropout: 0,
    checkpointEvery: 1,
    targets: ['query'],
  },
} satisfies TrialSpec;

/** A running trial of its own sweep, and the lease to write to it. */
export async function runningTrial(db: Database): Promise<Lease> {
  const sweepId = uuidv7();
  const sweep = db.sweep.create({
    data: {
      id: sweepId,
      name: 'bench',
      spec: {},
      task: spec.task,
      base: spec.base,
      engine: spec.engine,
      objectiveMetric: 'loss',
      objectiveDirection: 'minimize',
      priority: 50,
      requestHash: sweepId,
    },
  });
  const trialId = uuidv7();
  const trial = db.trial.create({
    data: {
      id: trialId,
      sweepId,
      ordinal: 1,
      kind: 'train',
      state: 'QUEUED',
      key: trialId,
      spec,
      task: spec.task,
      base: spec.base,
      engine: spec.engine,
      method: spec.method,
      optimizer: spec.optimizer,
      rank: spec.rank,
      learningRate: spec.learningRate,
      seed: spec.seed,
      memoryBudgetMiB: 64,
      memoryClassMiB: 64,
      predicted,
      predictedBytes: predicted.total,
      steps: spec.training.steps,
      maxAttempts: 1,
      timeoutSeconds: 3600,
      priority: 50,
    },
  });
  // At once: a sweep without a trial is complete to whoever plans.
  await db.$transaction([sweep, trial]);
  const workerId = await registerWorker(db, {
    name: 'bench',
    host: 'localhost',
    pid: process.pid,
    version: '0',
    engines: ['wasm'],
    slots: 1,
    devices: [],
  });
  const claimed = await claimTrial(db, { trialId, workerId, device: 'host', leaseSeconds: 3600 });
  if (!claimed) throw new Error('the trial that was just made cannot be claimed');
  return claimed.lease;
}
