/** @file On which edges of its grid a chosen configuration lies: a better one may lie beyond. */
import { type Configured, configsOf, type GridEdge, groupBy, isToBeTuned } from '@rankforge/contracts';

/** Settings of a trial that sweeps tune. */
export interface Tuned extends Configured {
  learningRate: number | null;
  rank: number | null;
  /** 0 for what was not trained: it has no learning rate. */
  steps: number;
}

/** The least and the largest value that a field takes at all; undefined where there is none. */
export type BoundsOf = (axis: string) => { least?: number; most?: number };

/**
 * Axes on which the chosen configuration has the smallest or the largest value that was tried for its contender, whether
 * the trial fitted and finished or not. A learning rate of which one value was tried is named too: it was not tuned. A value
 * that a field ends at is no edge, and neither is a value that follows from the rank.
 *
 * @example gridEdges(best, tried) // [{ axis: 'learningRate', value: 0.03, side: 'highest', tried: [0.01, 0.03] }]
 */
export function gridEdges(chosen: Tuned, tried: readonly Tuned[], boundsOf: BoundsOf = () => ({})): GridEdge[] {
  const own = valuesOf(chosen);
  const all = tried.map(valuesOf);
  const distinct = (axis: string, of = all) => [...new Set(of.flatMap((values) => values.get(axis) ?? []))];
  // Grouped once, for a board of runs may have thousands of one method, each of a rank of its own.
  const byRank = [...groupBy(all, (values) => values.get('rank'))].filter(([rank]) => rank !== undefined);
  const followsFromRank = (axis: string) =>
    axis !== 'rank' && byRank.length > 1 && byRank.every(([, of]) => distinct(axis, of).length <= 1);
  return [...own].flatMap(([axis, value]): GridEdge[] => {
    const values = distinct(axis).sort((a, b) => a - b);
    if (values.length < 2) return isToBeTuned(axis) ? [{ axis, value, side: 'only', tried: values }] : [];
    if (!isToBeTuned(axis) && followsFromRank(axis)) return [];
    const { least = Number.NEGATIVE_INFINITY, most = Number.POSITIVE_INFINITY } = boundsOf(axis);
    if (value === values[0] && value > least) return [{ axis, value, side: 'lowest', tried: values }];
    if (value === values.at(-1) && value < most) return [{ axis, value, side: 'highest', tried: values }];
    return [];
  });
}

/** Numbers by the name that a sweep has for the axis. */
function valuesOf({ learningRate, rank, steps, ...configs }: Tuned): Map<string, number> {
  const all = [
    ['learningRate', steps === 0 ? null : learningRate] as const,
    ['rank', rank] as const,
    ...Object.entries(configsOf(configs)).flatMap(([part, config]) =>
      Object.entries(config).map(([field, value]) => [`${part}.${field}`, value] as const),
    ),
  ];
  const isRank = (axis: string) => axis.endsWith('onfig.rank');
  return new Map(
    all.flatMap(([axis, value]) => (typeof value === 'number' && !isRank(axis) ? [[axis, value] as const] : [])),
  );
}
