import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startService } from '@rankforge/cli';
import type { CreateSweepInput } from '@rankforge/contracts';
import { createKey, type Database, openDatabase } from '@rankforge/db';
import { type Executor, type RunOutcome, readSettings, startWorker } from '@rankforge/worker';
import getPort from 'get-port';
import { pino } from 'pino';
import { type Servers, withServers } from './servers.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** The API as its own process on servers of the bench. */
export interface BenchApi {
  db: Database;
  url: string;
  /** A key of role submitter. */
  secret: string;
  pid: number;
  /** Creates a sweep and returns its id. @throws Error with the API's answer when it is refused */
  submit(sweep: CreateSweepInput): Promise<string>;
}

export type BenchPlatform = Pick<BenchApi, 'db' | 'submit'> & { servers: Servers };

/** Runs `work` beside the API, with no worker. `environment` is what a worker on the same servers starts with. */
export async function withApi<T>(
  servers: Servers,
  work: (api: BenchApi, environment: NodeJS.ProcessEnv) => Promise<T>,
): Promise<T> {
  const environment = { ...process.env, ...settingsOf(servers) };
  const port = await getPort();
  const api = await startService({
    name: 'api',
    command: process.execPath,
    args: [join(root, 'apps/api/dist/main.js')],
    env: { ...environment, PORT: String(port), RANKFORGE_RATE_LIMIT: '1000000', RANKFORGE_STREAMS_PER_KEY: '1000' },
    cwd: root,
    logFile: join(servers.directory, 'api.log'),
  });
  const db = openDatabase({ url: servers.databaseUrl, poolSize: 2 });
  try {
    const url = `http://127.0.0.1:${port}`;
    await untilReady(`${url}/readyz`);
    const { secret } = await createKey(db, { name: 'bench', role: 'submitter' });
    const create = (sweep: CreateSweepInput) => submit(`${url}/v1/sweeps`, secret, sweep);
    return await work({ db, url, secret, pid: api.pid, submit: create }, environment);
  } finally {
    await api.stop();
    await db.$disconnect();
  }
}

/** Runs `work` on private servers, the API as its own process, and a worker in this process with an executor of the bench. */
export function withPlatform<T>(
  options: { executor: Executor; slots: number; postgresSettings?: Readonly<Record<string, string>> },
  work: (platform: BenchPlatform) => Promise<T>,
): Promise<T> {
  return withServers(
    (servers) =>
      withApi(servers, async (api, environment) => {
        const settings = readSettings({ ...environment, RANKFORGE_WORKER_SLOTS: String(options.slots) });
        const worker = await startWorker(settings, pino({ level: 'warn' }), { executor: options.executor });
        try {
          return await work({ ...api, servers });
        } finally {
          await worker.drain();
        }
      }),
    options.postgresSettings,
  );
}

/**
 * A sweep ends with the scoring of its chosen configurations, so a training's result is not yet the end of the work.
 *
 * @param tell hears of each trial that ended, with how many have
 */
export async function untilIdle(db: Database, tell?: (ended: number) => void): Promise<void> {
  let told = 0;
  while ((await db.sweep.count({ where: { state: 'RUNNING' } })) > 0) {
    // Who counts asks less often, so that the counting takes no time of what is measured.
    await sleep(tell ? 500 : 20);
    const ended = tell ? await db.trial.count({ where: { finishedAt: { not: null } } }) : told;
    if (ended !== told) tell?.(ended);
    told = ended;
  }
}

function settingsOf({ databaseUrl, redisUrl, directory }: Servers): NodeJS.ProcessEnv {
  return {
    NODE_ENV: 'production',
    DATABASE_URL: databaseUrl,
    REDIS_URL: redisUrl,
    RANKFORGE_DATA_DIR: join(directory, 'data'),
    LOG_LEVEL: 'warn',
  };
}

async function untilReady(url: string): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (Date.now() < deadline) {
    const ready = await fetch(url).then(
      (response) => response.ok,
      () => false,
    );
    if (ready) return;
    await sleep(50);
  }
  throw new Error(`the API is not ready within 60 s: ${url}`);
}

async function submit(url: string, secret: string, sweep: CreateSweepInput): Promise<string> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
    body: JSON.stringify(sweep),
  });
  const body = await response.text();
  if (!response.ok) throw new Error(`the API refused the sweep: ${response.status} ${body}`);
  return (JSON.parse(body) as { id: string }).id;
}

/** Reports a result at once, so that what is left is the work of the platform. `onStart` hears when a trial reaches it. */
export function noOpExecutor(onStart: (trialId: string) => void = () => {}): Executor {
  return {
    async run(order): Promise<RunOutcome> {
      onStart(order.trialId);
      const result = { validation: { loss: 1, perplexity: Math.E }, seconds: 0 };
      return order.kind === 'train'
        ? { kind: 'succeeded', result, measured: order.predicted, step: order.spec.training.steps, adapter: noAdapter }
        : {
            kind: 'succeeded',
            result: { test: result.validation, seconds: 0 },
            step: 0,
            exampleScores: { perplexity: [1, 1] },
          };
    },
  };
}

const noAdapter = { sha256: '0'.repeat(64), bytes: 0, step: 1 };

/** One training a seed and learning rate, on the demo's base and task. */
export function sweepOf(seeds: number, learningRates = 1): CreateSweepInput {
  return {
    name: 'bench',
    task: 'moby-dick',
    base: 'nano-sotu',
    methods: [{ name: 'lora' }],
    rank: [8],
    memoryBudgetMiB: [4096],
    seed: Array.from({ length: seeds }, (_, seed) => seed),
    learningRate: Array.from({ length: learningRates }, (_, index) => 0.001 + index / 1e6),
    training: { steps: 1 },
    reuse: false,
  };
}
