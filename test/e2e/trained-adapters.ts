/** @file Trials whose adapters were trained in this process, recorded as a worker would. */
import { join } from 'node:path';
import type { TrialView } from '@rankforge/contracts';
import { ArtifactStore, claimTrial, finishTrial, recordArtifact } from '@rankforge/db';
import {
  findMethod,
  findOptimizer,
  type LoadedBase,
  openEngine,
  type Split,
  type TaskData,
  train,
} from '@rankforge/peft';
import { type ApiUnderTest, create, playWorker, trialsOf } from './api-client.js';

const sequence = 8;
const split: Split = {
  size: 2,
  batch: (indices) => ({
    size: indices.length,
    sequence,
    inputs: Int32Array.from({ length: indices.length * sequence }, (_, index) => 3 + index),
    targets: Int32Array.from({ length: indices.length * sequence }, (_, index) => 4 + index),
    lengths: new Int32Array(indices.length).fill(sequence),
  }),
};
export const data: TaskData = { objective: 'language-modelling', train: split, validation: split, test: split };

const adamw = findOptimizer('adamw');

export interface TrainedAdapters {
  /** By their method. That of vera has not begun. */
  trials: Map<string, TrialView>;
  /** As they are stored, by their method. */
  adapters: Map<string, Uint8Array>;
}

/** Makes a sweep, and trains LoRA and BitFit of it on `base`. */
export async function trainAdapters(api: ApiUnderTest, base: LoadedBase): Promise<TrainedAdapters> {
  const { db, dataDir } = api.platform;
  const workerId = await playWorker(api);
  const engine = await openEngine('cpu');
  const trials = new Map<string, TrialView>();
  const adapters = new Map<string, Uint8Array>();
  const { id } = await create(api, { methods: [{ name: 'lora' }, { name: 'bitfit' }, { name: 'vera' }], rank: [2] });
  for (const trial of await trialsOf(api, id)) {
    trials.set(trial.method, trial);
    if (trial.method === 'vera') continue;
    const method = findMethod(trial.method);
    const { adapter } = await train({
      engine,
      model: base,
      method,
      config: method.usesRank ? { rank: 2 } : {},
      optimizer: adamw.build(adamw.config.parse({})),
      data,
      options: { steps: 3, batchSize: 2, learningRate: 0.05, targets: ['query', 'value'], seed: 0 },
    });
    adapters.set(trial.method, adapter!);
    const claimed = await claimTrial(db, { trialId: trial.id, workerId, device: 'host', leaseSeconds: 60 });
    const { lease } = claimed!;
    const stored = await new ArtifactStore(join(dataDir, 'artifacts')).put(adapter!);
    await recordArtifact(db, lease, { kind: 'adapter', step: 3, ...stored }, { keep: 1 });
    const parts = { weights: 0, adapters: 0, gradients: 0, optimizer: 0, activations: 0, workspace: 0, total: 0 };
    await finishTrial(
      db,
      lease,
      { state: 'SUCCEEDED', result: { seconds: 1 }, measured: parts, objective: 1, step: 3 },
      '',
    );
  }
  return { trials, adapters };
}
