/** @file The answers, or the orders, of a trial as a file of JSON lines: a head, and a line for each question or query. */
import { type AnswersHead, mostKeptAnswers, type OrdersHead } from '@rankforge/contracts';
import type { StoredArtifact } from '@rankforge/db/artifacts';
import type { AnswerRecord, OrderRecord } from '@rankforge/peft';
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
  const stored = await storeLines([head, ...answers.slice(0, mostKeptAnswers)], tools, 'the file of answers');
  return stored ? { answers: stored } : 'stopped';
}

/**
 * Stores the first rows of queries, where any were ordered.
 * @returns `stopped` when the run was stopped meanwhile
 */
export async function storeOrders(
  orders: readonly OrderRecord[] | undefined,
  tools: StoringTools,
): Promise<{ orders?: StoredArtifact } | 'stopped'> {
  if (!orders) return {};
  const head: OrdersHead = { format: 'rankforge-orders-1', split: 'test', queries: orders.length };
  const stored = await storeLines([head, ...orders], tools, 'the file of orders');
  return stored ? { orders: stored } : 'stopped';
}

const storeLines = (lines: readonly object[], tools: StoringTools, what: string) =>
  storeAdapter(tools, Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join('')), 0, what);
