/** @file The answers of a trial, from the file that it left. */
import { type AnswerPage, AnswerRecord, AnswersHead, type AnswersQuery } from '@rankforge/contracts';
import { type Kept, keptOf } from './kept-lines.js';

/**
 * @throws ProblemError `not-found` where there is no such trial, `conflict` where it answered nothing, `unavailable` where the file
 * cannot be read
 */
export async function answersOf(id: string, { from, limit, sort }: AnswersQuery, of: Kept): Promise<AnswerPage> {
  const keeper = 'only a finished procedure that answers or summarizes keeps some';
  const { head, lines } = await keptOf(id, { kinds: ['answers'], keeper }, of);
  const { split, questions, metric } = AnswersHead.parse(JSON.parse(head));
  const all = lines.map((line) => AnswerRecord.parse(JSON.parse(line)));
  const sorted = sort === 'question' ? all : byScore(all, metric, sort === 'score' ? 1 : -1);
  return { trialId: id, split, questions, metric, kept: all.length, answers: sorted.slice(from, from + limit) };
}

/** Orders answers by score; where scores are equal the earlier question comes first. */
const byScore = (answers: readonly AnswerRecord[], metric: string, sign: 1 | -1): AnswerRecord[] =>
  answers.toSorted((a, b) => sign * ((a.scores[metric] ?? 0) - (b.scores[metric] ?? 0)));
