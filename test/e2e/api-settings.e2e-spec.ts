/** @file The effect of a sweep's settings: scores by value and budget, edges, and importances, on validation alone. */
import { budgetText, type SweepSettings, type TrialView } from '@rankforge/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from '../support/index.js';
import { type ApiUnderTest, create, expectProblem, playWorker, startApi, trialsOf } from './api-client.js';
import { playedTrials } from './played-trials.js';

/** Configurations that a sweep has beyond what is listed. */
const many = 3000;

let api: ApiUnderTest;
let workerId: string;
const { fail, score, succeed, view } = playedTrials(() => ({ api, workerId }));

beforeAll(async () => {
  api = await startApi();
  workerId = await playWorker(api);
});
afterAll(() => api.stop());

const settingsOf = async (id: string, query = '') =>
  (await api.get(`/v1/sweeps/${id}/settings${query}`).expect(200)).body as SweepSettings;

/** Ends trials as they come, until the sweep has completed. */
const play = (sweepId: string, train: (trial: TrialView) => Promise<void>) =>
  waitFor(`sweep ${sweepId} to be over`, async () => {
    for (const trial of await trialsOf(api, sweepId)) {
      if (trial.state === 'QUEUED') await (trial.kind === 'train' ? train(trial) : score(trial.id, [3, 4]));
    }
    return (await view(sweepId)).state === 'COMPLETED';
  });

/** Scores of a configuration that is listed, by seed. */
const scoresOf = ({ trainings }: SweepSettings['configurations'][number]) =>
  trainings.map(({ seed, outcome, score: value }) => [seed, outcome, value]);

describe('the settings of a grid', () => {
  const rates = [0.001, 0.01, 0.1];
  let id: string;
  let settings: SweepSettings;

  beforeAll(async () => {
    const methods = [{ name: 'lora', config: { alpha: [8, 16] } }, { name: 'bitfit' }];
    id = (await create(api, { methods, rank: [2], learningRate: rates, seed: [0, 1] })).id;
    await play(id, (trial) => {
      if (trial.method === 'bitfit' && trial.learningRate === 0.1 && trial.seed === 1) {
        return fail(trial.id, 'the loss diverged');
      }
      // The more the better for LoRA; BitFit is best in the middle. Seeds differ by 1.
      const place = rates.indexOf(trial.learningRate!);
      return succeed(
        trial.id,
        (trial.method === 'lora' ? 30 - 10 * place : 20 + 10 * Math.abs(place - 1)) + trial.seed,
      );
    });
    settings = await settingsOf(id);
  });

  it('name what varies, each on the scale of its values', () => {
    expect(settings.settings).toEqual([
      { name: 'learningRate', scale: 'log' },
      { name: 'config.alpha', scale: 'linear' },
    ]);
    expect([settings.metric, settings.direction]).toEqual(['perplexity', 'minimize']);
    expect(settings.budgets).toEqual([{ steps: 10, whole: true, trainings: 17 }]);
    expect(settings.budget).toEqual(settings.budgets[0]);
    expect([settings.total, settings.sampled]).toEqual([9, false]);
  });

  it('give each configuration the mean of its seeds and say which training failed', () => {
    const bitfit = settings.configurations.filter(({ method }) => settings.methods[method]!.method === 'bitfit');
    expect(bitfit.map(({ values, mean }) => [values, mean])).toEqual([
      [{ learningRate: 0.001 }, 30.5],
      [{ learningRate: 0.01 }, 20.5],
      [{ learningRate: 0.1 }, 30],
    ]);
    expect(scoresOf(bitfit[2]!)).toEqual([
      [0, 'scored', 30],
      [1, 'failed', null],
    ]);
  });

  it('mark what the board chooses and the edge that it lies on', () => {
    const [lora, bitfit] = settings.methods;
    expect(settings.configurations[lora!.chosen!]).toMatchObject({ values: { learningRate: 0.1 }, mean: 10.5 });
    expect(lora!.edges).toContainEqual({ axis: 'learningRate', value: 0.1, side: 'highest', tried: rates });
    expect(settings.configurations[bitfit!.chosen!]).toMatchObject({ values: { learningRate: 0.01 }, mean: 20.5 });
    expect(bitfit!.edges).toEqual([]);
  });

  it('say of too few configurations nothing about importance', () => {
    expect(settings.importance).toEqual({
      least: 50,
      confidence: 0.95,
      groups: [
        // The configuration of which a seed failed is not compared with whole ones.
        { method: null, configurations: 8, settings: [] },
        { method: 0, configurations: 6, settings: [] },
        { method: 1, configurations: 2, settings: [] },
      ],
    });
  });

  it('refuse a step at which no training ends, and an unknown sweep', async () => {
    const problem = expectProblem(await api.get(`/v1/sweeps/${id}/settings?steps=7`), 400, 'validation', ['/steps']);
    expect(problem.errors![0]!.message).toBe('no training of the sweep ends at step 7; they end at 10');
    const unknown = '00000000-0000-7000-8000-00000000dead';
    expectProblem(await api.get(`/v1/sweeps/${unknown}/settings`), 404, 'not-found');
  });
});

describe('the settings of a halving', () => {
  it('keep scores of each rung apart and show what went no further as stopped', async () => {
    const { id } = await create(api, {
      learningRate: { min: 1e-4, max: 1e-1 },
      search: { kind: 'sobol', trials: 3, seed: 0 },
      scheduler: { kind: 'asha', minSteps: 3, reduction: 3 },
    });
    await play(id, ({ id: trialId, steps, learningRate }) =>
      succeed(trialId, (steps === 10 ? 5 : 50) + learningRate!, 100, steps),
    );
    const whole = await settingsOf(id);
    expect(whole.budgets.map(({ steps, whole: last, trainings }) => [steps, last, trainings])).toEqual([
      [3, false, 3],
      [9, false, 1],
      [10, true, 1],
    ]);
    expect(whole.settings).toEqual([{ name: 'learningRate', scale: 'log' }]);
    const [outcomes, steps] = [
      whole.configurations.map(({ trainings }) => trainings[0]!.outcome).sort(),
      whole.configurations.map(({ trainings }) => trainings[0]!.step).sort((a, b) => a - b),
    ];
    expect(outcomes).toEqual(['scored', 'stopped', 'stopped']);
    expect(steps).toEqual([3, 3, 10]);
    const best = whole.configurations[whole.methods[0]!.chosen!]!;
    expect(best.mean).toBeLessThan(50);
    expect(whole.configurations.filter(({ mean }) => mean !== null)).toEqual([best]);

    const rung = await settingsOf(id, '?steps=3');
    expect(rung.budget).toEqual({ steps: 3, whole: false, trainings: 3 });
    expect(rung.configurations.map(({ trainings }) => trainings[0]!.outcome)).toEqual(['scored', 'scored', 'scored']);
    expect(Math.min(...rung.configurations.map(({ mean }) => mean!))).toBeGreaterThanOrEqual(50);
  });
});

describe('the settings of a compression', () => {
  it('have steps among them, and nothing is chosen where each configuration is a row of the board', async () => {
    const { id } = await create(api, {
      kind: 'compress',
      methods: [{ name: 'svd', config: { ratio: [0.3, 0.6] } }],
      recoverySteps: [10, 20],
      training: { batchSize: 8, sequenceLength: 32 },
    });
    await play(id, ({ id: trialId, steps }) => succeed(trialId, 50 - steps, 100, steps));
    const { settings, budget, budgets, methods, configurations } = await settingsOf(id);
    expect(settings).toEqual([
      { name: 'training.steps', scale: 'linear' },
      { name: 'config.ratio', scale: 'linear' },
    ]);
    expect(budgets).toEqual([{ steps: 20, fewest: 10, whole: true, trainings: 4 }]);
    expect(budgetText(budget)).toBe('10 to 20 steps');
    expect(methods).toMatchObject([{ method: 'svd', chosen: null, edges: [] }]);
    const found = configurations.map(({ values, mean }) => [values['config.ratio'], values['training.steps'], mean]);
    expect(found).toHaveLength(4);
    expect(found).toEqual(
      expect.arrayContaining([
        [0.3, 10, 40],
        [0.3, 20, 30],
        [0.6, 10, 40],
        [0.6, 20, 30],
      ]),
    );
  });
});

describe('the settings of a sweep that runs', () => {
  it('show the score of each training as soon as it has ended', async () => {
    const { id } = await create(api, { learningRate: [0.004, 0.4] });
    const scored = async () => (await settingsOf(id)).configurations.map(({ mean }) => mean);
    expect([await scored(), await scored()]).toEqual([
      [null, null],
      [null, null],
    ]);
    for (const [place, trial] of (await trialsOf(api, id)).entries()) {
      await succeed(trial.id, 7 + place);
      expect(await scored()).toEqual([7, place === 0 ? null : 8]);
    }
  });
});

describe('the settings of trainings that diverged', () => {
  it('have their scores, however large these are', async () => {
    const { id } = await create(api, { learningRate: [0.003, 0.3], seed: [0, 1] });
    await play(id, ({ id: trialId, learningRate, seed }) =>
      succeed(trialId, learningRate! < 0.1 ? 10 + seed : 10 ** (200 + 100 * seed)),
    );
    const { configurations, methods } = await settingsOf(id);
    expect(configurations.map(({ mean }) => mean)).toEqual([10.5, (1e200 + 1e300) / 2]);
    expect(methods[0]!.chosen).toBe(0);
  });
});

describe('importances', () => {
  it('find the setting that decides, with an interval, and tell the other from chance by p', async () => {
    const { id } = await create(api, {
      rank: [1, 2, 4],
      learningRate: { min: 1e-4, max: 1e-1 },
      search: { kind: 'sobol', trials: 60, seed: 0 },
    });
    await play(id, (trial) => succeed(trial.id, 10 + Math.abs(Math.log10(trial.learningRate!) + 2)));
    const { importance, settings } = await settingsOf(id);
    expect(settings).toEqual([
      { name: 'learningRate', scale: 'log' },
      { name: 'rank', scale: 'log' },
    ]);
    const [group] = importance.groups;
    expect(group).toMatchObject({ method: 0, configurations: 60 });
    const [first, second] = group!.settings;
    expect([first!.name, second!.name]).toEqual(['learningRate', 'rank']);
    expect(first!.share + second!.share).toBeCloseTo(1, 12);
    expect(first!.share).toBeGreaterThan(0.9);
    expect(first!.low).toBeLessThanOrEqual(first!.share);
    expect(first!.high).toBeGreaterThanOrEqual(first!.share);
    expect(first!.pValue).toBeCloseTo(1 / 201, 12);
    expect(second!.pValue).toBeGreaterThan(0.05);
  });
});

describe('the settings of a large sweep', () => {
  it('come from a part that is drawn, and from the best configuration whether it was drawn or not', async () => {
    const { id } = await create(api, { learningRate: [0.001, 0.002] });
    await play(id, (trial) => succeed(trial.id, 100));
    // Copies of a training with other learning rates and scores, each a configuration of its own.
    const [copied] = await trialsOf(api, id);
    await api.platform.db.$executeRaw`
      INSERT INTO "Trial" SELECT copy.* FROM "Trial" t, generate_series(1, ${many}::int) n,
        LATERAL jsonb_populate_record(t, jsonb_build_object(
          'id', gen_random_uuid(), 'ordinal', 1000 + n, 'key', md5(n::text), 'learningRate', 1e-6 * n,
          'objective', CASE WHEN n = 777 THEN 1 ELSE 10 + n % 50 END,
          'spec', jsonb_set(t."spec", '{learningRate}', to_jsonb(1e-6 * n)))) copy
      WHERE t."id" = ${copied!.id}::uuid`;
    const settings = await settingsOf(id);
    expect([settings.total, settings.sampled]).toEqual([many + 2, true]);
    const listed = settings.configurations.length;
    expect([1000, 1001]).toContain(listed);
    const best = settings.configurations[settings.methods[0]!.chosen!]!;
    expect(best).toMatchObject({ values: { learningRate: 0.000777 }, mean: 1 });
    expect(settings.importance.groups).toMatchObject([{ method: 0, configurations: 1000 }]);
    expect(await settingsOf(id)).toEqual(settings);
  });
});
