/**
 * @file What a trial answered or ordered as documents of Rankify, held to those that the classes of PyPI rankify 0.1.4 write and read
 * (libs/tasks/test/oracle/datasets/rankify_files.py).
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import type { AnswerRecord, OrderRecord } from '@rankforge/contracts';
import { expect, it } from 'vitest';
import { partOf } from '../../../test/support/part-of.js';
import { downloadBody } from '../src/platform/http/download-body.js';
import { rankifyOfAnswers, rankifyOfOrders } from '../src/trials/exports/rankify.js';
import { exportOf } from '../src/trials/trial-export.js';

const vectors = join(import.meta.dirname, '../../../libs/tasks/test/vectors/datasets');

const answers: AnswerRecord[] = [
  {
    question: 'Who minds the lighthouse?',
    right: ['Ansel Reed', 'Reed'],
    answer: 'Reed',
    context: [
      { document: 4, text: 'Ansel Reed turned the lamp on.', score: 2.5, evidence: 1, hasAnswer: true },
      { document: 0, text: 'The ferry sails at nine.', evidence: 0 },
    ],
    scores: { tokenF1: 1 },
    nearest: { right: 'Reed', shared: ['reed'] },
  },
  {
    question: '灯塔是谁修的？',
    ...{ right: ['市政府'], answer: '', context: [], scores: { tokenF1: 0 } },
    nearest: { right: '市政府', shared: [] },
  },
];
const orders: OrderRecord[] = [
  {
    query: 'white whale',
    rows: [
      { text: 'the white whale', grade: 2, score: 0, before: { place: 1, score: 1.5 } },
      { text: 'a white ship', grade: 0, score: -1, before: { place: 0, score: 1.75 } },
    ],
  },
  { query: 'sea', rows: [{ text: 'the sea at night', grade: 1, score: 3 }] },
];

it.each([
  ['rankify-of-answers', rankifyOfAnswers(answers)],
  ['rankify-of-orders', rankifyOfOrders(orders)],
] as const)('is what Rankify itself writes of the same: %s', async (name, documents) => {
  const written = JSON.parse(await readFile(join(vectors, `${name}.json`), 'utf8')) as object[];
  // Rankify ends a question with a mark of ASCII, and writes the contexts twice where nothing was ordered anew.
  const asked = (question: string) => (question.endsWith('?') ? question : `${question}?`);
  expect(written).toEqual(
    documents.map(({ question, answers: right, ctxs, reranked_ctxs = ctxs }) => ({
      ...{ question: asked(question), answers: right },
      ...{ ctxs, reranked_ctxs },
    })),
  );
});

it('has the first order as contexts, with the scores that it had, and the new one beside', () => {
  const [ordered, found] = rankifyOfOrders(orders);
  expect(ordered!.ctxs.map(({ id, score, has_answer }) => [id, score, has_answer])).toEqual([
    ['1', 1.75, false],
    ['0', 1.5, true],
  ]);
  expect(ordered!.reranked_ctxs!.map(({ id, score }) => [id, score])).toEqual([
    ['0', 0],
    ['1', -1],
  ]);
  expect(found).not.toHaveProperty('reranked_ctxs');
});

it('reads and makes nothing where its head alone is asked for, and refuses what keeps none', async () => {
  const trial = { leaderId: null, state: 'SUCCEEDED' as const, method: 'open-book' };
  let [artifact, reads]: [object | null, number] = [{ kind: 'answers', sha256: 'a', bytes: 1n }, 0];
  const from = partOf<Parameters<typeof exportOf>[2]>({
    database: { trial: { findUnique: async () => trial }, artifact: { findFirst: async () => artifact } },
    store: {
      read: async () => {
        reads += 1;
        return Buffer.from(`{}\n${answers.map((answer) => `${JSON.stringify(answer)}\n`).join('')}`);
      },
    },
  });
  const download = async (method: string) => {
    const body = await downloadBody({ method }, await exportOf('t', 'rankify', from));
    return Buffer.isBuffer(body) ? body : buffer(body);
  };
  expect((await download('HEAD')).length).toBe(0);
  expect(reads).toBe(0);
  expect(JSON.parse((await download('GET')).toString())).toEqual(rankifyOfAnswers(answers));
  artifact = null;
  await expect(download('HEAD')).rejects.toThrow('The trial keeps no answers and no orders');
});
