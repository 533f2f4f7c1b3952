/** @file The lines that a board is held against. */
import { type BoardReference, contenderName, type LeaderboardRow, type TrivialScores } from '@rankforge/contracts';
import { methods } from '@rankforge/peft';

/** The predictor that reads no input, and each scored row of a method that is a lower reference. */
export function referencesOf(
  rows: readonly LeaderboardRow[],
  trivial: TrivialScores | undefined,
  metric: string,
): BoardReference[] {
  const guessed = trivial?.metrics[metric];
  // A row may be of a method that is no longer known.
  const isLower = (method: string) => methods.some(({ name, lowerReference }) => name === method && lowerReference);
  const lower = rows.filter(({ method, score }) => score !== null && isLower(method));
  return [
    ...(trivial && guessed !== undefined ? [{ name: trivial.name, score: guessed }] : []),
    ...lower.map((row) => ({ name: contenderName(row), score: row.score! })),
  ];
}
