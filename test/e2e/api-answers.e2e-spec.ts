/** @file Answers to questions from documents, by procedures that ask an endpoint which a test plays. */
import type { AnswerPage, CreateSweepInput, Leaderboard, SweepPreview } from '@rankforge/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ScriptedEndpoint } from '../../libs/generators/test/support/scripted-endpoint.js';
import { lettersOf } from '../../libs/tasks/test/support/collection.js';
import { spec, syllables, uploadTo } from './animals.js';
import { type ApiUnderTest, expectProblem, startApi } from './api-client.js';
import { addFound, completed, evaluation } from './found.js';
import { reading } from './scripted-answers.js';

let api: ApiUnderTest;
let scripted: ScriptedEndpoint;
beforeAll(async () => {
  scripted = await ScriptedEndpoint.start();
  api = await startApi();
  await api.platform.hostWorker({ RANKFORGE_MODELS_DIR: api.modelsDir, RANKFORGE_WORKER_SLOTS: '1' });
  await addFound(api);
});
afterAll(async () => {
  await api?.stop();
  await scripted?.stop();
});

describe('answers from documents', () => {
  /** Each question asks for the second word of a document that begins with the same word. */
  const asked = lettersOf(40).map((word, at) => {
    const answer = `${syllables[at % 15]}${syllables[(at * 7) % 13]}`;
    const evidence = `${word} ${answer} ${syllables[(at * 4) % 15]} ${syllables[(at * 11) % 15]}`;
    return { question: `Who follows ${word}?`, answer, evidence };
  });
  const jsonl = asked.map(({ question, answer, evidence }) =>
    JSON.stringify({ question, answers: [answer], evidence: [evidence] }),
  );

  beforeAll(async () => {
    reading(scripted);
    const generator = { name: 'scripted', kind: 'endpoint', url: scripted.url, model: 'tiny', api: 'completions' };
    await api.post('/v1/generators', generator).expect(201);
    const mapping = {
      objective: 'grounded-answers',
      prompt: 'question',
      answers: 'answers',
      evidence: 'evidence',
      answerTokens: 4,
    };
    const request = spec('asked', { format: 'jsonl', mapping });
    const { status, body } = await uploadTo(api, '/v1/datasets', request, `${jsonl.join('\n')}\n`, 'asked.jsonl');
    expect(status, JSON.stringify(body)).toBe(201);
  });

  const answering = (more: Partial<CreateSweepInput> = {}) =>
    evaluation(api, {
      generator: 'scripted',
      task: 'dataset:asked',
      methods: [
        { name: 'closed-book' },
        { name: 'rag', config: { topK: [1], chunk: 16 } },
        { name: 'rag', config: { topK: [1], chunk: 16, reader: 'gold', retriever: ['bm25', 'dense'] } },
        { name: 'gold-context', config: { judge: 'generator' } },
        { name: 'light-rag', config: { reader: 'extract' } },
      ],
      ...more,
    });

  it('stand on one board by their procedures, with calls and what was read, and are kept question by question', async () => {
    const id = await completed(api, answering());
    const { rows } = (await api.get(`/v1/leaderboard?task=dataset:asked&base=${api.base}&kind=evaluate`).expect(200))
      .body as Leaderboard;
    const row = (method: string, more: object = {}) =>
      rows.find(
        (one) =>
          one.method === method &&
          Object.entries(more).every(([name, value]) => (one.config as Record<string, unknown>)[name] === value),
      )!;
    expect(rows).toHaveLength(6);
    expect(row('closed-book')).toMatchObject({ score: 0, generator: 'scripted' });
    expect(row('closed-book').measures).toMatchObject({ callsPerQuery: 1, tokensPerQuery: 22 });
    expect(row('rag', { reader: 'generator' }).generator).toBe('scripted');
    expect(row('rag', { reader: 'generator' }).score).toBeCloseTo(1, 12);
    expect(row('rag', { reader: 'gold', retriever: 'bm25' }).score).toBeCloseTo(1, 12);
    expect(row('rag', { reader: 'gold', retriever: 'bm25' }).generator).toBeUndefined();
    expect(row('rag', { reader: 'gold', retriever: 'dense' }).score).toBeGreaterThan(0);
    expect(row('gold-context').measures).toMatchObject({ callsPerQuery: 2, judgedRight: 1 });

    const trial = await api.platform.db.trial.findFirstOrThrow({
      where: {
        sweepId: id,
        method: 'rag',
        kind: 'evaluate-test',
        spec: { path: ['methodConfig', 'reader'], equals: 'generator' },
      },
    });
    const { body } = await api.get(`/v1/trials/${trial.id}/answers?limit=2&sort=-score`).expect(200);
    const page = body as AnswerPage;
    expect(page).toMatchObject({ trialId: trial.id, split: 'test', kept: page.questions });
    expect(page.answers).toHaveLength(2);
    const [first] = page.answers;
    const own = asked.find(({ question }) => question === first!.question)!;
    expect(first).toMatchObject({
      right: [own.answer],
      answer: own.answer,
      context: [{ text: own.evidence, evidence: 1 }],
      scores: { tokenF1: 1, exactMatch: 1, evidenceRecall: 1 },
      nearest: { right: own.answer, shared: [own.answer] },
    });
    await api.post('/v1/sweeps', evaluation(api)).expect(201);
    const none = await api.platform.db.trial.findFirstOrThrow({ where: { method: 'bm25' } });
    expect(expectProblem(await api.get(`/v1/trials/${none.id}/answers`), 409, 'conflict').detail).toContain(
      'The trial keeps no answers: it is by bm25',
    );
  });

  it('fail on tasks without documents, and orders of rows on those with them', async () => {
    const rag = await api.post('/v1/sweeps', evaluation(api, { generator: 'scripted', methods: [{ name: 'rag' }] }));
    expect(expectProblem(rag, 400, 'validation', ['/methods/0/name']).detail).toContain(
      'rag answers questions from documents, and dataset:found is for ranking: leave it out, or choose a task for grounded-answers',
    );
    const bm25 = await api.post('/v1/sweeps', answering({ methods: [{ name: 'bm25' }] }));
    expect(expectProblem(bm25, 400, 'validation', ['/methods/0/name']).detail).toContain(
      'bm25 orders the rows of queries, and dataset:asked is for grounded-answers',
    );
  });

  it('know before they run how often they ask and what the base holds that encodes', async () => {
    const preview = answering({
      methods: [
        { name: 'rag', config: { reader: 'gold', retriever: 'dense' } },
        { name: 'rag', config: { judge: 'generator' } },
      ],
      limits: { callsPerQuery: [1] },
    });
    const { rows } = (await api.post('/v1/sweeps/preview', preview).expect(200)).body as SweepPreview;
    expect(rows[0]!.predicted.weights).toBeGreaterThan(0);
    expect(rows[0]!.budgets[0]!.fits).toBe(true);
    expect(rows[1]!.budgets[0]!.reason).toContain('predicted Calls of a query: 2, above the limit of 1');
  });
});
