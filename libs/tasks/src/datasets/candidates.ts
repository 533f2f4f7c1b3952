/** @file Documents that a search finds for a query, the data's own or BM25: its candidates, which are what is re-ranked, or its negatives. */
import { Bm25, type Segmenter, usualBm25 } from '@rankforge/peft';
import { DatasetError } from './dataset-error.js';
import type { Example } from './example.js';
import type { GradedRow } from './fields.js';
import { type Beside, limits, type Source } from './source.js';

/**
 * Queries with the `depth` documents that stand first in what a search found, or that BM25 ranks highest, those that nobody judged at
 * grade 0. Rows stand in the order of that search: who is shown them without a model sees it, and no order by grade. Rows that are not
 * among these stand behind, and are lost, as no order of the candidates has them. Where all documents are searched, judged rows stand
 * first instead, as they were given: training reads the first negatives, and what was judged is known to be one.
 *
 * @param beside texts of the collection, among which those of rows need not be, and what a search of its owner found
 * @param depth 0: the rows are the candidates
 */
export function withCandidates(
  examples: readonly Example[],
  { documents, found: given }: Beside,
  { depth, searched, segmenter }: { depth: number; searched: boolean; segmenter: Segmenter },
): readonly Example[] {
  if (depth === 0) return examples;
  const find = given
    ? (query: string) => [...new Set(given.get(query))].slice(0, depth)
    : findByBm25(differentTexts(examples, documents), depth, segmenter);
  return examples.map((example) => {
    const places = new Map(find(example.fields.query!).map((text, place) => [text, place]));
    const placeOf = ({ text }: GradedRow): number => places.get(text) ?? places.size;
    const judged = example.fields.rows!.map(
      (row): GradedRow => (searched || places.has(row.text) ? row : { ...row, lost: true }),
    );
    const known = new Set(judged.map(({ text }) => text));
    const others = [...places.keys()].flatMap((text): GradedRow[] => (known.has(text) ? [] : [{ text, grade: 0 }]));
    const rows = [...judged, ...others];
    if (!searched) rows.sort((a, b) => placeOf(a) - placeOf(b));
    return { ...example, fields: { ...example.fields, rows } };
  });
}

function findByBm25(texts: readonly string[], depth: number, segmenter: Segmenter): (query: string) => string[] {
  const index = new Bm25(texts, { ...usualBm25, termsOf: (text) => segmenter.terms(text) });
  return (query) => index.best(query, depth).map((at) => texts[at]!);
}

/**
 * Documents that are searched and that no query has as a row. Blank ones cannot be found.
 *
 * @throws DatasetError for more documents, rows included, than are searched
 */
export function furtherDocuments(
  examples: readonly Example[],
  documents: readonly string[],
  { name }: Source,
): string[] {
  const all = differentTexts(examples, documents).filter((text) => text.trim() !== '');
  refuseMany(
    all.length,
    'since every score encodes all of them: cut the collection, or choose an objective that ranks candidates',
    name,
  );
  const ofRows = new Set(textsOfRows(examples));
  return all.filter((text) => !ofRows.has(text));
}

/**
 * Different documents that questions are answered from, besides their evidence.
 *
 * @throws DatasetError for more documents, evidence included, than are searched; or where there is none
 */
export function besideQuestions(
  examples: readonly Example[],
  documents: readonly string[],
  { name }: Source,
): string[] {
  const named = examples.flatMap(({ fields }) => fields.evidence ?? []);
  if (examples[0]?.fields.evidence === undefined) return [];
  const all = new Set([...documents, ...named].filter((text) => text.trim() !== ''));
  if (all.size === 0) {
    const problem = 'no question has evidence, so there is no document to search; name a text of evidence for some';
    throw new DatasetError(name, undefined, '/mapping/evidence', problem);
  }
  refuseMany(all.size, 'since each trial holds all of them: cut the documents', name);
  const ofQuestions = new Set(named);
  return [...all].filter((text) => !ofQuestions.has(text));
}

function refuseMany(count: number, why: string, name: string): void {
  if (count <= limits.searchedDocuments) return;
  const problem = `holds ${count} different documents; at most ${limits.searchedDocuments} are searched, ${why}`;
  throw new DatasetError(name, undefined, '/file', problem);
}

const textsOfRows = (examples: readonly Example[]) =>
  examples.flatMap(({ fields: { rows } }) => rows!.map(({ text }) => text));

const differentTexts = (examples: readonly Example[], documents: readonly string[]) => [
  ...new Set([...documents, ...textsOfRows(examples)]),
];
