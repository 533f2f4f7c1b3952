/**
 * @file A collection with judgements, as the data sets of BEIR come (arXiv 2104.08663): `corpus.jsonl` with `_id`, `title` and `text`,
 * `queries.jsonl` with `_id` and `text`, and `qrels/*.tsv` with query, document and grade. As it is, or in an archive. It is read as a
 * table with a row for each judgement.
 */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DatasetError } from '../dataset-error.js';
import { limits, type Row, type Source, type Table } from '../source.js';
import { type Folder, openFolder } from './folder.js';
import { linesOf, openJsonLines } from './jsonl.js';

/** `split` is the name of the file that a judgement stands in, without its ending; `dev` is called `validation`. */
const columns = ['query', 'text', 'grade', 'split', 'query-id', 'corpus-id'] as const;

/** Texts by their ids, with the line that each stands in. */
type Texts = ReadonlyMap<string, { text: string; where: string }>;

/** @throws DatasetError (while rows are read) naming the file and the line */
export async function openCollection(source: Source): Promise<Table> {
  const beside: { documents: string[]; queries: number } = { documents: [], queries: 0 };
  async function* rows(): AsyncGenerator<Row> {
    const { folder, close } = await openFolder(source);
    try {
      const corpus = await textsIn(folder, 'corpus.jsonl');
      const queries = await textsIn(folder, 'queries.jsonl');
      const judged = new Map<string, string>();
      const asked = new Set<string>();
      for (const file of await qrelsIn(folder)) {
        for await (const row of judgements(folder, file, { corpus, queries })) {
          const { 'query-id': query, 'corpus-id': document } = row.cells;
          const pair = JSON.stringify([query, document]);
          const earlier = judged.get(pair);
          if (earlier !== undefined) {
            const problem = `judges document "${document}" for query "${query}" twice: first in ${earlier}`;
            throw new DatasetError(source.name, row.where, folder.field, problem);
          }
          judged.set(pair, row.where);
          asked.add(query);
          yield row;
        }
      }
      beside.documents = Array.from(corpus.values(), ({ text }) => text);
      beside.queries = queries.size - asked.size;
    } finally {
      await close();
    }
  }
  return { columns: () => columns, rows: rows(), beside };
}

/** @throws DatasetError for a file that is not there, an object without id or text, or an id that is there twice */
async function textsIn(folder: Folder, file: string): Promise<Texts> {
  const texts = new Map<string, { text: string; where: string }>();
  const source = await fileIn(folder, file);
  const { rows } = await openJsonLines(source);
  for await (const { where, cells } of rows) {
    const refused = (problem: string) => new DatasetError(source.name, where, folder.field, problem);
    const [id, title, text] = ['_id', 'title', 'text'].map((field) => textOf(cells[field]));
    if (id === undefined || id === '') throw refused('has no "_id"; expected {"_id": "…", "text": "…"}');
    if (text === undefined) throw refused(`"${id}" has no "text"; expected {"_id": "…", "text": "…"}`);
    const earlier = texts.get(id);
    if (earlier) throw refused(`the id "${id}" is there twice: first in ${earlier.where}`);
    if (texts.size === limits.rows) throw refused(`more than ${limits.rows} rows`);
    const whole = [title, text].filter((part) => part).join('\n');
    if (whole.length > limits.fieldCharacters)
      throw refused(`"${id}" is longer than ${limits.fieldCharacters} characters`);
    texts.set(id, { text: whole, where });
  }
  if (texts.size === 0) throw new DatasetError(source.name, undefined, folder.field, 'holds no row');
  return texts;
}

/** A text, or a number that an id was written as. */
const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;

async function qrelsIn(folder: Folder): Promise<string[]> {
  const found = await readdir(join(folder.path, 'qrels')).catch(() => [] as string[]);
  const files = found.filter((name) => name.endsWith('.tsv')).sort();
  if (files.length > 0) return files;
  const problem = 'holds no judgements; expected qrels/*.tsv beside corpus.jsonl and queries.jsonl';
  throw new DatasetError(folder.name, undefined, folder.field, problem);
}

type Judgement = Row & { cells: Record<(typeof columns)[number], string> };

/** Rows of a file of judgements. The first line may name the columns. */
async function* judgements(
  folder: Folder,
  file: string,
  { corpus, queries }: { corpus: Texts; queries: Texts },
): AsyncGenerator<Judgement> {
  const path = `qrels/${file}`;
  let number = 0;
  for await (const line of linesOf({ path: join(folder.path, 'qrels', file), name: `${folder.name}, ${path}` })) {
    number++;
    const where = `${path}, line ${number}`;
    const refused = (problem: string) => new DatasetError(folder.name, where, folder.field, problem);
    const cells = line.split('\t').map((cell) => cell.trim());
    if (line.trim() === '' || (number === 1 && cells[0] === 'query-id')) continue;
    const [query = '', document = '', grade = ''] = cells;
    if (cells.length !== 3) {
      throw refused(`has ${cells.length} fields; expected query-id, corpus-id and score, separated by tabs`);
    }
    const asked = queries.get(query);
    if (!asked) throw refused(`names the query "${query}", which is not in queries.jsonl`);
    const read = corpus.get(document);
    if (!read) throw refused(`names the document "${document}", which is not in corpus.jsonl`);
    const name = file.slice(0, -'.tsv'.length);
    const cell = { query: asked.text, text: read.text, grade, split: name === 'dev' ? 'validation' : name };
    yield { where, cells: { ...cell, 'query-id': query, 'corpus-id': document } };
  }
}

async function fileIn(folder: Folder, file: string): Promise<Source> {
  const path = join(folder.path, file);
  const isFile = await stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
  if (isFile) return { path, name: `${folder.name}, ${file}` };
  const problem = `holds no ${file}; expected corpus.jsonl, queries.jsonl and qrels/*.tsv`;
  throw new DatasetError(folder.name, undefined, folder.field, problem);
}
