import { CreateSweep, type TrialSpec } from '@rankforge/contracts';
import { describe, expect, it } from 'vitest';
import {
  atBudget,
  budgetsOf,
  toConfigurations,
  variedSettings,
  withChosen,
} from '../src/sweeps/settings/build-settings.js';
import { importanceOf } from '../src/sweeps/settings/importance.js';
import type { ConfigurationRow, ConfigurationTraining } from '../src/sweeps/settings/read-configurations.js';
import { formsOf, scaleOf } from '../src/sweeps/settings/settings-of.js';
import { triedGroups } from '../src/sweeps/settings/tried-groups.js';

const requestOf = (changes: object = {}) =>
  CreateSweep.parse({
    name: 'a sweep',
    task: 'moby-dick',
    base: 'tiny',
    methods: [{ name: 'lora' }],
    memoryBudgetMiB: [64],
    learningRate: [0.001, 0.01, 0.1],
    ...changes,
  });

const specOf = (learningRate: number, changes: object = {}) =>
  ({
    task: 'moby-dick',
    base: 'tiny',
    engine: 'wasm',
    method: 'lora',
    methodConfig: { rank: 8, alpha: 8 },
    optimizer: 'adamw',
    optimizerConfig: {},
    rank: 8,
    learningRate,
    seed: 0,
    training: { steps: 10 },
    ...changes,
  }) as unknown as TrialSpec;

const training = (seed: number, changes: Partial<ConfigurationTraining> = {}): ConfigurationTraining => ({
  id: `${seed}`,
  seed,
  state: 'SUCCEEDED',
  until: null,
  validationExamples: null,
  objective: 1,
  step: 10,
  stage: null,
  ...changes,
});

const row = (spec: TrialSpec, trainings: ConfigurationTraining[]): ConfigurationRow => ({
  spec,
  trainings,
  drawn: true,
  total: 1,
});

const whole = { steps: 10, whole: true };

describe('what is chosen and what tunes', () => {
  const rows = [
    row(specOf(0.001), [training(0, { objective: 0.4, stage: 'tuning' })]),
    row(specOf(0.01), [
      training(0, { objective: 0.5, stage: 'tuning' }),
      training(1000, { objective: 0.8, stage: 'final' }),
      training(1001, { objective: 0.9, stage: 'final' }),
    ]),
  ];
  const { configurations, methods } = toConfigurations(rows, requestOf());

  it('stay apart: seeds that judge are shown and are in no mean', () => {
    const shown = atBudget(configurations[1]!, whole)!;
    expect(shown.mean).toBe(0.5);
    expect(shown.trainings.map(({ score, judging }) => [score, judging])).toEqual([
      [0.5, false],
      [0.8, true],
      [0.9, true],
    ]);
  });

  it('follow the stages: a fair sweep is judged by its last one, whatever tuning said', () => {
    const [found] = withChosen(methods, configurations, { direction: 'minimize', choosing: true });
    expect(found!.chosen).toBe(configurations[1]);
    expect(found!.edges).toEqual([{ axis: 'learningRate', value: 0.01, side: 'highest', tried: [0.001, 0.01] }]);
  });
});

describe('trainings at a budget', () => {
  const rung = (until: number, changes: Partial<ConfigurationTraining> = {}) =>
    training(0, { until, step: until, validationExamples: 20, ...changes });
  const rows = [
    row(specOf(0.001), [rung(3, { state: 'PRUNED', objective: 5 })]),
    row(specOf(0.01), [rung(3, { objective: 4 }), training(0, { objective: 2 })]),
    row(specOf(0.1), [training(0, { state: 'PRUNED', objective: 9, step: 4 })]),
  ];
  const { configurations } = toConfigurations(rows, requestOf());

  it('say how far they went and how many have a score there', () => {
    expect(budgetsOf(configurations, [])).toEqual([
      { steps: 3, whole: false, validationExamples: 20, trainings: 2 },
      { steps: 10, whole: true, trainings: 1 },
    ]);
  });

  it('count as stopped among whole ones, whatever score they had on the way', () => {
    const shown = configurations.map((configuration) => atBudget(configuration, whole)!);
    expect(shown.map(({ mean, trainings: [only] }) => [mean, only!.outcome, only!.step])).toEqual([
      [null, 'stopped', 3],
      [2, 'scored', 10],
      [null, 'stopped', 4],
    ]);
  });

  it('show the score of a rung there, and are left out where they did not begin on it', () => {
    const shown = configurations.map((configuration) => atBudget(configuration, { steps: 3, whole: false }));
    expect(shown.map((each) => each?.mean)).toEqual([5, 4, undefined]);
  });
});

describe('settings', () => {
  it('come from what the request names and several configurations of one method differ in', () => {
    const request = requestOf({ methods: [{ name: 'lora', config: { alpha: [8, 16] } }, { name: 'bitfit' }] });
    const rows = [
      row(specOf(0.001), [training(0)]),
      // A rank follows here from nothing that the request varies, and the field `rank` is no setting of its own.
      row(specOf(0.001, { methodConfig: { rank: 8, alpha: 16 } }), [training(0)]),
      row(specOf(0.01, { method: 'bitfit', methodConfig: { alpha: 3 }, rank: null }), [training(0)]),
    ];
    const { configurations, methods } = toConfigurations(rows, request);
    expect(configurations.map(({ values }) => values)).toEqual([
      { learningRate: 0.001, rank: 8, 'config.alpha': 8, 'training.steps': 10 },
      { learningRate: 0.001, rank: 8, 'config.alpha': 16, 'training.steps': 10 },
      { learningRate: 0.01, 'training.steps': 10 },
    ]);
    // Each method has one learning rate: that they differ says nothing of the setting.
    expect(variedSettings(configurations, methods, request)).toEqual([{ name: 'config.alpha', scale: 'linear' }]);
  });

  it.each([
    [[1, 2, 4, 8], 'log'],
    [[1, 2, 3, 4], 'linear'],
    [[0.001, 0.1], 'log'],
    [[0.1, 0.2], 'linear'],
    [[0, 1, 10], 'linear'],
    [['q', 'v'], 'list'],
    [[8, 'max'], 'list'],
  ] as const)('with the values %j are on a scale that is %s', (values, scale) => {
    expect(scaleOf(values, [])).toBe(scale);
  });

  it('take the scale of a range where they were drawn from one', () => {
    expect(scaleOf([1, 2, 3], [{ min: 1, max: 10, scale: 'log' }])).toBe('log');
  });

  it('take the form that a search gives them', () => {
    const range = { min: 1, max: 64, scale: 'log' } as const;
    expect(formsOf([8, 9], [range], true)(8).parameter).toEqual({ kind: 'int', low: 1, high: 64, log: true });
    expect(formsOf([2, 4, 8], [], true)(4)).toMatchObject({ parameter: { kind: 'int', low: 0, high: 2 }, at: 1 });
    expect(formsOf(['q', 'v'], [], false)('v')).toMatchObject({
      parameter: { kind: 'categorical', choices: 2 },
      at: 1,
    });
  });
});

it('finds over all methods that the method decides, where it does', async () => {
  const request = requestOf({ methods: [{ name: 'lora' }, { name: 'dora' }] });
  const rates = Array.from({ length: 30 }, (_, index) => 0.001 * (1 + index));
  const rows = ['lora', 'dora'].flatMap((method) =>
    rates.map((rate, index) =>
      row(specOf(rate, { method }), [
        training(0, { objective: (method === 'lora' ? 0 : 10) + ((index * 7) % 30) / 10 }),
      ]),
    ),
  );
  const { configurations, methods } = toConfigurations(rows, request);
  const settings = variedSettings(configurations, methods, request);
  const shown = configurations.map((configuration) => atBudget(configuration, whole)!);
  const tried = triedGroups({ configurations: shown, methods, settings, request });
  const { groups } = importanceOf({ groups: tried, direction: 'maximize' });
  expect(groups.map(({ method, configurations: count }) => [method, count])).toEqual([
    [null, 60],
    [0, 30],
    [1, 30],
  ]);
  const [overall, lora] = groups;
  expect(overall!.settings.map(({ name }) => name)).toEqual(['method', 'learningRate']);
  expect(overall!.settings[0]!.pValue).toBeLessThan(0.05);
  expect(lora!.settings).toEqual([]);
});
