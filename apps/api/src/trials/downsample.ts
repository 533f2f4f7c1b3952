export interface Point {
  step: number;
  value: number;
}

/**
 * At most `maxPoints` points of a series that ascends by step. The first and the last point stay, and of each of the
 * equal runs between them the smallest and the largest value, so that no spike is lost; with room for fewer than four
 * points only the ends stay. Points that are not finite are not comparable: a run that holds any keeps the first of them.
 *
 * @example downsample([...1000 points], 100) // ≤ 100 points, same minimum and maximum
 */
export function downsample(points: readonly Point[], maxPoints: number): Point[] {
  if (points.length <= maxPoints) return [...points];
  const first = points[0]!;
  const last = points.at(-1)!;
  const buckets = Math.floor((maxPoints - 2) / 2);
  if (buckets < 1) return [first, last].slice(0, maxPoints);
  return [first, ...runsOf(points.slice(1, -1), buckets).flatMap(extremes), last];
}

/**
 * At most `maxPoints` points of a series that ascends by step: the first, the last, and between them the mean of each of
 * equal runs, at the mean of its steps. With room for two points only the ends stay.
 *
 * @example average([...1000 points], 100) // 100 points, of which 98 are means of ten or eleven
 */
export function average(points: readonly Point[], maxPoints: number): Point[] {
  if (points.length <= maxPoints) return [...points];
  return [points[0]!, ...runsOf(points.slice(1, -1), maxPoints - 2).map(meanOf), points.at(-1)!];
}

type Columns = Record<'steps' | 'values', readonly number[]>;

/** {@link downsample} of a series by columns. */
export const downsampled = (series: Columns, maxPoints: number) => columnsOf(downsample(pointsOf(series), maxPoints));

/** {@link average} of a series by columns. */
export const averaged = (series: Columns, maxPoints: number) => columnsOf(average(pointsOf(series), maxPoints));

const pointsOf = ({ steps, values }: Columns) => steps.map((step, index) => ({ step, value: values[index]! }));

const columnsOf = (points: readonly Point[]) => ({
  steps: points.map(({ step }) => step),
  values: points.map(({ value }) => value),
});

/** A list cut into `count` runs, as equal as its length allows. */
function runsOf<T>(list: readonly T[], count: number): T[][] {
  const start = (run: number) => Math.floor((run * list.length) / count);
  return Array.from({ length: count }, (_, run) => list.slice(start(run), start(run + 1)));
}

function meanOf(run: readonly Point[]): Point {
  const steps = run.reduce((sum, { step }) => sum + step, 0);
  // A sum of large values would be infinite where their mean is not.
  const value = run.reduce((sum, point) => sum + point.value / run.length, 0);
  return { step: Math.round(steps / run.length), value };
}

function extremes(run: readonly Point[]): Point[] {
  const broken = run.find(({ value }) => !Number.isFinite(value));
  const finite = run.filter(({ value }) => Number.isFinite(value));
  if (finite.length === 0) return run.slice(0, 1);
  const low = finite.reduce((best, point) => (point.value < best.value ? point : best));
  const high = finite.reduce((best, point) => (point.value > best.value ? point : best));
  const pair = broken ? [broken, Math.abs(high.value) >= Math.abs(low.value) ? high : low] : [low, high];
  return [...new Set(pair)].sort((a, b) => a.step - b.step);
}
