import type { Batch, Corpus, Split } from '../objectives/data.js';
import type { GradedQuery } from './graded.js';
import { checkIndices } from './indices.js';
import { encodedTexts } from './labelled.js';
import type { TextOptions } from './text.js';

/** Negatives of a query's own that training reads beside its relevant document; further ones are searched alone. */
export const MOST_NEGATIVES = 7;

/** Rows that training reads of a query: itself, its most relevant document, of equals the first, and its first negatives. */
export function trainedRows({ rows }: Pick<GradedQuery, 'rows'>): { text: string; grade: number }[] {
  const most = rows.reduce((best, { grade }) => Math.max(best, grade), 0);
  const found = most > 0 ? rows.filter(({ grade }) => grade === most).slice(0, 1) : [];
  return [...found, ...rows.filter(({ grade }) => grade === 0).slice(0, MOST_NEGATIVES)];
}

/**
 * Every different text of the rows of these queries and of further documents, as what is searched. A text is read as those of
 * `labelledTexts`.
 */
export function corpusOf(
  queries: readonly Pick<GradedQuery, 'rows'>[],
  documents: readonly string[],
  options: TextOptions,
): Corpus {
  const ofRows = queries.flatMap(({ rows }) => rows.map(({ text }) => text));
  const texts = [...new Set([...ofRows, ...documents])];
  return { size: texts.length, texts, batch: batchesOf(texts, options) };
}

/**
 * Queries as units that are scored by searching a corpus. A unit that is trained on is a query and some of its rows, each by itself;
 * those of other units of a batch are its negatives, but for those that are relevant to it too. A query without a relevant row is
 * compared with nothing.
 *
 * @throws RangeError when a row is not in the corpus, or the special tokens leave no room
 */
export function searchedTexts(queries: readonly GradedQuery[], corpus: Corpus, options: TextOptions): Split {
  const places = new Map(corpus.texts.map((text, place) => [text, place]));
  const placeOf = (text: string) => {
    const place = places.get(text);
    if (place === undefined) throw new RangeError(`the corpus holds no document "${text.slice(0, 80)}"`);
    return place;
  };
  const relevant = queries.map(({ rows }) =>
    rows.filter(({ grade }) => grade > 0).map(({ text, grade }) => ({ document: placeOf(text), grade })),
  );
  const trained = queries.map((query) =>
    trainedRows(query).map(({ text, grade }) => ({ document: placeOf(text), grade })),
  );
  const readQueries = batchesOf(
    queries.map(({ query }) => query),
    options,
  );
  const rowsOf = (texts: readonly string[]) => batchesOf(texts, options)(texts.map((_, row) => row));
  const lengthsOf = (texts: readonly string[]) => {
    const { lengths } = encodedRows(texts, options);
    return texts.flatMap((_, row) => lengths!(row));
  };
  /** @param units documents of each unit, the one that it is to find first, where it has one */
  const assembled = (indices: readonly number[], units: readonly (typeof trained)[number][]): Batch => {
    const documents = units.flat().map(({ document }) => document);
    const [asked, read] = [readQueries(indices), corpus.batch(documents)];
    const { sequence } = asked;
    const groups = Int32Array.from(units, ({ length }) => 1 + length);
    const inputs = new Int32Array((indices.length + documents.length) * sequence);
    const lengths = new Int32Array(indices.length + documents.length);
    const targets = new Int32Array(indices.length);
    const excluded = new Uint8Array(indices.length * documents.length);
    let [row, document] = [0, 0];
    const put = (from: typeof asked, at: number) => {
      inputs.set(from.inputs.subarray(at * sequence, (at + 1) * sequence), row * sequence);
      lengths[row++] = from.lengths[at]!;
    };
    units.forEach((own, unit) => {
      const isAsked = own[0] !== undefined && own[0].grade > 0;
      const others = new Set(relevant[indices[unit]!]!.map((one) => one.document));
      // Without a document to be found one alone stands in the softmax, whose logarithm is then 0.
      targets[unit] = isAsked ? document : 0;
      const barred = excluded.subarray(unit * documents.length, (unit + 1) * documents.length);
      documents.forEach((one, place) => {
        barred[place] = place !== targets[unit] && (!isAsked || others.has(one)) ? 1 : 0;
      });
      put(asked, unit);
      for (let left = own.length; left > 0; left--) put(read, document++);
    });
    return { size: lengths.length, sequence, inputs, lengths, targets, groups, excluded };
  };
  return {
    size: queries.length,
    queries: queries.map(({ query }) => ({ query, rows: corpus.texts })),
    searches: {
      unitRows: trained.reduce((most, rows) => Math.max(most, 1 + rows.length), 1),
      relevant: (index) => relevant[index]!,
      batch(indices) {
        checkIndices(indices, queries.length);
        return readQueries(indices);
      },
      beside(indices, negatives) {
        checkIndices(indices, queries.length);
        const units = indices.map((index, at) => [
          ...trained[index]!.filter(({ grade }) => grade > 0),
          ...negatives[at]!.map((document) => ({ document, grade: 0 })),
        ]);
        return assembled(indices, units);
      },
      with(real, further) {
        const made = further.map(({ query, document }) => ({
          query,
          rows: [{ text: corpus.texts[document]!, grade: 1 }],
        }));
        return searchedTexts([...queries.slice(0, real), ...made], corpus, options);
      },
      texts: rowsOf,
      readings(indices, added) {
        checkIndices(indices, queries.length);
        const texts = indices.flatMap((index, at) =>
          added[at]!.map((documents) =>
            [queries[index]!.query, ...documents.map((one) => corpus.texts[one]!)].join('\n'),
          ),
        );
        const read = rowsOf(texts);
        return { ...read, groups: Int32Array.from(added, ({ length }) => length) };
      },
    },
    batch(indices) {
      checkIndices(indices, queries.length);
      return assembled(
        indices,
        indices.map((index) => trained[index]!),
      );
    },
    lengths: (index) =>
      lengthsOf([queries[index]!.query, ...trained[index]!.map(({ document }) => corpus.texts[document]!)]),
  };
}

const batchesOf = (texts: readonly string[], options: TextOptions): Corpus['batch'] =>
  encodedRows(texts, options).batch;

/** Texts by themselves, a row each. */
const encodedRows = (texts: readonly string[], options: TextOptions): Split =>
  encodedTexts(
    texts.map((text) => ({ text })),
    options,
    () => ({ targets: new Int32Array(0) }),
  );
