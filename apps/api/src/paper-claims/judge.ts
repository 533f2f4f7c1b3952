/** @file A paper claim against the boards: pure functions. */
import type {
  Leaderboard,
  LeaderboardRow,
  PaperClaimEvidence,
  PaperClaimVerdict,
  PaperClaimView,
} from '@rankforge/contracts';
import type { PaperClaim } from '@rankforge/peft';

export type Comparison = NonNullable<PaperClaimView['compare']>;

/** The two contenders of a paper claim of a method or an optimizer. */
export function contenders(of: 'method' | 'optimizer', name: string, paperClaim: PaperClaim): Comparison | null {
  const { compare } = paperClaim;
  if (!compare) return null;
  const own =
    of === 'method' ? { method: name, optimizer: 'adamw' } : { method: compare.on ?? 'full-ft', optimizer: name };
  const other = { method: compare.method ?? own.method, optimizer: compare.optimizer ?? own.optimizer };
  return { own, other, measure: compare.measure, kind: compare.kind ?? 'finetune' };
}

/** What a board says of a paper claim, but for the sweeps; undefined where it has not both contenders. */
export function judge(
  board: Leaderboard,
  { own, other, measure }: Comparison,
): (Omit<PaperClaimEvidence, 'sweepIds'> & { trialIds: string[] }) | undefined {
  const find = ({ method, optimizer }: Comparison['own']) =>
    board.rows.findIndex((row) => row.method === method && row.optimizer === optimizer && row.score !== null);
  const [a, b] = [find(own), find(other)];
  if (a < 0 || b < 0) return undefined;
  const [mine, theirs] = [board.rows[a]!, board.rows[b]!];
  const common = {
    task: board.task,
    base: board.base,
    seeds: Math.min(mine.seeds, theirs.seeds),
    trialIds: [...mine.trialIds, ...theirs.trialIds],
  };
  return measure === 'score'
    ? withScores(board, { a, b }, common)
    : withCounts([sizeOf(mine, measure), sizeOf(theirs, measure)], common);
}

type Common = Pick<PaperClaimEvidence, 'task' | 'base' | 'seeds'> & { trialIds: string[] };

function withScores(board: Leaderboard, { a, b }: { a: number; b: number }, common: Common) {
  const { alpha, metric, rows, comparisons } = board;
  const pair = comparisons.find((one) => (one.a === a && one.b === b) || (one.a === b && one.b === a));
  if (!pair) return undefined;
  const turn = (value: number) => (pair.a === a ? value : pair.effect === 'ratio' ? 1 / value : -value);
  const difference = turn(pair.difference);
  const [one, two] = pair.interval.map(turn) as [number, number];
  const larger = difference > (pair.effect === 'ratio' ? 1 : 0);
  return {
    ...common,
    metric: metric.name,
    own: rows[a]!.score!,
    other: rows[b]!.score!,
    effect: pair.effect,
    difference,
    interval: [Math.min(one, two), Math.max(one, two)] as [number, number],
    adjustedPValue: pair.adjustedPValue,
    verdict:
      pair.adjustedPValue >= alpha
        ? ('not told apart' as const)
        : verdictOf(larger === (metric.direction === 'maximize')),
  };
}

function withCounts([own, other]: readonly [number | null, number | null], common: Common) {
  if (own === null || other === null) return undefined;
  return {
    ...common,
    metric: null,
    own,
    other,
    effect: 'ratio' as const,
    difference: own / other,
    interval: null,
    adjustedPValue: null,
    verdict: own === other ? ('not told apart' as const) : verdictOf(own < other),
  };
}

const sizeOf = (row: LeaderboardRow, measure: 'trained' | 'memory'): number | null =>
  measure === 'trained' ? row.trainableParameters : row.measuredPeakBytes;

const verdictOf = (better: boolean) => (better ? ('agrees' as const) : ('contradicts' as const));

/** Over all boards. */
export function overall(evidence: readonly Pick<PaperClaimEvidence, 'verdict'>[]): PaperClaimVerdict {
  const found = new Set(evidence.map(({ verdict }) => verdict));
  if (found.size === 0) return 'not measured';
  if (found.has('agrees')) return found.has('contradicts') ? 'mixed' : 'agrees';
  return found.has('contradicts') ? 'contradicts' : 'not told apart';
}
