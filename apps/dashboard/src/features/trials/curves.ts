/** @file Learning curves of many trials, gathered into groups with a mean and a band. */
import { contenderName, type SweepCurves } from '@rankforge/contracts';
import { formatLearningRate } from '../../lib/format.js';

export type Curve = SweepCurves['curves'][number];

export const axes = {
  /** With all that competes beside it, as on a board. */
  method: { label: 'Method', of: (curve: Curve) => contenderName(curve) },
  optimizer: { label: 'Optimizer', of: (curve: Curve) => curve.optimizer },
  rank: { label: 'Rank', of: (curve: Curve) => (curve.rank === null ? 'no rank' : `rank ${curve.rank}`) },
  learningRate: { label: 'Learning rate', of: (curve: Curve) => formatLearningRate(curve.learningRate) },
  seed: { label: 'Seed', of: (curve: Curve) => `seed ${curve.seed}` },
} as const;
export type Axis = keyof typeof axes;

export interface CurveGroup {
  name: string;
  curves: Curve[];
  steps: number[];
  /** Mean over the curves that reach the step. */
  mean: number[];
  /** Standard deviation over the same curves; 0 where only one reaches the step. */
  deviation: number[];
}

const gridSize = 120;

/** Groups curves by one axis, in the order of the values; numbers sort as numbers. */
export function groupCurves(curves: readonly Curve[], axis: Axis): CurveGroup[] {
  const byName = new Map<string, Curve[]>();
  for (const curve of curves) {
    if (curve.steps.length === 0) continue;
    const name = axes[axis].of(curve);
    const group = byName.get(name);
    if (group) group.push(curve);
    else byName.set(name, [curve]);
  }
  return [...byName]
    .map(([name, members]) => ({ name, curves: members, ...summarize(members) }))
    .sort((a, b) => Number(a.name) - Number(b.name) || a.name.localeCompare(b.name, 'en', { numeric: true }));
}

function summarize(curves: readonly Curve[]) {
  const first = Math.min(...curves.map(({ steps }) => steps[0]!));
  const last = Math.max(...curves.map(({ steps }) => steps.at(-1)!));
  const steps: number[] = [];
  const mean: number[] = [];
  const deviation: number[] = [];
  for (const step of stepGrid(first, last)) {
    const values = curves.flatMap((curve) => {
      const value = valueAt(curve, step);
      return value === undefined ? [] : [value];
    });
    // Between the rungs of a training, each of which has a curve of its own, there may be none.
    if (values.length === 0) continue;
    steps.push(step);
    const average = values.reduce((sum, value) => sum + value, 0) / values.length;
    const squares = values.reduce((sum, value) => sum + (value - average) ** 2, 0);
    mean.push(average);
    deviation.push(values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : 0);
  }
  return { steps, mean, deviation };
}

function stepGrid(first: number, last: number): number[] {
  const count = Math.min(gridSize, last - first + 1);
  if (count === 1) return [first];
  return Array.from({ length: count }, (_, index) => Math.round(first + ((last - first) * index) / (count - 1)));
}

/** Linear between recorded steps; undefined before the first and after the last. */
export function valueAt({ steps, values }: Pick<Curve, 'steps' | 'values'>, step: number): number | undefined {
  if (step < steps[0]! || step > steps.at(-1)!) return undefined;
  let low = 0;
  let high = steps.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (steps[middle]! <= step) low = middle;
    else high = middle;
  }
  const width = steps[high]! - steps[low]!;
  if (width === 0) return values[low];
  const share = (step - steps[low]!) / width;
  return values[low]! * (1 - share) + values[high]! * share;
}

/** A curve at its ends and at the steps of a grid between them, so that it is smoothed over as many points as a mean there. */
export function onGrid(curve: Pick<Curve, 'steps' | 'values'>, grid: readonly number[]) {
  const first = curve.steps[0]!;
  const last = curve.steps.at(-1)!;
  const steps = [...new Set([first, ...grid.filter((step) => step > first && step < last), last])];
  return { steps, values: steps.map((step) => valueAt(curve, step)!) };
}

/** Smoothing where none was chosen: series of single batches are noisy, all others are measured values. */
export const defaultSmoothing = (metric: string): number => (metric.startsWith('train/') ? 0.6 : 0);

/** Exponential moving average that starts at the first value; `weight` is what the past keeps, 0 changes nothing. */
export function smooth(values: readonly number[], weight: number): number[] {
  let average = values[0] ?? 0;
  return values.map((value) => {
    average = weight * average + (1 - weight) * value;
    return average;
  });
}
