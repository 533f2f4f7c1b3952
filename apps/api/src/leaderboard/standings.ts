import { alpha } from '@rankforge/boards';
import {
  contenderKey,
  extentOfRow,
  groupBy,
  type Leaderboard,
  type LeaderboardRow,
  partsOf,
  type Standings,
  type StandingsCell,
} from '@rankforge/contracts';
import { meanRanks } from '@rankforge/stats';

/**
 * Boards side by side, one row per contender, ranked by the scores they show over all boards that show any: a board on
 * which nothing has a score says nothing of who is better.
 */
export function buildStandings(boards: readonly (Leaderboard & { title: string })[]): Standings {
  const rowsOf = boards.map(({ rows }) => rowOfEach(rows));
  const scored = boards.flatMap(({ metric }, index) => {
    const rows = [...rowsOf[index]!];
    return rows.some(([, { score }]) => score !== null) ? [{ index, metric, rows }] : [];
  });
  const { contenders, test } = meanRanks(
    scored.map(({ metric: { direction }, rows }) => ({
      direction,
      scores: new Map(rows.flatMap(([name, { score }]) => (score === null ? [] : [[name, score] as const]))),
    })),
    alpha,
  );
  const ranked = contenders.map(({ name, meanRank, ranks, letters }) => ({
    ...identity(rowsOf, name),
    meanPlace: meanRank,
    group: letters.length > 0 ? letters.join('') : null,
    cells: rowsOf.map((rows, board) =>
      cell(rows.get(name), ranks[scored.findIndex(({ index }) => index === board)] ?? null),
    ),
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

/**
 * One row of each contender of a board. Where there are several, of trainings that read more or other data, it is the one that read as
 * much as most contenders of the board did, and then the one with the most steps; which has the better score has no say.
 */
function rowOfEach(rows: readonly LeaderboardRow[]): Map<string, LeaderboardRow> {
  const scored = rows.filter(({ score }) => score !== null);
  const shared = new Map(
    [...groupBy(scored, extentOfRow)].map(([extent, group]) => [extent, new Set(group.map(contenderKey)).size]),
  );
  const sharedBy = (row: LeaderboardRow) => (row.score === null ? 0 : shared.get(extentOfRow(row))!);
  const first = (group: readonly LeaderboardRow[]) =>
    group.toSorted((a, b) => sharedBy(b) - sharedBy(a) || (b.steps ?? 0) - (a.steps ?? 0))[0]!;
  return new Map([...groupBy(rows, contenderKey)].map(([name, group]) => [name, first(group)]));
}

function identity(boards: readonly Map<string, LeaderboardRow>[], name: string) {
  return partsOf(boards.flatMap((rows) => rows.get(name) ?? [])[0]!);
}

function cell(row: LeaderboardRow | undefined, place: number | null): StandingsCell | null {
  if (!row) return null;
  const { status, rank, score, interval, group, reason } = row;
  return { status, rank, score, interval, group, reason, place };
}
