/** @file Answers, orders, places or texts of a trial as a file of JSON lines: a head, and a line for each question, query or prompt. */
import {
  type AnswersHead,
  mostKeptAnswers,
  mostKeptPlaces,
  mostKeptTextBytes,
  mostKeptTexts,
  type OrdersHead,
  type PlacesHead,
  type PlacesRecord,
  type WrittenTextsHead,
} from '@rankforge/contracts';
import type { StoredArtifact } from '@rankforge/db/artifacts';
import type { AnswerRecord, OrderRecord } from '@rankforge/evaluators';
import type { KeptPlaces, WrittenText } from '@rankforge/peft';
import { type StoringTools, storeAdapter } from './storing.js';

/** Characters of a query that are kept. */
const keptCharacters = 2000;

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

/**
 * Stores where the relevant documents of queries stand, or those that were attacked, where any were ordered.
 * @param queries words of the units, where they have any
 * @returns `stopped` when the run was stopped meanwhile
 */
export async function storePlaces(
  split: PlacesHead['split'],
  { places, queries }: { places: KeptPlaces | undefined; queries: readonly { query: string }[] | undefined },
  tools: StoringTools,
): Promise<{ places?: StoredArtifact } | 'stopped'> {
  if (!places) return {};
  const { documents, units, first, recall } = places;
  const head: PlacesHead = {
    format: 'rankforge-places-1',
    split,
    documents,
    queries: units,
    ...(recall && { recall: recall.slice(0, mostKeptPlaces.place) }),
  };
  const records = first.slice(0, mostKeptPlaces.queries).map(({ size, of, rows }, unit): PlacesRecord => {
    const query = queries?.[unit]?.query.slice(0, keptCharacters);
    const kept = documents === 'attacked' ? rows : rows.filter(({ place }) => place <= mostKeptPlaces.place);
    return { ...(query !== undefined && { query }), size, of, rows: [...kept] };
  });
  const stored = await storeLines([head, ...records], tools, 'the file of places');
  return stored ? { places: stored } : 'stopped';
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
