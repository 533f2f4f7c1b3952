/** @file Answers, orders or texts of a trial as a file of JSON lines: a head, and a line for each question, query or prompt. */
import {
  type AnswersHead,
  mostKeptAnswers,
  mostKeptTextBytes,
  mostKeptTexts,
  type OrdersHead,
  type WrittenTextsHead,
} from '@rankforge/contracts';
import type { StoredArtifact } from '@rankforge/db/artifacts';
import type { AnswerRecord, OrderRecord, WrittenText } from '@rankforge/peft';
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

/** The file of texts that a generator wrote for the examples of a training: the first that there is room for. */
export function fileOfTexts(texts: readonly WrittenText[]): Buffer {
  const used = texts.filter(({ as }) => as !== undefined).length;
  const head: WrittenTextsHead = { format: 'rankforge-texts-1', texts: texts.length, used };
  const lines = [lineOf(head)];
  let bytes = 0;
  for (const text of texts.slice(0, mostKeptTexts)) {
    const line = lineOf(text);
    bytes += line.length;
    if (bytes > mostKeptTextBytes) break;
    lines.push(line);
  }
  return Buffer.concat(lines);
}

/**
 * Stores the file of texts, where anything was written.
 * @returns `stopped` when the run was stopped meanwhile
 */
export async function storeTexts(
  file: Buffer | undefined,
  tools: StoringTools,
): Promise<{ texts?: StoredArtifact } | 'stopped'> {
  if (!file) return {};
  const stored = await storeAdapter(tools, file, 0, 'the file of texts');
  return stored ? { texts: stored } : 'stopped';
}

const lineOf = (record: object): Buffer => Buffer.from(`${JSON.stringify(record)}\n`);

const storeLines = (lines: readonly object[], tools: StoringTools, what: string) =>
  storeAdapter(tools, Buffer.concat(lines.map(lineOf)), 0, what);
