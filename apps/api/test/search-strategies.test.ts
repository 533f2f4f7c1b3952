import { isDeepStrictEqual } from 'node:util';
import type { TrialState } from '@rankforge/contracts';
import { describe, expect, it } from 'vitest';
import { partOf } from '../../../test/support/part-of.js';
import { axisPoint, type MethodAxes } from '../src/planning/expand.js';
import { strategyOf } from '../src/strategies/registry.js';
import { toSearchPoint } from '../src/strategies/search/space.js';
import type { Proposal, SearchSpace, Training } from '../src/strategies/strategy.js';
import { first, last, lossOf, simulate, spaceOf } from './support/simulated-search.js';

const pointsOf = (trainings: readonly Training[]) =>
  trainings.map(({ proposal }) => JSON.stringify([proposal.note, proposal.point, proposal.seed])).sort();

describe('tpe', () => {
  const space = spaceOf({ kind: 'tpe', trials: 30, seed: 3, parallel: 4 }, undefined, ['lora', 'dora']);

  it('asks for the same, whichever worker is faster', () => {
    const one = simulate(space, first);
    const other = simulate(space, last);
    expect(one.trainings).toHaveLength(2 * 30 * 2);
    expect(pointsOf(other.trainings)).toEqual(pointsOf(one.trainings));
  });

  it('asks for the same with room for less than the seeds of a configuration', () => {
    const seeded = { ...space, seeds: [4, 2, 7] };
    expect(pointsOf(simulate(seeded, first, undefined, 2).trainings)).toEqual(
      pointsOf(simulate(seeded, first).trainings),
    );
  });

  it('keeps no more than `parallel` of a method open, and finds what chance does not', () => {
    const long = { ...space, search: { kind: 'tpe', trials: 60, seed: 3, parallel: 4 } } as const;
    const { trainings } = simulate(long, (running) => {
      for (const method of [0, 1]) {
        const open = running.filter(({ proposal }) => proposal.point.method === method);
        expect(new Set(open.map(({ proposal }) => JSON.stringify(proposal.point))).size).toBeLessThanOrEqual(4);
      }
      return first(running);
    });
    const off = (part: readonly Training[]) =>
      part.reduce(
        (sum, { proposal }) => sum + Math.abs(Math.log10(Number(proposal.point.values.learningRate)) + 3),
        0,
      ) / part.length;
    const ofLora = trainings.filter(({ proposal }) => proposal.point.method === 0);
    // By chance it is 1 in the mean.
    expect(off(ofLora.slice(-60))).toBeLessThan(0.6);
  });

  it('never asks for a configuration twice, and ends when all were tried', () => {
    const few = spaceOf({ kind: 'tpe', trials: 500, seed: 0, parallel: 1 });
    const lists = few.methods.map((method) => ({
      ...method,
      axes: method.axes.map((axis) => (axis.range ? { name: axis.name, values: [1e-4, 1e-3] } : axis)),
    }));
    const { trainings, steps } = simulate({ ...few, methods: lists }, first);
    const points = trainings
      .filter(({ proposal }) => proposal.seed === 0)
      .map(({ proposal }) => JSON.stringify(proposal.point));
    expect(new Set(points).size).toBe(points.length);
    expect(points).toHaveLength(16);
    expect(steps.at(-1)).toMatchObject({ done: true, remaining: { trainings: 0, steps: 0 } });
  });

  it('finds values that are objects or lists again, whose names a database keeps in another order', () => {
    const tables = [{ queries: 2, all: 1 }, { queries: 4, all: 1 }, ['q', 'v'], ['q']];
    const few = spaceOf({ kind: 'tpe', trials: 500, seed: 0, parallel: 1 });
    const axes = [
      { name: 'config.ranks', values: tables },
      { name: 'rank', values: [2, 4] },
    ] as const;
    const methods = few.methods.map((method) => ({ ...method, axes }));
    const { trainings } = simulate({ ...few, methods }, first, ({ proposal: { point } }) => ({
      objective: tables.findIndex((table) => isDeepStrictEqual(table, point.values['config.ranks'])),
    }));
    const points = trainings.filter(({ proposal }) => proposal.seed === 0).map(({ proposal }) => proposal.point);
    expect(points).toHaveLength(8);
    expect(points.map((point) => toSearchPoint(methods[0]!, point)['config.ranks']).sort()).toEqual([
      0, 0, 1, 1, 2, 2, 3, 3,
    ]);
    const ofMethods = methods.map(({ axes }) => partOf<MethodAxes>({ axes }));
    expect(points.map((point) => axisPoint(point, ofMethods).places.get('config.ranks')!.beside)).toEqual(
      points.map(() => tables),
    );
  });

  it('learns from what did not fit: larger ranks are over budget, and it turns away from them', () => {
    const { trainings } = simulate(
      spaceOf({ kind: 'tpe', trials: 40, seed: 1, parallel: 1 }),
      first,
      ({ proposal }) => {
        const excess = (Number(proposal.point.values.rank) - 4) * 2 ** 20;
        return excess > 0
          ? { state: 'OVER_BUDGET', excessBytes: excess, objective: null }
          : { objective: lossOf(proposal) };
      },
    );
    const over = (part: readonly Training[]) =>
      part.filter(({ state }) => state === 'OVER_BUDGET').length / part.length;
    // By chance it is a half.
    expect(over(trainings.slice(-100))).toBeLessThan(0.35);
  });
});

it('sobol finds every value of a range that chance hardly comes to', () => {
  const search = { kind: 'sobol', trials: 200, seed: 0 } as const;
  const range = { min: 1, max: 100, scale: 'log', whole: true } as const;
  const methods = spaceOf(search).methods.map((method) => ({
    ...method,
    axes: [{ name: 'rank', values: [1, 100], range } as const],
  }));
  const { trainings } = simulate({ ...spaceOf(search), methods, seeds: [0] }, first, ({ proposal: { point } }) => ({
    objective: Number(point.values.rank),
  }));
  const ranks = trainings.map(({ proposal }) => Number(proposal.point.values.rank)).sort((a, b) => a - b);
  expect(ranks).toEqual(Array.from({ length: 100 }, (_, index) => index + 1));
});

it('median stopping says at which step which value was worse than which', () => {
  const scheduler = { kind: 'median', startupTrials: 2, warmupSteps: 20, minTrials: 2 } as const;
  const space = spaceOf({ kind: 'grid' }, scheduler);
  const strategy = strategyOf({ search: space.search, scheduler });
  const training = (ordinal: number, state: TrialState, values: number[]): Training => ({
    ordinal,
    proposal: {
      point: { method: 0, values: { 'config.target': 'q', rank: 2, learningRate: 1e-3 } },
      seed: ordinal,
      note: { number: ordinal, rung: 0 },
    },
    state,
    objective: state === 'SUCCEEDED' ? values.at(-1)! : null,
    excessBytes: null,
    step: 10 * values.length,
    seconds: null,
    loss: null,
    examples: null,
    curve: values.map((value, index) => ({ step: 10 * (index + 1), value })),
  });
  const trainings = [
    training(1, 'SUCCEEDED', [5, 4, 3]),
    training(2, 'SUCCEEDED', [5, 3, 2]),
    training(3, 'RUNNING', [9]),
    training(4, 'RUNNING', [9, 3.6]),
    training(5, 'RUNNING', [9, 3.4]),
  ];
  const { stop } = strategy.step({ space, state: strategy.start(space), room: 0, trainings });
  expect(stop).toEqual([
    {
      ordinal: 4,
      reason:
        'at step 20 its best validation value 3.6 is worse than 3.5, the median of 2 trainings of its method there',
    },
  ]);
});

describe('fair', () => {
  const protocol = { kind: 'fair', tuningTrials: 8, extensions: 0, finalSeeds: 2, seed: 0 } as const;
  const space = (extensions: number): SearchSpace => ({
    ...spaceOf({ kind: 'grid' }, undefined, ['lora', 'dora']),
    protocol: { ...protocol, extensions },
  });
  /** Lower with a larger rate up to 0.3 for lora; best in the middle for dora. */
  const loss = ({ point }: Proposal) =>
    Math.abs(Math.log10(Number(point.values.learningRate)) - Math.log10(point.method === 0 ? 0.3 : 1e-4));
  const run = (extensions: number, room?: number) =>
    simulate(space(extensions), first, ({ proposal }) => ({ objective: loss(proposal) }), room).trainings.map(
      ({ proposal }) => proposal,
    );

  it('tries every value of every axis of each method equally often', () => {
    const tuned = run(0).filter(({ stage }) => stage === 'tuning');
    for (const method of [0, 1]) {
      const own = tuned.filter(({ point, seed }) => point.method === method && seed === 0);
      for (const { name, values } of space(0).methods[method]!.axes) {
        for (const value of values) {
          expect(own.filter(({ point }) => point.values[name] === value)).toHaveLength(8 / values.length);
        }
      }
    }
  });

  it('goes beyond an edge until the best lies between others, with as little room as there is', () => {
    const all = run(3);
    const beyond = all.filter(({ stage }) => stage === 'extension');
    expect(beyond.map(({ point, seed }) => [point.method, point.values.learningRate, seed])).toEqual([
      [0, 0.1, 0],
      [0, 0.1, 1],
      [0, 1, 0],
      [0, 1, 1],
    ]);
    const finals = all.filter(({ stage }) => stage === 'final');
    expect(finals.map(({ point, seed }) => [point.method, point.values.learningRate, seed]).sort()).toEqual([
      [0, 0.1, 2],
      [0, 0.1, 3],
      [1, 1e-4, 2],
      [1, 1e-4, 3],
    ]);
    const asText = (proposals: readonly Proposal[]) => proposals.map((proposal) => JSON.stringify(proposal)).sort();
    expect(asText(run(3, 1))).toEqual(asText(all));
    expect(run(1).filter(({ stage }) => stage === 'extension')).toHaveLength(2);
    expect(run(0).filter(({ stage }) => stage === 'extension')).toHaveLength(0);
  });

  it('trains what is chosen by then where a failed training of the tuning succeeds when it is tried again', () => {
    const own = space(0);
    const failed = ({ proposal }: Training) =>
      proposal.point.method === 0 && proposal.point.values.learningRate === 1e-2 && proposal.stage === 'tuning';
    const { trainings } = simulate(own, first, (training) =>
      failed(training) ? { state: 'FAILED' as const } : { objective: loss(training.proposal) },
    );
    const again = trainings.map((training) =>
      failed(training) ? { ...training, state: 'SUCCEEDED' as const, objective: loss(training.proposal) } : training,
    );
    const { step, start } = strategyOf({ search: own.search, protocol: own.protocol });
    const tuned = trainings.filter(({ proposal }) => proposal.stage === 'tuning').length;
    const { create } = step({ space: own, state: { ...(start(own) as object), tuned }, room: 100, trainings: again });
    expect(create.map(({ point, seed, stage }) => [point.method, point.values.learningRate, seed, stage])).toEqual([
      [0, 1e-2, 2, 'final'],
      [0, 1e-2, 3, 'final'],
    ]);
  });

  it('takes a method to its last seeds while another is still being tuned', () => {
    // Trainings of dora end only when none of lora runs.
    const order: string[] = [];
    const loraFirst = (running: readonly Training[]) => {
      const next = running.find(({ proposal }) => proposal.point.method === 0) ?? running[0]!;
      order.push(`${next.proposal.point.method} ${next.proposal.stage}`);
      return next;
    };
    simulate(space(3), loraFirst, ({ proposal }) => ({ objective: loss(proposal) }));
    expect(order.lastIndexOf('0 final')).toBeLessThan(order.indexOf('1 tuning'));
  });
});
