import {
  boardVerdictText,
  contenderName,
  edgeText,
  type Leaderboard,
  type LeaderboardQuery,
  type LeaderboardRow,
  learningRateText,
  lettersText,
  measures,
  namedUnlike,
  onRow,
  otherBoardText,
  rowNames,
  scoreDecimals,
  scoreText,
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
    `${pc.bold(board.task)} on ${pc.bold(board.base)}: test ${board.metric.name}, ` +
      `${board.metric.direction === 'minimize' ? 'lower' : 'higher'} is better` +
      (board.testExamples === null ? '' : `, ${board.testExamples} test examples`),
    ...scenarioLine(board),
  ];
  if (board.rows.length === 0) return [...head, 'This board has nothing on it yet.'].join('\n');
  const decimals = scoreDecimals(board.rows);
  const answer = boardVerdictText(board, by);
  const lines = [
    ...head,
    ...(answer === undefined ? [] : [answer]),
    ...[otherBoardText(board) ?? []].flat(),
    table(board.rows, [
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
    lettersText(board),
  ];
  const untested = untestedRemark(board);
  if (untested) lines.push(untested);
  lines.push(...referenceRemark(board), ...edgeRemark(board), ...measureRemarks(board), ...fairRemark(board));
  if (board.published) lines.push(`Published by ${board.published.source}. ${board.published.remark}`);
  if (!board.complete) lines.push(pc.yellow('Some trials are still to run: this board is not complete.'));
  return lines.join('\n');
}

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

/** Scores that a method has to beat to have learnt something. */
function referenceRemark({ references }: Leaderboard): string[] {
  const all = references.map(({ name, score }) => `${name} ${formatNumber(score)}`);
  return all.length === 0 ? [] : [`For reference: ${all.join(', ')}.`];
}

function edgeRemark({ rows }: Leaderboard): string[] {
  const scored = rows.filter(({ score }) => score !== null);
  const onEdge = scored.filter(({ edges }) => edges.length > 0).length;
  if (onEdge === 0) return [];
  return [`${onEdge} of ${scored.length} rows lie on an edge of their grid: a better configuration may lie beyond it.`];
}

/** The ledger of a fair protocol by method, over-budget trials counted. */
function fairRemark({ rows }: Leaderboard): string[] {
  const ledgers = rows.flatMap((row) => (row.fair ? [{ name: contenderName(row), ...row.fair }] : []));
  if (ledgers.length === 0) return [];
  const spent = table(ledgers, [
    { title: 'fair protocol', value: ({ name }) => name },
    { title: 'tuning trials', right: true, value: ({ tuningTrials }) => tuningTrials },
    { title: 'over budget', right: true, value: ({ overBudget }) => overBudget },
    { title: 'failed', right: true, value: ({ failed }) => failed },
    { title: 'steps', right: true, value: ({ tuningSteps }) => formatCount(tuningSteps) },
    { title: 'seconds', right: true, value: ({ tuningSeconds }) => formatNumber(tuningSeconds, 3) },
    { title: 'batches read before', right: true, value: ({ calibrationBatches }) => calibrationBatches },
    { title: 'learning rates', right: true, value: ({ learningRates }) => learningRates.length },
    { title: 'edge', value: ({ edge, extended }) => `${edge ?? ''}${extended > 0 ? ` (${extended} beyond)` : ''}` },
    {
      title: 'final seeds',
      value: ({ finalSeeds, finalLost }) =>
        `${finalSeeds.join(', ') || '–'}${finalLost > 0 ? ` (${finalLost} failed or did not fit)` : ''}`,
    },
  ]);
  return [
    spent,
    'Tuned alike, each in its own space; scored with seeds that no tuning has seen. Edge: the chosen learning rate ends those tried.',
  ];
}

/** The rows that columns of measures are of. */
function measureRemarks({ rows }: Leaderboard): string[] {
  return measures.flatMap((measure) => {
    const values = rows.flatMap((row) => onRow(row, measure) ?? []);
    return values.length > 0 ? (measure.remark?.(values) ?? []) : [];
  });
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
  const status = { unscored: 'not scored', 'does-not-fit': 'does not fit', failed: 'failed', running: 'running' }[
    row.status
  ];
  return row.reason ? `${status}: ${row.reason}` : status;
}
