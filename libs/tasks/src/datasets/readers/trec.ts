/**
 * @file A collection with judgements in the files of TREC, as trec_eval and MS MARCO have them: `collection.tsv` and `queries.tsv` with an
 * id and a text, `qrels/*` with query, iteration, document and grade, and perhaps `runs/*`: what a search found, with query, Q0, document,
 * rank, score and tag. As it is, or in an archive.
 */
import { readdir } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { DatasetError } from '../dataset-error.js';
import { limits } from '../source.js';
import type { Folder } from './folder.js';
import { linesOf } from './jsonl.js';
import { fileIn, type Judgement, judgedBy, named, type Texted, type Texts, TextsByIds } from './judged.js';

const [corpusFile, queriesFile] = ['collection.tsv', 'queries.tsv'] as const;
const expected = `${corpusFile}, ${queriesFile}, qrels/* and, where a search was made, runs/*`;

export const openTrec = judgedBy({
  async texts(folder) {
    const [corpus, queries] = [await textsIn(folder, corpusFile), await textsIn(folder, queriesFile)];
    return { corpus, queries, names: { corpus: corpusFile, queries: queriesFile } };
  },
  async *judgements(folder) {
    const files = await filesIn(folder, 'qrels');
    if (files.length === 0) {
      const problem = `holds no judgements; expected ${expected}`;
      throw new DatasetError(folder.name, undefined, folder.field, problem);
    }
    for (const file of files) yield* judgements(folder, file);
  },
  async found(folder, texts) {
    const files = await filesIn(folder, 'runs');
    if (files.length === 0) return undefined;
    const found = new Map<string, Found[]>();
    for (const file of files) await readRun(folder, file, texts, found);
    // trec_eval goes by scores and not by ranks, and of equal scores the larger id stands first.
    return new Map(
      Array.from(found, ([query, documents]) => [
        query,
        documents
          .sort((a, b) => b.score - a.score || (a.document < b.document ? 1 : -1))
          .map(({ document }) => document),
      ]),
    );
  },
});

interface Found {
  document: string;
  score: number;
}

async function textsIn(folder: Folder, file: string): Promise<Texts> {
  const source = await fileIn(folder, file, expected);
  const texts = new TextsByIds(folder, source.name);
  let number = 0;
  for await (const line of linesOf(source)) {
    number++;
    if (line.trim() === '') continue;
    const where = `line ${number}`;
    const end = line.indexOf('\t');
    if (end < 1) throw texts.refused('has no tab; expected an id, a tab and a text', where);
    texts.add(line.slice(0, end).trim(), line.slice(end + 1).trim(), where);
  }
  return texts.all();
}

/** Files of a folder within, by name; hidden ones are none. */
async function filesIn(folder: Folder, name: string): Promise<string[]> {
  const found = await readdir(join(folder.path, name), { withFileTypes: true }).catch(() => []);
  return found
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
    .map((entry) => `${name}/${entry.name}`)
    .sort();
}

/** Lines of so many fields, parted by spaces or tabs. */
async function* fieldsOf(folder: Folder, file: string, names: readonly string[]) {
  let number = 0;
  for await (const line of linesOf({ path: join(folder.path, file), name: `${folder.name}, ${file}` })) {
    number++;
    if (line.trim() === '') continue;
    const where = `${file}, line ${number}`;
    const refused = (problem: string) => new DatasetError(folder.name, where, folder.field, problem);
    const fields = line.trim().split(/\s+/);
    if (fields.length !== names.length)
      throw refused(`has ${fields.length} fields; expected ${names.join(', ')}, separated by spaces or tabs`);
    yield { where, fields, refused };
  }
}

/** Grades below 0 are those of documents that are not relevant, as trec_eval counts them. */
async function* judgements(folder: Folder, file: string): AsyncGenerator<Judgement> {
  const split = file.slice('qrels/'.length, file.length - extname(file).length);
  for await (const { where, fields } of fieldsOf(folder, file, ['query', 'iteration', 'document', 'grade'])) {
    const [query, , document, grade] = fields as [string, string, string, string];
    yield { where, query, document, grade: Number(grade) < 0 ? '0' : grade, split };
  }
}

async function readRun(folder: Folder, file: string, texts: Texted, found: Map<string, Found[]>): Promise<void> {
  const seen = new Set<string>();
  const names = ['query', 'Q0', 'document', 'rank', 'score', 'tag'];
  let count = 0;
  for await (const { fields, refused } of fieldsOf(folder, file, names)) {
    const [query, , document, , written] = fields as [string, string, string, string, string, string];
    named(texts, query, document, refused);
    const score = Number(written);
    if (!Number.isFinite(score)) throw refused(`the score "${written}" is not a number`);
    const pair = JSON.stringify([query, document]);
    if (seen.has(pair)) throw refused(`finds document "${document}" for query "${query}" twice`);
    if (++count > limits.rows) throw refused(`more than ${limits.rows} rows`);
    seen.add(pair);
    const documents = found.get(query) ?? [];
    documents.push({ document, score });
    found.set(query, documents);
  }
}
