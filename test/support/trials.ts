import type { MemoryByPart, TrialSpec } from '@rankforge/contracts';
import { type Database, openDatabase, type Prisma, registerWorker } from '@rankforge/db';
import { v7 as uuidv7 } from 'uuid';
import { createDatabase, type TestDatabase } from './databases.js';

export const memory: MemoryByPart = {
  weights: 1000,
  adapters: 200,
  gradients: 100,
  optimizer: 400,
  activations: 5000,
  workspace: 300,
  total: 7000,
};

export const spec: TrialSpec = {
  task: 'moby-dick',
  base: 'sotu-gpt',
  engine: 'wasm',
  method: 'lora',
  methodConfig: { rank: 4 },
  optimizer: 'adamw',
  optimizerConfig: {},
  rank: 4,
  learningRate: 0.001,
  seed: 0,
  training: {
    steps: 100,
    batchSize: 8,
    sequenceLength: 64,
    accumulate: 1,
    schedule: 'cosine',
    warmupSteps: 0,
    clipNorm: 1,
    dropout: 0,
    checkpointEvery: 50,
    targets: ['query', 'value'],
  },
};

export interface QueuedFields {
  maxAttempts?: number;
  kind?: 'train' | 'score';
  scoresTrialId?: string;
  timeoutSeconds?: number;
  memoryBudgetMiB?: number;
  predicted?: MemoryByPart;
  /** Of the specification; see `spec`. */
  dataset?: string;
  sequenceLength?: number;
  base?: string;
  priority?: number;
}

export interface Fixture {
  db: Database;
  database: TestDatabase;
  sweepId: string;
  workerId: string;
  /** A queued trial of its own; fields may be set. */
  queued(fields?: QueuedFields): Promise<string>;
  close(): Promise<void>;
}

/**
 * A database with one running sweep and one worker.
 * @param database default: one with all migrations
 */
export async function openFixture(database?: TestDatabase): Promise<Fixture> {
  database ??= await createDatabase();
  const db = openDatabase({ url: database.url, poolSize: 8 });
  const sweepId = uuidv7();
  await db.sweep.create({
    data: {
      id: sweepId,
      name: 'leases',
      spec: {},
      task: spec.task,
      base: spec.base,
      engine: spec.engine,
      objectiveMetric: 'loss',
      objectiveDirection: 'minimize',
      priority: 50,
      requestHash: 'x',
    },
  });
  const workerId = await registerWorker(db, {
    name: 'w',
    host: 'h',
    pid: 1,
    version: '0',
    engines: ['wasm'],
    slots: 2,
    devices: [],
  });
  let ordinal = 0;
  return {
    db,
    database,
    sweepId,
    workerId,
    async queued({
      maxAttempts = 3,
      kind = 'train',
      scoresTrialId,
      timeoutSeconds = 60,
      memoryBudgetMiB = 64,
      predicted = memory,
      dataset,
      sequenceLength = spec.training.sequenceLength,
      base = spec.base,
      priority = 50,
    } = {}) {
      const id = uuidv7();
      ordinal += 1;
      await db.trial.create({
        data: {
          id,
          sweepId,
          ordinal,
          kind,
          state: 'QUEUED',
          key: id,
          spec: {
            ...spec,
            base,
            ...(dataset ? { dataset } : {}),
            training: { ...spec.training, sequenceLength },
          } as Prisma.InputJsonObject,
          task: spec.task,
          base,
          engine: spec.engine,
          method: spec.method,
          optimizer: spec.optimizer,
          rank: spec.rank,
          learningRate: spec.learningRate,
          seed: spec.seed,
          memoryBudgetMiB,
          memoryClassMiB: 64,
          predicted,
          predictedBytes: predicted.total,
          steps: spec.training.steps,
          maxAttempts,
          timeoutSeconds,
          priority,
          ...(scoresTrialId ? { scoresTrialId } : {}),
        },
      });
      return id;
    },
    async close() {
      await db.$disconnect();
      await database.drop();
    },
  };
}
