/** @file Searches that read results, with real training: who goes on does so from its checkpoint, to the bit. */
import type { Leaderboard, TrialResult, TrialSpec } from '@rankforge/contracts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type TestApi, waitFor } from '../support/index.js';
import { tinyTask } from '../support/tiny-dataset.js';
import { createTinyPlatform, type TinyPlatform } from '../support/tiny-platform.js';
import { expectSoundHistories, losses, submit, tinySweep, trainings, untilCompleted } from './worker-sweeps.js';

let platform: TinyPlatform;
let api: TestApi;
let base: string;

beforeAll(async () => {
  platform = await createTinyPlatform();
  ({ api, base } = platform);
  await platform.hostWorker({
    RANKFORGE_WORKER_SLOTS: '1',
    RANKFORGE_PACK_SIZE: '1',
  });
});

afterAll(() => platform.stop());

const training = {
  steps: 18,
  batchSize: 4,
  sequenceLength: 32,
  schedule: 'cosine',
  warmupSteps: 3,
  dropout: 0.1,
} as const;
type Trials = Awaited<ReturnType<typeof trainings>>;

const learningRate = [1e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2];

it('ASHA trains the best of each rung on from where they stopped: the same, to the bit, as in one piece', async () => {
  const sweepId = await submit(
    platform,
    api,
    tinySweep(base, {
      name: 'asha',
      learningRate,
      training: { ...training, checkpointEvery: undefined },
      scheduler: { kind: 'asha', minSteps: 2, reduction: 3, parallel: 6 },
    }),
  );
  await untilCompleted(platform, sweepId);
  const trials = await trainings(platform, sweepId);
  const untilOf = ({ spec }: (typeof trials)[number]) => (spec as TrialSpec).until ?? training.steps;
  // Those that went no further are pruned at their rung, with their values; the others succeeded.
  const continued = new Set(trials.map(({ continuesId }) => continuesId));
  for (const trial of trials) {
    const stopped = untilOf(trial) < training.steps && !continued.has(trial.id);
    expect(trial.state).toBe(stopped ? 'PRUNED' : 'SUCCEEDED');
    expect(trial.objective).toBe((trial.result as TrialResult).validation!.perplexity);
    expect(trial.attemptList.map(({ outcome }) => outcome)).toEqual(['succeeded']);
    if (stopped) expect(trial.reason).toMatch(/^went no further than step \d+ of 18, rung [12] of 3: /);
  }
  expect(trials.filter(({ state }) => state === 'PRUNED').length).toBeGreaterThanOrEqual(4);
  const ofRung = (until: number) => trials.filter((trial) => untilOf(trial) === until);
  expect(ofRung(2)).toHaveLength(6);
  expect(ofRung(6).length).toBeGreaterThanOrEqual(2);
  // Two on a rung are too few for a place on the next: the best of them goes on, so that something is whole.
  expect(ofRung(training.steps).length).toBeGreaterThanOrEqual(1);
  expect([...new Set(trials.map(({ stage }) => stage))].sort()).toEqual(['rung 1 of 3', 'rung 2 of 3', 'rung 3 of 3']);

  const promoted = trials.filter(({ continuesId }) => continuesId !== null);
  expect(promoted.length).toBeGreaterThanOrEqual(2);
  for (const trial of promoted) {
    const before = trials.find(({ id }) => id === trial.continuesId)!;
    expect(trial.attemptList).toMatchObject([{ resumedFromStep: untilOf(before), outcome: 'succeeded' }]);
    // No step is trained twice.
    expect((await losses(platform, trial.id)).map(([step]) => step)[0]).toBe(untilOf(before) + 1);
    expect(trial.learningRate).toBe(before.learningRate);
  }
  // Nothing goes on from any of them now.
  const checkpoints = () =>
    platform.db.artifact.count({ where: { kind: 'checkpoint', trialId: { in: trials.map(({ id }) => id) } } });
  await waitFor('checkpoints to be removed', async () => (await checkpoints()) === 0);

  // The same configurations in one piece, on the same schedule, and with a rung's evaluation on the way.
  const wholeId = await submit(
    platform,
    api,
    tinySweep(base, {
      name: 'whole',
      learningRate,
      training: { ...training, checkpointEvery: undefined },
      reuse: false,
    }),
  );
  await untilCompleted(platform, wholeId);
  for (const whole of await trainings(platform, wholeId)) {
    const parts = trials.filter((trial) => trial.learningRate === whole.learningRate);
    const all = (await Promise.all(parts.map(({ id }) => losses(platform, id)))).flat().sort(([a], [b]) => a - b);
    const own = await losses(platform, whole.id);
    expect(all).toEqual(own.slice(0, all.length));
    const last = parts.find((part) => untilOf(part) === training.steps);
    if (!last) continue;
    expect((last.result as TrialResult).validation).toEqual((whole.result as TrialResult).validation);
    const adapters = [last, whole].map(({ artifacts }) => artifacts.find(({ kind }) => kind === 'adapter')!.sha256);
    expect(adapters[0]).toBe(adapters[1]);
  }

  const response = await platform.request(api, `/v1/leaderboard?task=${tinyTask}&base=${base}&sweepId=${sweepId}`);
  const board = (await response.json()) as Leaderboard;
  // Each configuration counts once, by the steps it was trained for in all.
  const furthest = learningRate.map((rate) =>
    Math.max(...trials.filter((trial) => trial.learningRate === rate).map(untilOf)),
  );
  expect(board.rows).toMatchObject([
    { status: 'scored', tuningTrials: 6, tuningSteps: furthest.reduce((sum, steps) => sum + steps, 0) },
  ]);
});

it('takes the values of pruned rungs when it is asked for again: nothing is trained twice', async () => {
  const again = await submit(
    platform,
    api,
    tinySweep(base, {
      name: 'asha again',
      learningRate,
      training: { ...training, checkpointEvery: undefined },
      scheduler: { kind: 'asha', minSteps: 2, reduction: 3, parallel: 6 },
    }),
  );
  await untilCompleted(platform, again);
  const trials = await trainings(platform, again);
  const firstRung = trials.filter(({ spec }) => (spec as TrialSpec).until === 2);
  expect(firstRung).toHaveLength(6);
  for (const trial of firstRung) {
    expect(trial.leaderId).not.toBeNull();
    expect(trial.attemptList).toEqual([]);
  }
  expect(firstRung.some(({ state }) => state === 'PRUNED')).toBe(true);
});

it('judges rungs below the last by a part of validation, and whole trainings by all of it', async () => {
  const scheduler = { kind: 'asha', minSteps: 2, reduction: 3, parallel: 6 } as const;
  // Nothing fits the first budget, so that the first trial of each training trains nothing.
  const memoryBudgetMiB = [0.1, 512];
  const options = { learningRate, memoryBudgetMiB, training: { ...training, checkpointEvery: undefined } };
  const [all, part] = await Promise.all([
    submit(platform, api, tinySweep(base, { ...options, scheduler })),
    submit(
      platform,
      api,
      tinySweep(base, { ...options, scheduler: { ...scheduler, validationExamples: 5 }, reuse: false }),
    ),
  ]);
  await Promise.all([all, part].map((sweepId) => untilCompleted(platform, sweepId)));
  const [byAll, byPart] = (await Promise.all([trainings(platform, all), trainings(platform, part)])).map((trials) =>
    trials.filter(({ memoryBudgetMiB }) => memoryBudgetMiB === 512),
  ) as [Trials, Trials];
  const specOf = ({ spec }: (typeof byAll)[number]) => spec as TrialSpec;
  const whole = byPart.filter((trial) => specOf(trial).until === undefined);
  expect(whole.length).toBeGreaterThanOrEqual(1);
  for (const trial of byPart) {
    const { until, validationExamples } = specOf(trial);
    expect(validationExamples).toBe(until === undefined ? undefined : 5);
    const other = byAll.find((each) => each.learningRate === trial.learningRate && specOf(each).until === until);
    if (!other) continue; // another one went on
    // The same training.
    expect(trial.loss).toBe(other.loss);
    if (until === undefined) expect(trial.objective).toBe(other.objective);
    else expect(trial.objective).not.toBe(other.objective);
  }
  for (const { continuesId, attemptList } of byPart.filter((trial) => trial.continuesId !== null)) {
    expect(byPart.map(({ id }) => id)).toContain(continuesId);
    expect(attemptList).toMatchObject([{ resumedFromStep: expect.any(Number) }]);
  }
  const rung = byPart.find((trial) => specOf(trial).until === 2)!;
  expect(rung.attemptList[0]!.logTail).toContain('judged by 5 of ');
});

it('tries with the first seed, and trains what reaches the last rung with the others from their first step', async () => {
  const scheduler = { kind: 'asha', minSteps: 6, reduction: 3, rungSeeds: 1 } as const;
  const options = { learningRate: learningRate.slice(0, 3), seed: [3, 4], reuse: false };
  const sweepId = await submit(
    platform,
    api,
    tinySweep(base, { ...options, scheduler, training: { ...training, checkpointEvery: undefined } }),
  );
  await untilCompleted(platform, sweepId);
  const trials = await trainings(platform, sweepId);
  const [tried, whole] = [true, false].map((isRung) =>
    trials.filter(({ stage }) => (stage === 'rung 1 of 2') === isRung),
  );
  expect(tried!.map(({ seed }) => seed)).toEqual([3, 3, 3]);
  // The best, and the rate next to it.
  const rates = [...new Set(whole!.map(({ learningRate }) => learningRate))].sort((a, b) => a - b);
  expect(rates).toHaveLength(2);
  for (const rate of rates) {
    const own = whole!.filter(({ learningRate }) => learningRate === rate).sort((a, b) => a.seed - b.seed);
    expect(own).toMatchObject([
      { seed: 3, attemptList: [{ resumedFromStep: 6 }] },
      { seed: 4, continuesId: null, attemptList: [{ resumedFromStep: null }] },
    ]);
  }
  const response = await platform.request(api, `/v1/leaderboard?task=${tinyTask}&base=${base}&sweepId=${sweepId}`);
  const board = (await response.json()) as Leaderboard;
  expect(board.rows).toMatchObject([{ status: 'scored', seeds: 2, tuningTrials: 5 }]);
});

it('trains both of two rates on that a rung cannot tell apart, and says on the board how sure the third loses', async () => {
  // The first changes nothing that a float holds, and the others are one float.
  const sweepId = await submit(
    platform,
    api,
    tinySweep(base, {
      learningRate: [1e-12, 0.3, 0.3000000001],
      training: { ...training, checkpointEvery: undefined },
      scheduler: { kind: 'asha', minSteps: 6, reduction: 3 },
    }),
  );
  await untilCompleted(platform, sweepId);
  const trials = await trainings(platform, sweepId);
  const [tried, whole] = [true, false].map((isRung) =>
    trials.filter(({ spec }) => ((spec as TrialSpec).until === 6) === isRung),
  );
  expect(tried!.map(({ learningRate }) => learningRate).sort((a, b) => a - b)).toEqual([1e-12, 0.3, 0.3000000001]);
  for (const { exampleScores, objective } of tried!) {
    const { perplexity } = exampleScores as { perplexity: number[] };
    const mean = perplexity.reduce((sum, score) => sum + score, 0) / perplexity.length;
    expect(perplexity.length).toBeGreaterThan(20);
    expect(Math.exp(mean)).toBeCloseTo(objective!, 6);
  }
  expect(whole!.map(({ learningRate }) => learningRate).sort((a, b) => a - b)).toEqual([0.3, 0.3000000001]);
  expect(
    whole!.every(({ exampleScores, attemptList }) => !exampleScores && attemptList[0]!.resumedFromStep === 6),
  ).toBe(true);
  const stopped = tried!.find(({ learningRate }) => learningRate === 1e-12)!;
  expect(stopped.state).toBe('PRUNED');
  expect(stopped.reason).toMatch(/ loses to the best, \d+(\.\d+)?, for sure \(p = \S+ on \d+ examples\)$/);
  const response = await platform.request(api, `/v1/leaderboard?task=${tinyTask}&base=${base}&sweepId=${sweepId}`);
  const board = (await response.json()) as Leaderboard;
  expect(board.rows).toMatchObject([{ status: 'scored', tuningTrials: 3 }]);
  const { halved } = board.rows[0]!;
  expect(halved).toMatchObject({
    stopped: 1,
    surely: 1,
    error: 0.05,
    configurations: [{ trialId: stopped.id, learningRate: 1e-12, rank: 2, rung: 1, rungs: 2, step: 6, surely: true }],
  });
  const [dropped] = halved!.configurations;
  expect(dropped!.pValue).toBeLessThan(0.05 / 2);
  expect(dropped!.value).toBe(stopped.objective);
  expect(dropped!.best).toBe(Math.min(...tried!.map(({ objective }) => objective!)));
});

it('TPE searches ranges, and asks for the same when it is asked again, so that every result is known', async () => {
  const sweep = tinySweep(base, {
    name: 'tpe',
    rank: { min: 1, max: 8 },
    learningRate: { min: 1e-4, max: 1e-1 },
    training: { ...training, steps: 4, checkpointEvery: undefined },
    search: { kind: 'tpe', trials: 12, seed: 5, parallel: 2 },
  });
  const first = await submit(platform, api, sweep);
  await untilCompleted(platform, first);
  const points = async (sweepId: string) =>
    (await trainings(platform, sweepId)).map(({ rank, learningRate, objective }) => [rank, learningRate, objective]);
  const found = await points(first);
  expect(found).toHaveLength(12);
  expect(new Set(found.map(([, rate]) => rate)).size).toBe(12);
  const again = await submit(platform, api, { ...sweep, name: 'tpe again' });
  await untilCompleted(platform, again);
  expect(await points(again)).toEqual(found);
  expect((await trainings(platform, again)).flatMap(({ attemptList }) => attemptList)).toEqual([]);
});

it('median stopping ends what is worse than the median, and says by how much', async () => {
  const sweepId = await submit(
    platform,
    api,
    tinySweep(base, {
      name: 'median',
      learningRate: [1e-2, 8e-3, 1e-7],
      training: { steps: 300, batchSize: 4, sequenceLength: 32, evalEvery: 50, schedule: 'constant' },
      scheduler: { kind: 'median', startupTrials: 2, minTrials: 2 },
    }),
  );
  await untilCompleted(platform, sweepId);
  const slow = (await trainings(platform, sweepId)).find(({ learningRate }) => learningRate === 1e-7)!;
  expect(slow.state).toBe('PRUNED');
  const [, step, best, median] =
    /^at step (\d+) its best validation value ([\d.]+) is worse than ([\d.]+), the median of 2 trainings/.exec(
      slow.reason!,
    )!;
  expect(Number(step) % 50).toBe(0);
  expect(Number(best)).toBeGreaterThan(Number(median));
});

it('leaves sound histories', () => expectSoundHistories(platform));
