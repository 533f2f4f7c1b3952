import type { Leaderboard, LeaderboardRow } from '@rankforge/contracts';
import pc from 'picocolors';
import { formatCount, formatMiB, formatNumber } from './format.js';
import { table } from './table.js';

/** The board as a person reads it: best first, ties share a letter, and what does not fit stands at the end. */
export function leaderboardTable(board: Leaderboard): string {
  const lines = [
    `${pc.bold(board.task)} on ${pc.bold(board.base)}: test ${board.metric.name}, ` +
      `${board.metric.direction === 'minimize' ? 'lower' : 'higher'} is better` +
      (board.testExamples === null ? '' : `, ${board.testExamples} test examples`),
    table(board.rows, [
      { title: 'method', value: methodName },
      { title: 'rank', right: true, value: (row) => row.rank ?? '–' },
      { title: 'lr', right: true, value: (row) => formatNumber(row.learningRate, 2) },
      { title: 'score', right: true, value: (row) => formatNumber(row.score) },
      { title: '95 % interval', right: true, value: interval },
      { title: 'group', value: (row) => row.group ?? '' },
      { title: 'seeds', right: true, value: (row) => row.seeds },
      { title: 'trained', right: true, value: (row) => formatCount(row.trainableParameters) },
      { title: 'MiB predicted', right: true, value: (row) => formatMiB(row.predicted?.total) },
      { title: 'measured', right: true, value: (row) => formatMiB(row.measuredPeakBytes) },
      { title: 'ms/step', right: true, value: (row) => formatNumber(row.medianStepMs, 3) },
      { title: 'base loss', right: true, value: forgotten },
      { title: 'tried', right: true, value: (row) => row.tuningTrials },
      { title: '', value: (row) => remark(row, board) },
    ]),
    'Rows that share a letter cannot be told apart' +
      ` (pairwise tests, Holm, α = ${board.alpha}). Configurations were chosen on validation, test was read once.`,
  ];
  lines.push(...forgettingRemark(board));
  if (board.published) lines.push(`Published by ${board.published.source}. ${board.published.remark}`);
  if (!board.complete) lines.push(pc.yellow('Some trials are still to run: this board is not complete.'));
  return lines.join('\n');
}

function forgettingRemark({ rows }: Leaderboard): string[] {
  const found = rows.flatMap(({ forgetting }) => forgetting ?? []);
  const measured = found.find((forgetting) => forgetting.measured);
  if (measured) {
    return [`Base loss: in nats on ${measured.examples} windows of ${measured.data}, and what the adapter changes.`];
  }
  const missing = found.find((forgetting) => !forgetting.measured);
  return missing ? [`Base loss is not measured: ${missing.reason}.`] : [];
}

const methodName = (row: LeaderboardRow) =>
  row.optimizer === 'adamw' ? row.method : `${row.method} + ${row.optimizer}`;

/** Loss of the base on its own held-back data, and what the adapter adds to it. */
function forgotten({ forgetting }: LeaderboardRow): string {
  if (forgetting === null) return '–';
  if (!forgetting.measured) return 'n/a';
  const change = forgetting.after - forgetting.before;
  return `${formatNumber(forgetting.before)} ${change < 0 ? '−' : '+'}${formatNumber(Math.abs(change), 2)}`;
}

function interval(row: LeaderboardRow): string {
  return row.interval ? `${formatNumber(row.interval[0])} … ${formatNumber(row.interval[1])}` : '–';
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
    return [pareto, oneRun(row), missed].filter(Boolean).join(', ');
  }
  const status = { unscored: 'not scored', 'does-not-fit': 'does not fit', failed: 'failed', running: 'running' }[
    row.status
  ];
  return row.reason ? `${status}: ${row.reason}` : status;
}
