/** @file The data of CRUD-RAG: the twin of the examples as a task, and what is said of files that are not its. */
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatasetMapping, DatasetSplit } from '@rankforge/contracts';
import { findEvaluator, scoreProcedure } from '@rankforge/evaluators';
import { describe, expect, it } from 'vitest';
import { zip } from '../../../test/support/zip.js';
import { importDataset, inspectDataset, openDatasetTask } from '../src/index.js';
import { useFolder } from './support/dataset-files.js';

const twin = join(import.meta.dirname, '../../../examples/12-answers/crud-twin');
const questionFile = 'crud_split/split_merged.json';
const files = useFolder();
const split = DatasetSplit.parse({ by: 'hash', validation: 0.4, test: 0.3 });
const mappingOf = (more: object = {}) => DatasetMapping.parse({ objective: 'grounded-answers', ...more });

type Sets = Record<string, Record<string, unknown>[]>;
const setsOfTwin = async (): Promise<Sets> => JSON.parse(await readFile(join(twin, questionFile), 'utf8')) as Sets;

/** Imports the twin with another file of questions. */
async function importing(content?: string, options: { without?: string; mapping?: DatasetMapping } = {}) {
  const path = files.at(crypto.randomUUID());
  await cp(twin, path, { recursive: true });
  if (content !== undefined) await writeFile(join(path, questionFile), content);
  if (options.without) await rm(join(path, options.without), { recursive: true });
  const source = { path, name: 'twin' };
  const out = files.at(crypto.randomUUID());
  const { mapping = mappingOf({ segmenter: 'spaces' }) } = options;
  return { out, ...(await importDataset({ source, format: 'crud-rag', mapping, split }, out)) };
}

const changed = async (change: (sets: Sets) => unknown): Promise<string> => {
  const sets = await setsOfTwin();
  return JSON.stringify(change(sets) ?? sets);
};

const options = {
  encode: (text: string) => Array.from(text, (letter) => letter.charCodeAt(0) % 128),
  decode: (tokens: readonly number[]) => String.fromCharCode(...tokens),
  sequenceLength: 512,
};

describe('the data of CRUD-RAG', () => {
  it('is a table of questions of all four kinds, with their news', async () => {
    const { columns, rows } = await inspectDataset({ path: twin, name: 'twin' }, 'crud-rag');
    expect(columns).toEqual(['prompt', 'answers', 'evidence', 'request', 'search', 'set', 'id']);
    expect(rows[0]).toMatchObject({ request: 'summarize', set: 'event_summary', id: 'sum_001' });
    const { report, head } = await importing();
    const { train, validation, test } = report.examples;
    expect(train + validation + test).toBe(60);
    expect(head).toEqual({ format: 'rankforge-dataset-1', objective: 'grounded-answers', answerTokens: 32 });
  });

  it('is searched in all documents, of which those that have the news are its evidence', async () => {
    const { out } = await importing();
    const data = await openDatasetTask('dataset:twin', 'a'.repeat(64), out).then((task) => task.load(options));
    // The news of every question is part of a document: none comes to the 18 of the folder.
    expect(data.documents).toHaveLength(18);
    const all = [data.train, data.validation, data.test].flatMap(({ size, questions }) =>
      Array.from({ length: size }, (_, at) => questions!.grounded!(at)),
    );
    const by = (request: string) => all.filter((one) => one.request === request);
    expect(['answer', 'continue', 'correct', 'summarize'].map((one) => by(one).length)).toEqual([24, 12, 12, 12]);
    for (const { evidence } of by('continue')) expect(evidence).toEqual([]);
    const [corrected] = by('correct');
    expect(corrected!.question.startsWith(`${corrected!.search} >> `)).toBe(true);
    const [{ document, from, to }] = corrected!.evidence as [{ document: number; from: number; to: number }];
    const words = data.documents![document]!.split(' ');
    expect(words.slice(0, from).join(' ').endsWith(corrected!.search!)).toBe(true);
    expect(to).toBe(words.length);
  });

  it('is answered by procedures, whose records say what was asked for', async () => {
    const { out } = await importing();
    const data = await openDatasetTask('dataset:twin', 'a'.repeat(64), out).then((task) => task.load(options));
    const config = { reader: 'extract', topK: 2, contextWords: 200 };
    const of = { evaluator: findEvaluator('rag'), data, split: 'validation' as const, seed: 0 };
    const { answers, metrics } = await scoreProcedure({ ...of, config });
    expect(new Set(answers!.map(({ request }) => request))).toEqual(
      new Set(['answer', 'continue', 'correct', 'summarize']),
    );
    expect(metrics.evidenceRecall).toBeGreaterThan(0.9);
    expect(metrics.rougeL).toBeGreaterThan(0.2);
    const one = await scoreProcedure({ ...of, config: { ...config, topK: 1 } });
    expect(one.metrics.evidenceRecall).toBeLessThan(metrics.evidenceRecall!);
  });

  it('is read from an archive, and by one of its sets', async () => {
    const sets = await setsOfTwin();
    const path = files.at('twin.zip');
    const documents = await readFile(join(twin, '80000_docs/documents_part_1'));
    const entries = [
      { name: 'data/merged.json', content: Buffer.from(JSON.stringify(sets)) },
      { name: 'data/80000_docs/a', content: documents },
    ];
    await writeFile(path, zip(entries));
    const mapping = mappingOf({ segmenter: 'spaces', only: ['set=questanswer_1doc', 'set=event_summary'] });
    const { rows, report } = await importDataset({
      source: { path, name: 'twin.zip' },
      format: 'crud-rag',
      mapping,
      split,
    });
    const { train, validation, test } = report.examples;
    expect(train + validation + test).toBe(24);
    expect(new Set(rows.map(({ fields }) => fields.request))).toEqual(new Set(['summarize', 'answer']));
    await expect(importing(undefined, { mapping: mappingOf({ only: ['set=other'] }) })).rejects.toThrow(
      'twin: no row has what /mapping/only asks for: set=other',
    );
  });

  it('leaves out what its authors could not correct', async () => {
    const content = await changed((sets) => {
      sets.hallu_modified![0]!.hallucinatedMod = '","msg":"request openai failed"';
    });
    const { train, validation, test } = (await importing(content)).report.examples;
    expect(train + validation + test).toBe(59);
  });
});

describe('what is not of CRUD-RAG', () => {
  it.each([
    ['a list', '[1]', 'is no file of CRUD-RAG: expected an object with some of event_summary, continuing_writing'],
    ['an object without sets', '{}', 'questanswer_3docs, got none'],
    ['half a file', '{"event_summary": [{"ID"', 'not JSON: '],
    ['a set of no list', '{"event_summary": 3}', 'event_summary: expected a list of items'],
    ['an item that is none', '{"event_summary": [3]}', 'event_summary, item 1: expected an object'],
    ['nothing', '', 'the file is empty'],
  ])('is refused: %s', async (_, content, problem) => {
    await expect(importing(content)).rejects.toThrow(`twin, ${questionFile}`);
    await expect(importing(content)).rejects.toThrow(problem);
  });

  it('is refused with the set whose kind is not known', async () => {
    const content = await changed((sets) => ({ ...sets, translation: [] }));
    await expect(importing(content)).rejects.toThrow(
      'has a set "translation", whose questions are of no known kind; expected an object with some of event_summary',
    );
  });

  it('is refused with the question whose news is absent', async () => {
    const content = await changed((sets) => {
      delete sets.questanswer_2docs![1]!.news2;
    });
    await expect(importing(content)).rejects.toThrow(
      `twin, ${questionFile}, questanswer_2docs, item 2: has no "news2", the news that its answer follows from`,
    );
    const without = await changed((sets) => {
      sets.event_summary![2]!.summary = ' ';
    });
    await expect(importing(without)).rejects.toThrow('event_summary, item 3: has no "summary"; expected a text');
  });

  it('is refused where continuations have no documents to be searched', async () => {
    await expect(importing(undefined, { without: '80000_docs' })).rejects.toThrow(
      'continuing_writing, item 1: names no news, and twin has no folder 80000_docs to search',
    );
    await expect(importing(undefined, { without: questionFile })).rejects.toThrow(
      'twin: holds no questions of CRUD-RAG; expected one of crud_split/split_merged.json, split_merged.json',
    );
  });

  it('is refused for objectives that it does not answer, and requests that nobody knows', async () => {
    await expect(importing(undefined, { mapping: DatasetMapping.parse({ objective: 'ranking' }) })).rejects.toThrow(
      'format crud-rag cannot be read as ranking',
    );
    const path = files.at('asked.jsonl');
    await mkdir(files.at('.'), { recursive: true });
    await writeFile(path, `${JSON.stringify({ q: 'Who?', a: 'I', e: ['I am'], r: 'translate' })}\n`);
    const mapping = mappingOf({ prompt: 'q', answers: 'a', evidence: 'e', request: 'r' });
    await expect(
      importDataset({ source: { path, name: 'asked.jsonl' }, format: 'jsonl', mapping, split }),
    ).rejects.toThrow(
      'asked.jsonl, line 1, column "r": "translate" asks for nothing that is known; expected one of answer, continue, correct, summarize',
    );
  });
});
