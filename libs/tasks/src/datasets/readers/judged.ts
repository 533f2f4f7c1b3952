/**
 * @file A collection with judgements: documents and queries with ids, and grades of pairs of them. It is read as a table with a row for
 * each judgement. A layout says in which files they are.
 */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DatasetError } from '../dataset-error.js';
import { limits, type OpenTable, type Row, type Source, type Table } from '../source.js';
import { type Folder, openFolder } from './folder.js';

/** `split` is the name of the file that a judgement stands in, without its ending; `dev` is called `validation`. */
const columns = ['query', 'text', 'grade', 'split', 'query-id', 'corpus-id'] as const;

/** Texts by their ids, with the line that each stands in. */
export type Texts = ReadonlyMap<string, { text: string; where: string }>;

export interface Texted {
  corpus: Texts;
  queries: Texts;
  /** The files that they stand in, for errors. */
  names: { corpus: string; queries: string };
}

export interface Judgement {
  where: string;
  query: string;
  document: string;
  grade: string;
  split: string;
}

export interface Layout {
  texts(folder: Folder): Promise<Texted>;
  judgements(folder: Folder): AsyncIterable<Judgement>;
  /** Documents that a search found, by query, best first: ids. Absent: nothing says what was found. */
  found?(folder: Folder, texts: Texted): Promise<ReadonlyMap<string, readonly string[]> | undefined>;
}

/** @throws DatasetError (while rows are read) naming the file and the line */
export const judgedBy =
  (layout: Layout): OpenTable =>
  async (source: Source): Promise<Table> => {
    const beside: NonNullable<Table['beside']> = { documents: [], queries: 0 };
    async function* rows(): AsyncGenerator<Row> {
      const { folder, close } = await openFolder(source);
      try {
        const texts = await layout.texts(folder);
        const judged = new Map<string, string>();
        const asked = new Set<string>();
        for await (const { where, query, document, grade, split } of layout.judgements(folder)) {
          const refused = (problem: string) => new DatasetError(source.name, where, folder.field, problem);
          const { query: asking, document: read } = named(texts, query, document, refused);
          const pair = JSON.stringify([query, document]);
          const earlier = judged.get(pair);
          if (earlier !== undefined)
            throw refused(`judges document "${document}" for query "${query}" twice: first in ${earlier}`);
          judged.set(pair, where);
          asked.add(query);
          const cells = { query: asking, text: read, grade, split: split === 'dev' ? 'validation' : split };
          yield { where, cells: { ...cells, 'query-id': query, 'corpus-id': document } };
        }
        beside.documents = Array.from(texts.corpus.values(), ({ text }) => text);
        beside.queries = texts.queries.size - asked.size;
        const found = await layout.found?.(folder, texts);
        if (found) beside.found = foundTexts(found, texts);
      } finally {
        await close();
      }
    }
    return { columns: () => columns, rows: rows(), beside };
  };

/** The texts of a query and a document. @throws what `refused` makes, where one is not there */
export function named(
  { corpus, queries, names }: Texted,
  query: string,
  document: string,
  refused: (problem: string) => DatasetError,
): { query: string; document: string } {
  const asked = queries.get(query);
  if (!asked) throw refused(`names the query "${query}", which is not in ${names.queries}`);
  const read = corpus.get(document);
  if (!read) throw refused(`names the document "${document}", which is not in ${names.corpus}`);
  return { query: asked.text, document: read.text };
}

function foundTexts(found: ReadonlyMap<string, readonly string[]>, { corpus, queries }: Texted) {
  const texts = new Map<string, string[]>();
  for (const [query, documents] of found) {
    const key = queries.get(query)!.text;
    texts.set(key, [...(texts.get(key) ?? []), ...documents.map((id) => corpus.get(id)!.text)]);
  }
  return texts;
}

/** Texts as they are read, one after another. */
export class TextsByIds {
  readonly texts = new Map<string, { text: string; where: string }>();

  constructor(
    private readonly folder: Folder,
    private readonly name: string,
  ) {}

  /** @throws DatasetError for an id that is there twice, a text that is too long, or too many */
  add(id: string, text: string, where: string): void {
    const refused = (problem: string) => this.refused(problem, where);
    const earlier = this.texts.get(id);
    if (earlier) throw refused(`the id "${id}" is there twice: first in ${earlier.where}`);
    if (this.texts.size === limits.rows) throw refused(`more than ${limits.rows} rows`);
    if (text.length > limits.fieldCharacters)
      throw refused(`"${id}" is longer than ${limits.fieldCharacters} characters`);
    this.texts.set(id, { text, where });
  }

  /** @throws DatasetError where none was added */
  all(): Texts {
    if (this.texts.size === 0) throw this.refused('holds no row');
    return this.texts;
  }

  refused(problem: string, where?: string): DatasetError {
    return new DatasetError(this.name, where, this.folder.field, problem);
  }
}

/** A file of a folder. @throws DatasetError saying what was expected where it is not there */
export async function fileIn(folder: Folder, file: string, expected: string): Promise<Source> {
  const path = join(folder.path, file);
  const isFile = await stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
  if (isFile) return { path, name: `${folder.name}, ${file}` };
  throw new DatasetError(folder.name, undefined, folder.field, `holds no ${file}; expected ${expected}`);
}
