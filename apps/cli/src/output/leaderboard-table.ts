import {
  edgesRemark,
  edgeText,
  fewExamplesRemark,
  forPeople,
  type Leaderboard,
  type LeaderboardQuery,
  type LeaderboardRow,
  learningRateText,
  ledgerColumns,
  ledgerNote,
  ledgerRows,
  lettersText,
  measureRemarks,
  namedUnlike,
  originText,
  otherBoardText,
  referencesRemark,
  rowNames,
  scoreDecimals,
  scoreText,
  seedsOnlyRemark,
  settingOfRow,
  settingText,
  settingTitle,
  untestedRemark,
} from '@rankforge/contracts';
import pc from 'picocolors';
import { formatCount, formatNumber } from './format.js';
import { measureColumns } from './measure-columns.js';
import { type Column, table } from './table.js';

/**
 * The board as a person reads it: its answer in short, then the rows with the best first, where ties share a letter and what
 * does not fit stands at the end.
 */
export function leaderboardTable(board: Leaderboard, by: LeaderboardQuery['by'] = 'method'): string {
  const names = rowNames(board.rows, by);
  const head = [
    `${pc.bold(board.task)}${board.base === '' ? '' : ` on ${pc.bold(board.base)}`}: test ${board.metric.name}, ` +
      `${board.metric.direction === 'minimize' ? 'lower' : 'higher'} is better` +
      (board.testExamples === null ? '' : `, ${board.testExamples} test examples`),
    ...scenarioLine(board),
  ];
  if (board.rows.length === 0) return [...head, 'This board has nothing on it yet.'].join('\n');
  const decimals = scoreDecimals(board.rows);
  const lines = [
    ...head,
    ...board.answers.map(({ text }) => text),
    ...[otherBoardText(board) ?? []].flat(),
    table(
      board.rows,
      saidColumns(board, [
        { title: '#', right: true, value: (_, index) => index + 1 },
        { title: 'method', value: (_, index) => names[index]! },
        {
          title: 'lr',
          right: true,
          value: ({ learningRate }) => (learningRate === null ? '–' : learningRateText(learningRate)),
        },
        { title: 'score', right: true, value: ({ score }) => (score === null ? '–' : scoreText(score, decimals)) },
        { title: '95 % interval', right: true, value: (row) => interval(row, decimals) },
        { title: 'group', value: (row) => row.group ?? '' },
        { title: 'seeds', right: true, value: (row) => row.seeds },
        ...unlikeColumns(board),
        ...measureColumns(board),
        { title: 'tried', right: true, value: (row) => row.tuningTrials },
        { title: '', value: (row) => remark(row, board) },
      ]),
    ),
    lettersText(board),
  ];
  const untested = untestedRemark(board);
  if (untested) lines.push(untested);
  lines.push(
    ...[seedsOnlyRemark(board) ?? []].flat(),
    ...[fewExamplesRemark(board) ?? []].flat(),
    ...[referencesRemark(board) ?? []].flat(),
    ...[edgesRemark(board) ?? []].flat(),
    ...measureRemarks(board),
    ...fairRemark(board),
  );
  lines.push(...[originText(board) ?? []].flat());
  if (!board.complete) lines.push(pc.yellow('Some trials are still to run: this board is not complete.'));
  return lines.join('\n');
}

/** The columns that some row has a value in, where rows were not made here: nobody may have said the others. */
const saidColumns = ({ rows, published }: Leaderboard, columns: readonly Column<LeaderboardRow>[]) =>
  published
    ? columns.filter(({ value }) => rows.some((row, index) => !['–', ''].includes(String(value(row, index)))))
    : columns;

/** Settings in which the rows were not trained alike. */
const unlikeColumns = ({ rows }: Leaderboard): Column<LeaderboardRow>[] =>
  namedUnlike(rows).map(({ name }) => ({
    title: settingTitle(name),
    right: true,
    value: (row) => settingText(settingOfRow(row, name)),
  }));

/** The scenario of a federation; the others have boards of their own. */
function scenarioLine({ scenario, scenarios }: Leaderboard): string[] {
  if (scenario === null) return [];
  const others = scenarios.filter((name) => name !== scenario).map((name) => `"${name}"`);
  return [`Scenario: ${scenario}${others.length > 0 ? ` (--scenario for ${others.join(', ')})` : ''}`];
}

/** The ledger of a fair protocol by method, over-budget trials counted. */
function fairRemark({ rows }: Leaderboard): string[] {
  const ledgers = ledgerRows(rows);
  if (ledgers.length === 0) return [];
  const columns = forPeople({
    columns: ledgerColumns({ count: formatCount, seconds: (value) => formatNumber(value, 3) }),
  });
  return [
    table(
      ledgers,
      columns.map(({ title, right, cell }) => ({ title, right, value: cell })),
    ),
    ledgerNote,
  ];
}

function interval({ interval: ends }: LeaderboardRow, decimals: number): string {
  return ends ? ends.map((end) => scoreText(end, decimals)).join(' … ') : '–';
}

/** Rows of several ranks that come from one training say so. */
const oneRun = ({ trainedRank }: LeaderboardRow) => (trainedRank === null ? '' : `from one run at rank ${trainedRank}`);

function remark(row: LeaderboardRow, board: Leaderboard): string {
  if (row.status === 'scored') {
    const tightest = board.budgetsMiB[0];
    const needs = row.smallestBudgetMiB;
    const pareto = row.pareto ? 'Pareto' : '';
    const missed =
      needs !== null && tightest !== undefined && needs > tightest ? `does not fit in ${tightest} MiB` : '';
    return [row.reason, pareto, oneRun(row), missed, ...row.edges.map(edgeText), ...(row.neverFired ?? [])]
      .filter(Boolean)
      .join(', ');
  }
  const status = row.status === 'unscored' ? 'not scored' : row.status.replaceAll('-', ' ');
  return row.reason ? `${status}: ${row.reason}` : status;
}
