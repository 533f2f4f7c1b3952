/** @file The answer of a board as people read it, on the page and in a terminal. */
import type { BoardVerdict } from './board-verdict.js';
import { contenderName } from './contender.js';
import type { BoardFigures, LeaderboardQuery, LeaderboardRow } from './leaderboard.js';
import { MIB } from './memory.js';
import { rowNames } from './row-names.js';
import { scoreDecimals, scoreText } from './shown-scores.js';
import { unlikeText } from './training-extent.js';

/** Names that a list spells out; the rest is counted. */
const namesAtMost = 3;

/** Rows that do not fit are named further: each is an answer to whoever has that budget. */
const unfitAtMost = 8;

/**
 * Says which row leads, what is tied with it, what it would take to tell them apart, where rows were not trained alike, and how much does not
 * fit.
 *
 * @returns undefined where no row has a score and none is said not to fit
 *
 * @example boardVerdictText(board)
 * // 'Within 512 MiB, dora r8 leads with accuracy 0.955 (0.930 to 0.970). lora r8 and rslora r8 are tied with it: about 6 more
 * // seeds each (80 % interval: 2 to 40) should tell dora r8 from lora r8. 3 rows do not fit.'
 */
export function boardVerdictText(board: BoardFigures, by: LeaderboardQuery['by'] = 'method'): string | undefined {
  const { verdict } = board;
  const names = rowNames(board.rows, by);
  const said = [
    ...leads(board, names),
    ...others(board, names),
    ...ofTwoSeeds(board),
    ...ofEngines(board),
    ...unlike(board),
    ...looked(board, names),
    ...unfit(board, names),
  ];
  if (said.length === 0) return undefined;
  const within = verdict.memoryBudgetMiB === null ? '' : `within ${verdict.memoryBudgetMiB} MiB, `;
  const start = `${board.complete ? '' : 'so far, '}${within}`;
  // A name stays as it is written; the words before it begin the sentence.
  return `${start.charAt(0).toUpperCase()}${start.slice(1)}${said.join(' ')}`;
}

/**
 * Why a board within one budget and that of all budgets may answer otherwise.
 *
 * @returns undefined where the board is of all budgets, or has no two rows to compare
 */
export function otherBoardText({ rows, verdict }: Pick<BoardFigures, 'rows' | 'verdict'>): string | undefined {
  const scored = rows.filter(({ score }) => score !== null).length;
  if (verdict.memoryBudgetMiB === null || scored < 2) return undefined;
  return 'Tests are corrected over the pairs of this board: rows that are tied here may be told apart on the board of all budgets, or the reverse.';
}

function leads({ rows, metric, verdict: { leader } }: BoardFigures, names: readonly string[]): string[] {
  const row = leader === null ? undefined : rows[leader];
  if (!row || row.score === null) return [];
  const decimals = scoreDecimals(rows);
  const [low, high] = row.interval?.map((end) => scoreText(end, decimals)) ?? [];
  const interval = row.interval ? ` (${low} to ${high})` : '';
  return [`${names[leader!]} leads with ${metric.name} ${scoreText(row.score, decimals)}${interval}.`];
}

/** The other rows with a score against the leader. */
function others(board: BoardFigures, names: readonly string[]): string[] {
  const { rows, references, metric, verdict } = board;
  const { leader, tied, undecided } = verdict;
  const best = leader === null ? null : rows[leader]!.score;
  if (best === null) return [];
  const compared = rows.filter(({ score }) => score !== null).length - 1;
  const list = (indices: readonly number[]) => listed(indices.map((index) => names[index]!));
  const are = (indices: readonly number[]) => (indices.length === 1 ? 'is' : 'are');
  const unbeaten = references.find(({ score }) => (metric.direction === 'minimize' ? score <= best : score >= best));
  return [
    ...(compared === 0 ? ['No other row has a score to hold against it.'] : []),
    ...(compared > 0 && tied.length + undecided.length === 0
      ? [`It is told apart from ${compared === 1 ? `the other row, ${names[1]}` : `all ${compared} other rows`}.`]
      : []),
    ...(tied.length > 0
      ? [`${list(tied)} ${are(tied)} tied with it${seedsText(verdict, names)}.`, ...equalText(board, names)]
      : []),
    ...(undecided.length > 0
      ? [`${list(undecided)} ${are(undecided)} not judged against it: ${lacking(board, list)}.`]
      : []),
    ...(unbeaten
      ? [
          `But ${unbeaten.name} has ${scoreText(unbeaten.score, scoreDecimals(rows))}: what is no better than this reference has learnt nothing of use.`,
        ]
      : []),
  ];
}

/** What is missing for a judgement: of the leader and of those that are not judged against it, the rows that have one seed. */
function lacking({ rows, verdict }: BoardFigures, list: (indices: readonly number[]) => string): string {
  const { leader, undecided, seedless } = verdict;
  const all = [leader!, ...undecided];
  const single = all.filter((row) => rows[row]!.seeds === 1 && !seedless.includes(row));
  // An imported adapter that is scored as it is: others of its method are adapters of their own.
  const fixed = single.filter((row) => rows[row]!.adapter !== undefined && rows[row]!.steps === 0);
  const growing = single.filter((row) => !fixed.includes(row));
  const bare = all.filter((row) => seedless.includes(row) && rows[row]!.interval === null);
  const of = single.length === all.length && fixed.length === 0 ? 'on both sides' : `of ${list(growing)}`;
  return [
    ...(growing.length > 0 || fixed.length + bare.length === 0 ? [`that takes two seeds or more ${of}`] : []),
    ...(fixed.length > 0
      ? [`${list(fixed)} ${fixed.length === 1 ? 'is' : 'are'} of one seed, and no more can be had here`]
      : []),
    ...(bare.length > 0 ? [`of ${list(bare)}, which trains nothing, that takes its scores by example`] : []),
  ].join('; ');
}

/** A row that trains nothing gets no further seeds: the other one alone does. */
function seedsText({ leader, seeds, seedless }: BoardVerdict, names: readonly string[]): string {
  if (!seeds) return '';
  const { row, further, interval, most, isBelowError } = seeds;
  const pair = [leader!, row];
  const [trained, ...more] = pair.filter((side) => !seedless.includes(side));
  const other = pair.find((side) => side !== trained);
  const of = more.length > 0 ? 'each' : `of ${names[trained!]}`;
  const apart = more.length > 0 ? `${names[leader!]} from ${names[row]}` : `it from ${names[other!]}`;
  const small = isBelowError ? '; the difference seen is smaller than its own error' : '';
  const [low, high] = interval.map((seeds) => seeds ?? `more than ${most}`);
  const range = low === high ? '' : ` (80 % interval: ${low} to ${high})`;
  if (further === null) return `: telling ${apart} likely takes more than ${most} more seeds ${of}${range}${small}`;
  return `: about ${further} more ${further === 1 ? 'seed' : 'seeds'} ${of}${range} should tell ${apart}${small}`;
}

/** A tie is no proof of being equal: that has a test of its own. */
function equalText({ verdict: { equivalent }, metric, alpha }: BoardFigures, names: readonly string[]): string[] {
  if (!equivalent) return [];
  const { margin, asked, rows } = equivalent;
  const size = digits(margin);
  const what = asked ? `${size} of ${metric.name}` : `what another seed does (${size})`;
  if (rows.length === 0) return [`A tie is no proof of being equal: none is shown to be within ${what}.`];
  const are = rows.length === 1 ? 'is' : 'are';
  const shown = listed(rows.map((row) => names[row]!));
  return [`${shown} ${are} shown to be within ${what} of it (two one-sided tests, α = ${alpha}).`];
}

/** Two seeds hardly tell which rows are unsteady: docs/statistics.md has how often such boards are split by chance. */
function ofTwoSeeds({ rows, comparisons, alpha }: BoardFigures): string[] {
  const isOfTwo = rows.some(({ score, seeds }) => score !== null && seeds === 2);
  const isSplit = comparisons.some(({ adjustedPValue }) => adjustedPValue <= alpha);
  if (!isOfTwo || !isSplit) return [];
  return [
    'Groups of two seeds are weak: where one row is unsteady, about one in ten of such boards is split by chance.',
  ];
}

/** Says of each two engines that compete if they agree. */
function ofEngines({ verdict: { engines }, rows, metric, alpha }: BoardFigures): string[] {
  if (!engines) return [];
  const { asked, pairs } = engines;
  const names = [...new Set(pairs.map(({ engines: both }) => both.toSorted().join(' and ')))];
  return names.flatMap((both) => {
    const of = pairs.filter(({ engines: each }) => each.toSorted().join(' and ') === both);
    const judged = of.filter(({ difference }) => difference !== null);
    const off = judged.filter(({ within }) => !within);
    const shown = listed(of.filter(({ within }) => within).map((pair) => contenderOn(rows[pair.rows[0]]!)));
    const most = Math.max(...judged.map(({ difference }) => Math.abs(difference!)));
    const margins = judged.map(({ margin }) => margin!).sort((one, other) => one - other);
    const size = [
      ...new Set([margins[0], margins.at(-1)].flatMap((margin) => (margin === undefined ? [] : digits(margin)))),
    ].join(' to ');
    const what = asked ? `${size} of ${metric.name}` : `what another seed does (${size})`;
    return [
      ...(judged.length > 0 && off.length === 0
        ? [
            `${both} agree on ${shown}: with equal seeds the scores differ by ${digits(most)} at most, within ${what} by two one-sided tests at α = ${alpha}.`,
          ]
        : []),
      ...(off.length > 0
        ? [
            `${both} are not shown to agree on ${listed(off.map((pair) => contenderOn(rows[pair.rows[0]]!)))}: with equal seeds the scores differ by ${digits(most)} at most, against ${what}.`,
          ]
        : []),
      ...[...new Set(of.flatMap(({ unjudged }) => unjudged ?? []))].map((why) => {
        const unjudged = of.filter((pair) => pair.unjudged === why);
        return `${both} are not compared on ${listed(unjudged.map((pair) => contenderOn(rows[pair.rows[0]]!)))}: ${why}.`;
      }),
    ];
  });
}

const digits = (value: number): string => `${Number(value.toPrecision(2))}`;

/** A row by its name without the engine. */
function contenderOn({ competingEngine: _, ...row }: LeaderboardRow): string {
  return row.rank === null ? contenderName(row) : `${contenderName(row)} r${row.rank}`;
}

/** A lead over a row that was trained for longer, or on other data, is none of the method alone. */
const unlike = (board: BoardFigures): string[] => [unlikeText(board) ?? []].flat();

/** Seeds are added because a look told nothing apart: every further look is another chance to be wrong. */
function looked({ rows, alpha }: BoardFigures, names: readonly string[]): string[] {
  const indices = rows.flatMap(({ added }, index) => (added ? [index] : []));
  if (indices.length === 0) return [];
  const looks = 1 + Math.max(...rows.map(({ added }) => added?.looks ?? 0));
  return [
    `Seeds of ${listed(indices.map((index) => names[index]!))} were added after a look at this board, which makes ${looks} looks: ` +
      `chance passes for a difference more often than α = ${alpha} says.`,
  ];
}

/** The most that was predicted or measured of a row; null where nobody says it. */
export function peakOfRow({ predicted, measuredPeakBytes = null }: LeaderboardRow): number | null {
  const known = [predicted?.total ?? null, measuredPeakBytes].filter((bytes) => bytes !== null);
  return known.length === 0 ? null : Math.max(...known);
}

function unfit({ rows, verdict: { leader, memoryBudgetMiB } }: BoardFigures, names: readonly string[]): string[] {
  const unfit = rows.flatMap((row, index) => (row.status === 'does-not-fit' ? [{ row, name: names[index]! }] : []));
  if (unfit.length === 0) return [];
  const named = unfit.map(({ row, name }) => {
    const bytes = peakOfRow(row);
    // One that breaks another limit may fit the budget.
    const isTooLarge = bytes !== null && memoryBudgetMiB !== null && bytes > memoryBudgetMiB * MIB;
    return isTooLarge ? `${name} (${mibAbove(bytes, memoryBudgetMiB)} MiB)` : name;
  });
  const verb = unfit.length === 1 ? 'does' : 'do';
  return [`${listed(named, unfitAtMost)} ${verb} not fit${leader === null ? ', and no row has a score' : ''}.`];
}

/** Bytes in MiB with as many decimals as it takes to lie above a budget. */
function mibAbove(bytes: number, budgetMiB: number): string {
  const texts = [1, 2, 3, 4].map((decimals) => (bytes / MIB).toFixed(decimals));
  return texts.find((text) => Number(text) > budgetMiB) ?? texts.at(-1)!;
}

/** @example listed(['a', 'b', 'c', 'd', 'e']) // 'a, b, c and 2 more' */
function listed(names: readonly string[], most = namesAtMost): string {
  const shown = names.length > most ? names.slice(0, most) : names.slice(0, -1);
  const last = names.length > most ? `${names.length - most} more` : names.at(-1)!;
  return shown.length === 0 ? last : `${shown.join(', ')} and ${last}`;
}
