/** @file The texts that a generator wrote for a training, from the file that it left. */
import {
  type WrittenTextPage,
  WrittenTextRecord,
  WrittenTextsHead,
  type WrittenTextsQuery,
} from '@rankforge/contracts';
import { type Kept, keptOf } from './kept-lines.js';

/**
 * @throws ProblemError `not-found` where there is no such trial, `conflict` where nothing was written for it, `unavailable` where the file
 * cannot be read
 */
export async function textsOf(
  id: string,
  { from, limit, only }: WrittenTextsQuery,
  of: Kept,
): Promise<WrittenTextPage> {
  const keeper = 'only a training that has ended, and whose recipe asked a generator, keeps some';
  const { head, lines } = await keptOf(id, { kinds: ['texts'], keeper }, of);
  const { texts, used } = WrittenTextsHead.parse(JSON.parse(head));
  const read = (line: string) => WrittenTextRecord.parse(JSON.parse(line));
  const found =
    only === undefined ? lines : lines.filter((line) => (read(line).as === undefined) === (only === 'unused'));
  const items = found.slice(from, from + limit).map(read);
  return { trialId: id, texts, used, kept: lines.length, found: found.length, items };
}
