import type { Scores, TrialSpec } from '@rankforge/contracts';

interface SharedResult {
  validation?: Scores | undefined;
  served?: Record<string, Scores> | undefined;
}

/**
 * The result of a training as a trial of this spec has it: where one training serves several ranks, it holds the
 * validation of each, and the trial's own is that of its rank.
 */
export function resultAt<R extends SharedResult>(
  result: R | null,
  { rank, trainedRank }: Pick<TrialSpec, 'rank' | 'trainedRank'>,
): R | null {
  if (trainedRank === undefined || !result?.served) return result;
  const validation = result.served[String(rank)];
  return validation ? { ...result, validation } : result;
}
