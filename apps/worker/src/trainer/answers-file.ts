/** @file The answers of a trial as a file of JSON lines: a head, and a line for each question. */
import { type AnswersHead, mostKeptAnswers } from '@rankforge/contracts';
import type { StoredArtifact } from '@rankforge/db/artifacts';
import type { AnswerRecord } from '@rankforge/peft';
import { type StoringTools, storeAdapter } from './storing.js';

/**
 * Stores what was answered, where anything was.
 * @returns `stopped` when the run was stopped meanwhile
 */
export async function storeAnswers(
  { split, metric }: Pick<AnswersHead, 'split' | 'metric'>,
  answers: readonly AnswerRecord[] | undefined,
  tools: StoringTools,
): Promise<{ answers?: StoredArtifact } | 'stopped'> {
  if (!answers) return {};
  const head: AnswersHead = { format: 'rankforge-answers-1', split, questions: answers.length, metric };
  const lines = [head, ...answers.slice(0, mostKeptAnswers)].map((line) => `${JSON.stringify(line)}\n`);
  const stored = await storeAdapter(tools, Buffer.from(lines.join('')), 0, 'the file of answers');
  return stored ? { answers: stored } : 'stopped';
}
