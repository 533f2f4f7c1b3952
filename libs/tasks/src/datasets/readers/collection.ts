/**
 * @file A collection with judgements, as the data sets of BEIR come (arXiv 2104.08663): `corpus.jsonl` with `_id`, `title` and `text`,
 * `queries.jsonl` with `_id` and `text`, and `qrels/*.tsv` with query, document and grade. As it is, or in an archive.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DatasetError } from '../dataset-error.js';
import type { Folder } from './folder.js';
import { linesOf, openJsonLines } from './jsonl.js';
import { fileIn, type Judgement, judgedBy, type Texts, TextsByIds } from './judged.js';

const [corpusFile, queriesFile] = ['corpus.jsonl', 'queries.jsonl'] as const;

export const openCollection = judgedBy({
  async texts(folder) {
    const [corpus, queries] = [await textsIn(folder, corpusFile), await textsIn(folder, queriesFile)];
    return { corpus, queries, names: { corpus: corpusFile, queries: queriesFile } };
  },
  async *judgements(folder) {
    for (const file of await qrelsIn(folder)) yield* judgements(folder, file);
  },
});

/** @throws DatasetError for a file that is not there, an object without id or text, or an id that is there twice */
async function textsIn(folder: Folder, file: string): Promise<Texts> {
  const source = await fileIn(folder, file, `${corpusFile}, ${queriesFile} and qrels/*.tsv`);
  const texts = new TextsByIds(folder, source.name);
  const { rows } = await openJsonLines(source);
  for await (const { where, cells } of rows) {
    const [id, title, text] = ['_id', 'title', 'text'].map((field) => textOf(cells[field]));
    if (id === undefined || id === '') throw texts.refused('has no "_id"; expected {"_id": "…", "text": "…"}', where);
    if (text === undefined) throw texts.refused(`"${id}" has no "text"; expected {"_id": "…", "text": "…"}`, where);
    texts.add(id, [title, text].filter((part) => part).join('\n'), where);
  }
  return texts.all();
}

/** A text, or a number that an id was written as. */
const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;

async function qrelsIn(folder: Folder): Promise<string[]> {
  const found = await readdir(join(folder.path, 'qrels')).catch(() => [] as string[]);
  const files = found.filter((name) => name.endsWith('.tsv')).sort();
  if (files.length > 0) return files;
  const problem = `holds no judgements; expected qrels/*.tsv beside ${corpusFile} and ${queriesFile}`;
  throw new DatasetError(folder.name, undefined, folder.field, problem);
}

/** Rows of a file of judgements. The first line may name the columns. */
async function* judgements(folder: Folder, file: string): AsyncGenerator<Judgement> {
  const path = `qrels/${file}`;
  let number = 0;
  for await (const line of linesOf({ path: join(folder.path, 'qrels', file), name: `${folder.name}, ${path}` })) {
    number++;
    const where = `${path}, line ${number}`;
    const cells = line.split('\t').map((cell) => cell.trim());
    if (line.trim() === '' || (number === 1 && cells[0] === 'query-id')) continue;
    const [query = '', document = '', grade = ''] = cells;
    if (cells.length !== 3) {
      const problem = `has ${cells.length} fields; expected query-id, corpus-id and score, separated by tabs`;
      throw new DatasetError(folder.name, where, folder.field, problem);
    }
    yield { where, query, document, grade, split: file.slice(0, -'.tsv'.length) };
  }
}
