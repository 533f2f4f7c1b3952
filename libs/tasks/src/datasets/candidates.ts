/** @file The candidates of a query: the documents that BM25 finds for it, which are what is re-ranked. */
import { Bm25 } from '@rankforge/peft';
import type { Example, GradedRow } from './example.js';

/**
 * Queries with the `depth` documents that BM25 ranks highest, those that nobody judged at grade 0. Rows that are not among these are
 * lost: no order of the candidates has them.
 *
 * @param documents texts of the collection; those of rows need not be among them
 * @param depth 0: the rows are the candidates
 */
export function withCandidates(
  examples: readonly Example[],
  documents: readonly string[],
  depth: number,
): readonly Example[] {
  if (depth === 0) return examples;
  const ofRows = examples.flatMap(({ fields: { rows } }) => rows!.map(({ text }) => text));
  const texts = [...new Set([...documents, ...ofRows])];
  const index = new Bm25(texts);
  return examples.map((example) => {
    const found = new Set(index.best(example.fields.query!, depth).map((at) => texts[at]!));
    const judged = example.fields.rows!.map((row): GradedRow => (found.has(row.text) ? row : { ...row, lost: true }));
    for (const { text } of judged) found.delete(text);
    const others = Array.from(found, (text): GradedRow => ({ text, grade: 0 }));
    return { ...example, fields: { ...example.fields, rows: [...judged, ...others] } };
  });
}
