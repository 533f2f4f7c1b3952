/** @file Trainings of the project as generators: an evaluation asks one, and trainings that cannot be one are refused. */
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Service } from '@rankforge/cli';
import type {
  AnswerPage,
  CreateSweepInput,
  GeneratorView,
  KeyWithSecret,
  Leaderboard,
  SweepDetail,
  SweepPreview,
  TrialDetail,
  TrialLog,
  TrialSpec,
  WrittenTextPage,
} from '@rankforge/contracts';
import { ArtifactStore } from '@rankforge/db';
import supertest from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lettersOf } from '../../libs/tasks/test/support/collection.js';
import { waitFor } from '../support/index.js';
import { spec, syllables, uploadTo } from './animals.js';
import { type ApiUnderTest, expectProblem, type MethodInput, startApi, sweep } from './api-client.js';
import { addFound, completed, evaluation } from './found.js';

const task = 'dataset:asked';

let api: ApiUnderTest;
/** Trainings that succeeded, by what they are. */
let trained: Record<'lora' | 'prompt' | 'ranker', string>;
let scoring: string;
let worker: Service;
const startWorker = () =>
  api.platform.startWorker({
    RANKFORGE_MODELS_DIR: api.modelsDir,
    RANKFORGE_WORKER_SLOTS: '1',
    // A file that is missing is a failure at once.
    RANKFORGE_STORAGE_PATIENCE_SECONDS: '0',
  });

beforeAll(async () => {
  api = await startApi();
  worker = await startWorker();
  await addFound(api);
  const rows = lettersOf(30).map((word, at) => {
    const answer = `${syllables[at % 15]}${syllables[(at * 7) % 13]}`;
    return JSON.stringify({ question: `Who follows ${word}?`, answers: [answer], evidence: [`${word} ${answer}`] });
  });
  const mapping = { prompt: 'question', answers: 'answers', evidence: 'evidence', answerTokens: 4 };
  const request = spec('asked', { format: 'jsonl', mapping: { objective: 'grounded-answers', ...mapping } });
  const { status, body } = await uploadTo(api, '/v1/datasets', request, `${rows.join('\n')}\n`, 'asked.jsonl');
  expect(status, JSON.stringify(body)).toBe(201);

  const { db } = api.platform;
  const trainingOf = async (more: Partial<CreateSweepInput>) => {
    const id = await completed(api, sweep(api.base, { learningRate: [0.05], ...more }));
    return (await db.trial.findFirstOrThrow({ where: { sweepId: id, kind: 'train' } })).id;
  };
  const training = { steps: 8, batchSize: 4, sequenceLength: 32 };
  trained = {
    lora: await trainingOf({ task, training }),
    prompt: await trainingOf({
      task,
      training,
      rank: undefined,
      methods: [{ name: 'prompt-tuning', config: { virtualTokens: 4 } }],
    }),
    ranker: await trainingOf({ task: 'dataset:found', training: { ...training, steps: 1 } }),
  };
  scoring = (await db.trial.findFirstOrThrow({ where: { scoresTrialId: trained.lora } })).id;
});
afterAll(() => api?.stop());

const add = (request: object) => api.post('/v1/generators', request);
const added = async (request: object) => (await add(request).expect(201)).body as GeneratorView;
const adapter = (name: string, trial: string) => ({ name, kind: 'adapter', trial });

const closedBook = { name: 'closed-book', config: { prompt: 'short', questionWords: 3, answerTokens: 4 } };
const asking = (generator: string, more: Partial<CreateSweepInput> = {}) =>
  evaluation(api, { task, generator, methods: [closedBook], ...more });

/** The test trial of an evaluation by one generator, and what was answered. */
async function answersOf(generator: string) {
  const id = await completed(api, asking(generator));
  const trial = await api.platform.db.trial.findFirstOrThrow({ where: { sweepId: id, kind: 'evaluate-test' } });
  expect(trial.state, trial.reason ?? '').toBe('SUCCEEDED');
  const { answers } = (await api.get(`/v1/trials/${trial.id}/answers?limit=5`).expect(200)).body as AnswerPage;
  return { key: trial.key, spec: trial.spec as TrialSpec, answers: answers.map(({ answer }) => answer) };
}

describe('a training as the judge of a procedure', () => {
  const judged = (name: string, config: object, teacher?: string) =>
    evaluation(api, { methods: [{ name, config: { judge: 'trained', ...config }, ...(teacher && { teacher }) }] });

  it('orders all candidates as the ranker does by itself, and the first few for pairs', async () => {
    const { sweepId } = await api.platform.db.trial.findUniqueOrThrow({ where: { id: trained.ranker } });
    const pointwise = await completed(api, judged('pointwise', { depth: 1000 }, trained.ranker));
    const own = (await api.get(`/v1/leaderboard?task=dataset:found&base=${api.base}&sweepId=${sweepId}`)).body;
    const evaluated = (
      await api.get(`/v1/leaderboard?task=dataset:found&base=${api.base}&kind=evaluate&sweepId=${pointwise}`)
    ).body;
    expect((evaluated as Leaderboard).rows[0]!.score).toBeCloseTo((own as Leaderboard).rows[0]!.score!, 9);
    const pairs = await completed(api, judged('prp', { ordering: 'all-pairs', depth: 4 }, trained.ranker));
    const [trial] = await api.platform.db.trial.findMany({ where: { sweepId: pairs, kind: 'evaluate-test' } });
    expect(trial).toMatchObject({ state: 'SUCCEEDED', result: { procedure: { agreement: 1 } } });
  });

  it('refuses a judge where none is named, and one that writes', async () => {
    const none = expectProblem(await api.post('/v1/sweeps', judged('prp', {})), 400, 'validation', [
      '/methods/0/teacher',
    ]);
    expect(none.detail).toContain('prp asks a finished training: set teacher to the id of one, or judge to another');
    const writes = await api.post('/v1/sweeps', judged('prp', {}, trained.lora));
    expectProblem(writes, 400, 'validation', ['/methods/0/teacher']);
  });
});

describe('a training as a generator', () => {
  it('answers otherwise than its base, and its digest is in the key of each trial', async () => {
    const base = await added({ name: 'base', kind: 'base', base: api.base });
    const tuned = await added(adapter('tuned', trained.lora));
    const prompted = await added(adapter('prompted', trained.prompt));
    expect(tuned).toMatchObject({
      generator: { kind: 'adapter', trial: trained.lora, base: api.base, adapters: [{}] },
      reproducible: true,
    });
    expect((await api.get('/v1/generators').expect(200)).body.generators).toContainEqual(tuned);
    const digests = [base, tuned, prompted].map(({ generator }) => generator.sha256);
    expect(new Set(digests).size).toBe(3);

    const asked = [await answersOf('base'), await answersOf('tuned'), await answersOf('prompted')];
    expect(asked.map((one) => one.spec.generator!.sha256)).toEqual(digests);
    expect(new Set(asked.map(({ key }) => key)).size).toBe(3);
    for (const { answers } of asked.slice(1)) expect(answers).not.toEqual(asked[0]!.answers);
    // The same file under another name is the same generator, and its answers are known.
    const again = await added(adapter('tuned-again', trained.lora));
    expect(again.generator.sha256).toBe(digests[1]);
    expect((await answersOf('tuned-again')).answers).toEqual(asked[1]!.answers);

    const template = join(api.modelsDir, api.base, 'chat_template.jinja');
    await writeFile(template, "{% for m in messages %}{{ m.role ~ ': ' ~ m.content ~ '\n' }}{% endfor %}");
    const templated = await added(adapter('templated', trained.lora));
    expect(templated.generator).toMatchObject({ template: 'model', chat: {} });
    const own = await answersOf('templated');
    expect([own.spec.generator, own.answers.length]).toEqual([templated.generator, asked[1]!.answers.length]);
    expect(own.answers).not.toEqual(asked[1]!.answers);
    await rm(template);
  });

  it('takes the bytes of its base and of what was trained, and a dense search those of the base besides', async () => {
    const bytes = async (generator: string, config: object) => {
      const request = asking(generator, { methods: [{ name: 'rag', config: { prompt: 'short', ...config } }] });
      const { rows } = (await api.post('/v1/sweeps/preview', request).expect(200)).body as SweepPreview;
      return rows[0]!.predicted;
    };
    const bm25 = { retriever: 'bm25' };
    const [base, tuned] = [await bytes('base', bm25), await bytes('tuned', bm25)];
    expect(tuned.weights).toBe(base.weights);
    expect(tuned.adapters).toBeGreaterThan(base.adapters);
    const dense = await bytes('tuned', { retriever: 'dense' });
    expect(dense.weights).toBe(2 * base.weights);
  });

  it('writes queries by its soft prompt for passages that none finds, and a retriever learns from them', async () => {
    await addFound(api, 'searched', 'retrieval');
    const recipeConfig = { source: 'generator', prompt: 'short', shown: 0, passageWords: 3, words: 2, filter: 0 };
    const asked = (recipe: MethodInput['recipeConfig'], more: Partial<CreateSweepInput> = {}) =>
      sweep(api.base, {
        task: 'dataset:searched',
        methods: [{ name: 'lora', recipe: 'weak-queries', recipeConfig: { ...recipeConfig, ...recipe } }],
        training: { steps: 2, batchSize: 4, sequenceLength: 32 },
        ...more,
      });
    const nobody = await api.post('/v1/sweeps', asked({}));
    expect(expectProblem(nobody, 400, 'validation', ['/generator']).detail).toContain(
      'weak-queries asks a generator: set generator to one, or its source to another',
    );
    const total = async (recipe: MethodInput['recipeConfig']) => {
      const request = asked(recipe, { generator: 'prompted', training: { steps: 2, batchSize: 2, sequenceLength: 8 } });
      const { rows } = (await api.post('/v1/sweeps/preview', request).expect(200)).body as SweepPreview;
      return rows[0]!.predicted.total;
    };
    // A long prompt may hold more than training ever does.
    expect(await total({ passageWords: 1000 })).toBeGreaterThan(await total({ source: 'keywords' }));
    const id = await completed(api, asked({ real: 5, documents: 6 }, { generator: 'prompted' }));
    const trainings = () => api.platform.db.trial.findMany({ where: { sweepId: id, kind: 'train' } });
    const [trial] = await trainings();
    expect(trial, trial?.reason ?? '').toMatchObject({ state: 'SUCCEEDED', spec: { generator: { name: 'prompted' } } });
    const logged = async (trialId: string) =>
      ((await api.get(`/v1/trials/${trialId}/log`).expect(200)).body as TrialLog).lines.map(({ text }) => text);
    expect(await logged(trial!.id)).toContain('6 texts by prompted, 0 of them known from earlier runs');
    expect(await logged(trial!.id)).toContainEqual(
      expect.stringMatching(/^of \d+ examples and 6 of 6 texts its recipe made 11 examples$/),
    );
    const textsOf = async (trialId: string, query = '') =>
      (await api.get(`/v1/trials/${trialId}/texts${query}`).expect(200)).body as WrittenTextPage;
    const { items, ...counts } = await textsOf(trial!.id);
    expect(counts).toEqual({ trialId: trial!.id, texts: 6, used: 6, kept: 6, found: 6 });
    for (const { prompt, text, as } of items) {
      expect(prompt).toMatch(/^Passage: ".*"\nQuery:$/);
      expect(text).toContain(as!.split(' ')[0]);
    }
    expect((await textsOf(trial!.id, '?from=4&limit=5')).items).toEqual(items.slice(4));
    expect(await textsOf(trial!.id, '?only=unused')).toMatchObject({ found: 0, items: [] });
    const none = await api.get(`/v1/trials/${trained.lora}/texts`);
    expect(expectProblem(none, 409, 'conflict').detail).toContain('whose recipe asked a generator, keeps some');
    expectProblem(await api.get(`/v1/trials/${trial!.id}/texts?only=some`), 400, 'validation', ['/only']);
    const board = (await api.get(`/v1/leaderboard?task=dataset:searched&base=${api.base}`)).body;
    expect((board as Leaderboard).rows).toEqual([
      expect.objectContaining({
        ...{ method: 'lora', recipe: 'weak-queries', generator: 'prompted' },
        measures: expect.objectContaining({ writtenTexts: 6, writtenTokens: expect.any(Number) }),
      }),
    ]);
    // Another rate asks for the same texts.
    const next = { generator: 'prompted', learningRate: [0.02] };
    const again = await completed(api, asked({ real: 5, documents: 6 }, next));
    const [other] = await api.platform.db.trial.findMany({ where: { sweepId: again, kind: 'train' } });
    expect(await logged(other!.id)).toContain('6 texts by prompted, 6 of them known from earlier runs');
    expect((await textsOf(other!.id)).items).toEqual(items);
  });

  it('says of a training whether it may be one, and refuses what is not there, trains nothing, or has a head', async () => {
    const writes = async (id: string) => ((await api.get(`/v1/trials/${id}`).expect(200)).body as TrialDetail).writes;
    expect(await Promise.all([trained.lora, trained.ranker, scoring].map(writes))).toEqual([true, false, false]);
    const refused = async (trial: string) =>
      expectProblem(await add(adapter('no', trial)), 400, 'validation', ['/trial']);
    const nobody = '01900000-0000-7000-8000-000000000000';
    expect((await refused(nobody)).detail).toContain(`there is no trial ${nobody} in this project`);
    expect((await refused(scoring)).detail).toContain(
      `trial ${scoring} trains nothing: name the trial that it scores, ${trained.lora}`,
    );
    expect((await refused(trained.ranker)).detail).toContain(
      `trial ${trained.ranker} was trained for ranking, which writes nothing`,
    );
    expectProblem(await add(adapter('no', 'lora')), 400, 'validation', ['/trial']);
    expectProblem(await add({ name: 'no', kind: 'adapter' }), 400, 'validation', ['/trial']);
  });

  it('is refused while its training is not done, and where that is of another project', async () => {
    const request = sweep(api.base, {
      task,
      memoryBudgetMiB: [0.1],
      training: { steps: 1, sequenceLength: 32 },
    });
    const over = await completed(api, request);
    const { id } = await api.platform.db.trial.findFirstOrThrow({ where: { sweepId: over } });
    expect(expectProblem(await add(adapter('no', id)), 400, 'validation', ['/trial']).detail).toMatch(
      `trial ${id} is OVER_BUDGET (`,
    );
    await api.post('/v1/projects', { name: 'rivals' }, 'admin').expect(201);
    const made = await supertest(api.api.url)
      .post('/v1/keys')
      .set('authorization', `Bearer ${api.platform.keys.admin}`)
      .set('rankforge-project', 'rivals')
      .send({ name: 'rival', role: 'submitter' })
      .expect(201);
    const stolen = await supertest(api.api.url)
      .post('/v1/generators')
      .set('authorization', `Bearer ${(made.body as KeyWithSecret).secret}`)
      .send(adapter('stolen', trained.lora));
    expect(expectProblem(stolen, 400, 'validation', ['/trial']).detail).toContain('there is no trial');
  });

  it('is asked by sweeps of its base as it is alone', async () => {
    const on = await api.post('/v1/sweeps', asking('tuned', { on: trained.lora }));
    expect(expectProblem(on, 400, 'validation', ['/on']).detail).toContain(
      `tuned is of ${api.base} as it is: leave it out, or add the training ${trained.lora} as a generator and ask that`,
    );
    const base = await api.post('/v1/sweeps', asking('base', { on: trained.lora }));
    expectProblem(base, 400, 'validation', ['/on']);
  });

  it('says what is missing where its file is gone, to who submits and in the trial that was waiting', async () => {
    const { generators } = (await api.get('/v1/generators')).body as { generators: GeneratorView[] };
    const { generator } = generators.find((one) => one.generator.name === 'tuned')!;
    const [link] = (generator as Extract<typeof generator, { kind: 'adapter' }>).adapters;
    const path = new ArtifactStore(join(api.platform.dataDir, 'artifacts')).pathOf(link!.adapter);
    const message = `the adapter of trial ${trained.lora}`;
    const request = asking('tuned', {
      methods: [{ ...closedBook, config: { ...closedBook.config, answerTokens: 3 } }],
    });
    await worker.stop();
    const { id } = (await api.post('/v1/sweeps', request).expect(201)).body as SweepDetail;
    await rename(path, `${path}.away`);
    worker = await startWorker();
    const { detail } = expectProblem(await api.post('/v1/sweeps', request), 400, 'validation', ['/generator']);
    expect(detail).toContain(`tuned cannot be asked: ${message} cannot be read: artifact ${link!.adapter}`);
    const failed = () => api.platform.db.trial.findFirst({ where: { sweepId: id, state: 'FAILED' } });
    await waitFor('the trial to fail', async () => (await failed()) !== null);
    expect((await failed())!.reason).toContain(`the generator tuned is ${message}, which cannot be read: artifact`);
    expect((await failed())!.reason).toContain('restore the artifacts, or train it again and add that training');
  });
});
