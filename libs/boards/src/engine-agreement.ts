/** @file Whether engines that compete on a board agree. */
import { type BoardVerdict, contenderKey, type LeaderboardRow, partsOf } from '@rankforge/contracts';
import { differenceBySeed, equivalence, type Scale } from '@rankforge/stats';
import { alpha } from './levels.js';

/** A row with a score, and what its engine was given. */
export interface OnEngine {
  row: LeaderboardRow;
  /** Equal where all that was trained is alike but for the engine. */
  trained: string;
  /** Mean over the test examples by seed, before an exponential. */
  scores: ReadonlyMap<number, number>;
}

interface Given {
  scale: Scale;
  /** A difference that matters, in the unit of the score. */
  margin: number | undefined;
}

/** @param rows those with a score, as the board lists them */
export function engineAgreement(rows: readonly OnEngine[], { scale, margin }: Given): Pick<BoardVerdict, 'engines'> {
  const alike = rows.flatMap((first, a) =>
    rows
      .slice(a + 1)
      .flatMap((second, offset) => (compete(first.row, second.row) ? [[a, a + 1 + offset] as const] : [])),
  );
  if (alike.length === 0) return {};
  const isRatio = scale === 'exp-mean';
  const onBoard = (value: number) => (isRatio ? Math.expm1(value) : value);
  const asked = margin === undefined ? undefined : isRatio ? Math.log1p(margin) : margin;
  const pairs = alike.map(([a, b]) => {
    const [first, second] = [rows[a]!, rows[b]!];
    const pair = {
      rows: [a, b] as [number, number],
      engines: [first.row.competingEngine!, second.row.competingEngine!] as [string, string],
    };
    const unjudged = (why: string) => ({ ...pair, difference: null, margin: null, within: false, unjudged: why });
    if (first.trained !== second.trained) return unjudged('validation chose other settings on each');
    const difference = differenceBySeed(first.scores, second.scores);
    if (!difference) return unjudged('that takes two equal seeds or more on each');
    const tested = asked ?? seedDeviation([first, second]);
    const within = tested > 0 && equivalence(difference, tested)! <= alpha;
    return { ...pair, difference: onBoard(difference.estimate), margin: onBoard(tested), within, unjudged: null };
  });
  return { engines: { asked: margin !== undefined, pairs } };
}

/** The deviation that another seed gives the scores of rows, pooled over them; each has two seeds or more. */
function seedDeviation(rows: readonly OnEngine[]): number {
  const all = rows.map(({ scores }) => {
    const values = [...scores.values()];
    const mean = values.reduce((sum, each) => sum + each, 0) / values.length;
    return { squares: values.reduce((sum, each) => sum + (each - mean) ** 2, 0), freedom: values.length - 1 };
  });
  const sum = (of: (row: (typeof all)[number]) => number) => all.reduce((total, row) => total + of(row), 0);
  return Math.sqrt(sum(({ squares }) => squares) / sum(({ freedom }) => freedom));
}

/** True if rows differ in their engine, and in no other part of what competes. */
function compete(one: LeaderboardRow, other: LeaderboardRow): boolean {
  const engines = [one.competingEngine, other.competingEngine];
  if (engines.includes(undefined) || engines[0] === engines[1]) return false;
  return apartFromEngine(one) === apartFromEngine(other);
}

function apartFromEngine(row: LeaderboardRow): string {
  const { competingEngine: _, ...parts } = partsOf(row);
  return JSON.stringify([contenderKey(parts), row.rank, row.steps]);
}
