/**
 * @file Clicks of people who are shown lists of a query's rows: simulated, so that the truth about them is known. Of a list the first ten
 * places are shown. A row is attractive by its grade, `noise + (1 − noise) · (2^grade − 1) / (2^largest − 1)`, and is clicked where it is
 * looked at and attractive; the models say when it is looked at.
 */
import { valuesOf } from '../objectives/answers.js';
import type { Batch, ShownList, Split } from '../objectives/data.js';
import type { Random } from '../tensor/random.js';

/**
 * Chance that a place is looked at, as Joachims et al. 2005 (doi 10.1145/1076034.1076063) measured it by eye tracking and Ai et al. 2018
 * (arXiv 1804.05938) simulate with it.
 */
const looks = [0.68, 0.61, 0.48, 0.34, 0.28, 0.2, 0.11, 0.1, 0.08, 0.06];

/**
 * By place, then by how many places above it the click before was, less one: chance that it is looked at after that click; the last entry
 * where nothing was clicked yet. Dupret and Piwowarski 2008 (doi 10.1145/1390334.1390392), with the numbers that Ai et al. simulate with.
 */
const looksAfter = [
  [1],
  [0.98, 1],
  [1, 0.62, 0.95],
  [1, 0.77, 0.42, 0.82],
  [1, 0.92, 0.55, 0.31, 0.69],
  [1, 0.96, 0.63, 0.4, 0.22, 0.54],
  [1, 0.99, 0.73, 0.46, 0.29, 0.17, 0.47],
  [1, 1, 0.89, 0.52, 0.35, 0.24, 0.14, 0.43],
  [1, 1, 0.95, 0.68, 0.4, 0.29, 0.19, 0.12, 0.41],
  [1, 1, 1, 0.96, 0.52, 0.36, 0.27, 0.18, 0.12, 0.43],
];

/** Places of a list that are shown. */
export const shownPlaces = looks.length;

/** Chance that a place is looked at, from the place of the click before; −1 where nothing was clicked yet. */
type LooksAt = (place: number, before: number, eta: number) => number;

const models = {
  /** Position-based: it depends on the place alone. */
  pbm: (place, _, eta) => looks[place]! ** eta,
  /** User browsing: it depends on the place and on the distance from the click before. */
  ubm: (place, before, eta) => looksAfter[place]![place - before - 1]! ** eta,
  /** Cascade (Craswell et al. 2008): from the top down to the first click. */
  cascade: (_, before) => (before === -1 ? 1 : 0),
} satisfies Record<string, LooksAt>;

export type ClickModelName = keyof typeof models;
export const clickModels = Object.keys(models) as [ClickModelName, ...ClickModelName[]];

export interface ClickOptions {
  model: ClickModelName;
  /** Power that chances to look are raised to: 0 is no bias. The cascade has none. */
  eta: number;
  /** How attractive a row of grade 0 is. */
  noise: number;
  /** Lists that are shown of each query. */
  lists: number;
  /** Standard deviation, in places, by which rows wander from their order in the data from one list to the next. */
  shuffle: number;
  /** Clicks are their chances, as of infinitely many people, in place of a draw. */
  expected: boolean;
}

/** Chances along a list, for everybody who is shown it: of a look at each place, and of a click. */
export function chancesOf(attraction: readonly number[], { model, eta }: Pick<ClickOptions, 'model' | 'eta'>) {
  const looksAt: LooksAt = models[model];
  // Chance of each place of the last click so far; that of −1 stands last.
  const before = [...attraction.map(() => 0), 1];
  const last = before.length - 1;
  const look: number[] = [];
  const click: number[] = [];
  attraction.forEach((attractive, place) => {
    const ways = before.map((chance, at) =>
      at === last ? chance * looksAt(place, -1, eta) : at < place ? chance * looksAt(place, at, eta) : 0,
    );
    look.push(ways.reduce((sum, chance) => sum + chance, 0));
    ways.forEach((chance, at) => {
      before[at]! -= chance * attractive;
    });
    before[place] = look[place]! * attractive;
    click.push(before[place]!);
  });
  return { look, click };
}

/** One person's clicks on a list. */
function drawn(attraction: readonly number[], { model, eta }: ClickOptions, random: Random): number[] {
  const looksAt: LooksAt = models[model];
  let before = -1;
  return attraction.map((attractive, place) => {
    const isClicked = random.uniform() < looksAt(place, before, eta) * attractive;
    if (isClicked) before = place;
    return Number(isClicked);
  });
}

/** Attraction of rows by their grades. */
const attractions = (grades: ArrayLike<number>, largest: number, noise: number): number[] =>
  Array.from(grades, (grade) => noise + ((1 - noise) * (2 ** grade - 1)) / (2 ** largest - 1));

/** Grades of a split, and the lists that people are shown of its queries. */
export interface Simulation {
  /** Grades of the rows of each query. */
  grades: readonly Float32Array[];
  /** The lists of the query at this index, with and without clicks: the same ones whenever they are asked for. */
  listsOf(index: number): ShownList[];
  /** Chance that each place is looked at, over that of the first. */
  looks(): number[];
}

/**
 * Shows lists of a split's queries to people, and notes what they click. The lists of a query follow from its place in the split and the
 * stream.
 *
 * @throws RangeError where no row is relevant: all clicks would be noise
 */
export function simulation(split: Split, options: ClickOptions, random: Random): Simulation {
  const answers = Array.from({ length: split.size }, (_, index) => split.answers?.([index]) ?? split.batch([index]));
  const grades = answers.map((own) => valuesOf(own as Batch));
  const largest = grades.reduce((most, own) => own.reduce((a, b) => Math.max(a, b), most), 0);
  if (largest === 0) throw new RangeError('clicks: no row of the training split has a grade above 0');
  const attractive = grades.map((own) => attractions(own, largest, options.noise));
  // Nobody is shown a row that the search did not find.
  const found = answers.map(({ lost }, index) => [...grades[index]!.keys()].filter((row) => lost?.[row] !== 1));
  return {
    grades,
    listsOf(index) {
      const stream = random.fork(`clicks/${index}`);
      return Array.from({ length: options.lists }, () => {
        const rows = order(found[index]!, options.shuffle, stream);
        const own = rows.map((row) => attractive[index]![row]!);
        const clicks = options.expected ? chancesOf(own, options).click : drawn(own, options, stream);
        return { rows: Uint16Array.from(rows), clicks: Float32Array.from(clicks) };
      });
    },
    looks: () => trueLooks(attractive, found, options, random.fork('truth')),
  };
}

/**
 * The split with lists that were shown and what was clicked in them, in the place of grades. A list without a click is left out: nothing
 * is learned from it. The lists of a query are the same in whatever batch.
 *
 * @throws RangeError where no row is relevant
 */
export function clicked(split: Split, options: ClickOptions, random: Random): Split {
  const { listsOf, looks } = simulation(split, options, random);
  const shown = new Map<number, ShownList[]>();
  const clickedOf = (index: number): ShownList[] => {
    const known = shown.get(index);
    if (known) return known;
    const made = listsOf(index).filter(({ clicks }) => clicks.some((click) => click > 0));
    shown.set(index, made);
    return made;
  };
  return {
    ...split,
    looks: looks(),
    batch(indices) {
      const batch = split.batch(indices);
      return { ...batch, values: new Float32Array(batch.size), shown: indices.map(clickedOf) };
    },
  };
}

/** Rows of a list in the order in which they are shown. */
function order(rows: readonly number[], shuffle: number, random: Random): number[] {
  return rows
    .map((row, place) => ({ row, key: place + (shuffle === 0 ? 0 : shuffle * random.normal()) }))
    .sort((a, b) => a.key - b.key || a.row - b.row)
    .slice(0, shownPlaces)
    .map(({ row }) => row);
}

/** Chance that each place is looked at, over that of the first: the mean over one list of each query that has the place. */
function trueLooks(
  attractive: readonly number[][],
  found: readonly number[][],
  options: ClickOptions,
  random: Random,
): number[] {
  const sums = looks.map(() => 0);
  const counts = looks.map(() => 0);
  for (const [index, own] of attractive.entries()) {
    const rows = order(found[index]!, options.shuffle, random);
    const { look } = chancesOf(
      rows.map((row) => own[row]!),
      options,
    );
    look.forEach((chance, place) => {
      sums[place]! += chance;
      counts[place]! += 1;
    });
  }
  const means = sums.map((sum, place) => sum / counts[place]!).slice(0, counts.filter((count) => count > 0).length);
  return means.map((chance) => chance / means[0]!);
}
