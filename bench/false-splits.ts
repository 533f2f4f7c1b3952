import { createRandom } from '@rankforge/peft';
import { criticalT } from '@rankforge/stats';
import type { Bench, Cell } from './bench.js';
import { type Design, drawBoard } from './statistics/boards.js';
import { procedures, toldApart } from './statistics/procedures.js';

const alpha = 0.05;
const seedCounts = [2, 3, 5, 10];
const manyExamples = { count: 100, deviation: 0.3, rest: 0.3 };

const steady = 0.03;
const unsteady = (methods: number, count: number) =>
  Array.from({ length: methods }, (_, m) => (m < count ? 10 * steady : steady));
const groups = (...sizes: [number, number, number]) =>
  sizes.flatMap((size, index) => new Array<number>(size).fill([0.08, 0.035, 0.012][index]!));

/** Deviations between seeds, by method. */
const boards: readonly { name: string; deviations: readonly number[] }[] = [
  { name: '2 alike', deviations: unsteady(2, 0) },
  { name: '2, one × 10', deviations: unsteady(2, 1) },
  { name: '5 alike', deviations: unsteady(5, 0) },
  { name: '5, one × 10', deviations: unsteady(5, 1) },
  { name: '5, one × 5', deviations: [5 * steady, ...unsteady(4, 0)] },
  { name: '12 alike', deviations: unsteady(12, 0) },
  { name: '12, one × 10', deviations: unsteady(12, 1) },
  { name: '12, two × 10', deviations: unsteady(12, 2) },
  { name: '12, four × 10', deviations: unsteady(12, 4) },
  { name: '12: .08, 3 × .035, 8 × .012', deviations: groups(1, 3, 8) },
  { name: '46 alike', deviations: unsteady(46, 0) },
  { name: '46, one × 10', deviations: unsteady(46, 1) },
  { name: '46, four × 10', deviations: unsteady(46, 4) },
  { name: '46: .08, 12 × .035, 33 × .012', deviations: groups(1, 12, 33) },
];

const drawn = (methods: number) => (methods > 12 ? 300 : 1000);

/** Share of boards that each procedure splits; where a method is shifted, share of its pairs that are told apart. */
function shares(design: Design, measure: 'split' | 'power'): number[] {
  const random = createRandom(1).fork(JSON.stringify(design));
  const count = drawn(design.deviations.length);
  const found = procedures.map(() => 0);
  for (let number = 0; number < count; number++) {
    const board = drawBoard(random, design);
    procedures.forEach(({ seedParts }, index) => {
      const apart = toldApart(board, seedParts(board), alpha);
      const own = board.pairs.flatMap(({ first }, pair) => (first === 0 ? [Number(apart[pair])] : []));
      found[index]! +=
        measure === 'split' ? Number(apart.some(Boolean)) : own.reduce((sum, one) => sum + one, 0) / own.length;
    });
  }
  return found.map((sum) => sum / count);
}

/** How far a method is shifted so that a test that knew the variance would find it in about 5 of 6 cases. */
function shiftOf(methods: number, seeds: number): number {
  const normal = criticalT(1 - alpha / ((methods * (methods - 1)) / 2), [{ variance: 1, degreesOfFreedom: 1e6 }]);
  return (normal + 1) * steady * Math.sqrt(2 / seeds);
}

const percent = (share: number) => (100 * share).toFixed(1);

const bench: Bench = {
  title:
    'Boards of equal methods that are split all the same, and differences that are found, in % (simulated, α = 5 %)',
  async run() {
    const rows: Cell[][] = [];
    for (const seeds of seedCounts) {
      for (const { name, deviations } of boards) {
        // Two seeds are too few, which boards of twelve show.
        if (seeds === 2 && deviations.length !== 12) continue;
        rows.push([name, seeds, 'no', 'split', ...shares({ seeds, deviations }, 'split').map(percent)]);
      }
      for (const methods of seeds === 2 ? [12] : [2, 5, 12, 46]) {
        const shifts = [shiftOf(methods, seeds)];
        const design = { seeds, deviations: unsteady(methods, 0), shifts };
        rows.push([`${methods} alike`, seeds, 'no', 'found', ...shares(design, 'power').map(percent)]);
      }
    }
    for (const { name, deviations } of boards) {
      const design = { seeds: 3, deviations, examples: manyExamples };
      rows.push([name, 3, 'yes', 'split', ...shares(design, 'split').map(percent)]);
    }
    return {
      columns: ['methods', 'seeds', 'examples vary', '', ...procedures.map(({ name }) => name)],
      rows,
      notes: [
        `${drawn(12)} boards a row, ${drawn(46)} of 46 methods, seeded. Deviations between seeds are ${steady}, or ten times that, or as written.`,
        `Where examples vary: ${manyExamples.count} examples, each with a deviation of ${manyExamples.deviation} by method and of ${manyExamples.rest} for the rest.`,
        'found: one method is better by the critical value of a test that knew the variance, and one standard error more; share of its pairs told apart.',
        'share: of its own variance that a method keeps at least (now 0.7). A pair alone and Welch use the seeds of two methods only.',
      ],
    };
  },
};
export default bench;
