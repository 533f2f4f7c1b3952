import { describe, expect, it } from 'vitest';
import { type Direction, type Observation, type Point, type Space, seededDraws, tpeSampler } from '../src/index.js';
import { recorded } from './support/recorded.js';
import { vectors } from './support/vectors.js';

interface Case {
  name: string;
  space: Space;
  direction: Direction;
  history: Observation[];
  draws: number[];
  suggestion: Point;
}

const { cases } = vectors<{ cases: Case[] }>('tpe/suggestions');

describe('TPE', () => {
  it.each(cases)('suggests what Optuna does: $name', ({ space, direction, history, draws, suggestion }) => {
    const given = recorded(draws);
    const point = tpeSampler({ space, direction, history, number: history.length, draws: given });
    expect(given.left()).toBe(0);
    expect(Object.keys(point)).toEqual(Object.keys(suggestion));
    for (const [name, value] of Object.entries(suggestion)) {
      const { kind } = space[name]!;
      if (kind === 'float') expect(Math.abs(point[name]! / value - 1)).toBeLessThan(1e-9);
      else expect(point[name]).toBe(value);
    }
  });

  it('does not depend on the order in which it is told', () => {
    const { space, direction, history } = cases.find(({ name }) => name === 'mixed: 75 of every outcome')!;
    const ask = (told: Observation[]) =>
      tpeSampler({ space, direction, history: told, number: told.length, draws: seededDraws(1, 'trial/75') });
    expect(ask(history.toReversed())).toEqual(ask(history));
  });

  it('leaves a parameter with one value alone', () => {
    const { space, direction, history } = cases.find(({ name }) => name === 'floats: 17 complete')!;
    const one = { ...space, rank: { kind: 'int', low: 8, high: 8, log: true } } as const;
    const told = history.map((trial) => ({ ...trial, point: { ...trial.point, rank: 8 } }));
    const draws = () => seededDraws(1, 'trial/17');
    const point = tpeSampler({ space, direction, history, number: 17, draws: draws() });
    expect(tpeSampler({ space: one, direction, history: told, number: 17, draws: draws() })).toEqual({
      ...point,
      rank: 8,
    });
    const only = { rank: one.rank };
    expect(tpeSampler({ space: only, direction, history: told, number: 17, draws: draws() })).toEqual({ rank: 8 });
  });

  it('names the trial whose objective or parameter is missing', () => {
    const { space, direction, history } = cases[0]!;
    const ask = (told: Observation[]) =>
      tpeSampler({ space, direction, history: told, number: told.length, draws: seededDraws(1, 'x') });
    const first = history[0]!;
    const infinite = { ...first, outcome: { kind: 'complete', value: Number.POSITIVE_INFINITY } } as const;
    expect(() => ask([infinite])).toThrow('the objective of trial 0 must be finite, got Infinity');
    expect(() => ask([{ ...first, point: { x: 1 } }])).toThrow('trial 0 has no value for y');
  });
});
