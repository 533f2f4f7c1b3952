import { groupBy } from '@rankforge/contracts';
import { describe, expect, it } from 'vitest';
import { partOf } from '../../../test/support/part-of.js';
import { strategyOf } from '../src/strategies/registry.js';
import type { Proposal, SearchSpace, Training } from '../src/strategies/strategy.js';
import { first, lossOf, simulate, spaceOf } from './support/simulated-search.js';

describe('asha', () => {
  const asha = { kind: 'asha', minSteps: 10, reduction: 3, parallel: 6, error: 0.05 } as const;
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
      (sum, { proposal }) => sum + (proposal.until ?? 90) - [0, 10, 30][noteOf(partOf<Training>({ proposal })).rung]!,
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
  const asha = { kind: 'asha', minSteps: 10, reduction: 3, parallel: 6, error: 0.05 } as const;
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
  const ladder = { minSteps: 10, reduction: 3, parallel: 30, rungSeeds: 2, error: 0.05 } as const;
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

  it('rungSeeds count in the size of a sweep', () => {
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
  const scheduler = { kind: 'hyperband', minSteps: 10, reduction: 3, parallel: 30, error: 0.05 } as const;
  const counts = (trials: number) => {
    const { trainings } = simulate(spaceOf({ kind: 'sobol', trials, seed: 0 }, scheduler), first);
    const firsts = trainings.filter(({ proposal }) => (proposal.note as { rung: number }).rung === 0);
    return [10, 30, undefined].map((until) => firsts.filter(({ proposal }) => proposal.until === until).length / 2);
  };
  // 9, 5 and 3 of 17 in a round; 27 are a round and the first 10 of the next, of which 5, 3 and 2 are their shares.
  expect(counts(27)).toEqual([14, 8, 5]);
  // Fewer than the first bracket has.
  expect(counts(6)).toEqual([3, 2, 1]);
});

describe('hyperband goes on with a search whose configurations were dealt otherwise', () => {
  const scheduler = { minSteps: 10, reduction: 3, parallel: 30, error: 0.05 } as const;
  /** First rungs of a finished search, one configuration for each of the steps. */
  const begun = (untils: readonly (number | undefined)[]): Training[] => {
    const whole = simulate(spaceOf({ kind: 'sobol', trials: untils.length, seed: 0 }), first).trainings;
    return whole.map(({ proposal: { note: _, ...proposal }, ...training }, index) => {
      const number = Math.floor(index / 2);
      const until = untils[number];
      const asked: Proposal = { ...proposal, ...(until !== undefined && { until }), note: { number, rung: 0 } };
      return { ...training, proposal: asked, objective: lossOf(asked) };
    });
  };
  const goesOn = (kind: 'asha' | 'hyperband', trainings: readonly Training[]) => {
    const space = spaceOf({ kind: 'sobol', trials: trainings.length / 2, seed: 0 }, { kind, ...scheduler });
    return simulate(space, first, undefined, 1000, trainings).trainings.slice(trainings.length);
  };

  it('with those of one bracket as ASHA would', () => {
    const six = begun([10, 10, 10, 10, 10, 10]);
    const onward = goesOn('hyperband', six).map(({ proposal }) => proposal);
    // Two of six, and the better of these as none else reaches the last step; each with two seeds.
    expect(onward.map(({ until }) => until)).toEqual([30, 30, 30, 30, undefined, undefined]);
    expect(onward).toEqual(goesOn('asha', six).map(({ proposal }) => proposal));
  });

  it('with those of each bracket among each other', () => {
    const untils = [...Array(9).fill(10), ...Array(5).fill(30), ...Array(3).fill(undefined)] as (number | undefined)[];
    const all = begun(untils);
    const onward = goesOn('hyperband', all);
    const trainings = [...all, ...onward];
    const ladderOf = (number: number) => [10, 30, undefined].slice([10, 30, undefined].indexOf(untils[number]));
    for (const { proposal } of onward) {
      const { number, rung } = proposal.note as { number: number; rung: number };
      expect(proposal.until).toBe(ladderOf(number)[rung]);
      const before = trainings.find(({ ordinal }) => ordinal === proposal.continues)!.proposal;
      expect([before.seed, before.until]).toEqual([proposal.seed, ladderOf(number)[rung - 1]]);
    }
    // Three and then one go on of 9 from step 10, and one of 5 from step 30.
    const [fromFirst, fromSecond] = [0, 9].map((from) =>
      onward.filter(({ proposal }) => {
        const { number } = proposal.note as { number: number };
        return number >= from && number < (from === 0 ? 9 : 14);
      }),
    );
    expect([fromFirst!.length, fromSecond!.length]).toEqual([(3 + 1) * 2, 1 * 2]);
  });
});

describe('a rung that is judged example by example', () => {
  const scheduler = { kind: 'asha', minSteps: 20, reduction: 3, parallel: 8, error: 0.05, rungSeeds: 1 } as const;
  const rates = [1e-4, 1e-3, 1e-2];
  const space: SearchSpace = {
    search: { kind: 'grid' },
    scheduler,
    methods: [{ method: 'lora', optimizer: 'adamw', axes: [{ name: 'learningRate', values: rates }] }],
    seeds: [0, 1],
    budgetsMiB: [64],
    steps: 100,
    direction: 'maximize',
  };
  const examples = 100;
  type Scores = Readonly<Record<number, readonly number[]>>;
  /** Ends a training with so many of the examples right by its rate at each rung, the first ones, and a loss that falls with the rate. */
  const ending =
    (right: Scores, lossOf = (rate: number) => 1 - rate) =>
    (training: Training): Partial<Training> => {
      const { point, until = space.steps } = training.proposal;
      const rate = Number(point.values.learningRate);
      const count = right[until]![rates.indexOf(rate)]!;
      const scores = Array.from({ length: examples }, (_, example) => Number(example < count));
      return { objective: count / examples, loss: lossOf(rate), examples: scores };
    };
  const simulated = (right: Scores, room = 1000, lossOf?: (rate: number) => number) => {
    const { trainings, steps } = simulate(space, first, ending(right, lossOf), room);
    const ratesAt = (until: number | undefined) => [
      ...new Set(
        trainings
          .filter(({ proposal }) => proposal.until === until)
          .map(({ proposal }) => Number(proposal.point.values.learningRate)),
      ),
    ];
    const stopped = steps
      .flatMap(({ stop }) => stop)
      .map(({ ordinal, reason, dropped }) => {
        const { proposal } = trainings.find((training) => training.ordinal === ordinal)!;
        return { rate: Number(proposal.point.values.learningRate), reason, dropped };
      });
    return { first: ratesAt(20), second: ratesAt(60), whole: ratesAt(undefined), stopped };
  };

  it.each([1000, 1])('lets both of two rates go on that it cannot tell apart, given room for %d', (room) => {
    // 90 and 88 of the same examples: two discordant ones, p = 0.5.
    const found = simulated({ 20: [40, 88, 90], 60: [40, 91, 90], 100: [40, 94, 90] }, room);
    expect(found.second.sort()).toEqual([1e-3, 1e-2]);
    expect(found.whole.sort()).toEqual([1e-3, 1e-2]);
    expect(found.stopped).toEqual([
      {
        rate: 1e-4,
        reason:
          'went no further than step 20 of 100, rung 1 of 3: its validation value there, 0.4, loses to the best, 0.9, for sure (p = 1.8e-15 on 100 examples)',
        dropped: {
          rung: 1,
          rungs: 3,
          step: 20,
          value: 0.4,
          best: 0.9,
          examples: 100,
          pValue: 2 ** -49,
          surely: true,
          error: 0.05,
        },
      },
    ]);
  });

  it('spares the next rate at the first rung, which few steps put behind, and drops there what loses again', () => {
    const late = simulated({ 20: [40, 45, 90], 60: [40, 95, 60], 100: [40, 95, 60] });
    expect(late.second.sort()).toEqual([1e-3, 1e-2]);
    expect(late.whole).toEqual([1e-3]);
    const early = simulated({ 20: [40, 45, 90], 60: [40, 50, 92], 100: [40, 50, 92] });
    expect(early.second.sort()).toEqual([1e-3, 1e-2]);
    expect(early.whole).toEqual([1e-2]);
    expect(early.stopped.map(({ rate, dropped }) => [rate, dropped!.rung, dropped!.surely])).toEqual([
      [1e-4, 1, true],
      [1e-3, 2, true],
    ]);
  });

  it('puts rates that score the same in order by their losses, and lets at most half go on', () => {
    const flat = { 20: [70, 70, 70], 60: [70, 70, 90], 100: [70, 70, 90] };
    const found = simulated(flat);
    expect(found.second.sort()).toEqual([1e-3, 1e-2]);
    expect(found.whole).toEqual([1e-2]);
    expect(found.stopped.find(({ rate }) => rate === 1e-4)!.reason).toBe(
      'went no further than step 20 of 100, rung 1 of 3: its validation value there, 0.7, cannot be told from the best, 0.7 (p = 1 on 100 examples), and others that cannot were better',
    );
    expect(simulated(flat, 1000, (rate) => rate).second.sort()).toEqual([1e-4, 1e-3]);
  });

  it('says why each went on', () => {
    const { trainings } = simulate(space, first, ending({ 20: [88, 45, 90], 60: [88, 45, 90], 100: [88, 45, 90] }));
    const reasons = trainings.flatMap(({ proposal }) => {
      const { rung, reason } = proposal.note as { rung: number; reason?: string };
      return rung === 1 ? [reason] : [];
    });
    expect(reasons.sort()).toEqual([
      'among the best 1 of 3 on rung 1 (0.9 or better)',
      'cannot be told from the best of 3 on rung 1 (0.88 against 0.9, p = 0.5)',
    ]);
  });
});
