/** @file Collections with judgements: orders and searches on boards with methods that train nothing, and recipes of their trainings. */
import type {
  BoardRecall,
  CreateSweepInput,
  DatasetRow,
  DatasetView,
  Leaderboard,
  SweepDetail,
  SweepPreview,
} from '@rankforge/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { collectionOf, lettersOf } from '../../libs/tasks/test/support/collection.js';
import { spec, syllables, uploadTo } from './animals.js';
import { type ApiUnderTest, expectProblem, startApi, sweep } from './api-client.js';
import { untilCompleted } from './found.js';

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
  await api.platform.hostWorker({ RANKFORGE_MODELS_DIR: api.modelsDir, RANKFORGE_WORKER_SLOTS: '1' });
});
afterAll(() => api?.stop());

describe('a collection with judgements', () => {
  /** A query asks for a word. A text of two words has it and is relevant; two of four words have it and are not. */
  const words = lettersOf(40);
  const filler = (at: number) => `${syllables[(at * 4) % 15]} ${syllables[(at * 11) % 15]}`;
  const archive = collectionOf(words, (word, at) => [
    `${word} ${syllables[at % 15]}`,
    `${words[(at + 1) % 40]} ${words[(at + 2) % 40]} ${filler(at)}`,
  ]);

  it('ranks a trained method on one board with methods that train nothing', async () => {
    const request = spec('found', { format: 'beir', mapping: { objective: 'ranking' } });
    const { status, body } = await uploadTo(api, '/v1/datasets', request, archive, 'found.zip');
    expect(status, JSON.stringify(body)).toBe(201);
    const { mapping: stored, report } = body as DatasetView;
    expect(stored).toEqual({
      objective: 'ranking',
      query: 'query',
      text: 'text',
      grade: 'grade',
      candidates: 20,
      segmenter: 'spaces',
    });
    // A word is in the text that is relevant, and in two others.
    expect(report.queries).toEqual({
      rows: 120,
      largest: 3,
      withoutRelevant: 0,
      lostRelevant: 0,
      withoutRows: 0,
    });

    const asked = sweep(api.base, {
      task: 'dataset:found',
      methods: [{ name: 'lora' }, { name: 'bm25', config: { b: [0, 0.75] } }, { name: 'random' }],
      learningRate: [0.01, 0.02],
      seed: [0, 1],
      training: { steps: 4, batchSize: 4, sequenceLength: 32 },
    });
    const { id } = (await api.post('/v1/sweeps', asked).expect(201)).body as SweepDetail;
    await untilCompleted(api, id);
    const trials = await api.platform.db.trial.findMany({ where: { sweepId: id } });
    const tally = (kind: string, method: string) =>
      trials.filter((trial) => trial.kind === kind && trial.method === method && trial.state === 'SUCCEEDED').length;
    // Two rates of LoRA and two configurations of BM25, each with two seeds; rates are nothing to what trains nothing.
    expect([tally('train', 'lora'), tally('baseline', 'bm25'), tally('baseline', 'random')]).toEqual([4, 4, 2]);
    expect([tally('score', 'lora'), tally('baseline-test', 'bm25'), tally('baseline-test', 'random')]).toEqual([
      2, 2, 2,
    ]);
    expect(trials).toHaveLength(16);

    const board = (await api.get(`/v1/leaderboard?task=dataset:found&base=${api.base}`).expect(200))
      .body as Leaderboard;
    expect(board.metric.name).toBe('ndcg@10');
    const row = (method: string) => board.rows.find((each) => each.method === method)!;
    expect(row('bm25')).toMatchObject({
      status: 'scored',
      seeds: 2,
      rank: null,
      learningRate: null,
      steps: 0,
      trainableParameters: 0,
      measuredPeakBytes: 0,
      measures: { flops: 0 },
      predicted: { total: 0 },
    });
    // Nothing takes less than nothing: whatever costs something is on the front only with a better score.
    for (const cost of ['measuredPeakBytes', 'trainableParameters', 'flops']) {
      const path = `/v1/leaderboard?task=dataset:found&base=${api.base}&cost=${cost}`;
      const { rows } = (await api.get(path).expect(200)).body as Leaderboard;
      const front = rows.filter(({ method, score }) => method === 'bm25' || score! > row('bm25').score!);
      expect(rows.filter(({ pareto }) => pareto)).toEqual(front);
    }
    for (const { method, score, interval, validation } of board.rows) {
      expect(score, method).toBeGreaterThan(0.4);
      expect(interval![0], method).toBeLessThanOrEqual(score!);
      expect(validation, method).toBeLessThanOrEqual(1);
    }
    // One word of two is more of a text than one of four: BM25 is right where it reads lengths.
    expect(row('bm25').score).toBeCloseTo(1, 12);
    expect(row('bm25').config).toMatchObject({ b: 0.75 });
    expect(row('random').score).toBeLessThan(1);
    // The same again is known.
    const again = (await api.post('/v1/sweeps', asked).expect(201)).body as SweepDetail;
    await untilCompleted(api, again.id);
    const linked = await api.platform.db.trial.findMany({ where: { sweepId: again.id } });
    expect(linked.every(({ leaderId }) => leaderId !== null)).toBe(true);
  });

  it('searches all documents by a trained encoder, on one board with methods that train nothing', async () => {
    const request = spec('searched', { format: 'beir', mapping: { objective: 'retrieval' } });
    const { status, body } = await uploadTo(api, '/v1/datasets', request, archive, 'searched.zip');
    expect(status, JSON.stringify(body)).toBe(201);
    const { mapping: stored, report, id: dataset } = body as DatasetView;
    expect(stored).toEqual({
      objective: 'retrieval',
      query: 'query',
      text: 'text',
      grade: 'grade',
      segmenter: 'spaces',
    });
    expect(report.queries).toMatchObject({ rows: 40, largest: 1, lostRelevant: 0 });
    const shown = (await api.get(`/v1/datasets/${dataset}/rows?limit=100`).expect(200)).body.rows as DatasetRow[];
    expect(shown).toHaveLength(40);

    const asked = sweep(api.base, {
      task: 'dataset:searched',
      methods: [
        { name: 'lora' },
        { name: 'lora', recipe: 'star', recipeConfig: { topK: 5 } },
        { name: 'lora', recipe: 'adore', recipeConfig: { topK: 5 } },
        { name: 'bm25' },
        { name: 'random' },
      ],
      learningRate: [0.01],
      seed: [0, 1],
      training: { steps: 4, batchSize: 8, sequenceLength: 32 },
    });
    const { id } = (await api.post('/v1/sweeps', asked).expect(201)).body as SweepDetail;
    await untilCompleted(api, id);
    const board = (await api.get(`/v1/leaderboard?task=dataset:searched&base=${api.base}`).expect(200))
      .body as Leaderboard;
    const score = (method: string) => board.rows.find((each) => each.method === method)!.score!;
    expect(board.metric.name).toBe('ndcg@10');
    const { rows } = (
      await api.get(`/v1/leaderboard/recall?task=dataset:searched&base=${api.base}&metric=recall@10`).expect(200)
    ).body as BoardRecall;
    const recalled = (
      await api.get(`/v1/leaderboard?task=dataset:searched&base=${api.base}&metric=recall@10`).expect(200)
    ).body as Leaderboard;
    expect(rows.map(({ trialIds, scores }) => [trialIds, scores])).toEqual(
      recalled.rows.map(({ trialIds }) => [trialIds, 2]),
    );
    for (const [at, { recall }] of rows.entries()) {
      expect(recall[9]).toBeCloseTo(recalled.rows[at]!.score!, 9);
      // Eighty documents are searched, and each relevant one is found at the last of them.
      expect(recall).toHaveLength(80);
      expect(recall[79]).toBeCloseTo(1, 9);
    }
    // Among eighty documents a random order has few at the top; a word is in three of them, and rarest in the relevant one.
    expect(score('bm25')).toBeCloseTo(1, 12);
    expect(score('random')).toBeLessThan(0.5);
    expect(score('lora')).toBeGreaterThanOrEqual(0);
    const recall = (
      await api.get(`/v1/leaderboard?task=dataset:searched&base=${api.base}&metric=recall@100`).expect(200)
    ).body as Leaderboard;
    expect(recall.rows.map((each) => each.score!.toFixed(9))).toEqual(Array(5).fill('1.000000000'));
    // Documents and queries of the training split are encoded once to find negatives; where documents stay, these alone.
    const encoded = (recipe?: string) =>
      board.rows.find((each) => each.method === 'lora' && each.recipe === recipe)!.measures;
    const [ofStar, ofAdore] = [encoded('star').encodedTexts!, encoded('adore').encodedTexts!];
    expect(ofAdore).toBe(80);
    expect(ofStar).toBeGreaterThan(ofAdore);
    expect(encoded()).not.toHaveProperty('encodedTexts');
    const accumulating = { ...asked, training: { ...asked.training, accumulate: 2 } };
    expectProblem(await api.post('/v1/sweeps', accumulating), 400, 'validation', ['/training/accumulate']);
    // A query alone, without negatives of its own, is compared with nothing.
    const alone = { ...asked, training: { ...asked.training, batchSize: 1 } };
    expectProblem(await api.post('/v1/sweeps', alone), 400, 'validation', ['/training/batchSize']);
  });

  it('gives each recipe a row of its own on the board, and leaves a training without one as it is', async () => {
    const plain = { name: 'lora', learningRate: [0.01] };
    const asked = sweep(api.base, {
      task: 'dataset:found',
      methods: [
        plain,
        { ...plain, recipe: 'listwise' },
        { ...plain, recipe: 'hinge', recipeConfig: { margin: [0.5, 2] } },
        { ...plain, recipe: 'tarot', recipeConfig: { share: 0.5 } },
      ],
      seed: [0],
      training: { steps: 4, batchSize: 4, sequenceLength: 32 },
    });
    const preview = (await api.post('/v1/sweeps/preview', asked).expect(200)).body as SweepPreview;
    expect(preview.rows.map(({ recipe, config }) => [recipe, config.margin])).toEqual([
      [undefined, undefined],
      ['listwise', undefined],
      ['hinge', 0.5],
      ['hinge', 2],
      ['tarot', undefined],
    ]);
    const { id } = (await api.post('/v1/sweeps', asked).expect(201)).body as SweepDetail;
    await untilCompleted(api, id);
    const trials = await api.platform.db.trial.findMany({ where: { sweepId: id, kind: 'train' } });
    expect(trials.map(({ state }) => state)).toEqual(Array(5).fill('SUCCEEDED'));
    const specs = trials.map(({ spec }) => spec as { recipe?: string; recipeConfig?: object });
    const margins = specs.flatMap((spec) => (spec.recipe === 'hinge' ? [spec.recipeConfig] : []));
    expect(margins).toHaveLength(2);
    expect(margins).toEqual(expect.arrayContaining([{ margin: 0.5 }, { margin: 2 }]));
    // The key of a training without a recipe is what it was before there were any.
    expect(specs.filter((spec) => !('recipe' in spec || 'recipeConfig' in spec))).toHaveLength(1);
    const board = (await api.get(`/v1/leaderboard?task=dataset:found&base=${api.base}`).expect(200))
      .body as Leaderboard;
    const scoreOf = (recipe?: string) =>
      board.rows.find((each) => each.method === 'lora' && each.recipe === recipe && each.status === 'scored')?.score;
    for (const recipe of ['listwise', 'hinge', 'tarot']) expect(scoreOf(recipe), recipe).toBeGreaterThan(0.4);
    const { result } = trials.find(({ spec }) => (spec as { recipe?: string }).recipe === 'tarot')!;
    const { selection, selectionGradients } = result as unknown as {
      selection: { examples: number[]; of: number };
      selectionGradients: number;
    };
    expect(selection.examples).toHaveLength(Math.floor(selection.of / 2));
    expect(board.rows.find(({ recipe }) => recipe === 'tarot')!.measures).toMatchObject({
      chosenExamples: selection.examples.length,
      selectionGradients,
    });
  });

  it('refuses a recipe that is not there, has nothing to configure, or does not fit its task, its method or its kind of sweep', async () => {
    const attempt = (more: Partial<CreateSweepInput>) =>
      api.post('/v1/sweeps', sweep(api.base, { task: 'dataset:found', ...more }));
    const refused = async (more: Partial<CreateSweepInput>, path: string, said: RegExp) =>
      expect(expectProblem(await attempt(more), 400, 'validation', [path]).detail).toMatch(said);
    const lambda = { name: 'lora', recipe: 'lambda' };
    await refused(
      { methods: [{ name: 'lora', recipe: 'nothing' }] },
      '/methods/0/recipe',
      /unknown recipe "\S+"; known: listwise/,
    );
    await refused(
      { methods: [{ name: 'lora', recipeConfig: { cut: 3 } }] },
      '/methods/0/recipeConfig',
      /no recipe is named/,
    );
    await refused(
      { methods: [{ ...lambda, recipeConfig: { cut: [3, 0] } }] },
      '/methods/0/recipeConfig/cut/1',
      /lambda: must be greater than 0, got 0/,
    );
    await refused(
      { task: 'moby-dick', methods: [lambda] },
      '/methods/0/recipe',
      /lambda orders the rows of queries, and the objective language-modelling has none/,
    );
    await refused(
      { methods: [{ ...lambda, optimizer: 'zo-ranksgd' }] },
      '/methods/0/recipe',
      /lambda finds the gradient of its loss, and the optimizer makes none/,
    );
    await refused({ methods: [{ name: 'bm25', recipe: 'lambda' }] }, '/methods/0/recipe', /bm25 trains nothing/);
    await refused(
      {
        kind: 'federate',
        federation: { partition: { by: 'size', shares: [1, 1] }, rounds: 1, localSteps: 1 },
        training: { sequenceLength: 32 },
        methods: [{ ...lambda, strategy: 'fedavg' }],
      },
      '/methods/0/recipe',
      /lambda is followed by one training, and the clients of a federation make many/,
    );
  });

  it('refuses a method that trains nothing what only trainings have, and tasks without queries', async () => {
    const attempt = (more: Partial<CreateSweepInput>) =>
      api.post('/v1/sweeps', sweep(api.base, { task: 'dataset:found', ...more }));
    const bm25 = { name: 'bm25', learningRate: [0.1], rank: [2], optimizer: 'sgd' };
    const refused = expectProblem(await attempt({ methods: [bm25] }), 400, 'validation', [
      '/methods/0/optimizer',
      '/methods/0/rank',
      '/methods/0/learningRate',
    ]);
    expect(refused.errors![0]!.message).toBe('bm25 trains nothing: leave it out');
    const elsewhere = await attempt({ task: 'moby-dick', methods: [{ name: 'bm25' }] });
    expect(expectProblem(elsewhere, 400, 'validation', ['/methods/0/name']).detail).toMatch(
      /bm25 orders the rows of queries, and moby-dick is for language-modelling: leave it out, or choose a task for ranking or/,
    );
    const scheduled = await attempt({
      methods: [{ name: 'lora' }, { name: 'random' }],
      scheduler: { kind: 'asha', minSteps: 1 },
    });
    expect(expectProblem(scheduled, 400, 'validation', ['/methods/1/name']).detail).toMatch(
      /random trains nothing, and a scheduler \(asha\) compares trainings/,
    );
    const federated = await attempt({ kind: 'pretrain', methods: [{ name: 'bm25' }] });
    expect(expectProblem(federated, 400, 'validation', ['/methods/0/name', '/task']).detail).toMatch(
      /bm25 is to finetune and evaluate, not to pretrain/,
    );
  });
});
