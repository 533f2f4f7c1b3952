import { readFile, symlink } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import {
  type Leaderboard,
  type Problem,
  queueName,
  type SweepPreview,
  type TrialDetail,
  type TrialSpec,
} from '@rankforge/contracts';
import { ArtifactStore } from '@rankforge/db';
import { findMethod, findOptimizer, loadBase, predictProducts, readAdapter } from '@rankforge/peft';
import { Queue } from 'bullmq';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { addedEngines, engineOptions } from '../support/engines.js';
import { type TestApi, waitFor } from '../support/index.js';
import { childrenOf } from '../support/stray-processes.js';
import { tinyTask } from '../support/tiny-dataset.js';
import { createTinyPlatform, type TinyPlatform } from '../support/tiny-platform.js';
import {
  act,
  expectSoundHistories,
  losses,
  states,
  steps,
  submit,
  tinySweep,
  trainings,
  untilCompleted,
} from './worker-sweeps.js';

let platform: TinyPlatform;
let api: TestApi;
let base: string;
let sweepId: string;

beforeAll(async () => {
  platform = await createTinyPlatform();
  ({ api, base } = platform);
  // Packs of two, so that few trials are more than it holds.
  await platform.hostWorker({ RANKFORGE_WORKER_SLOTS: '2', RANKFORGE_PACK_SIZE: '2' });
  sweepId = await submit(
    platform,
    api,
    tinySweep(base, { methods: [{ name: 'lora' }, { name: 'dora' }], seed: [0, 1] }),
  );
  await untilCompleted(platform, sweepId);
});

afterAll(() => platform.stop());

it('trains every trial once, with a value for every step', async () => {
  const trials = await trainings(platform, sweepId);
  expect(trials.map(({ method, seed, state, attempts }) => [method, seed, state, attempts])).toEqual([
    ['lora', 0, 'SUCCEEDED', 1],
    ['lora', 1, 'SUCCEEDED', 1],
    ['dora', 0, 'SUCCEEDED', 1],
    ['dora', 1, 'SUCCEEDED', 1],
  ]);
  for (const trial of trials) {
    expect(await states(platform, trial.id)).toEqual(['QUEUED', 'RUNNING', 'SUCCEEDED']);
    const curve = await losses(platform, trial.id);
    expect(curve.map(([step]) => step)).toEqual(steps(1, 60));
    expect(curve.at(-1)?.[1]).toBeLessThan(curve[0]?.[1] as number);
    expect(trial).toMatchObject({ step: 60, loss: curve.at(-1)?.[1], attemptList: [{ outcome: 'succeeded' }] });
    expect(trial.objective).toBe((trial.result as { validation: { perplexity: number } }).validation.perplexity);
    expect(Number(trial.measuredBytes)).toBe((trial.measured as { total: number }).total);
  }
});

it('keeps the adapter of each training, and no checkpoint', async () => {
  const store = new ArtifactStore(join(platform.dataDir, 'artifacts'));
  for (const { artifacts, method, result } of await trainings(platform, sweepId)) {
    expect(artifacts.map(({ kind, step }) => [kind, step])).toEqual([['adapter', 60]]);
    const bytes = await store.read(artifacts[0]?.sha256 as string);
    expect(readAdapter(bytes).info.method).toBe(method);
    expect((result as { adapterBytes: number }).adapterBytes).toBe(bytes.byteLength);
  }
});

it('scores the chosen configurations on the test split, example by example', async () => {
  const scored = await platform.db.trial.findMany({ where: { sweepId, kind: 'score' } });
  expect(scored.length).toBeGreaterThan(0);
  for (const { state, result, exampleScores } of scored) {
    expect(state).toBe('SUCCEEDED');
    const losses = (exampleScores as { perplexity: number[] }).perplexity;
    const mean = losses.reduce((sum, score) => sum + score, 0) / losses.length;
    const { perplexity, loss } = (result as { test: { perplexity: number; loss: number } }).test;
    expect(mean).toBeCloseTo(loss, 6);
    expect(perplexity).toBeCloseTo(Math.exp(loss), 6);
  }
  const response = await platform.request(api, `/v1/leaderboard?task=${tinyTask}&base=${base}`);
  const board = (await response.json()) as Leaderboard;
  expect(board.complete).toBe(true);
  expect(board.rows.map(({ method, status, seeds }) => [method, status, seeds]).sort()).toEqual([
    ['dora', 'scored', 2],
    ['lora', 'scored', 2],
  ]);
});

it('holds the score against any measure, and chooses within limits of any', async () => {
  const read = async (query: string) => {
    const response = await platform.request(api, `/v1/leaderboard?task=${tinyTask}&base=${base}${query}`);
    return { status: response.status, body: await response.json() };
  };
  const rows = async (query: string) => ((await read(query)).body as Leaderboard).rows;
  const lora = (await rows('')).find(({ method }) => method === 'lora')!;
  const [trial] = await trainings(platform, sweepId);
  const spec = trial!.spec as unknown as TrialSpec;
  const { targets, batchSize, sequenceLength: sequence } = spec.training;
  const model = (await loadBase(join(platform.modelsDir, base))).config;
  const optimizer = findOptimizer('adamw').build(findOptimizer('adamw').config.parse({}));
  const step = {
    model,
    method: findMethod('lora'),
    config: spec.methodConfig,
    optimizer,
    targets,
    batchSize,
    sequence,
  };
  const { forward, backward } = predictProducts(step)!;
  expect(lora.measures).toEqual({
    flops: 2 * (forward + backward),
    trainingSeconds: expect.any(Number),
    stepCpuMs: expect.any(Number),
  });
  expect(lora.measures.stepCpuMs).toBeGreaterThan(0);
  // DoRA makes a product of its factors besides.
  const dora = (await rows('')).find(({ method }) => method === 'dora')!;
  expect(dora.measures.flops).toBeGreaterThan(lora.measures.flops!);
  const shown = async (query: string) =>
    (await rows(query)).map(({ method, status, pareto }) => [method, status, pareto]);
  const better = dora.score! < lora.score!;
  expect((await shown('&cost=flops')).sort()).toEqual([
    ['dora', 'scored', better],
    ['lora', 'scored', true],
  ]);
  const most = 2 * (forward + backward);
  expect(await shown(`&atMost=flops%3D${most}&atMost=trainableParameters%3D1e9`)).toEqual([
    ['lora', 'scored', true],
    ['dora', 'does-not-fit', false],
  ]);
  const above = await rows(`&atMost=flops%3D${most - 1}`);
  expect(above.map(({ method, status, reason }) => [method, status, reason])).toEqual([
    ['lora', 'does-not-fit', flopsAbove(most, most - 1, { forward, backward })],
    ['dora', 'does-not-fit', expect.stringMatching(/^predicted FLOPs of a step: [\d,]+, above the limit/)],
  ]);
  const { status, body } = await read('&cost=luck&atMost=flips%3D1');
  expect([status, (body as Problem).errors?.map(({ path }) => path)]).toEqual([400, ['/cost', '/atMost']]);
});

function flopsAbove(
  amount: number,
  most: number,
  { forward, backward }: { forward: number; backward: number },
): string {
  const [part, of] = forward > backward ? ['forward', forward] : ['backward', backward];
  const [is, limit, largest] = [amount, most, 2 * of].map((value) => value.toLocaleString('en-US'));
  return `predicted FLOPs of a step: ${is}, above the limit of ${limit}; largest part: ${part} pass (${largest})`;
}

it('ends what is above a limit before it runs, and scores the winner under each limit', async () => {
  const request = (overrides: Parameters<typeof tinySweep>[1]) =>
    tinySweep(base, { methods: [{ name: 'lora' }], rank: [1, 4], seed: [5], training: { steps: 8 }, ...overrides });
  const limited = request({ limits: { trainableParameters: [500, 1e9] } });
  const preview = await platform.request(api, '/v1/sweeps/preview', { body: limited, role: 'submitter' });
  const { trials, toRun, overBudget, rows } = (await preview.json()) as SweepPreview;
  // Two targets of 32 by 32 in one layer: 128 parameters a rank.
  const reason = 'predicted Trained parameters: 512, above the limit of 500; largest part: adapters (512)';
  expect([trials, toRun, overBudget, rows.map(({ trainableParameters }) => trainableParameters)]).toEqual([
    ...[4, 2, 1],
    [128, 512],
  ]);
  expect(rows[1]!.budgets).toEqual([
    { memoryBudgetMiB: 512, limits: { trainableParameters: 500 }, fits: false, reason },
    { memoryBudgetMiB: 512, limits: { trainableParameters: 1e9 }, fits: true },
  ]);

  const id = await submit(platform, api, limited);
  await untilCompleted(platform, id);
  const all = await trainings(platform, id);
  expect(all.map(({ rank, limits, state, reason }) => [rank, limits, state, reason])).toEqual([
    [1, { trainableParameters: 500 }, 'SUCCEEDED', null],
    [1, { trainableParameters: 1e9 }, 'SUCCEEDED', null],
    [4, { trainableParameters: 500 }, 'OVER_BUDGET', reason],
    [4, { trainableParameters: 1e9 }, 'SUCCEEDED', null],
  ]);
  const shown = await platform.request(api, `/v1/trials/${all[2]!.id}`);
  expect(await shown.json()).toMatchObject({ reason, attempts: 0, limits: { trainableParameters: 500 } });

  const board = async (query: string) => {
    const response = await platform.request(
      api,
      `/v1/leaderboard?task=${tinyTask}&base=${base}&sweepId=${id}&by=configuration${query}`,
    );
    return (await response.json()) as Leaderboard;
  };
  expect((await board('')).limits).toEqual({ trainableParameters: [500, 1e9] });
  const within = await board('&atMost=trainableParameters%3D500');
  expect(within.rows.map(({ rank, status, reason }) => [rank, status, reason])).toEqual([
    [1, 'scored', null],
    [4, 'does-not-fit', reason],
  ]);

  // A limit gates: it is in no key. The sweep without one knows both results.
  const free = await submit(platform, api, request({}));
  await untilCompleted(platform, free);
  const known = await trainings(platform, free);
  expect(known.map(({ key, limits, leaderId }) => [key, limits, leaderId !== null])).toEqual([
    [all[0]!.key, null, true],
    [all[2]!.key, null, true],
  ]);

  const refused = async (limits: Record<string, number[]>) => {
    const body = request({ limits, methods: [{ name: 'oft' }] });
    return (await (await platform.request(api, '/v1/sweeps', { body, role: 'submitter' })).json()) as Problem;
  };
  expect((await refused({ luck: [1] })).errors).toEqual([
    {
      path: '/limits/luck',
      message:
        '"luck" is not predicted; predicted are trainableParameters, flops, communicationMiB, epsilon, callsPerQuery, victimQueries',
    },
  ]);
  expect((await refused({ flops: [1e9] })).errors).toEqual([
    {
      path: '/limits/flops',
      message: 'nobody predicts it of oft with adamw here: leave the limit or the method out',
    },
  ]);
});

it('lets a wake-up of a finished trial pass', async () => {
  const [trial] = await trainings(platform, sweepId);
  if (!trial) throw new Error('the sweep has no trial');
  const queue = new Queue(queueName('wasm', trial.memoryClassMiB), {
    connection: { url: platform.redisUrl },
    prefix: 'rankforge',
  });
  try {
    await queue.add('wake-up', { trialId: trial.id });
    await waitFor('the wake-up to be taken', async () => {
      const counts = await queue.getJobCounts('waiting', 'prioritized', 'active', 'failed');
      return Object.values(counts).every((count) => count === 0);
    });
  } finally {
    await queue.close();
  }
  const after = (await trainings(platform, sweepId))[0];
  expect(withoutWorkers(after)).toEqual(withoutWorkers(trial));
});

/** A trial without the rows of its workers, whose heartbeats go on. */
function withoutWorkers(trial: Awaited<ReturnType<typeof trainings>>[number] | undefined) {
  return (
    trial && { ...trial, worker: undefined, attemptList: trial.attemptList.map(({ worker: _, ...attempt }) => attempt) }
  );
}

it('shows the trial with its attempts and its worker', async () => {
  const [trial] = await trainings(platform, sweepId);
  const response = await platform.request(api, `/v1/trials/${trial?.id}`);
  const detail = (await response.json()) as TrialDetail;
  expect(detail.attemptList).toMatchObject([
    { number: 1, outcome: 'succeeded', device: 'host', resumedFromStep: null },
  ]);
  expect(detail.artifacts).toMatchObject([{ kind: 'adapter', step: 60 }]);
});

it('stops cancelled trials and leaves what was not begun', async () => {
  // More than the worker's slots hold, packed.
  const seeds = Array.from({ length: 10 }, (_, index) => 100 + index);
  const cancelled = await submit(
    platform,
    api,
    tinySweep(base, { seed: seeds, training: { steps: 100_000, batchSize: 8, sequenceLength: 32 } }),
  );
  await waitFor('two trials to run', async () => {
    const running = await platform.db.trial.count({ where: { sweepId: cancelled, state: 'RUNNING', step: { gt: 0 } } });
    return running >= 2;
  });
  await act(platform, api, cancelled, 'cancel');
  const ended = await waitFor('the attempts to end', async () => {
    const attempts = await platform.db.attempt.findMany({ where: { trial: { sweepId: cancelled } } });
    return attempts.every(({ endedAt }) => endedAt !== null) ? attempts : undefined;
  });
  expect(new Set(ended.map(({ outcome }) => outcome))).toEqual(new Set(['cancelled']));
  expect(ended.length).toBeLessThan(seeds.length);
  expect((await trainings(platform, cancelled)).map(({ state }) => state)).toEqual(seeds.map(() => 'CANCELLED'));
  // The worker has room again.
  const next = await submit(platform, api, tinySweep(base, { seed: [8] }));
  await untilCompleted(platform, next);
});

it('begins nothing of a paused sweep, and goes on after it', async () => {
  // More than the worker's slots hold, packed.
  const seeds = Array.from({ length: 10 }, (_, index) => 20 + index);
  const paused = await submit(platform, api, tinySweep(base, { seed: seeds }));
  await act(platform, api, paused, 'pause');
  const marked = async (seed: number) =>
    untilCompleted(platform, await submit(platform, api, tinySweep(base, { seed: [seed] })));
  // A claim that was under way when the sweep was paused may still begin a pack; the worker claims this one after it.
  await marked(89);
  await waitFor('running trials to end', async () => {
    return (await platform.db.trial.count({ where: { sweepId: paused, state: 'RUNNING' } })) === 0;
  });
  const begun = await platform.db.trial.count({ where: { sweepId: paused, startedAt: { not: null } } });
  expect(begun).toBeLessThan(seeds.length);
  await marked(90);
  expect(await platform.db.trial.count({ where: { sweepId: paused, startedAt: { not: null } } })).toBe(begun);
  await act(platform, api, paused, 'resume');
  await untilCompleted(platform, paused);
  for (const { id } of await trainings(platform, paused)) {
    expect(await states(platform, id)).toEqual(['QUEUED', 'RUNNING', 'SUCCEEDED']);
  }
});

it('names in the log what an optimizer leaves to another rule', async () => {
  const methods = [{ name: 'full-ft', optimizer: 'frugal', optimizerConfig: { density: 0.025 } }];
  const id = await submit(platform, api, tinySweep(base, { methods, training: { steps: 4 } }));
  await untilCompleted(platform, id);
  const [trial] = await trainings(platform, id);
  const log = await platform.request(api, `/v1/trials/${trial!.id}/log`);
  expect(JSON.stringify(await log.json())).toMatch(
    /frugal: density 0\.025 is less than one input of these kernels, .*: blocks\.0\.attention\.query\.kernel \[32,32\]/,
  );
});

it.each(addedEngines)(
  'trains and scores the sweep on %s as on wasm, within the bytes predicted for it',
  async (engine) => {
    await symlink(engineOptions.enginesFolder, join(platform.dataDir, 'engines'));
    const worker = await platform.startWorker({ RANKFORGE_WORKER_SLOTS: '1', RANKFORGE_ENGINES: engine });
    const methods = [{ name: 'lora' }, { name: 'dora' }];
    const id = await submit(platform, api, tinySweep(base, { engine, methods, seed: [0, 1] }));
    await untilCompleted(platform, id);
    const onWasm = await trainings(platform, sweepId);
    const onEngine = await trainings(platform, id);
    expect(onEngine.map(({ method, seed, state }) => [method, seed, state])).toEqual(
      onWasm.map(({ method, seed, state }) => [method, seed, state]),
    );
    for (const [index, { objective, measured, predicted, attemptList }] of onEngine.entries()) {
      expect(attemptList.map(({ worker }) => worker?.engines)).toEqual([[engine]]);
      expect(Math.abs(objective! / onWasm[index]!.objective! - 1)).toBeLessThan(1e-3);
      const bytes = (of: unknown) => (of as { total: number }).total;
      expect(Math.abs(bytes(predicted) / bytes(measured) - 1)).toBeLessThan(0.01);
    }
    const scored = await platform.db.trial.findMany({ where: { sweepId: id, kind: 'score' } });
    expect(scored.length).toBeGreaterThan(0);
    expect(new Set(scored.map(({ state }) => state))).toEqual(new Set(['SUCCEEDED']));
    // A trainer of the one place has all cores, and another of two places would have half.
    const [trainer] = await childrenOf(worker.pid!);
    const environment = (await readFile(`/proc/${trainer!.pid}/environ`, 'utf8')).split('\0');
    expect(environment).toContain(`RANKFORGE_CHILD_THREADS=${availableParallelism()}`);
  },
);

it('leaves sound histories', () => expectSoundHistories(platform));
