/** @file The answers of a trial, from the file that it left. */
import { type AnswerPage, AnswerRecord, AnswersHead, type AnswersQuery } from '@rankforge/contracts';
import { ArtifactError, type ArtifactStore, type Database } from '@rankforge/db';
import { notFound, ProblemError } from '../platform/http/problem.js';

/**
 * @throws ProblemError `not-found` where there is no such trial, `conflict` where it answered nothing, `unavailable` where the file
 * cannot be read
 */
export async function answersOf(id: string, { from, limit, sort }: AnswersQuery, of: Kept): Promise<AnswerPage> {
  const { head, lines } = await keptOf(id, ['answers'], of);
  const { split, questions, metric } = AnswersHead.parse(JSON.parse(head));
  const all = lines.map((line) => AnswerRecord.parse(JSON.parse(line)));
  const sorted = sort === 'question' ? all : byScore(all, metric, sort === 'score' ? 1 : -1);
  return { trialId: id, split, questions, metric, kept: all.length, answers: sorted.slice(from, from + limit) };
}

/** Rows and files of trials. */
export interface Kept {
  database: Database;
  store: ArtifactStore;
}

/**
 * Lines of the first of these files that a trial left.
 *
 * @throws ProblemError as `answersOf`
 */
export async function keptOf(
  id: string,
  kinds: readonly ('answers' | 'orders')[],
  { database, store }: Kept,
): Promise<{ kind: string; head: string; lines: string[] }> {
  const trial = await database.trial.findUnique({
    where: { id },
    select: { leaderId: true, state: true, method: true },
  });
  if (!trial) throw notFound('trial', id);
  const artifact = await database.artifact.findFirst({
    where: { trialId: trial.leaderId ?? id, kind: { in: [...kinds] } },
    orderBy: { kind: 'asc' },
  });
  if (!artifact) {
    const { method, state } = trial;
    throw new ProblemError(
      'conflict',
      `The trial keeps no ${kinds.join(' and no ')}: it is by ${method}, its state is ${state}, and ${keepers(kinds)}`,
    );
  }
  const [head, ...lines] = await linesOf(store, artifact.sha256);
  return { kind: artifact.kind, head: head!, lines };
}

const keepers = (kinds: readonly string[]): string =>
  kinds.includes('orders')
    ? 'only a finished procedure, or the score of the test split by what orders rows without a model, keeps some'
    : 'only a finished procedure that answers or summarizes keeps some';

/** Orders answers by score; where scores are equal the earlier question comes first. */
const byScore = (answers: readonly AnswerRecord[], metric: string, sign: 1 | -1): AnswerRecord[] =>
  answers.toSorted((a, b) => sign * ((a.scores[metric] ?? 0) - (b.scores[metric] ?? 0)));

async function linesOf(store: ArtifactStore, sha256: string): Promise<string[]> {
  try {
    return (await store.read(sha256)).toString('utf8').split('\n').filter(Boolean);
  } catch (cause) {
    if (!(cause instanceof ArtifactError)) throw cause;
    throw new ProblemError('unavailable', 'The file of these answers cannot be read', undefined, { cause });
  }
}
