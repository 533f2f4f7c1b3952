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
  const inner = points.slice(1, -1);
  const kept = Array.from({ length: buckets }, (_, bucket) => {
    const from = Math.floor((bucket * inner.length) / buckets);
    const to = Math.floor(((bucket + 1) * inner.length) / buckets);
    return extremes(inner.slice(from, to));
  });
  return [first, ...kept.flat(), last];
}

/** {@link downsample} of a series by columns. */
export function downsampled(series: { steps: readonly number[]; values: readonly number[] }, maxPoints: number) {
  const points = series.steps.map((step, index) => ({ step, value: series.values[index]! }));
  const kept = downsample(points, maxPoints);
  return { steps: kept.map(({ step }) => step), values: kept.map(({ value }) => value) };
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
