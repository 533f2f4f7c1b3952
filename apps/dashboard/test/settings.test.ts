import type { SweepSettings } from '@rankforge/contracts';
import { describe, expect, it } from 'vitest';
import { svgOf } from '../src/components/chart/echarts-svg.js';
import { worstFirst } from '../src/features/settings/parallel-option.js';
import { settingAxis } from '../src/features/settings/setting-axis.js';
import { marksOf, type SlicePoint, sliceOption } from '../src/features/settings/slice-option.js';

const look = {
  scheme: 'light',
  text: '#111111',
  muted: '#222222',
  grid: '#333333',
  axisLine: '#444444',
  surface: '#ffffff',
  border: '#555555',
  base: { animation: false },
  axis: (name: string, axisLabel: object = {}) => ({ name, axisLabel }),
} as unknown as Parameters<typeof sliceOption>[0]['look'];

const training = (seed: number, score: number | null, outcome = 'scored') =>
  ({ trialId: `t${seed}`, seed, outcome, score, step: 10, judging: false }) as const;

const settings = {
  metric: 'accuracy',
  direction: 'maximize',
  settings: [{ name: 'learningRate', scale: 'log' }],
  methods: [{ method: 'lora', optimizer: 'adamw', chosen: 1, edges: [] }],
  configurations: [
    { method: 0, values: { learningRate: 0.001 }, mean: 0.5, trainings: [training(0, 0.4), training(1, 0.6)] },
    { method: 0, values: { learningRate: 0.01 }, mean: 0.8, trainings: [training(0, 0.7), training(1, 0.9)] },
    { method: 0, values: { learningRate: 0.1 }, mean: null, trainings: [training(0, null, 'over-budget')] },
  ],
} as unknown as SweepSettings;

describe('the axis of a setting', () => {
  it('takes logarithms as places and the values as labels', () => {
    const axis = settingAxis({ scale: 'log' }, [0.01, 0.0003, 0.01]);
    expect(axis.placeOf(0.01)).toBeCloseTo(-2, 12);
    expect(axis.ticks!.map(axis.label)).toEqual(['3e-4', '0.01']);
  });

  it('labels powers of ten where values are many', () => {
    const many = Array.from({ length: 40 }, (_, index) => 10 ** (-4.5 + index * 0.08));
    const axis = settingAxis({ scale: 'log' }, many);
    expect(axis.ticks).toEqual([-4, -3, -2]);
    expect(axis.ticks!.map(axis.label)).toEqual(['1e-4', '0.001', '0.01']);
  });

  it('counts the values of a list', () => {
    const axis = settingAxis({ scale: 'list' }, ['v', 'q', 'v']);
    expect([axis.placeOf('q'), axis.placeOf('v')]).toEqual([0, 1]);
    expect(axis.ticks!.map(axis.label)).toEqual(['q', 'v']);
  });
});

describe('a slice', () => {
  const slice = (changes: object = {}) =>
    sliceOption({
      settings,
      setting: settings.settings[0]!,
      label: 'learning rate',
      hidden: new Set(),
      logScale: false,
      look,
      ...changes,
    });
  const points = (option: ReturnType<typeof slice>) =>
    [option.series ?? []].flat().map(({ data }) => (data as SlicePoint[]).map(({ value }) => value));

  it('keeps seeds, means, the chosen value and trainings without a score apart', () => {
    const [seeds, means, chosen, others] = points(slice());
    expect(seeds!.map(([, score]) => score)).toEqual([0.4, 0.6, 0.7, 0.9]);
    expect(means).toEqual([
      [-3, 0.5],
      [-2, 0.8],
    ]);
    expect(chosen).toEqual([[-2, 0.8]]);
    expect(others).toEqual([[-1, 0]]);
    expect(marksOf(settings.configurations).map(({ title }) => title)).toEqual(['does not fit']);
  });

  it('draws nothing of a method that is hidden', () => {
    expect(points(slice({ hidden: new Set([0]) }))).toEqual([]);
  });

  it('becomes a file with the names of its marks', () => {
    const svg = svgOf(slice(), { width: 600, height: 300 });
    for (const text of ['0.001', '0.1', 'does not fit', 'accuracy']) expect(svg).toContain(`${text}</text>`);
  });
});

it('orders configurations from the worst, without those that have no score', () => {
  const order = (direction: 'minimize' | 'maximize') =>
    worstFirst({ ...settings, direction }, new Set()).map(({ mean }) => mean);
  expect(order('maximize')).toEqual([0.5, 0.8]);
  expect(order('minimize')).toEqual([0.8, 0.5]);
  expect(worstFirst(settings, new Set([0]))).toEqual([]);
});
