/** @file A paper claim against the boards: pure functions. */
import {
  contenderKey,
  defaultSweepKind,
  type EvidenceVerdict,
  extentOfRow,
  type Leaderboard,
  type LeaderboardRow,
  type PaperClaimEvidence,
  type PaperClaimVerdict,
  type PaperClaimView,
  settingOfRow,
  settingText,
  settingTitle,
  tellsApart,
  unlikeInMemory,
  usualOptimizer,
} from '@rankforge/contracts';
import type { ClaimedSize, PaperClaim, PaperScale } from '@rankforge/peft';
import { whyNotTested } from './gate.js';

export type Comparison = NonNullable<PaperClaimView['compare']>;

/** The two contenders of a paper claim of the method or the optimizer `name`; null where nothing here can tell. */
export function contenders(name: string, { compare }: PaperClaim): Comparison | null {
  if (!compare) return null;
  const { on } = compare;
  const own = on === undefined ? { method: name, optimizer: usualOptimizer } : { method: on, optimizer: name };
  const other = { method: compare.method ?? own.method, optimizer: compare.optimizer ?? own.optimizer };
  return { own, other, measure: compare.measure, kind: compare.kind ?? defaultSweepKind };
}

export type Judged = Omit<PaperClaimEvidence, 'sweepIds'> & { trialIds: string[] };

/**
 * Judges a paper claim by boards of one task, base and kind, but for sweeps; undefined where none has both contenders.
 *
 * @param boards the board of all ranks first, then one for each rank
 * @param claim the size that is claimed, and the scale that it was found on
 * @param baseParameters of the base of the boards; null where it is no longer there
 */
export function judge(
  boards: readonly Leaderboard[],
  compare: Comparison,
  { size, scale }: { size?: ClaimedSize | undefined; scale?: PaperScale | undefined },
  baseParameters: number | null,
): Judged | undefined {
  const found = boards.flatMap((board) => pairsOf(board, compare));
  const alike = found.filter(({ mine, theirs }) => areAlike(mine, theirs, compare));
  const [first] = alike.length > 0 ? alike : found;
  if (first === undefined) return undefined;
  const equal = alike.find(({ mine, theirs }) => haveOneRank(mine, theirs));
  const { board, a, b, mine, theirs } = equal ?? first;
  const measured =
    compare.measure === 'score'
      ? byScore(board, a, b)
      : byCount(sizeOf(mine, compare.measure), sizeOf(theirs, compare.measure));
  if (measured === undefined) return undefined;
  const { better, told, untested, ...effect } = measured;
  const claimed = claimedAs(size, effect.effect, board, compare.measure);
  const lacks = whyNotTested(compare, scale, { parameters: baseParameters, sides: [mine, theirs] });
  const { verdict, because } = equal
    ? verdictOf({ mine, theirs, better, told, untested, claimed, size, lacks, ...effect }, board)
    : { verdict: 'not comparable' as const, because: whyUnequal(mine, theirs, compare) };
  return {
    task: board.task,
    base: board.base,
    baseParameters,
    ranks: [mine.rank, theirs.rank],
    ...effect,
    claimed,
    seeds: Math.min(mine.seeds, theirs.seeds),
    trialIds: [...mine.trialIds, ...theirs.trialIds],
    verdict,
    because,
  };
}

/** Rows of both that are scored, those of the longest trainings first: which of them is better has no say. */
function pairsOf(board: Leaderboard, { own, other }: Comparison) {
  const find = (side: Comparison['own']) =>
    board.rows.flatMap((row, index) =>
      contenderKey(row) === contenderKey(side) && row.score !== null ? [{ row, index }] : [],
    );
  const theirs = find(other);
  return find(own)
    .flatMap((mine) =>
      theirs.map((their) => ({ board, a: mine.index, b: their.index, mine: mine.row, theirs: their.row })),
    )
    .sort((first, second) => stepsOfBoth(second) - stepsOfBoth(first));
}

const stepsOfBoth = ({ mine, theirs }: { mine: LeaderboardRow; theirs: LeaderboardRow }): number =>
  Math.min(mine.steps ?? 0, theirs.steps ?? 0);

/** Whether both were trained as long and on the same; a row on which nothing is trained may stand against any. */
const haveOneExtent = (mine: LeaderboardRow, theirs: LeaderboardRow): boolean =>
  mine.steps === 0 || theirs.steps === 0 || extentOfRow(mine) === extentOfRow(theirs);

/** Whether both were trained alike, as far as what they are compared in depends on it. */
const areAlike = (mine: LeaderboardRow, theirs: LeaderboardRow, { measure }: Comparison): boolean =>
  haveOneExtent(mine, theirs) && (measure !== 'memory' || unlikeInMemory(mine, theirs).length === 0);

function whyUnequal(mine: LeaderboardRow, theirs: LeaderboardRow, compare: Comparison): string {
  if (areAlike(mine, theirs, compare)) return `rank ${mine.rank} against rank ${theirs.rank}`;
  if (haveOneExtent(mine, theirs)) {
    const [name] = unlikeInMemory(mine, theirs) as [string];
    const value = (row: LeaderboardRow) => settingText(settingOfRow(row, name));
    return `${settingTitle(name)} ${value(mine)} against ${value(theirs)}`;
  }
  if (mine.steps !== theirs.steps) return `${mine.steps} steps against ${theirs.steps}`;
  return 'trained on batches, lengths or data that differ';
}

const haveOneRank = (mine: LeaderboardRow, theirs: LeaderboardRow): boolean =>
  mine.rank === null || theirs.rank === null || mine.rank === theirs.rank;

interface Measured
  extends Pick<Judged, 'metric' | 'own' | 'other' | 'effect' | 'difference' | 'interval' | 'adjustedPValue'> {
  /** Its own is better, by however little. */
  better: boolean;
  /** More than chance would do. */
  told: boolean;
  /** Why it cannot be told, whatever the numbers. */
  untested: string | null;
}

function byScore(board: Leaderboard, a: number, b: number): Measured | undefined {
  const { metric, rows, comparisons } = board;
  const pair = comparisons.find((one) => (one.a === a && one.b === b) || (one.a === b && one.b === a));
  if (!pair) return undefined;
  const turn = (value: number) => (pair.a === a ? value : pair.effect === 'ratio' ? 1 / value : -value);
  const difference = turn(pair.difference);
  const [one, two] = pair.simultaneousInterval.map(turn) as [number, number];
  const larger = difference > (pair.effect === 'ratio' ? 1 : 0);
  return {
    metric: metric.name,
    own: rows[a]!.score!,
    other: rows[b]!.score!,
    effect: pair.effect,
    difference,
    interval: [Math.min(one, two), Math.max(one, two)],
    adjustedPValue: pair.adjustedPValue,
    better: larger === (metric.direction === 'maximize'),
    told: tellsApart(pair, board),
    untested: pair.untested,
  };
}

function byCount(own: number | null, other: number | null): Measured | undefined {
  if (own === null || other === null) return undefined;
  const effect = { effect: 'ratio' as const, difference: own / other, interval: null, adjustedPValue: null };
  return { metric: null, own, other, ...effect, better: own < other, told: own !== other, untested: null };
}

const sizeOf = (row: LeaderboardRow, measure: 'trained' | 'memory'): number | null =>
  measure === 'trained' ? row.trainableParameters : row.measuredPeakBytes;

/** The claimed size in the unit of the board. Points are hundredths of a score that is a share and is to be large. */
function claimedAs(
  size: ClaimedSize | undefined,
  effect: Judged['effect'],
  { metric }: Leaderboard,
  measure: Comparison['measure'],
): number | null {
  if (size === undefined) return null;
  if ('ratio' in size) return effect === 'ratio' ? size.ratio : null;
  return effect === 'difference' && measure === 'score' && metric.direction === 'maximize' ? size.points / 100 : null;
}

interface Finding
  extends Pick<Judged, 'claimed' | 'difference' | 'effect'>,
    Pick<Measured, 'better' | 'told' | 'untested'> {
  mine: LeaderboardRow;
  theirs: LeaderboardRow;
  size: ClaimedSize | undefined;
  /** What base, steps and tuning lack beside those of the paper. */
  lacks: string | undefined;
}

function verdictOf(
  { mine, theirs, better, told, untested, claimed, size, lacks, difference, effect }: Finding,
  { metric }: Leaderboard,
): Pick<Judged, 'verdict' | 'because'> {
  const idle = [...(mine.neverFired ?? []), ...(theirs.neverFired ?? [])];
  if (idle.length > 0) return { verdict: 'not comparable', because: idle.join('; ') };
  if (lacks !== undefined) return { verdict: 'not tested here', because: lacks };
  if (!told) return { verdict: 'not told apart', because: untested };
  if (!better) return { verdict: 'contradicts', because: null };
  if (claimed === null) {
    const because = size === undefined ? 'no size is claimed' : `the claimed size is not one of ${metric.name}`;
    return { verdict: 'same direction', because };
  }
  // A claimed ratio is below 1, and the smaller the better; a claimed difference is above 0.
  const isMet = effect === 'ratio' ? difference <= claimed : difference >= claimed;
  return isMet ? { verdict: 'agrees', because: null } : { verdict: 'smaller than claimed', because: null };
}

/** Verdicts that say nothing of the claim, the one that says most first. */
const tellsNothing = [
  'not told apart',
  'not tested here',
  'not comparable',
] as const satisfies readonly EvidenceVerdict[];

/** Over all boards. One that tells nothing has no say beside a board that tells. */
export function overall(evidence: readonly Pick<PaperClaimEvidence, 'verdict'>[]): PaperClaimVerdict {
  const found = new Set<EvidenceVerdict>(evidence.map(({ verdict }) => verdict));
  const telling = [...found].filter((verdict) => !tellsNothing.some((one) => one === verdict));
  if (telling.length > 1) return 'mixed';
  return telling[0] ?? tellsNothing.find((each) => found.has(each)) ?? 'not measured';
}
