/** @file Evaluations whose procedures summarize documents: plans, samples and first sentences on one board. */
import type { AnswerPage, CreateSweepInput, Leaderboard, SweepPreview } from '@rankforge/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { json, ScriptedEndpoint } from '../../libs/generators/test/support/scripted-endpoint.js';
import { lettersOf } from '../../libs/tasks/test/support/collection.js';
import { spec, syllables, uploadTo } from './animals.js';
import { type ApiUnderTest, expectProblem, startApi } from './api-client.js';
import { completed, evaluation } from './found.js';

/** The first clause of each document is beside the point, and the second is its summary. */
const documents = lettersOf(40).map((word, at) => {
  const summary = `${word} ${syllables[at % 15]} ${syllables[(at * 7) % 13]} ${word}`;
  const other = [4, 11, 2, 8].map((step) => syllables[(at * step) % 15]).join(' ');
  return { text: `${other}; ${summary}.`, summary };
});

let api: ApiUnderTest;
let scripted: ScriptedEndpoint;
beforeAll(async () => {
  scripted = await ScriptedEndpoint.start();
  api = await startApi({});
  await api.platform.startWorker({ RANKFORGE_MODELS_DIR: api.modelsDir, RANKFORGE_WORKER_SLOTS: '1' });
  const mapping = { objective: 'summarization', prompt: 'text', answers: 'summary', answerTokens: 8 };
  const lines = documents.map((row) => JSON.stringify(row)).join('\n');
  const request = spec('news', { format: 'jsonl', mapping });
  const { status, body } = await uploadTo(api, '/v1/datasets', request, `${lines}\n`, 'news.jsonl');
  expect(status, JSON.stringify(body)).toBe(201);
  const endpoint = { name: 'scripted', kind: 'endpoint', url: scripted.url, model: 'tiny', api: 'completions' };
  await api.post('/v1/generators', endpoint).expect(201);
});
afterAll(async () => {
  await api?.stop();
  await scripted?.stop();
});

/** Repeats what is marked; without marks the first words. Each token of a text is as likely as another. */
const repeating = () =>
  scripted.on('/completions', (response, call) => {
    const prompt = call.body.prompt as string;
    if (call.body.echo) {
      const from = prompt.indexOf('Summary:') + 'Summary:'.length;
      const logprobs = { token_logprobs: [null, -1, -9], text_offset: [0, from, prompt.length] };
      return json({ model: 'tiny', choices: [{ text: '', logprobs }] })(response, call);
    }
    const text = /Text: "(.*)"/.exec(prompt)![1]!;
    const said = /<e>(.*?)<\/e>/.exec(text)?.[1] ?? text.split(' ').slice(0, 3).join(' ');
    const usage = { prompt_tokens: 20, completion_tokens: 4 };
    json({ model: 'tiny', choices: [{ text: ` ${said}\n`, finish_reason: 'stop' }], usage })(response, call);
  });

const plans = { candidates: 2, clauses: 1 };
const summarizing = (more: Partial<CreateSweepInput> = {}) =>
  evaluation(api, {
    task: 'dataset:news',
    generator: 'scripted',
    methods: [
      {
        name: 'plan-guided-summary',
        config: { ...plans, writer: ['generator', 'extract'], chooser: ['gold', 'first'] },
      },
      { name: 'plan-guided-summary', config: { ...plans, chooser: 'likelihood' } },
      { name: 'sampled-summaries', config: { candidates: 2 } },
      { name: 'lead-sentences', config: { sentences: 1 } },
    ],
    ...more,
  });

describe('summaries of documents', () => {
  it('stand on one board with what the best candidate would score, and are kept document by document', async () => {
    repeating();
    const id = await completed(api, summarizing());
    const trials = await api.platform.db.trial.findMany({ where: { sweepId: id } });
    expect(
      trials.every(({ state }) => state === 'SUCCEEDED'),
      JSON.stringify(trials.map(({ method, reason }) => [method, reason])),
    ).toBe(true);
    const read = async (metric: string) => {
      const query = `task=dataset:news&base=${api.base}&sweepId=${id}&metric=${metric}`;
      return (await api.get(`/v1/leaderboard?${query}`).expect(200)).body as Leaderboard;
    };
    const { rows } = await read('rouge1');
    expect(rows).toHaveLength(7);
    const row = (of: Leaderboard['rows'], method: string, more: object = {}) =>
      of.find(
        (one) =>
          one.method === method &&
          Object.entries(more).every(([name, value]) => (one.config as Record<string, unknown>)[name] === value),
      )!;
    expect(row(rows, 'plan-guided-summary', { writer: 'generator', chooser: 'gold' }).score).toBeCloseTo(1, 12);
    expect(row(rows, 'plan-guided-summary', { writer: 'extract', chooser: 'gold' })).toMatchObject({
      measures: { callsPerQuery: 0 },
    });
    expect(row(rows, 'plan-guided-summary', { writer: 'extract', chooser: 'gold' }).generator).toBeUndefined();
    expect(row(rows, 'plan-guided-summary', { chooser: 'likelihood' }).measures).toMatchObject({ callsPerQuery: 3 });
    expect(row(rows, 'sampled-summaries').measures).toMatchObject({ callsPerQuery: 2, tokensPerQuery: 48 });
    expect(row(rows, 'lead-sentences').score).toBeLessThan(1);
    const first = { writer: 'generator', chooser: 'first' };
    const best = row((await read('bestRouge1')).rows, 'plan-guided-summary', first);
    expect(best.score).toBeCloseTo(1, 12);
    expect(row(rows, 'plan-guided-summary', first).score!).toBeLessThan(best.score!);
    const diversity = await read('diversity');
    expect(row(diversity.rows, 'sampled-summaries').score).toBeCloseTo(0, 12);
    expect(row(diversity.rows, 'plan-guided-summary', first).score).toBeGreaterThan(0.5);

    const trial = trials.find(
      ({ kind, spec: of }) =>
        kind === 'evaluate-test' &&
        (of as { methodConfig: Record<string, unknown> }).methodConfig.writer === 'extract' &&
        (of as { methodConfig: Record<string, unknown> }).methodConfig.chooser === 'first',
    )!;
    const page = (await api.get(`/v1/trials/${trial.id}/answers?sort=score&limit=3`).expect(200)).body as AnswerPage;
    expect(page.metric).toBe('rouge1');
    const scores = page.answers.map((one) => one.scores.rouge1!);
    expect(scores).toEqual(scores.toSorted((a, b) => a - b));
    expect(page.answers[0]!.statements!.map(({ kind }) => kind)).toEqual([
      ...['plan 1', 'candidate 1'],
      ...['plan 2', 'candidate 2'],
    ]);
  });

  it('know before they run how often they ask, and are over budget where that is more than a limit', async () => {
    const request = summarizing({ limits: { callsPerQuery: [2] } });
    const { rows } = (await api.post('/v1/sweeps/preview', request).expect(200)).body as SweepPreview;
    const fits = rows.map(({ config, budgets }) => [config.chooser ?? 'none', budgets[0]!.fits]);
    expect(fits.filter(([, own]) => !own)).toEqual([['likelihood', false]]);
  });

  it('are refused on other tasks, without a candidate, and without a generator where one is asked', async () => {
    const elsewhere = await api.post('/v1/sweeps', summarizing({ task: 'news-headlines', methods: [{ name: 'rag' }] }));
    expect(expectProblem(elsewhere, 400, 'validation', ['/methods/0/name']).detail).toContain(
      'rag answers questions from documents, and news-headlines is for summarization',
    );
    const spam = summarizing({ task: 'moby-dick-names', methods: [{ name: 'lead-sentences' }] });
    expect(expectProblem(await api.post('/v1/sweeps', spam), 400, 'validation', ['/methods/0/name']).detail).toContain(
      'lead-sentences summarizes documents, and moby-dick-names is for grounded-answers: leave it out, or choose a task for summarization',
    );
    const none = summarizing({ methods: [{ name: 'plan-guided-summary', config: { candidates: 0 } }] });
    expectProblem(await api.post('/v1/sweeps', none), 400, 'validation', ['/methods/0/config/candidates']);
    const alone = summarizing({ generator: undefined, methods: [{ name: 'sampled-summaries' }] });
    expect(expectProblem(await api.post('/v1/sweeps', alone), 400, 'validation', ['/generator']).detail).toContain(
      'sampled-summaries asks a generator: set generator to one, or choose a method that asks none',
    );
  });
});
