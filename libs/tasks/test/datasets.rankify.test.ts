/** @file Documents of Rankify, as its own classes wrote them (oracle/datasets/rankify_files.py), and what is said of others. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatasetMapping, DatasetSplit } from '@rankforge/contracts';
import { findEvaluator, scoreBaseline } from '@rankforge/evaluators';
import { describe, expect, it } from 'vitest';
import { importDataset, inspectDataset, openDatasetTask } from '../src/index.js';
import { useFolder } from './support/dataset-files.js';

const vectors = join(import.meta.dirname, 'vectors/datasets');
const files = useFolder();
const split = DatasetSplit.parse({ by: 'hash', validation: 0.4, test: 0.3 });

const importing = (
  name: string,
  objective: string,
  { path = join(vectors, name), out = undefined as string | undefined } = {},
) =>
  importDataset(
    { source: { path, name }, format: 'rankify', mapping: DatasetMapping.parse({ objective }), split },
    out,
  );

const documents = async () =>
  JSON.parse(await readFile(join(vectors, 'rankify.json'), 'utf8')) as Record<string, unknown>[];

describe('documents of Rankify', () => {
  it('are queries with candidates, graded by whether they have the answer', async () => {
    const { rows, report } = await importing('rankify.json', 'ranking');
    expect(report.queries).toEqual({ rows: 30, largest: 3, withoutRelevant: 0, lostRelevant: 0, withoutRows: 0 });
    const first = rows.find(({ fields }) => fields.query === 'Who minds the reed 0?')!;
    expect(JSON.parse(first.fields.rows!)).toEqual([
      { text: 'Ferry\nThe ferry 0 sails at nine.', grade: 0 },
      { text: 'Rain falls on day 0.', grade: 0 },
      { text: 'House 0\nAnsel Reed minds house 0 by the sea.', grade: 1 },
    ]);
  });

  it('are ranked by baselines as any other task', async () => {
    const out = files.at('ranked');
    await importing('rankify.json', 'ranking', { out });
    const task = await openDatasetTask('dataset:ranked', 'a'.repeat(64), out);
    const encode = (text: string) => Array.from(text, (letter) => letter.charCodeAt(0) % 128);
    const data = await task.load({ encode, sequenceLength: 16 });
    const scored = scoreBaseline({ evaluator: findEvaluator('bm25'), config: {}, data, split: 'test', seed: 0 });
    expect(scored.metrics['ndcg@10']).toBeGreaterThan(0.6);
  });

  it('are questions with answers and evidence, from lines as from a list', async () => {
    const [list, lines] = await Promise.all([
      importing('rankify.json', 'grounded-answers'),
      importing('rankify.jsonl', 'grounded-answers'),
    ]);
    expect(lines.rows.map(({ fields }) => fields)).toEqual(list.rows.map(({ fields }) => fields));
    expect(list.rows.find(({ fields }) => fields.prompt === 'Who minds the reed 0?')!.fields).toEqual({
      prompt: 'Who minds the reed 0?',
      answers: 'Ansel Reed',
      evidence: 'House 0\nAnsel Reed minds house 0 by the sea.',
    });
  });

  it('show their columns, the place after re-ranking among them', async () => {
    const { columns, rows } = await inspectDataset(
      { path: join(vectors, 'rankify.json'), name: 'rankify.json' },
      'rankify',
    );
    expect(columns).toEqual(
      expect.arrayContaining(['prompt', 'answers', 'query', 'text', 'grade', 'score', 'reranked']),
    );
    expect(rows[2]).toMatchObject({ id: '2', score: '7.5', rank: '3', reranked: '1', grade: '1', title: 'House 0' });
  });

  it('are refused without texts, without contexts, in half, or where they are none', async () => {
    await expect(importing('rankify-without-texts.json', 'ranking')).rejects.toThrow(
      'rankify-without-texts.json, document 1: context 2 has no text; save the data set with save_text=True',
    );
    const [first, second] = await documents();
    const written = async (content: string, objective = 'ranking') => {
      const path = files.at(crypto.randomUUID());
      await writeFile(path, content);
      return importing('mine.json', objective, { path });
    };
    const { ctxs: _, ...bare } = second!;
    await expect(written(JSON.stringify([first, bare]))).rejects.toThrow(
      'mine.json, document 2: "ctxs" is missing: expected a list of contexts',
    );
    await expect(written(JSON.stringify([{ ...first, ctxs: [] }]))).rejects.toThrow(
      '"ctxs": expected contexts, got none: retrieve before the data set is saved',
    );
    await expect(written('[{"question": "Who')).rejects.toThrow('mine.json: not JSON: ');
    await expect(written('{}')).rejects.toThrow('mine.json: expected a list of documents as Rankify saves it');
    await expect(written('[3]')).rejects.toThrow('mine.json, document 1: ');
    await expect(written(JSON.stringify([{ ...first, answers: [] }]), 'grounded-answers')).rejects.toThrow(
      'document 1, column "answers": is empty',
    );
    await expect(importing('rankify.json', 'classification')).rejects.toThrow(
      'format rankify cannot be read as classification',
    );
  });
});
