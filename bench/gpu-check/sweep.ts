/** @file A sweep on the whole platform: trials for two devices, and the same trainings on wasm to hold their scores against. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type LocalPlatform, startPlatform } from '@rankforge/cli';
import {
  type CreateSweepInput,
  type EngineName,
  SweepDetail,
  TrialDetail,
  TrialPage,
  WorkerList,
} from '@rankforge/contracts';
import type { Subject } from './machine.js';
import type { Findings } from './report.js';

/** Trials at once on a device. */
const slots = 2;
/** Trials that two devices run at once, twice over: none of them is idle while the other has two to do. */
const seeds = 2 * slots * 2;
/** Scores of one training on two engines differ by rounding, which training makes larger. */
const scoreTolerance = 0.01;

export async function sweep(subject: Subject): Promise<Findings> {
  const home = await mkdtemp(join(tmpdir(), 'rankforge-gpu-check-'));
  const { DATABASE_URL: _, REDIS_URL: __, ...env } = process.env;
  const onCores = subject.kind === 'cpu' ? subject.environment : {};
  let platform: LocalPlatform | undefined;
  try {
    platform = await startPlatform({
      home,
      env: {
        ...env,
        ...onCores,
        RANKFORGE_HOME: home,
        RANKFORGE_DATA_DIR: join(home, 'data'),
        RANKFORGE_ENGINES_DIR: subject.folder,
        RANKFORGE_ENGINES: 'wasm,tensorflow',
        RANKFORGE_WORKER_SLOTS: String(slots),
        // Each trial in a process of its own.
        RANKFORGE_PACK_SIZE: '1',
      },
      onProgress: (line) => console.log(`  ${line}`),
    });
    const devices = await devicesOf(platform);
    const onEngine = await run(platform, 'tensorflow');
    const onWasm = await run(platform, 'wasm');
    const rows = onEngine.trials.map((trial, index) => ({ trial, reference: onWasm.trials[index]! }));
    return {
      problems: [...problemsOf(subject, devices, rows), ...onWasm.trials.flatMap(notSucceeded)],
      table: [
        ['seed', 'device', 'state', 'validation score', 'on wasm', 'predicted bytes', 'measured bytes'],
        ...rows.map(({ trial, reference }) => [
          String(trial.seed),
          deviceOf(trial),
          trial.state,
          scoreOf(trial)?.toFixed(5) ?? '–',
          scoreOf(reference)?.toFixed(5) ?? '–',
          String(trial.predicted.total),
          String(trial.measured?.total ?? '–'),
        ]),
      ],
      notes: [
        `${seeds} LoRA trainings of 40 steps on nano-sotu, ${slots} at once on a device: ${onEngine.seconds.toFixed(0)} s on tensorflow, ${onWasm.seconds.toFixed(0)} s on wasm.`,
        `Devices of the worker: ${devices.join(', ')}.`,
      ],
    };
  } finally {
    await platform?.stop();
    await rm(home, { recursive: true, force: true });
  }
}

interface Row {
  trial: TrialDetail;
  reference: TrialDetail;
}

function problemsOf({ kind, devices: cards }: Subject, devices: readonly string[], rows: readonly Row[]): string[] {
  const used = new Set(rows.map(({ trial }) => deviceOf(trial)));
  const expected = kind === 'gpu' ? cards.map(({ id }) => id) : ['host'];
  const absent = expected.filter((id) => !devices.includes(id));
  const apart = rows.flatMap(({ trial, reference }) => {
    const [found, wanted] = [scoreOf(trial), scoreOf(reference)];
    if (found === undefined || wanted === undefined || Math.abs(found - wanted) <= scoreTolerance * wanted) return [];
    return [`seed ${trial.seed}: validation score ${found}, on wasm ${wanted}`];
  });
  return [
    ...rows.flatMap(({ trial }) => notSucceeded(trial)),
    ...apart,
    ...(absent.length > 0 ? [`the worker does not use ${absent.join(', ')}`] : []),
    ...(expected.length > 1 && used.size < 2 ? [`all trials ran on ${[...used].join()}`] : []),
  ];
}

const notSucceeded = ({ seed, engine, state, reason }: TrialDetail) =>
  state === 'SUCCEEDED' ? [] : [`seed ${seed} on ${engine}: ${state}, ${reason ?? 'without a reason'}`];

const scoreOf = ({ objective }: TrialDetail): number | undefined => objective ?? undefined;
const deviceOf = ({ attemptList }: TrialDetail): string => attemptList.at(-1)?.device ?? '–';

/** Devices of the worker on which tensorflow computes. */
async function devicesOf({ client }: LocalPlatform): Promise<string[]> {
  const { workers } = await client.get('/v1/workers', WorkerList);
  return workers.flatMap(({ devices }) =>
    devices.filter(({ engines }) => engines?.includes('tensorflow')).map(({ id }) => id),
  );
}

async function run(
  { client, broken }: LocalPlatform,
  engine: EngineName,
): Promise<{ seconds: number; trials: TrialDetail[] }> {
  const request: CreateSweepInput = {
    name: `gpu-check on ${engine}`,
    task: 'moby-dick',
    base: 'nano-sotu',
    engine,
    methods: [{ name: 'lora' }],
    rank: [8],
    memoryBudgetMiB: [256],
    learningRate: [0.003],
    seed: Array.from({ length: seeds }, (_, seed) => seed),
    training: { steps: 40, batchSize: 8, sequenceLength: 64 },
  };
  const started = performance.now();
  const made = await client.post('/v1/sweeps', SweepDetail, {
    body: request,
    params: { header: { 'Idempotency-Key': randomUUID() } },
  });
  let down: string | undefined;
  void broken.then((why) => {
    down = why;
  });
  for (;;) {
    if (down !== undefined) throw new Error(down);
    const { state } = await client.get('/v1/sweeps/{id}', SweepDetail, { params: { path: { id: made.id } } });
    if (state !== 'RUNNING') break;
    await sleep(500);
  }
  const seconds = (performance.now() - started) / 1000;
  const { items } = await client.get('/v1/trials', TrialPage, { params: { query: { sweepId: made.id, limit: 200 } } });
  const trained = items.filter(({ kind }) => kind === 'train').sort((a, b) => a.seed - b.seed);
  const trials = await Promise.all(
    trained.map(({ id }) => client.get('/v1/trials/{id}', TrialDetail, { params: { path: { id } } })),
  );
  return { seconds, trials };
}
