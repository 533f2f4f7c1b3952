import { createRandom } from '@rankforge/peft';
import { criticalT, furtherSeeds, openHypotheses } from '@rankforge/stats';
import type { Bench, Cell } from './bench.js';
import { type Design, drawBoard } from './statistics/boards.js';
import { judge } from './statistics/procedures.js';

const alpha = 0.05;
const manyExamples = { count: 100, deviation: 0.3, rest: 0.3 };
const steady = 0.03;
const alike = (methods: number) => new Array<number>(methods).fill(steady);
const unsteady = (methods: number, times: number, count = 1) =>
  alike(methods).map((own, m) => (m < count ? times * own : own));
const groups = (...sizes: [number, number, number]) =>
  sizes.flatMap((size, index) => new Array<number>(size).fill([0.08, 0.035, 0.012][index]!));

/** Deviations between seeds, by method. */
const boards: readonly { name: string; deviations: readonly number[] }[] = [
  { name: '2 alike', deviations: alike(2) },
  { name: '2, one × 10', deviations: unsteady(2, 10) },
  ...[3, 4, 5].flatMap((methods) => [
    { name: `${methods} alike`, deviations: alike(methods) },
    { name: `${methods}, one × 10`, deviations: unsteady(methods, 10) },
    { name: `${methods}, one × 5`, deviations: unsteady(methods, 5) },
    { name: `${methods}, two × 10`, deviations: unsteady(methods, 10, 2) },
  ]),
  { name: '12 alike', deviations: alike(12) },
  { name: '12, one × 10', deviations: unsteady(12, 10) },
  { name: '12, four × 10', deviations: unsteady(12, 10, 4) },
  { name: '12: .08, 3 × .035, 8 × .012', deviations: groups(1, 3, 8) },
  { name: '46 alike', deviations: alike(46) },
  { name: '46, four × 10', deviations: unsteady(46, 10, 4) },
  { name: '46: .08, 12 × .035, 33 × .012', deviations: groups(1, 12, 33) },
];

const drawn = (methods: number) => (methods > 12 ? 60 : methods > 5 ? 300 : 1000);

/** Share of boards of equal methods on which two are told apart. */
function split(design: Design): string {
  const random = createRandom(1).fork(JSON.stringify(design));
  const count = drawn(design.deviations.length);
  let found = 0;
  for (let number = 0; number < count; number++) {
    found += Number(judge(drawBoard(random, design)).pairs.some(({ different }) => different));
  }
  return percent(found / count);
}

/** Share of the pairs of a shifted method that are told apart. */
function power(methods: number, seeds: number): string {
  const design = { seeds, deviations: alike(methods), shifts: [shiftOf(methods, seeds)] };
  const random = createRandom(2).fork(JSON.stringify(design));
  const count = drawn(methods);
  let found = 0;
  for (let number = 0; number < count; number++) {
    const own = judge(drawBoard(random, design)).pairs.filter((pair) => pair.methods.includes('0'));
    found += own.filter(({ different }) => different).length / own.length;
  }
  return percent(found / count);
}

/** How far a method is shifted so that a test that knew the variance would find it in about 5 of 6 cases. */
function shiftOf(methods: number, seeds: number): number {
  const normal = criticalT(1 - alpha / ((methods * (methods - 1)) / 2), [{ variance: 1, degreesOfFreedom: 1e6 }]);
  return (normal + 1) * steady * Math.sqrt(2 / seeds);
}

/** Seeds that are added to the leader and what is tied with it. */
const added = 6;

/**
 * Boards whose first half are the best and equal, before and after seeds are added to the leader and its ties: share of the leader's proven
 * pairs that stay, with the look and as if there had been none; of boards with a false pair; of pairs found with one other seed on the leader.
 */
function extended(methods: number, seeds: number, shared: number, examples?: Design['examples']): string[] {
  const shifts = alike(methods).map((_, m) => (m * 2 < methods ? 0 : -shiftOf(methods, seeds)));
  const design = {
    seeds: seeds + added + 1,
    deviations: alike(methods),
    shifts,
    shared,
    ...(examples && { examples }),
  };
  const random = createRandom(3).fork(JSON.stringify(design));
  const count = drawn(methods) / 5;
  const places = (from: number, to: number, look = 0) =>
    Array.from({ length: to - from }, (_, i) => ({ place: from + i, look }));
  const isFalse = (names: readonly string[]) => shifts[Number(names[0])] === shifts[Number(names[1])];
  const totals = { proven: 0, kept: 0, bare: 0, before: 0, after: 0, real: 0, found: 0, other: 0 };
  for (let number = 0; number < count; number++) {
    const board = drawBoard(random, design);
    const first = judge(board, { seedsOf: () => places(0, seeds) });
    const leader = first.entries[0]!;
    const own = first.pairs.filter((pair) => pair.methods.includes(leader.method));
    const tied = new Set(own.filter(({ different }) => !different).flatMap((pair) => pair.methods));
    const after = (look: number) =>
      judge(board, {
        seedsOf: (row) => [...places(0, seeds), ...(tied.has(`${row}`) ? places(seeds, seeds + added, look) : [])],
      });
    const swapped = judge(board, {
      seedsOf: (row) =>
        `${row}` === leader.method ? [...places(0, seeds - 1), { place: seeds + added }] : places(0, seeds),
    });
    const [looked, bare] = [after(1), after(0)];
    const isKept = ({ pairs }: typeof first, of: (typeof own)[number]) =>
      Number(pairs.some((pair) => pair.different && of.methods.every((method) => pair.methods.includes(method))));
    for (const pair of own) {
      if (pair.different) {
        totals.proven += 1;
        totals.kept += isKept(looked, pair);
        totals.bare += isKept(bare, pair);
      }
      if (isFalse(pair.methods)) continue;
      totals.real += 1;
      totals.found += Number(pair.different);
      totals.other += isKept(swapped, pair);
    }
    totals.before += Number(first.pairs.some((pair) => pair.different && isFalse(pair.methods)));
    totals.after += Number(looked.pairs.some((pair) => pair.different && isFalse(pair.methods)));
  }
  const { proven, kept, bare, before, after, real, found, other } = totals;
  return [kept / proven, bare / proven, before / count, after / count, found / real, other / real].map(percent);
}

/** Seeds that a planned addition may have; a pair that needs more is left out. */
const plannedAtMost = 40;
const planning = { count: 50, deviation: 0.02, rest: 0.1 };

/**
 * Boards of methods that all differ: how often the leader and its nearest tie are told apart after the seeds that are planned for their true
 * difference, and for the estimated one, and how often the interval of the number holds the true need.
 */
function planned(methods: number, seeds: number, examples?: Design['examples']): string[] {
  const random = createRandom(4).fork(JSON.stringify({ methods, seeds, examples }));
  const count = methods > 12 ? 30 : 150;
  const before = Array.from({ length: seeds }, (_, place) => ({ place }));
  const rest = examples ? examples.rest ** 2 / examples.count : 0;
  const fixed = examples ? (2 * examples.deviation ** 2) / examples.count : 0;
  const totals = { truth: 0, told: 0, estimates: 0, toldOfEstimates: 0, ties: 0, held: 0 };
  for (let number = 0; number < count; number++) {
    const shifts = alike(methods).map((own) => 1.2 * own * random.normal());
    const board = drawBoard(random, {
      seeds: seeds + plannedAtMost,
      deviations: alike(methods),
      shifts,
      ...(examples && { examples }),
    });
    const { entries, pairs } = judge(board, { seedsOf: () => before });
    const leader = entries[0]!.method;
    const ties = pairs.filter((pair) => pair.methods[0] === leader && !pair.different);
    const nearest = ties[0];
    if (!nearest) continue;
    const other = nearest.methods[1];
    const open = pairs.filter(({ different }) => !different).length;
    const level = alpha / openHypotheses(open, { tested: pairs.length, methods });
    const difference = shifts[Number(leader)]! - shifts[Number(other)]!;
    const asked = { level, most: plannedAtMost };
    const plan = furtherSeeds(nearest.tested, asked)!;
    const parts = nearest.tested.parts.map((part) => ({
      ...part,
      variance: part.seeds === undefined ? fixed : (2 * (steady ** 2 + rest)) / seeds,
    }));
    const [low, high] = plan.interval.map((end) => end ?? Number.POSITIVE_INFINITY);
    const need =
      furtherSeeds({ ...nearest.tested, parts }, { ...asked, difference })!.further ?? Number.POSITIVE_INFINITY;
    totals.ties += 1;
    totals.held += Number(low! <= need && need <= high!);
    const growing = new Set([leader, ...ties.map(({ methods: [, tied] }) => tied)]);
    const isTold = (further: number) => {
      const more = Array.from({ length: further }, (_, i) => ({ place: seeds + i, look: 1 }));
      const after = judge(board, { seedsOf: (row) => [...before, ...(growing.has(`${row}`) ? more : [])] });
      return Number(
        after.pairs.some((pair) => pair.different && pair.methods.includes(leader) && pair.methods.includes(other)),
      );
    };
    const ofTruth = furtherSeeds(nearest.tested, { ...asked, difference })!.further;
    if (ofTruth !== null) {
      totals.truth += 1;
      totals.told += isTold(ofTruth);
    }
    if (plan.further !== null) {
      totals.estimates += 1;
      totals.toldOfEstimates += isTold(plan.further);
    }
  }
  const { truth, told, estimates, toldOfEstimates, ties, held } = totals;
  return [
    percent(told / truth),
    `${truth}`,
    percent(toldOfEstimates / estimates),
    `${estimates}`,
    percent(held / ties),
    `${ties}`,
  ];
}

const percent = (share: number) => (100 * share).toFixed(1);

const bench: Bench = {
  title:
    'Boards of equal methods that are split all the same, differences that are found, and what seeds that are added do to them, in % (simulated, α = 5 %)',
  async run() {
    const seedCounts = [2, 3, 5, 10];
    const rows: Cell[][] = boards.map(({ name, deviations }) => [
      name,
      'split',
      ...seedCounts.map((seeds) => split({ seeds, deviations })),
      deviations.length > 12 ? '' : split({ seeds: 3, deviations, examples: manyExamples }),
    ]);
    for (const methods of [2, 3, 4, 5, 12, 46]) {
      rows.push([`${methods} alike`, 'found', ...seedCounts.map((seeds) => power(methods, seeds)), '']);
    }
    for (const methods of [3, 5, 12, 46]) {
      for (const seeds of [3, 5]) {
        for (const shared of [0, steady]) {
          rows.push([
            `${methods}, ${seeds} seeds, in common ${shared}`,
            'extended',
            ...extended(methods, seeds, shared),
          ]);
        }
      }
    }
    rows.push([
      '5, 3 seeds, examples vary',
      'extended',
      ...extended(5, 3, 0, { count: 50, deviation: 0.1, rest: 0.1 }),
    ]);
    for (const methods of [2, 3, 5, 12, 46]) {
      for (const seeds of methods > 12 ? [3, 5] : seedCounts) {
        for (const examples of methods > 12 ? [undefined] : [undefined, planning]) {
          const name = `${methods}, ${seeds} seeds${examples ? ', examples vary' : ''}`;
          rows.push([name, 'planned', ...planned(methods, seeds, examples)]);
        }
      }
    }
    return {
      columns: ['methods', '', '2 seeds', '3 seeds', '5 seeds', '10 seeds', '3 seeds, examples vary', ''],
      rows: rows.map((row) => [...row, ...new Array<Cell>(8 - row.length).fill('')]),
      notes: [
        `${drawn(5)} boards a cell, ${drawn(12)} of 12 methods, ${drawn(46)} of 46, seeded. Deviations between seeds are ${steady}, or times that, or as written.`,
        `Where examples vary: ${manyExamples.count} examples, each with a deviation of ${manyExamples.deviation} by method and of ${manyExamples.rest} for the rest.`,
        'found: one method is better by the critical value of a test that knew the variance, and one standard error more; share of its pairs told apart.',
        `extended: half of the methods are the best; ${added} seeds are added to the leader and its ties. Columns: the leader's proven pairs that stay; the same if nobody had looked before; boards with a false pair before, and after; differences found; the same with one other seed on the leader.`,
        `planned: methods whose levels have 1.2 times the deviation of a seed; the leader and its ties get the seeds that the board plans, ${plannedAtMost} at most. Columns: told apart where they are planned for the true difference, of so many; for the estimated one, of so many; intervals of the number that hold the true need, of so many. Examples: ${planning.count}, ${planning.deviation} and ${planning.rest}.`,
      ],
    };
  },
};
export default bench;
