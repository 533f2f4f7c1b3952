/** @file What a trial answered, or the orders that it made, in files of other programs. */
import type { AnswerRecord, OrderRecord, trialExports } from '@rankforge/contracts';
import { rankifyOfAnswers, rankifyOfOrders } from './exports/rankify.js';
import { findKept, type Kept } from './kept-lines.js';

interface TrialExport {
  ofAnswers(answers: readonly AnswerRecord[]): unknown;
  ofOrders(orders: readonly OrderRecord[]): unknown;
}

const exports: Record<(typeof trialExports)[number], TrialExport> = {
  rankify: { ofAnswers: rankifyOfAnswers, ofOrders: rankifyOfOrders },
};

/**
 * The file of a trial, which is read and made once it is asked for.
 *
 * @throws ProblemError `not-found` where there is no such trial, `conflict` where it keeps neither; the file `unavailable` where they cannot
 * be read
 */
export async function exportOf(
  id: string,
  as: (typeof trialExports)[number],
  from: Kept,
): Promise<() => Promise<Buffer>> {
  const { ofAnswers, ofOrders } = exports[as];
  const keeper =
    'only a finished procedure, or the score of the test split by what orders rows without a model, keeps some';
  const read = await findKept(id, { kinds: ['answers', 'orders'], keeper }, from);
  return async () => {
    const kept = await read();
    const content =
      kept.kind === 'answers'
        ? ofAnswers(kept.lines.map((line) => JSON.parse(line) as AnswerRecord))
        : ofOrders(kept.lines.map((line) => JSON.parse(line) as OrderRecord));
    return Buffer.from(`${JSON.stringify(content, null, 1)}\n`);
  };
}
