import { isDeepStrictEqual } from 'node:util';
import type { CreateSweep, TrialState } from '@rankforge/contracts';
import { describe, expect, it } from 'vitest';
import { axisPoint } from '../src/planning/expand.js';
import { groupBy } from '../src/platform/group-by.js';
import { strategyOf } from '../src/strategies/registry.js';
import { toSearchPoint } from '../src/strategies/search/space.js';
import type { Proposal, SearchSpace, Step, Training } from '../src/strategies/strategy.js';

const learningRate = { min: 1e-5, max: 1e-1, scale: 'log', whole: false } as const;

function spaceOf(search: CreateSweep['search'], scheduler?: CreateSweep['scheduler'], methods = ['lora']): SearchSpace {
  return {
    search,
    ...(scheduler && { scheduler }),
    methods: methods.map((method) => ({
      method,
      optimizer: 'adamw',
      axes: [
        { name: 'config.target', values: ['q', 'v'] },
        { name: 'rank', values: [2, 4, 8, 16] },
        search.kind === 'sobol' || search.kind === 'tpe'
          ? { name: 'learningRate', values: [1e-5, 1e-1], range: learningRate }
          : { name: 'learningRate', values: [1e-5, 1e-4, 1e-3, 1e-2] },
      ],
    })),
    seeds: [0, 1],
    budgetsMiB: [64],
    steps: 90,
    direction: 'minimize',
  };
}

/** Lower near 1e-3 and with more steps; seeds differ a little. */
const lossOf = ({ point, seed, until }: Proposal) =>
  Math.abs(Math.log10(Number(point.values.learningRate)) + 3) + 10 / (until ?? 90) + 0.01 * seed;

/** A value as it comes back from a jsonb column, which keeps the names of an object by their length, then by their letters. */
function fromJsonb<T>(value: T): T {
  const byName = ([a]: [string, unknown], [b]: [string, unknown]) => a.length - b.length || (a < b ? -1 : 1);
  return JSON.parse(JSON.stringify(value), (_, part) =>
    part !== null && typeof part === 'object' && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(byName))
      : part,
  );
}

/** A sweep in memory: trainings are created as the strategy asks, and end in the order that `pick` says. */
function simulate(
  space: SearchSpace,
  pick: (running: readonly Training[]) => Training,
  end: (training: Training) => Partial<Training> = (training) => ({ objective: lossOf(training.proposal) }),
  room = 1000,
) {
  const { search, scheduler, protocol } = space;
  const strategy = strategyOf({ search, scheduler, protocol });
  const trainings: Training[] = [];
  let state = strategy.start(space);
  const steps: Step<unknown>[] = [];
  for (let round = 0; round < 5000; round++) {
    const shown = strategy.reads === 'nothing' ? [] : trainings.map((training) => structuredClone(training));
    const step = strategy.step({ space, state, room, trainings: shown });
    state = fromJsonb(step.state);
    steps.push(step);
    for (const proposal of step.create) {
      const ended = {
        state: 'RUNNING' as TrialState,
        objective: null,
        step: 0,
        seconds: null,
        excessBytes: null,
        curve: [],
      };
      trainings.push({ ordinal: trainings.length + 1, proposal: fromJsonb(proposal), ...ended });
    }
    const running = trainings.filter((training) => training.state === 'RUNNING');
    if (running.length === 0) {
      if (step.done) return { trainings, steps };
      expect(step.create.length, 'it asks for something or is done').toBeGreaterThan(0);
      continue;
    }
    const next = pick(running);
    Object.assign(next, { state: 'SUCCEEDED', ...end(next) });
  }
  throw new Error('it did not end');
}

const first = (running: readonly Training[]) => running[0]!;
const last = (running: readonly Training[]) => running.at(-1)!;
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
    const ofMethods = methods.map((method) => ({ ...method, index: 0 })) as unknown as Parameters<typeof axisPoint>[1];
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

describe('asha', () => {
  const asha = { kind: 'asha', minSteps: 10, reduction: 3, parallel: 6 } as const;
  const noteOf = ({ proposal }: Training) => proposal.note as { number: number; rung: number; reason?: string };

  it.each(['grid', 'random', 'sobol', 'tpe'] as const)(
    'sends the best of a %s search on, from where they stopped',
    (kind) => {
      const search =
        kind === 'grid'
          ? { kind }
          : kind === 'tpe'
            ? { kind, trials: 32, seed: 1, parallel: 4 }
            : { kind, trials: 32, seed: 1 };
      const { trainings, steps } = simulate(spaceOf(search, asha), first);
      const byRung = [0, 1, 2].map((rung) => trainings.filter((training) => noteOf(training).rung === rung));
      expect(byRung[0]).toHaveLength(64);
      for (const [rung, part] of byRung.entries()) {
        expect(part.length / 2).toBeGreaterThanOrEqual(Math.floor(32 / 3 ** rung));
        for (const { proposal } of part) {
          expect(proposal.until).toBe([10, 30, undefined][rung]);
          expect(proposal.stage).toBe(`rung ${rung + 1} of 3`);
          const before = trainings.find(({ ordinal }) => ordinal === proposal.continues);
          if (rung === 0) expect(before).toBeUndefined();
          else expect([before!.proposal.point, before!.proposal.seed]).toEqual([proposal.point, proposal.seed]);
        }
      }
      const [promoted] = byRung[1]!;
      expect(noteOf(promoted!).reason).toMatch(/^among the best \d+ of \d+ on rung 1 \(\d\.\d+ or better\)$/);
      // Among those of each rung, the best went on.
      const ranked = byRung[0]!.toSorted((a, b) => a.objective! - b.objective!);
      const bestNumbers = new Set(byRung[1]!.map((training) => noteOf(training).number));
      expect(bestNumbers).toContain(noteOf(ranked[0]!).number);
      expect(steps.at(-1)!.done).toBe(true);
      // Once nothing more is asked for, those that did not go on are pruned, and no other.
      const wentOn = new Set(trainings.map(({ proposal }) => proposal.continues));
      const left = trainings.filter(({ ordinal, proposal }) => proposal.until !== undefined && !wentOn.has(ordinal));
      const { stop } = steps.at(-1)!;
      expect(stop.map(({ ordinal }) => ordinal).sort((a, b) => a - b)).toEqual(left.map(({ ordinal }) => ordinal));
      expect(left.length).toBeGreaterThan(30);
      expect(stop[0]!.reason).toMatch(
        /^went no further than step (10 of 90, rung 1|30 of 90, rung 2) of 3: its validation value there, \d\.\d+, was not among the best$/,
      );
      expect(steps.slice(0, -1).flatMap((step) => step.stop)).toEqual([]);
    },
  );

  it('spends a part of the steps of all, and finds the same best', () => {
    const part = simulate(spaceOf({ kind: 'grid' }, asha), first).trainings;
    const all = simulate(spaceOf({ kind: 'grid' }), first).trainings;
    const spent = part.reduce(
      (sum, { proposal }) => sum + (proposal.until ?? 90) - [0, 10, 30][noteOf({ proposal } as Training).rung]!,
      0,
    );
    expect(spent).toBeLessThan(0.4 * all.length * 90);
    const best = (trainings: readonly Training[]) =>
      trainings
        .filter(({ proposal }) => proposal.until === undefined)
        .toSorted((a, b) => a.objective! - b.objective!)[0]!;
    expect(best(part).proposal.point.values.learningRate).toBe(best(all).proposal.point.values.learningRate);
  });

  it('trains the best to the end where too few were tried for any to get there', () => {
    const { trainings } = simulate(spaceOf({ kind: 'random', trials: 5, seed: 2 }, asha), first);
    const whole = trainings.filter(({ proposal }) => proposal.until === undefined);
    expect(whole).toHaveLength(2);
    const below = trainings.filter((training) => noteOf(training).rung === 1);
    const best = below.toSorted((a, b) => a.objective! - b.objective!)[0]!;
    expect(whole[0]!.proposal.point).toEqual(best.proposal.point);
    expect(noteOf(whole[0]!).reason).toBe('the best of 2 on rung 2, as none reached the last step');
  });

  it('sends nothing on that failed, and lets no method cut another short', () => {
    const { trainings } = simulate(spaceOf({ kind: 'grid' }, asha, ['good', 'bad']), first, ({ proposal }) => {
      const { method, values } = proposal.point;
      if (values['config.target'] === 'q') return { state: 'FAILED', objective: null };
      return { objective: lossOf(proposal) + 100 * method };
    });
    const upper = trainings.filter((training) => noteOf(training).rung > 0);
    expect(upper.every(({ proposal }) => proposal.point.values['config.target'] === 'v')).toBe(true);
    for (const method of [0, 1]) {
      expect(upper.filter(({ proposal }) => proposal.point.method === method).length).toBeGreaterThanOrEqual(10);
    }
  });
});

it('asha begins and promotes with all seeds where there is room for one at a time', () => {
  const asha = { kind: 'asha', minSteps: 10, reduction: 3, parallel: 6 } as const;
  const space = { ...spaceOf({ kind: 'sobol', trials: 9, seed: 0 }, asha), seeds: [4, 2, 7] };
  const { trainings } = simulate(space, first, undefined, 1);
  const rungs = new Map<string, Proposal[]>();
  for (const { proposal } of trainings) {
    const { number, rung } = proposal.note as { number: number; rung: number };
    rungs.set(`${number} ${rung}`, [...(rungs.get(`${number} ${rung}`) ?? []), proposal]);
    if (rung === 0) continue;
    const before = trainings.find(({ ordinal }) => ordinal === proposal.continues)!.proposal;
    expect([before.point, before.seed]).toEqual([proposal.point, proposal.seed]);
  }
  expect([...rungs.keys()].filter((key) => key.endsWith(' 0'))).toHaveLength(9);
  expect([...rungs.keys()].filter((key) => key.endsWith(' 2')).length).toBeGreaterThan(0);
  for (const proposals of rungs.values()) {
    expect(proposals.map(({ seed }) => seed)).toEqual([4, 2, 7]);
    expect(new Set(proposals.map(({ note }) => JSON.stringify(note))).size).toBe(1);
  }
});

describe('rungSeeds', () => {
  const ladder = { minSteps: 10, reduction: 3, parallel: 30, rungSeeds: 2 } as const;
  const seeds = [4, 2, 7];
  const grid = { ...spaceOf({ kind: 'grid' }, { kind: 'asha', ...ladder }), seeds };
  const rungOf = ({ note }: Proposal) => (note as { rung: number }).rung;

  it.each([1, 1000])(
    'tries with the first seeds, and trains what reaches the last rung with all, given room for %d',
    (room) => {
      const { trainings, steps } = simulate(grid, first, undefined, room);
      const byRung = [0, 1, 2].map((rung) => trainings.filter(({ proposal }) => rungOf(proposal) === rung));
      for (const [rung, part] of byRung.entries()) {
        const own = rung < 2 ? [4, 2] : seeds;
        const points = groupBy(part, ({ proposal }) => JSON.stringify(proposal.point));
        for (const group of points.values()) expect(group.map(({ proposal }) => proposal.seed)).toEqual(own);
        for (const { proposal } of part) {
          const before = trainings.find(({ ordinal }) => ordinal === proposal.continues)?.proposal;
          if (rung === 0 || proposal.seed === 7) expect(before).toBeUndefined();
          else
            expect([before!.point, before!.seed, rungOf(before!)]).toEqual([proposal.point, proposal.seed, rung - 1]);
        }
      }
      expect(byRung[0]).toHaveLength(32 * 2);
      expect(steps.at(-1)).toMatchObject({ done: true, remaining: { trainings: 0, steps: 0 } });
    },
  );

  it('is in the size of a sweep', () => {
    // Of 32 configurations 10 and then 3 go on: two seeds to step 10 and 30, and all three to step 90, one of them from the start.
    const steps = 32 * 2 * 10 + 10 * 2 * 20 + 3 * (2 * 60 + 90);
    const { size } = strategyOf({ search: grid.search, scheduler: grid.scheduler });
    expect(size(grid)).toEqual({ trainings: 32n * 2n + 10n * 2n + 3n * 3n, steps: BigInt(steps) });
  });

  it('leaves a bracket of hyperband that has one rung to all seeds', () => {
    const space = { ...grid, scheduler: { kind: 'hyperband', ...ladder } as const };
    const { trainings } = simulate(space, first);
    for (const { proposal } of trainings) {
      if (proposal.seed !== 7) continue;
      expect(proposal.until).toBeUndefined();
      expect(proposal.continues).toBeUndefined();
    }
    const whole = trainings.filter(({ proposal }) => proposal.until === undefined);
    const points = new Set(whole.map(({ proposal }) => JSON.stringify(proposal.point)));
    expect(whole).toHaveLength(3 * points.size);
  });
});

it('hyperband deals configurations to brackets that begin on different rungs', () => {
  const scheduler = { kind: 'hyperband', minSteps: 10, reduction: 3, parallel: 30 } as const;
  const { trainings } = simulate(spaceOf({ kind: 'sobol', trials: 27, seed: 0 }, scheduler), first);
  const firsts = trainings.filter(({ proposal }) => (proposal.note as { rung: number }).rung === 0);
  const count = (until: number | undefined) => firsts.filter(({ proposal }) => proposal.until === until).length / 2;
  // 9, 5 and 3 of 17 in a round; 27 are a round and the first 10 of the next.
  expect([count(10), count(30), count(undefined)]).toEqual([18, 6, 3]);
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
