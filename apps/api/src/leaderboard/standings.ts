import {
  contenderKey,
  type Leaderboard,
  type LeaderboardRow,
  partsOf,
  type Standings,
  type StandingsCell,
} from '@rankforge/contracts';
import { meanRanks } from '@rankforge/stats';
import { alpha } from '../boards/levels.js';

/**
 * Boards side by side, one row per contender, ranked by the scores they show over all boards that show any: a board on
 * which nothing has a score says nothing of who is better.
 */
export function buildStandings(boards: readonly (Leaderboard & { title: string })[]): Standings {
  const rowsOf = boards.map(({ rows }) => new Map(rows.map((row) => [contenderKey(row), row])));
  const scored = boards.filter(({ rows }) => rows.some(({ score }) => score !== null));
  const { contenders, test } = meanRanks(
    scored.map(({ metric: { direction }, rows }) => ({
      direction,
      scores: new Map(rows.flatMap((row) => (row.score === null ? [] : [[contenderKey(row), row.score] as const]))),
    })),
    alpha,
  );
  const ranked = contenders.map(({ name, meanRank, ranks, letters }) => ({
    ...identity(rowsOf, name),
    meanPlace: meanRank,
    group: letters.length > 0 ? letters.join('') : null,
    cells: rowsOf.map((rows, board) => cell(rows.get(name), ranks[scored.indexOf(boards[board]!)] ?? null)),
  }));
  const known = new Set(contenders.map(({ name }) => name));
  const others = [...new Set(rowsOf.flatMap((rows) => [...rows.keys()]))]
    .filter((name) => !known.has(name))
    .map((name) => ({
      ...identity(rowsOf, name),
      meanPlace: null,
      group: null,
      cells: rowsOf.map((rows) => cell(rows.get(name), null)),
    }));
  return {
    boards: boards.map(({ task, base, title, metric, complete }) => ({ task, base, title, metric, complete })),
    rows: [...ranked, ...others],
    alpha,
    test: test ? { chiSquared: test.chiSquared, pValue: test.p, criticalDifference: test.criticalDifference } : null,
  };
}

function identity(boards: readonly Map<string, LeaderboardRow>[], name: string) {
  return partsOf(boards.flatMap((rows) => rows.get(name) ?? [])[0]!);
}

function cell(row: LeaderboardRow | undefined, place: number | null): StandingsCell | null {
  if (!row) return null;
  const { status, rank, score, interval, group, reason } = row;
  return { status, rank, score, interval, group, reason, place };
}
