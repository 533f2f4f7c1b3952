import { stripVTControlCharacters } from 'node:util';
import { csv, SweepSettings, settingsExportColumns, settingsExportRows } from '@rankforge/contracts';
import { describe, expect, test } from 'vitest';
import { settingsText } from '../src/output/settings-table.js';

const id = (last: number) => `00000000-0000-7000-8000-00000000000${last}`;
const training = (last: number, outcome: string, score: number | null, step = 10) => ({
  trialId: id(last),
  seed: 0,
  outcome,
  score,
  step,
  judging: false,
});
const budget = { steps: 10, whole: true, trainings: 2 };
const share = { share: 0.9, low: 0.6, high: 0.95, pValue: 0.004975 };

const settings = SweepSettings.parse({
  metric: 'accuracy',
  direction: 'maximize',
  budget,
  budgets: [{ steps: 3, whole: false, trainings: 3 }, budget],
  settings: [
    { name: 'learningRate', scale: 'log' },
    { name: 'config.alpha', scale: 'linear' },
  ],
  methods: [
    {
      method: 'lora',
      optimizer: 'adamw',
      chosen: 1,
      edges: [{ axis: 'learningRate', value: 0.01, side: 'highest', tried: [0.001, 0.01] }],
    },
  ],
  configurations: [
    {
      method: 0,
      values: { learningRate: 0.001, 'config.alpha': 8 },
      mean: 0.5,
      trainings: [training(1, 'scored', 0.5)],
    },
    {
      method: 0,
      values: { learningRate: 0.01, 'config.alpha': 8 },
      mean: 0.8,
      trainings: [training(2, 'scored', 0.8)],
    },
    {
      method: 0,
      values: { learningRate: 0.01, 'config.alpha': 16 },
      mean: null,
      trainings: [training(3, 'stopped', null, 3)],
    },
  ],
  total: 3,
  sampled: false,
  importance: { least: 50, confidence: 0.95, groups: [{ method: 0, configurations: 2, settings: [] }] },
});

/** The header is bold where the environment asks for colour, as continuous integration does. */
const linesOf = (of: SweepSettings) =>
  stripVTControlCharacters(settingsText(of))
    .split('\n')
    .map((line) => line.trimEnd());

describe('the settings of a sweep', () => {
  test('stand with the chosen value, the edge that it is on and means by value', () => {
    const lines = linesOf(settings);
    expect(lines[0]).toBe('accuracy on validation, more is better: 10 steps (others: --steps 3)');
    expect(lines[1]).toMatch(/^method +setting +tried +chosen +importance +p$/);
    expect(lines[2]).toMatch(/^lora +learning rate +2 +0\.01 +– +– +learning rate 0\.01 is the highest tried: widen$/);
    expect(lines[3]).toMatch(/^lora +alpha +2 +8 +– +–$/);
    expect(lines[4]).toBe(
      'lora: 2 configurations with a score by every seed. From 50 on the settings are ranked by how much they mattered; of fewer, these are the means by value.',
    );
    expect(lines).toContainEqual(expect.stringMatching(/^learning rate +lora +0\.01 +0\.8 +1$/));
    expect(lines).toContainEqual(expect.stringMatching(/^alpha +lora +8 +0\.65 +2$/));
    expect(lines.at(-1)).toBe('Trainings: 2 scored, 1 stopped');
  });

  test('show shares with their intervals where there are enough configurations', () => {
    const group = { method: 0, configurations: 60, settings: [{ name: 'learningRate', ...share }] };
    const lines = linesOf({ ...settings, importance: { ...settings.importance, groups: [group] } });
    expect(lines[2]).toMatch(/^lora +learning rate +2 +0\.01 +0\.9 \[0\.6, 0\.95\] +0\.005 /);
    expect(lines[4]).toBe('lora: By the best tenth of 60 configurations; lines are 95 % intervals.');
    const drawn = linesOf({ ...settings, sampled: true, importance: { ...settings.importance, groups: [group] } });
    expect(drawn[4]).toBe(
      'lora: By the best tenth of 60 configurations of those that were drawn; lines are 95 % intervals.',
    );
  });

  test('say which configurations were drawn where these are not all', () => {
    expect(linesOf({ ...settings, total: 5000, sampled: true }).at(-1)).toBe(
      '3 of 5000 configurations: a random sample, and the best of each method.',
    );
  });

  test('come as a row for each training', () => {
    expect(csv(settingsExportRows(settings), settingsExportColumns(settings)).split('\r\n').slice(0, 4)).toEqual([
      'method,configuration,chosen,learningRate,config.alpha,seed,outcome,validation/accuracy,step,budgetSteps,judging,trialId',
      `lora,1,false,0.001,8,0,scored,0.5,10,10,false,${id(1)}`,
      `lora,2,true,0.01,8,0,scored,0.8,10,10,false,${id(2)}`,
      `lora,3,false,0.01,16,0,stopped,,3,10,false,${id(3)}`,
    ]);
  });
});
