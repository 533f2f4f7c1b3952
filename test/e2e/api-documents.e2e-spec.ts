/** @file Data sets of published systems around answers from documents: CRUD-RAG and Rankify, in and out. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AnswerPage, DatasetView, Leaderboard } from '@rankforge/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { zip } from '../support/zip.js';
import { spec, uploadTo } from './animals.js';
import { type ApiUnderTest, type MethodInput, startApi } from './api-client.js';
import { completed, evaluation } from './found.js';

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
  await api.platform.hostWorker({ RANKFORGE_MODELS_DIR: api.modelsDir, RANKFORGE_WORKER_SLOTS: '1' });
});
afterAll(() => api?.stop());

const twin = join(import.meta.dirname, '../../examples/12-answers/crud-twin');
const archive = async (): Promise<Buffer> =>
  zip(
    await Promise.all(
      ['crud_split/split_merged.json', '80000_docs/documents_part_1', '80000_docs/documents_part_2'].map(
        async (name) => ({ name, content: await readFile(join(twin, name)) }),
      ),
    ),
  );

describe('the data of CRUD-RAG', () => {
  it('is a task whose answers stand on a board, each with what was asked for', async () => {
    const request = spec('news', {
      format: 'crud-rag',
      mapping: { objective: 'grounded-answers', segmenter: 'spaces', answerTokens: 4 },
      split: { by: 'hash', validation: 0.4, test: 0.4 },
    });
    const { status, body } = await uploadTo(api, '/v1/datasets', request, await archive(), 'twin.zip');
    expect(status, JSON.stringify(body)).toBe(201);
    expect((body as DatasetView).mapping).toMatchObject({ evidence: 'evidence', request: 'request' });
    const methods: MethodInput[] = [
      { name: 'rag', config: { reader: 'extract', topK: [1, 3], contextWords: 200 } },
      { name: 'gold-context', config: { reader: 'extract' } },
    ];
    const id = await completed(api, evaluation(api, { task: 'dataset:news', methods }));
    const { rows } = (await api.get(`/v1/leaderboard?task=dataset:news&base=${api.base}&kind=evaluate`).expect(200))
      .body as Leaderboard;
    expect(rows.map(({ method }) => method).toSorted()).toEqual(['gold-context', 'rag', 'rag']);
    const trial = await api.platform.db.trial.findFirstOrThrow({
      where: { sweepId: id, method: 'rag', kind: 'evaluate-test' },
    });
    const { answers } = (await api.get(`/v1/trials/${trial.id}/answers?limit=100`).expect(200)).body as AnswerPage;
    expect(new Set(answers.map(({ request }) => request))).toEqual(
      new Set(['answer', 'continue', 'correct', 'summarize']),
    );
    for (const { request, scores } of answers) expect('evidenceRecall' in scores).toBe(request !== 'continue');
  });

  it('is refused with the set and the item that is wrong', async () => {
    const request = spec('half', { format: 'crud-rag', mapping: { objective: 'grounded-answers' } });
    const content = zip([
      { name: 'split_merged.json', content: Buffer.from('{"questanswer_1doc": [{"answers": "a"}]}') },
    ]);
    const refused = await uploadTo(api, '/v1/datasets', request, content, 'half.zip');
    expect(refused.status).toBe(400);
    expect(JSON.stringify(refused.body)).toContain('questanswer_1doc, item 1: has no \\"questions\\"; expected a text');
  });
});
