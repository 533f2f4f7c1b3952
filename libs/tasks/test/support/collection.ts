import type { importDataset } from '@rankforge/tasks';
import { zip } from '../../../../test/support/zip.js';

const jsonl = (rows: readonly object[]) => Buffer.from(rows.map((row) => `${JSON.stringify(row)}\n`).join(''));

/** An archive of a collection, in a folder: each word is a query, of which the first of two documents is relevant. */
export function collectionOf(
  words: readonly string[],
  documents: (word: string, at: number) => [string, string],
): Buffer {
  const texts = words.map(documents);
  const judged = words.map((_, at) => `q${at}\tyes-${at}\t1\n`).join('');
  return zip([
    {
      name: 'found/corpus.jsonl',
      content: jsonl(
        texts.flatMap(([relevant, other], at) => [
          { _id: `yes-${at}`, text: relevant },
          { _id: `no-${at}`, text: other },
        ]),
      ),
    },
    { name: 'found/queries.jsonl', content: jsonl(words.map((text, at) => ({ _id: `q${at}`, text }))) },
    { name: 'found/qrels/all.tsv', content: Buffer.from(`query-id\tcorpus-id\tscore\n${judged}`) },
  ]);
}

/** Words that are unlike each other by their letters alone. */
export const lettersOf = (count: number): string[] =>
  Array.from({ length: count }, (_, at) =>
    [at, at * 7 + 3, Math.floor(at / 26)].map((index) => 'abcdefghijklmnopqrstuvwxyz'[index % 26]!.repeat(2)).join(''),
  );

type GradedRow = [text: string, grade: number, lost?: 'lost'];

/** Rows of each query as they were imported: text and grade, and which are lost. */
export const rowsOf = ({ rows }: Awaited<ReturnType<typeof importDataset>>): Partial<Record<string, GradedRow[]>> =>
  Object.fromEntries(
    rows.map(({ fields }) => [
      fields.query!,
      (JSON.parse(fields.rows!) as { text: string; grade: number; lost?: true }[]).map(
        ({ text, grade, lost }): GradedRow => (lost ? [text, grade, 'lost'] : [text, grade]),
      ),
    ]),
  );
