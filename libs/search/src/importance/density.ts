/** @file How often each cell of a grid is taken, smoothed: a Parzen estimate with one width for all kernels. */
import cdf from '@stdlib/stats-base-dists-normal-cdf';

/** Cells of a parameter: those of a list have no order, so that a value says nothing about its neighbours. */
export interface Cells {
  size: number;
  ordered: boolean;
}

/** A density that is nowhere 0, so that two of them can be divided. */
const floor = 1e-12;

/**
 * The smoothed share of each cell, from how many values lie in each. A prior counts as one further value: all cells of a list
 * alike, or a normal distribution as wide as the grid.
 *
 * @example density([3, 0], { size: 2, ordered: false }) // [0.75, 0.25] but for a floor of 1e-12
 */
export function density(counts: ArrayLike<number>, { size, ordered }: Cells): Float64Array {
  const seen: number[] = [];
  for (let cell = 0; cell < size; cell++) if (counts[cell]! > 0) seen.push(cell);
  const total = seen.reduce((sum, cell) => sum + counts[cell]!, 0);
  const shares = ordered ? onScale(counts, seen, total, size) : onList(counts, seen, size);
  for (let cell = 0; cell < size; cell++) shares[cell] = shares[cell]! / (total + 1) + floor;
  return shares;
}

/** The sum of a normal distribution around each value and of the prior, each cut off at the ends of the grid. */
function onScale(counts: ArrayLike<number>, seen: readonly number[], total: number, size: number): Float64Array {
  const shares = priorOn(size).slice();
  const below = belowEdges(widthOf(seen, counts, total), size);
  const masses = new Float64Array(2 * size);
  for (let at = 1; at < masses.length; at++) masses[at] = below[at + 1]! - below[at]!;
  for (const centre of seen) {
    // The edge below cell c lies c − centre − ½ from the centre, and so at c − centre + size of the list.
    const first = size - centre;
    const weight = counts[centre]! / (below[first + size]! - below[first]!);
    for (let cell = 0; cell < size; cell++) shares[cell]! += weight * masses[first + cell]!;
  }
  return shares;
}

/** The same for a list: around each value, and in the prior, all cells are alike. */
function onList(counts: ArrayLike<number>, seen: readonly number[], size: number): Float64Array {
  const smoothing = 1 / (seen.length + 1);
  const each = 1 + size * smoothing;
  const around = seen.reduce((sum, cell) => sum + counts[cell]!, 0) * smoothing;
  return Float64Array.from({ length: size }, (_, cell) => 1 / size + (around + counts[cell]!) / each);
}

const priors = new Map<number, Float64Array>();

/** A normal distribution around the middle of a grid, as wide as the grid. */
function priorOn(size: number): Float64Array {
  const known = priors.get(size);
  if (known) return known;
  const below = (edge: number) => cdf((edge - size / 2) / size, 0, 1);
  const made = Float64Array.from(
    { length: size },
    (_, cell) => (below(cell + 1) - below(cell)) / (below(size) - below(0)),
  );
  priors.set(size, made);
  return made;
}

/** Mass of a normal distribution around 0 below the edges of cells: place k of the list is the edge k − size − ½, from place 1 on. */
function belowEdges(width: number, size: number): Float64Array {
  const below = new Float64Array(2 * size + 1);
  for (let at = 0; at < size; at++) {
    const mass = cdf((at + 0.5) / width, 0, 1);
    below[size + 1 + at] = mass;
    below[size - at] = 1 - mass;
  }
  return below;
}

/** Scott's rule (1992) on positions of cells; nine tenths of a kernel of the least width lie in its own cell. */
function widthOf(seen: readonly number[], counts: ArrayLike<number>, total: number): number {
  const mean = seen.reduce((sum, cell) => sum + cell * counts[cell]!, 0) / total;
  const squares = seen.reduce((sum, cell) => sum + (cell - mean) ** 2 * counts[cell]!, 0);
  const deviation = Math.sqrt(squares / Math.max(1, total - 1));
  let upTo = 0;
  const cumulated = seen.map((cell) => {
    upTo += counts[cell]!;
    return upTo;
  });
  const quartile = (position: number) => seen[Math.min(seen.length - 1, position)]!;
  const lower = quartile(cumulated.findIndex((sum) => sum >= Math.floor(total / 4)));
  const above = cumulated.findIndex((sum) => sum > Math.floor((total * 3) / 4));
  const upper = quartile(above < 0 ? seen.length : above);
  return Math.max(1.059 * Math.min((upper - lower) / 1.34, deviation) * total ** -0.2, 0.5 / 1.64);
}
