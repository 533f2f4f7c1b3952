/** @file Which axes of a chosen configuration are on an edge of what was tried. */

import { gridEdges, type Tuned } from '@rankforge/boards';
import type { LeaderboardRow } from '@rankforge/contracts';
import { describe, expect, it } from 'vitest';
import { partOf } from '../../../test/support/part-of.js';
import { fieldBounds } from '../src/leaderboard/field-bounds.js';
import { referencesOf } from '../src/leaderboard/references.js';

const tuned = (learningRate: number, rest: Partial<Tuned> = {}): Tuned => ({
  learningRate,
  rank: 8,
  methodConfig: { rank: 8, alpha: 8 },
  optimizerConfig: { beta1: 0.9 },
  steps: 40,
  ...rest,
});

describe('gridEdges', () => {
  it('names the axis, the side and what was tried', () => {
    const tried = [tuned(0.01), tuned(0.03)];
    expect(gridEdges(tried[1]!, tried)).toEqual([
      { axis: 'learningRate', value: 0.03, side: 'highest', tried: [0.01, 0.03] },
    ]);
    expect(gridEdges(tried[0]!, tried)).toMatchObject([{ axis: 'learningRate', side: 'lowest' }]);
  });

  it('names none where values were tried on both sides, in whatever order', () => {
    const tried = [tuned(0.03), tuned(0.001), tuned(0.01)];
    expect(gridEdges(tried[2]!, tried)).toEqual([]);
  });

  it('names a learning rate that was not tuned, and none of what was not trained', () => {
    const seeds = [tuned(0.01), tuned(0.01)];
    expect(gridEdges(seeds[0]!, seeds)).toEqual([{ axis: 'learningRate', value: 0.01, side: 'only', tried: [0.01] }]);
    expect(gridEdges(tuned(0.01, { steps: 0 }), [tuned(0.01, { steps: 0 })])).toEqual([]);
  });

  it('names any axis that a sweep lists: the rank, a field of the method, a field of the optimizer', () => {
    const at = (rank: number, alpha: number, beta1: number) =>
      tuned(0.01, { rank, methodConfig: { rank, alpha }, optimizerConfig: { beta1 } });
    const tried = [0.001, 0.1].map((rate) => tuned(rate)).concat(at(4, 8, 0.8), at(16, 4, 0.9), at(16, 8, 0.95));
    expect(gridEdges(at(16, 4, 0.95), tried).map(({ axis, side }) => `${axis} ${side}`)).toEqual([
      'rank highest',
      'config.alpha lowest',
      'optimizerConfig.beta1 highest',
    ]);
  });

  it('names no field that follows from the rank', () => {
    const at = (rank: number) => tuned(0.01, { rank, methodConfig: { rank, alpha: 2 * rank } });
    const tried = [tuned(0.001), tuned(0.1), ...[4, 8, 16].map(at)].map((each) => ({
      ...each,
      methodConfig: { alpha: 2 * each.rank! },
    }));
    expect(gridEdges(tried[4]!, tried).map(({ axis }) => axis)).toEqual(['rank']);
  });

  it('names no value at which a field ends', () => {
    const at = (rank: number, density: number) => tuned(0.01, { rank, methodConfig: { density } });
    const tried = [tuned(0.001), tuned(0.1), at(1, 0.5), at(1, 1), at(4, 0.5)];
    const bounds = fieldBounds({ method: 'sltrain', optimizer: 'adamw' });
    expect(gridEdges(at(1, 1), tried, bounds)).toEqual([]);
    expect(gridEdges(at(4, 0.5), tried, bounds).map(({ axis }) => axis)).toEqual(['config.density']);
  });
});

it('takes as references the predictor that reads no input and scored rows of lower references', () => {
  const row = (method: string, score: number | null, optimizer = 'adamw') =>
    partOf<LeaderboardRow>({ method, optimizer, score });
  const rows = [row('lora', 0.8), row('linear-probe', 0.75), row('linear-probe', 0.7, 'sgd')];
  const trivial = { name: 'majority class', metrics: { accuracy: 0.733, macroF1: 0.42 } };
  expect(referencesOf(rows, trivial, 'accuracy')).toEqual([
    { name: 'majority class', score: 0.733 },
    { name: 'linear-probe', score: 0.75 },
    { name: 'linear-probe + sgd', score: 0.7 },
  ]);
  expect(referencesOf([row('linear-probe', null)], undefined, 'accuracy')).toEqual([]);
});
