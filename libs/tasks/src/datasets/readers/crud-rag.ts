/**
 * @file The data of CRUD-RAG (arXiv 2401.17043) as its authors have it: one JSON of six sets of questions, `crud_split/split_merged.json`, and
 * `80000_docs`, whose files have a news document in each line. As it is, or in an archive. It is read as a table with a row for each
 * question.
 */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Request } from '@rankforge/peft';
import { DatasetError } from '../dataset-error.js';
import { limits, type Row, type Source, type Table } from '../source.js';
import { type Folder, openFolder } from './folder.js';
import { linesOf } from './jsonl.js';
import { wholeJson } from './whole-json.js';

const columns = ['prompt', 'answers', 'evidence', 'request', 'search', 'set', 'id'] as const;

type Item = Readonly<Record<string, unknown>>;

interface Kind {
  request: Request;
  /** Fields of the question; what is asked for stands after the second. */
  asked: readonly [string, string?];
  answer: string;
  /** Fields of news that the answer follows from. */
  news: readonly string[];
}

const asked = { request: 'answer', asked: ['questions'], answer: 'answers' } as const;

/** Sets by their keys in the file. News of a continuation is named nowhere: it is to be found among the documents. */
const sets: Readonly<Record<string, Kind>> = {
  event_summary: { request: 'summarize', asked: ['event'], answer: 'summary', news: ['text'] },
  continuing_writing: { request: 'continue', asked: ['beginning'], answer: 'continuing', news: [] },
  hallu_modified: {
    request: 'correct',
    asked: ['newsBeginning', 'hallucinatedContinuation'],
    answer: 'hallucinatedMod',
    news: ['newsRemainder'],
  },
  questanswer_1doc: { ...asked, news: ['news1'] },
  questanswer_2docs: { ...asked, news: ['news1', 'news2'] },
  questanswer_3docs: { ...asked, news: ['news1', 'news2', 'news3'] },
};
const setNames = Object.keys(sets);

/** Left by the authors where nobody corrected a text. */
const FAILED = '","msg":"request openai failed"';

const questionFiles = ['crud_split/split_merged.json', 'split_merged.json', 'crud/merged.json', 'merged.json'];
const documentsFolder = '80000_docs';

/** @throws DatasetError (while rows are read) naming the file, the set and the item */
export async function openCrudRag(source: Source): Promise<Table> {
  const beside: { documents: string[]; queries: number } = { documents: [], queries: 0 };
  async function* rows(): AsyncGenerator<Row> {
    const { folder, close } = await openFolder(source);
    try {
      beside.documents = await documentsIn(folder);
      const file = await questionFile(folder);
      const name = `${folder.name}, ${file}`;
      const content = await wholeJson({ path: join(folder.path, file), name }, folder.field);
      for (const [set, items] of setsOf(content, name, folder.field)) {
        for (const [index, item] of items.entries()) {
          const where = `${set}, item ${index + 1}`;
          const row = rowOf(item, set, (problem) => new DatasetError(name, where, folder.field, problem));
          if (row === undefined) continue;
          if (sets[set]!.news.length === 0 && beside.documents.length === 0) {
            const problem = `names no news, and ${folder.name} has no folder ${documentsFolder} to search; add it, or take the set out`;
            throw new DatasetError(name, where, folder.field, problem);
          }
          yield { where, cells: row };
        }
      }
    } finally {
      await close();
    }
  }
  return { columns: () => columns, rows: rows(), beside };
}

async function questionFile(folder: Folder): Promise<string> {
  for (const file of questionFiles) {
    const found = await stat(join(folder.path, file)).catch(() => undefined);
    if (found?.isFile()) return file;
  }
  const problem = `holds no questions of CRUD-RAG; expected one of ${questionFiles.join(', ')}, beside ${documentsFolder}`;
  throw new DatasetError(folder.name, undefined, folder.field, problem);
}

async function documentsIn(folder: Folder): Promise<string[]> {
  const files = await readdir(join(folder.path, documentsFolder), { withFileTypes: true }).catch(() => []);
  const documents: string[] = [];
  for (const { name } of files.filter((one) => one.isFile()).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder.path, documentsFolder, name);
    let number = 0;
    for await (const line of linesOf({ path, name: `${folder.name}, ${documentsFolder}/${name}` })) {
      number++;
      if (line.length > limits.fieldCharacters) {
        const where = `${documentsFolder}/${name}, line ${number}`;
        const problem = `is longer than ${limits.fieldCharacters} characters`;
        throw new DatasetError(folder.name, where, folder.field, problem);
      }
      if (line.trim() !== '') documents.push(line);
    }
  }
  return documents;
}

function setsOf(content: unknown, name: string, field: string): [string, Item[]][] {
  const refused = (problem: string) => new DatasetError(name, undefined, field, problem);
  const expected = `expected an object with some of ${setNames.join(', ')}`;
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    throw refused(`is no file of CRUD-RAG: ${expected}, got ${Array.isArray(content) ? 'a list' : typeof content}`);
  }
  const entries = Object.entries(content);
  const unknown = entries.find(([set]) => sets[set] === undefined);
  if (unknown)
    throw refused(`has a set "${unknown[0].slice(0, 80)}", whose questions are of no known kind; ${expected}`);
  if (entries.length === 0) throw refused(`is no file of CRUD-RAG: ${expected}, got none`);
  for (const [set, items] of entries) if (!Array.isArray(items)) throw refused(`${set}: expected a list of items`);
  return entries as [string, Item[]][];
}

/** The cells of an item; undefined where its authors had no answer. */
function rowOf(item: unknown, set: string, refused: (problem: string) => DatasetError): Row['cells'] | undefined {
  if (typeof item !== 'object' || item === null) throw refused('expected an object');
  const { request, asked, answer, news } = sets[set]!;
  const textOf = (field: string): string => {
    const text = (item as Item)[field];
    if (typeof text === 'string' && text.trim() !== '') return text;
    const isNews = news.includes(field);
    throw refused(`has no "${field}"${isNews ? ', the news that its answer follows from' : ''}; expected a text`);
  };
  const [first, second] = asked;
  const right = textOf(answer);
  if (right === FAILED) return undefined;
  const { ID: id = '' } = item as Item;
  return {
    prompt: second ? `${textOf(first)} >> ${textOf(second)}` : textOf(first),
    search: textOf(first),
    answers: right,
    evidence: news.map(textOf),
    request,
    set,
    id: String(id),
  };
}
