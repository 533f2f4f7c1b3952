/**
 * @file A regression tree of CART (Breiman et al. 1984): a question splits rows where squared errors from the means of both sides are least.
 * npm ml-cart 2.1.1 refuses splits that leave no error, misses those between values that tie, and keeps no least number of rows of a leaf.
 */

/** The mean of a leaf, or a feature and the largest number of it that goes below. */
export type RegressionTree =
  | { mean: number }
  | { feature: number; threshold: number; below: RegressionTree; above: RegressionTree };

export interface TreeOptions {
  /** Most questions one after another. */
  depth: number;
  /** Least rows of a leaf. */
  leaf: number;
}

/** Values that lie nearer tie, as they do in scikit-learn: between values that rounding alone sets apart there is no cut. */
const nearest = 1e-7;

type Rows = readonly (readonly number[])[];

/** The tree of rows of features by their values. Of cuts alike good it takes the first feature, then the lowest threshold. */
export function regressionTree(rows: Rows, values: readonly number[], { depth, leaf }: TreeOptions): RegressionTree {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const cut = depth > 0 ? bestCut(rows, values, leaf) : undefined;
  if (!cut) return { mean };
  const { feature, threshold } = cut;
  const side = (isBelow: boolean) => {
    const own = [...rows.keys()].filter((row) => rows[row]![feature]! <= threshold === isBelow);
    return regressionTree(
      own.map((row) => rows[row]!),
      own.map((row) => values[row]!),
      { depth: depth - 1, leaf },
    );
  };
  return { feature, threshold, below: side(true), above: side(false) };
}

/** The value that a tree predicts for a row. */
export function predicted(tree: RegressionTree, row: readonly number[]): number {
  if ('mean' in tree) return tree.mean;
  return predicted(row[tree.feature]! <= tree.threshold ? tree.below : tree.above, row);
}

/** The cut after which least squared error is left; undefined where none leaves less than before. */
function bestCut(rows: Rows, values: readonly number[], leaf: number) {
  const total = values.reduce((sum, value) => sum + value, 0);
  const square = values.reduce((sum, value) => sum + value ** 2, 0);
  let best: { feature: number; threshold: number } | undefined;
  // Sum over both sides of `(sum of values)² / rows`: the larger, the less error is left. Gains within rounding are none.
  let explained = total ** 2 / values.length + 1e-9 * square;
  for (let feature = 0; feature < (rows[0]?.length ?? 0); feature++) {
    const order = [...rows.keys()].sort((a, b) => rows[a]![feature]! - rows[b]![feature]!);
    let below = 0;
    for (let size = 1; size < order.length; size++) {
      below += values[order[size - 1]!]!;
      const [last, next] = [rows[order[size - 1]!]![feature]!, rows[order[size]!]![feature]!];
      if (next - last <= nearest || size < leaf || order.length - size < leaf) continue;
      const gained = below ** 2 / size + (total - below) ** 2 / (order.length - size);
      if (gained <= explained) continue;
      explained = gained;
      best = { feature, threshold: (last + next) / 2 };
    }
  }
  return best;
}
