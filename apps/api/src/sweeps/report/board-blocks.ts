/** @file Parts of a report that a board has: its rows, its tuning, its differences and what it warns of. */
import {
  against,
  axisLimits,
  boardExportColumns,
  type ExportColumn,
  edgesRemark,
  edgeText,
  effectText,
  exportFormats,
  fewExamplesRemark,
  isScored,
  type Leaderboard,
  type LeaderboardRow,
  leadersOf,
  ledgerColumns,
  ledgerNote,
  ledgerRows,
  lettersText,
  measureRemarks,
  probabilityText,
  referencesInSight,
  referencesRemark,
  scoreDecimals,
  scoreText,
  seedsOnlyRemark,
  settingText,
  settingTitle,
  tellsApart,
  untestedRemark,
  type Versus,
} from '@rankforge/contracts';
import { type Block, clipped, listOf, rowsAtMost, tableOf } from './document.js';
import type { ReportFacts } from './facts.js';

interface PlacedRow {
  row: Leaderboard['rows'][number];
  index: number;
}

/** Comparisons that a reader goes through; of more, those of the leader are shown alone. */
const pairsAtMost = 45;

const placed = ({ rows }: Leaderboard): PlacedRow[] => rows.map((row, index) => ({ row, index }));

/** One sentence or two for each memory budget, the smallest first. */
export function answerBlocks({ board: { answers } }: ReportFacts): Block[] {
  const texts = answers.length === 0 ? ['No row has a score yet.'] : answers.map(({ text }) => text);
  return texts.map((text) => ({ kind: 'answer', text: clipped(text) }));
}

export function boardBlocks({ board, sweep }: ReportFacts): Block[] {
  const better = board.metric.direction === 'minimize' ? 'lower' : 'higher';
  const examples = board.testExamples === null ? '' : `, ${board.testExamples} test examples`;
  const scored = placed(board).filter(({ row }) => isScored(row));
  const columns = boardExportColumns(board, 'method').map(
    ({ value, text, ...column }): ExportColumn<PlacedRow> => ({
      ...column,
      value: ({ row, index }) => value(row, index),
      ...(text && { text: ({ row, index }: PlacedRow) => text(row, index) }),
    }),
  );
  const notes = [
    lettersText(board),
    untestedRemark(board),
    seedsOnlyRemark(board),
    fewExamplesRemark(board),
    referencesRemark(board),
    ...measureRemarks(board),
  ];
  return [
    ...plotOf(board),
    ...tableOf(scored, {
      caption: `${sweep.task} on ${sweep.base}${board.scenario === null ? '' : `, ${board.scenario}`}: test ${board.metric.name} (${better} is better${examples}).`,
      columns,
      note: notes.filter(Boolean).join(' '),
    }),
    ...tableOf(
      placed(board).filter(({ row }) => !isScored(row)),
      { caption: 'Rows without a score, and why', columns: unscoredColumns },
    ),
    ...tableOf(unfitRows(board), { caption: 'What does not fit', columns: unfitColumns }),
    ...scenariosText(board),
  ];
}

type Unfit = Leaderboard['answers'][number]['doesNotFit'][number] & { within: number | null };

const unfitRows = ({ answers }: Leaderboard): Unfit[] =>
  answers.flatMap(({ memoryBudgetMiB: within, doesNotFit }) => doesNotFit.map((row) => ({ ...row, within })));

const unfitColumns: readonly ExportColumn<Unfit>[] = [
  { title: 'Budget (MiB)', right: true, value: ({ within }) => within },
  { title: 'Method', value: ({ name }) => name },
  { title: 'Would take (MiB)', right: true, value: ({ bytes }) => mib(bytes) },
  { title: 'Smallest budget that it fits (MiB)', right: true, value: ({ smallestBudgetMiB }) => smallestBudgetMiB },
];

/** A board is of one scenario of a federation; the others are named. */
function scenariosText({ scenario, scenarios }: Leaderboard): Block[] {
  const others = scenarios.filter((name) => name !== scenario);
  if (others.length === 0) return [];
  return [
    ...[{ kind: 'text', text: 'Further scenarios of the sweep, each with a board of its own:' } as const],
    ...listOf(others),
  ];
}

const mib = (bytes: number | null | undefined): string => (bytes == null ? '–' : exportFormats.bytes(bytes));

const unscoredColumns: readonly ExportColumn<PlacedRow>[] = [
  { title: 'Method', value: ({ row }) => row.name },
  { title: 'Status', value: ({ row }) => row.status.replaceAll('-', ' ') },
  { title: 'Predicted (MiB)', right: true, value: ({ row }) => mib(row.predicted?.total) },
  { title: 'Measured (MiB)', right: true, value: ({ row }) => mib(row.measuredPeakBytes) },
  { title: 'Smallest budget that it fits (MiB)', right: true, value: ({ row }) => row.smallestBudgetMiB },
  { title: 'Why', value: ({ row }) => row.reason },
];

function plotOf(board: Leaderboard): Block[] {
  const leaders = leadersOf(board);
  const rows = placed(board)
    .flatMap(({ row, index }) =>
      isScored(row)
        ? [
            {
              name: board.rows[index]!.name,
              score: row.score,
              interval: row.interval,
              group: row.group ?? '',
              leads: leaders.has(index),
            },
          ]
        : [],
    )
    .slice(0, rowsAtMost);
  if (rows.length === 0) return [];
  const references = referencesInSight(board).map(({ score }) => score);
  const ends = axisLimits(
    [...rows.flatMap(({ score, interval }) => interval ?? [score]), ...references],
    board.metric.range,
  );
  return [{ kind: 'plot', plot: { metric: `test ${board.metric.name}`, rows, references, ends } }];
}

export function tuningBlocks({ board, sweep: { spec } }: ReportFacts): Block[] {
  const { protocol, search, scheduler } = spec;
  const text =
    protocol === undefined
      ? 'Every configuration of a method competed; the best on validation was scored on the test split.'
      : `Fair protocol: each method was tuned by ${protocol.tuningTrials ?? 'as many'} configurations${protocol.tuningTrials === undefined ? ' as the others' : ''}, and the best on validation was trained again with ${protocol.finalSeeds} fresh seeds.`;
  const how = [`Search: ${choiceText(search)}.`, ...(scheduler ? [`Scheduler: ${choiceText(scheduler)}.`] : [])];
  const tuned = board.rows.filter(({ tuningTrials }) => tuningTrials > 0);
  const ledgers = ledgerRows(board.rows);
  return [
    { kind: 'text', text: [text, ...how].join(' ') },
    ...(ledgers.length > 0
      ? tableOf(ledgers, { caption: 'Ledger of the tuning', columns: ledgerColumns(exportFormats), note: ledgerNote })
      : tableOf(tuned, { caption: 'What the tuning took', columns: tunedColumns })),
    ...listOf(board.rows.flatMap(({ name, edges }) => edges.map((edge) => `${name}: ${edgeText(edge)}`))),
  ];
}

/** A search or a scheduler with its options. @example choiceText({ kind: 'random', trials: 20 }) // 'random, trials 20' */
const choiceText = ({ kind, ...options }: { kind: string }): string =>
  [kind, ...Object.entries(options).map(([name, value]) => `${settingTitle(name)} ${settingText(value)}`)].join(', ');

const tunedColumns: readonly ExportColumn<Leaderboard['rows'][number]>[] = [
  { title: 'Method', value: ({ name }) => name },
  { title: 'Trials', right: true, value: ({ tuningTrials }) => tuningTrials },
  { title: 'Optimizer steps', right: true, value: ({ tuningSteps }) => exportFormats.count(tuningSteps) },
];

interface Pair extends Versus {
  row: number;
}

/** Every pair once, by the row that stands above, or those of the leader where there are many. */
export function differenceBlocks({ board }: ReportFacts): Block[] {
  const { leader } = board.verdict;
  if (leader === null || board.comparisons.length === 0) return [];
  const few = board.comparisons.length <= pairsAtMost;
  const rows = few ? board.rows.map((_, index) => index) : [leader];
  const pairs = rows.flatMap((row) =>
    against(board, row).flatMap((versus): Pair[] => (few && versus.other < row ? [] : [{ ...versus, row }])),
  );
  const decimals = scoreDecimals(pairs);
  const columns: ExportColumn<Pair>[] = [
    { title: 'Row', value: ({ row }) => board.rows[row]!.name },
    { title: 'is', value: ({ verdict }) => verdict },
    { title: 'Other', value: ({ other }) => board.rows[other]!.name },
    {
      title: pairs.every(({ effect }) => effect === 'ratio') ? 'Ratio' : 'Difference',
      right: true,
      value: (pair) => effectText(pair, decimals),
    },
    {
      title: '95 % interval, simultaneous',
      right: true,
      value: ({ interval }) => interval.map((end) => scoreText(end, decimals)).join(' to '),
    },
    {
      title: 'p (Holm)',
      right: true,
      value: ({ adjustedPValue, untested }) =>
        untested === null ? probabilityText(adjustedPValue) : `– (${untested})`,
    },
  ];
  const real = board.comparisons.filter((comparison) => tellsApart(comparison, board)).length;
  return [
    {
      kind: 'text',
      text: `${real} of ${board.comparisons.length} pairs are told apart at α = ${board.alpha}, corrected for all pairs that are tested.`,
    },
    ...tableOf(pairs, {
      caption: few
        ? `Test ${board.metric.name}, every pair`
        : `Test ${board.metric.name}, the leader against the others`,
      columns,
      note: few ? undefined : `Pairs without the leader are left out: ${board.comparisons.length - pairs.length}.`,
    }),
  ];
}

/** Warnings that the page shows of the sweep and its rows. */
export function warningBlocks({ board, sweep, data }: ReportFacts): Block[] {
  const { FAILED: failed } = sweep.trials;
  const edges = edgesRemark(board);
  return listOf([
    ...(board.complete ? [] : ['Trials of this board are still to run: places and groups may change.']),
    ...(sweep.state === 'CANCELLED' ? ['The sweep was cancelled: what had not run never will.'] : []),
    ...(sweep.reason === null ? [] : [`The sweep does not go on: ${sweep.reason}`]),
    ...(failed === 0 ? [] : [`${failed} ${failed === 1 ? 'trial' : 'trials'} failed.`]),
    ...(data.length > 1 ? [`Its trials are of ${data.length} versions of the data: see Data and versions.`] : []),
    ...(edges === undefined ? [] : [edges]),
    ...board.rows.flatMap(rowWarnings),
  ]);
}

function rowWarnings(row: LeaderboardRow & { name: string }): string[] {
  const { name, neverFired = [], reason } = row;
  if (!isScored(row)) return [];
  return [...neverFired, ...(reason === null ? [] : [reason])].map((text) => `${name}: ${text}`);
}
