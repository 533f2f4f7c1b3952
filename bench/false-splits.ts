import { createRandom } from '@rankforge/peft';
import { criticalT } from '@rankforge/stats';
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

const drawn = (methods: number) => (methods > 12 ? 100 : methods > 5 ? 500 : 2000);

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
    return {
      columns: ['methods', '', '2 seeds', '3 seeds', '5 seeds', '10 seeds', '3 seeds, examples vary', ''],
      rows: rows.map((row) => [...row, ...new Array<Cell>(8 - row.length).fill('')]),
      notes: [
        `${drawn(5)} boards a cell, ${drawn(12)} of 12 methods, ${drawn(46)} of 46, seeded. Deviations between seeds are ${steady}, or times that, or as written.`,
        `Where examples vary: ${manyExamples.count} examples, each with a deviation of ${manyExamples.deviation} by method and of ${manyExamples.rest} for the rest.`,
        'found: one method is better by the critical value of a test that knew the variance, and one standard error more; share of its pairs told apart.',
        `extended: half of the methods are the best; ${added} seeds are added to the leader and its ties. Columns: the leader's proven pairs that stay; the same if nobody had looked before; boards with a false pair before, and after; differences found; the same with one other seed on the leader.`,
      ],
    };
  },
};
export default bench;
