/** @file Ways to know the variance between seeds of every pair of a board: what is used, what was, what was considered. */
import { criticalT, moderatedVariances, type VariancePart } from '@rankforge/stats';
import { average, type DrawnBoard, variance } from './boards.js';

/** The part of the variance of each pair's difference that seeds make, in the order of the board's pairs. */
export type Procedure = (board: DrawnBoard) => VariancePart[];

const seedsOf = ({ seedMeans }: DrawnBoard) => seedMeans[0]!.length;

/** Each pair stands on the variance of its own differences. */
const ownOfPair: Procedure = (board) =>
  board.pairs.map(({ betweenSeeds }) => ({ variance: betweenSeeds, degreesOfFreedom: seedsOf(board) - 1 }));

/** One variance for all pairs; a pair that varies more keeps its own value, with the degrees of freedom of all. */
const pooled: Procedure = (board) => {
  const common = average(board.pairs.map(({ betweenSeeds }) => betweenSeeds));
  const degreesOfFreedom = (board.seedMeans.length - 1) * (seedsOf(board) - 1);
  return board.pairs.map(({ betweenSeeds }) => ({ variance: Math.max(betweenSeeds, common), degreesOfFreedom }));
};

/** The two methods' own variances, with Welch's degrees of freedom. */
const welch: Procedure = (board) => {
  const seeds = seedsOf(board);
  const own = board.seedMeans.map((means) => variance(means) / seeds);
  return board.pairs.map(({ first, second }) => {
    const [a, b] = [own[first]!, own[second]!];
    return { variance: a + b, degreesOfFreedom: ((seeds - 1) * (a + b) ** 2) / (a ** 2 + b ** 2) };
  });
};

/** Moderated variances, none below `ownShare` of what the method itself showed. */
const moderated =
  (ownShare?: number): Procedure =>
  (board) => {
    if (board.seedMeans.length < 3) return ownOfPair(board);
    const variances = moderatedVariances(board.seedMeans, ownShare);
    return board.pairs.map(({ first, second }) => ({
      variance: (variances[first]!.value + variances[second]!.value) / seedsOf(board),
      degreesOfFreedom: variances[first]!.degreesOfFreedom,
    }));
  };

export const procedures: readonly { name: string; seedParts: Procedure }[] = [
  { name: 'pooled (before)', seedParts: pooled },
  { name: 'moderated (now)', seedParts: moderated() },
  { name: 'moderated, no share', seedParts: moderated(0) },
  { name: 'share 0.5', seedParts: moderated(0.5) },
  { name: 'share 1', seedParts: moderated(1) },
  { name: 'pair alone', seedParts: ownOfPair },
  { name: 'Welch', seedParts: welch },
];

/** Which pairs Holm's first step tells apart; a board is split if and only if there is one. */
export function toldApart(board: DrawnBoard, seedParts: readonly VariancePart[], alpha: number): boolean[] {
  const confidence = 1 - alpha / board.pairs.length;
  const least = criticalT(confidence, [{ variance: 1, degreesOfFreedom: 1e6 }]);
  return board.pairs.map(({ difference, overExamples, exampleDegrees }, index) => {
    const parts = [seedParts[index]!];
    if (overExamples > 0) parts.push({ variance: overExamples, degreesOfFreedom: exampleDegrees });
    const t = Math.abs(difference) / Math.sqrt(parts.reduce((sum, part) => sum + part.variance, 0));
    return t > least && t > criticalT(confidence, parts);
  });
}
