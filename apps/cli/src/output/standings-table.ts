import {
  contenderName,
  findsDifference,
  rankedBoards,
  type Standings,
  type StandingsCell,
  type StandingsRow,
  scoreDecimals,
  scoreText,
} from '@rankforge/contracts';
import pc from 'picocolors';
import { formatNumber } from './format.js';
import { type Column, table } from './table.js';

/** Boards side by side: the mean place of a method, and its score and place on each. */
export function standingsTable(standings: Standings): string {
  const { boards, rows } = standings;
  if (rows.length === 0) return 'No board has anything on it yet.';
  const decimals = boards.map((_, index) => scoreDecimals(rows.flatMap(({ cells }) => cells[index] ?? [])));
  const columns: Column<StandingsRow>[] = [
    { title: 'method', value: contenderName },
    { title: 'mean place', right: true, value: ({ meanPlace }) => formatNumber(meanPlace, 3) },
    { title: 'group', value: ({ group }) => group ?? '' },
    ...boards.map(({ task, base, metric }, index) => ({
      title: `${task} on ${base} (${metric.name})`,
      right: true,
      value: ({ cells }: StandingsRow) => inCell(cells[index] ?? null, decimals[index]!),
    })),
  ];
  return [
    table(rows, columns),
    apartText(standings),
    ...(boards.every(({ complete }) => complete) ? [] : [pc.yellow('Some trials are still to run.')]),
  ].join('\n');
}

/** Says which mean places are told apart. */
function apartText(standings: Standings): string {
  const { test, alpha } = standings;
  if (!test) return 'Two boards, and two methods with a score on each, are needed to tell mean places apart.';
  const over = `Over ${rankedBoards(standings)} boards: Friedman p = ${formatNumber(test.pValue, 2)}`;
  return findsDifference(standings)
    ? `${over}; mean places that differ by ${formatNumber(test.criticalDifference, 3)} differ at α = ${alpha} (Nemenyi). Rows that share a letter do not.`
    : `${over}: at α = ${alpha} no difference is found, so that no two rows are told apart, however far apart their places lie.`;
}

function inCell(cell: StandingsCell | null, decimals: number): string {
  if (cell === null) return '–';
  if (cell.score === null) return cell.status.replaceAll('-', ' ');
  const score = scoreText(cell.score, decimals);
  return cell.place === null ? score : `${score} (${formatNumber(cell.place, 2)})`;
}
