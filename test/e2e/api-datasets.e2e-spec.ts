/** @file Users' data: added, looked at, trained on, refused, deleted. */
import { createHash } from 'node:crypto';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  BoardList,
  type CreateDatasetInput,
  type DatasetPreview,
  type DatasetRow,
  type DatasetView,
  type Leaderboard,
  type ObjectiveList,
  type SweepDetail,
  type SweepPreview,
  type TaskList,
} from '@rankforge/contracts';
import { ArtifactStore } from '@rankforge/db';
import { encode } from 'fast-png';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { collectionOf, lettersOf } from '../../libs/tasks/test/support/collection.js';
import { waitFor } from '../support/index.js';
import { csv, mapping, spec, syllables, uploadTo } from './animals.js';
import { type ApiUnderTest, expectProblem, startApi, sweep, uploadsIn } from './api-client.js';

let api: ApiUnderTest;
let store: ArtifactStore;
beforeAll(async () => {
  api = await startApi({ RANKFORGE_UPLOAD_MIB: '1' });
  await api.platform.hostWorker({ RANKFORGE_MODELS_DIR: api.modelsDir, RANKFORGE_WORKER_SLOTS: '1' });
  store = new ArtifactStore(join(api.platform.dataDir, 'artifacts'));
});
afterAll(() => api?.stop());

const upload = (path: string, request: object, content: string | Buffer, file?: string) =>
  uploadTo(api, path, request, content, file);

async function add(request: CreateDatasetInput, content: string): Promise<DatasetView> {
  const response = await upload('/v1/datasets', request, content);
  expect(response.status, JSON.stringify(response.body)).toBe(201);
  expect(response.headers.location).toBe(`/v1/datasets/${response.body.id}`);
  return response.body as DatasetView;
}

async function untilCompleted(sweepId: string): Promise<void> {
  const completed = async () => (await api.get(`/v1/sweeps/${sweepId}`)).body.state === 'COMPLETED';
  await waitFor('the sweep to complete', completed, { timeoutMs: 100_000 });
}

const leftovers = () => uploadsIn(api.platform.dataDir);

describe('an uploaded CSV', () => {
  let dataset: DatasetView;
  beforeAll(async () => {
    dataset = await add(spec('animals'), csv());
  });

  it('is kept as examples under their hash, with a report', async () => {
    expect(dataset).toMatchObject({
      name: 'animals',
      task: 'dataset:animals',
      source: 'animals.csv',
      sweeps: 0,
      mapping,
    });
    const { examples, classes } = dataset.report;
    expect(examples.train + examples.validation + examples.test).toBe(200);
    expect(classes?.map(({ name }) => name)).toEqual(['cat', 'dog']);
    const bytes = await store.read(dataset.sha256);
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(dataset.sha256);
    expect(bytes.byteLength).toBe(dataset.bytes);
    expect(await leftovers()).toEqual([]);
  });

  it('is listed, shown by its id and a task like any other', async () => {
    expect((await api.get('/v1/datasets').expect(200)).body.datasets).toEqual([dataset]);
    expect((await api.get(`/v1/datasets/${dataset.id}`).expect(200)).body).toEqual(dataset);
    const { tasks } = (await api.get('/v1/tasks').expect(200)).body as TaskList;
    expect(tasks.at(-1)).toMatchObject({
      name: 'dataset:animals',
      objective: 'classification',
      primaryMetric: { name: 'accuracy', direction: 'maximize' },
    });
  });

  it('has rows with the mapping applied, by split and page', async () => {
    const rows = async (query: string) =>
      (await api.get(`/v1/datasets/${dataset.id}/rows?${query}`).expect(200)).body.rows;
    const first = await rows('limit=3');
    expect(first[0]).toMatchObject({ row: 'line 2', fields: { label: 'cat' } });
    expect(first[0].fields.text).toMatch(/^It (purrs|meows|climbs), /);
    expect(await rows('offset=1&limit=2')).toEqual(first.slice(1));
    const test = await rows('split=test&limit=200');
    expect(test).toHaveLength(dataset.report.examples.test);
    expect(new Set(test.map(({ split }: { split: string }) => split))).toEqual(new Set(['test']));
  });

  it('has a name of its own', async () => {
    expectProblem(await upload('/v1/datasets', spec('animals'), csv(50)), 409, 'conflict');
  });

  it('is trained on and ranked by a sweep, and cannot be deleted then', async () => {
    const request = sweep(api.base, {
      task: 'dataset:animals',
      methods: [{ name: 'lora' }, { name: 'ia3' }],
      seed: [0, 1],
      training: { steps: 40, batchSize: 8, sequenceLength: 32 },
    });
    const made = (await api.post('/v1/sweeps', request).expect(201)).body as SweepDetail;
    expect(made.task).toBe('dataset:animals');
    await untilCompleted(made.id);
    const path = `/v1/leaderboard?task=dataset:animals&base=${api.base}`;
    const board = (await api.get(path).expect(200)).body as Leaderboard;
    expect(board).toMatchObject({ metric: { name: 'accuracy', direction: 'maximize' }, complete: true });
    expect(board.testExamples).toBe(dataset.report.examples.test);
    expect(board.rows.map(({ method, status, seeds }) => [method, status, seeds]).sort()).toEqual([
      ['ia3', 'scored', 2],
      ['lora', 'scored', 2],
    ]);
    for (const { score, interval, forgetting } of board.rows) {
      expect(score).toBeGreaterThan(0);
      expect(interval![0]).toBeLessThanOrEqual(score!);
      expect(forgetting).toEqual({ measured: false, reason: expect.stringMatching(/held-back/) });
    }
    const { boards } = BoardList.parse((await api.get('/v1/leaderboards').expect(200)).body);
    expect(boards).toEqual([
      {
        task: 'dataset:animals',
        title: 'animals',
        base: api.base,
        kind: 'finetune',
        published: false,
        newestAt: made.createdAt,
      },
    ]);
    const byF1 = (await api.get(`${path}&metric=macroF1`).expect(200)).body as Leaderboard;
    expect(byF1.metric).toEqual({ name: 'macroF1', direction: 'maximize', range: [0, 1] });
    expect(byF1.rows.every(({ status }) => status === 'scored')).toBe(true);
    expectProblem(await api.get(`${path}&metric=bleu`), 400, 'validation', ['/metric']);
    const { spec: trialSpec } = await api.platform.db.trial.findFirstOrThrow({ where: { sweepId: made.id } });
    expect(trialSpec).toMatchObject({ dataset: dataset.sha256 });

    const refused = await api.delete(`/v1/datasets/${dataset.id}`);
    expect(expectProblem(refused, 409, 'conflict').detail).toMatch(/animals is used by 1 sweep;/);
  });

  it('makes other trial keys where its rows differ', async () => {
    const other = await add(spec('other-animals'), csv(190));
    const keys = async (task: string) => {
      const request = sweep(api.base, { task, name: task });
      const { id } = (await api.post('/v1/sweeps', request).expect(201)).body as SweepDetail;
      return (await api.platform.db.trial.findFirstOrThrow({ where: { sweepId: id } })).key;
    };
    expect(other.sha256).not.toBe(dataset.sha256);
    expect(await keys('dataset:other-animals')).not.toBe(await keys('dataset:animals'));
  });
});

describe('other objectives', () => {
  it('are listed with their metrics, and with what a data set names for them', async () => {
    const { objectives } = (await api.get('/v1/objectives').expect(200)).body as ObjectiveList;
    const found = (name: string) => objectives.find((objective) => objective.name === name)!;
    expect(found('binary-classification').dataset).toBeNull();
    expect(found('regression')).toMatchObject({
      title: 'Number for a text',
      unit: 'example',
      metrics: [{ name: 'rmse', direction: 'minimize', range: [0, null] }, { name: 'pearson' }, { name: 'spearman' }],
      dataset: { from: 'table', columns: [{ field: 'text' }, { field: 'label', holds: 'number', option: 'number' }] },
    });
    expect(found('image-classification').dataset!.mapping).toMatchObject({
      properties: { objective: { const: 'image-classification' }, channels: { default: 3 } },
      additionalProperties: false,
    });
    expect(found('ranking')).toMatchObject({
      unit: 'query',
      metrics: [{ name: 'ndcg@10' }, { name: 'rr@10' }, { name: 'ap' }, { name: 'recall@10' }],
    });
  });

  it('refuse a mapping that says too little, too much, or names none of them, field by field', async () => {
    const attempt = (mapping: CreateDatasetInput['mapping']) =>
      upload('/v1/datasets/preview', spec('bad', { mapping }), csv(20));
    const lacking = await attempt({ objective: 'classification', text: 'text', classes: ['one'], extra: 'x' });
    expectProblem(lacking, 400, 'validation', ['/mapping/label', '/mapping/classes', '/mapping/extra']);
    const unknown = expectProblem(await attempt({ objective: 'binary-classification' }), 400, 'validation', [
      '/mapping/objective',
    ]);
    expect(unknown.detail).toMatch(/no file is read for it; choose one of language-modelling, /);
  });

  it('rank by an error in the unit of the number, by the perplexity of completions, and by the order of rows', async () => {
    const stars = { objective: 'regression', text: 'text', label: 'stars' } as const;
    await add(spec('stars-of-lines', { mapping: stars }), csv());
    const lines = csv()
      .split('\n')
      .slice(1, -1)
      .map((line) => JSON.stringify({ ask: `${line.split('"')[1]} Who?`, answer: line.split(',').at(-2) }));
    const answers = { objective: 'instruction-tuning', prompt: 'ask', completion: 'answer' } as const;
    const made = await upload('/v1/datasets', spec('answers', { format: 'jsonl', mapping: answers }), lines.join('\n'));
    expect(made.status, JSON.stringify(made.body)).toBe(201);
    const board = async (task: string, name: string, steps: number) => {
      const training = { steps, batchSize: 8, sequenceLength: 32 };
      const request = sweep(api.base, { task, methods: [{ name }], seed: [0, 1], training });
      await untilCompleted((await api.post('/v1/sweeps', request).expect(201)).body.id);
      return (await api.get(`/v1/leaderboard?task=${task}&base=${api.base}`).expect(200)).body as Leaderboard;
    };
    const numbers = await board('dataset:stars-of-lines', 'lora', 10);
    expect(numbers.metric).toEqual({ name: 'rmse', direction: 'minimize', range: [0, null] });
    // Stars of 0 … 4 deviate by √2 and have nothing to do with the text.
    expect(numbers.rows[0]!.score).toBeGreaterThan(1);
    expect(numbers.rows[0]!.score).toBeLessThan(2.5);
    const completed = await board('dataset:answers', 'full-ft', 40);
    expect(completed.metric).toEqual({ name: 'perplexity', direction: 'minimize', range: [1, null] });
    // Two answers, of a few tokens each: an untrained base of 1,024 tokens is far off.
    expect(completed.rows[0]!.score).toBeLessThan(100);
    expect(completed.rows[0]!.score).toBeGreaterThan(1);
    const graded = { objective: 'ranking', query: 'ask', text: 'text', grade: 'grade' } as const;
    const word = (at: number) => syllables[at % 15]! + syllables[Math.floor(at / 15) % 15]!;
    const asked = Array.from({ length: 120 }, (_, at) => ({
      ask: [1, 31, 77, 101].map((stride) => word((at >> 2) * stride)).join(' '),
      text: at % 4 === 0 ? 'yes yes' : `no ${word(at)}`,
      grade: at % 4 === 0 ? 1 : 0,
    }));
    const file = asked.map((row) => JSON.stringify(row)).join('\n');
    const queries = await upload('/v1/datasets', spec('questions', { format: 'jsonl', mapping: graded }), file);
    expect(queries.status, JSON.stringify(queries.body)).toBe(201);
    const { train, validation, test } = (queries.body as DatasetView).report.examples;
    expect(train + validation + test).toBe(30);
    const ordered = await board('dataset:questions', 'lora', 40);
    expect(ordered.metric).toEqual({ name: 'ndcg@10', direction: 'maximize', range: [0, 1] });
    // One of four rows is relevant: in chance order it scores 0.64.
    expect(ordered.rows[0]!.score).toBeGreaterThan(0.8);
  });
});

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
    const { status, body } = await upload('/v1/datasets', request, archive, 'found.zip');
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
    await untilCompleted(id);
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
    await untilCompleted(again.id);
    const linked = await api.platform.db.trial.findMany({ where: { sweepId: again.id } });
    expect(linked.every(({ leaderId }) => leaderId !== null)).toBe(true);
  });

  it('searches all documents by a trained encoder, on one board with methods that train nothing', async () => {
    const request = spec('searched', { format: 'beir', mapping: { objective: 'retrieval' } });
    const { status, body } = await upload('/v1/datasets', request, archive, 'searched.zip');
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
    await untilCompleted(id);
    const board = (await api.get(`/v1/leaderboard?task=dataset:searched&base=${api.base}`).expect(200))
      .body as Leaderboard;
    const score = (method: string) => board.rows.find((each) => each.method === method)!.score!;
    expect(board.metric.name).toBe('ndcg@10');
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
    await untilCompleted(id);
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
    const attempt = (more: object) => api.post('/v1/sweeps', sweep(api.base, { task: 'dataset:found', ...more }));
    const refused = async (more: object, path: string, said: RegExp) =>
      expect(expectProblem(await attempt(more), 400, 'validation', [path]).detail).toMatch(said);
    const lambda = { name: 'lora', recipe: 'lambda' };
    await refused(
      { methods: [{ name: 'lora', recipe: 'nothing' }] },
      '/methods/0/recipe',
      /unknown recipe; known: listwise/,
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
    const attempt = (more: object) => api.post('/v1/sweeps', sweep(api.base, { task: 'dataset:found', ...more }));
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

describe('questions with several right answers', () => {
  it('rank by what the model writes, example by example, beside the commonest answer', async () => {
    const lines = csv()
      .split('\n')
      .slice(1, -1)
      .map((line) => [line.split('"')[1]!, line.split(',').at(-2)!] as const)
      .map(([text, animal]) => JSON.stringify({ ask: `${text} Who?`, gold: [animal, `my own ${animal}`] }));
    const mapping = { objective: 'question-answering', prompt: 'ask', answers: 'gold', answerTokens: 8 } as const;
    const { report } = await add(spec('who', { format: 'jsonl', mapping }), lines.join('\n'));
    const request = sweep(api.base, {
      task: 'dataset:who',
      methods: [{ name: 'full-ft' }],
      seed: [0, 1],
      training: { steps: 40, batchSize: 8, sequenceLength: 32 },
    });
    const { id } = (await api.post('/v1/sweeps', request).expect(201)).body as SweepDetail;
    await untilCompleted(id);

    const board = (metric: string) => api.get(`/v1/leaderboard?task=dataset:who&base=${api.base}${metric}`).expect(200);
    const { metric, rows } = (await board('')).body as Leaderboard;
    expect(metric).toEqual({ name: 'exactMatch', direction: 'maximize', range: [0, 1] });
    const scored = await api.platform.db.trial.findMany({ where: { sweepId: id, kind: 'score' } });
    const written = scored.map(({ exampleScores }) => exampleScores as Record<string, number[]>);
    const matches = written.flatMap(({ exactMatch }) => exactMatch!);
    expect(matches).toHaveLength(2 * report.examples.test);
    expect(new Set(matches)).toEqual(new Set([0, 1]));
    const mean = matches.reduce((sum, match) => sum + match, 0) / matches.length;
    // It has learned to answer with an animal, which are two.
    expect(mean).toBeGreaterThan(0.3);
    expect(rows[0]!.score).toBeCloseTo(mean, 12);
    const byF1 = (await board('&metric=tokenF1')).body as Leaderboard;
    expect(byF1.rows[0]!.score).toBeGreaterThan(mean - 1e-9);
    const { trivial } = scored[0]!.result as { trivial: { name: string; metrics: Record<string, number> } };
    expect(trivial.name).toBe('commonest answer');
    expect(trivial.metrics.exactMatch).toBeGreaterThan(0.3);

    const trained = await api.platform.db.trial.findFirstOrThrow({ where: { sweepId: id, kind: 'train' } });
    const { logTail } = await api.platform.db.attempt.findFirstOrThrow({ where: { trialId: trained.id } });
    expect(logTail).toMatch(/step 40: to "It .* Who\?" it wrote ".*"; right is "(cat|dog)" or "my own (cat|dog)"/);
  });
});

describe('a preview', () => {
  it('shows columns, then rows and report, and keeps nothing', async () => {
    const inspected = await upload('/v1/datasets/inspect', { format: 'csv' }, csv(20)).expect(200);
    expect(inspected.body.columns).toEqual(['text', 'animal', 'stars']);
    expect(inspected.body.rows[1]).toMatchObject({ animal: 'dog', stars: '1' });
    const numbers = { objective: 'regression', text: 'text', label: 'stars' } as const;
    const previewed = await upload('/v1/datasets/preview', spec('stars', { mapping: numbers }), csv(60)).expect(200);
    const { report, rows } = previewed.body as DatasetPreview;
    expect(report.numbers).toMatchObject({ smallest: 0, largest: 4 });
    expect(rows[3]?.fields).toMatchObject({ number: '3' });
    expect((await api.get('/v1/datasets')).body.datasets.map(({ name }: DatasetView) => name)).not.toContain('stars');
    expect(await leftovers()).toEqual([]);
  });
});

it('refuses an upload that is too large', async () => {
  const response = await upload('/v1/datasets', spec('large'), Buffer.alloc(2 * 1024 * 1024, 'a'));
  expect(expectProblem(response, 413, 'body-too-large').detail).toBe('An upload may have 1 MiB (RANKFORGE_UPLOAD_MIB)');
  expect(await leftovers()).toEqual([]);
});

it('is added and deleted by submitters, and seen by viewers', async () => {
  const asViewer = api.post('/v1/datasets', { ...spec('v'), path: 'mine/animals.csv' }, 'viewer');
  expectProblem(await asViewer, 403, 'forbidden');
  const [first] = (await api.get('/v1/datasets', 'viewer').expect(200)).body.datasets as DatasetView[];
  expectProblem(await api.delete(`/v1/datasets/${first!.id}`, 'viewer'), 403, 'forbidden');
});

describe('images', () => {
  beforeAll(() =>
    cp(fileURLToPath(new URL('../../models/vit-mnist', import.meta.url)), join(api.modelsDir, 'vit-mnist'), {
      recursive: true,
    }),
  );

  it('train a base that reads images on digits that it has never seen, within the memory predicted', async () => {
    const request = sweep('vit-mnist', {
      task: 'mnist-5-9',
      learningRate: [0.01],
      training: { steps: 60, batchSize: 32 },
    });
    const { id } = (await api.post('/v1/sweeps', request).expect(201)).body as SweepDetail;
    await untilCompleted(id);
    const board = (await api.get('/v1/leaderboard?task=mnist-5-9&base=vit-mnist').expect(200)).body as Leaderboard;
    const [row] = board.rows;
    expect(row).toMatchObject({ method: 'lora', status: 'scored' });
    expect(row!.score).toBeGreaterThan(0.5);
    expect(Math.abs(row!.measuredPeakBytes! / row!.predicted!.total - 1)).toBeLessThan(0.1);
  });

  it('make a data set by folders of classes; a base that reads another size refuses it at submit', async () => {
    const png = (value: number) =>
      encode({ width: 8, height: 8, channels: 1, depth: 8, data: new Uint8Array(64).fill(value) });
    for (let i = 0; i < 60; i++) {
      const folder = join(api.platform.dataDir, 'shades', i % 2 ? 'light' : 'dark');
      await mkdir(folder, { recursive: true });
      await writeFile(join(folder, `${i}.png`), png(i % 2 ? 255 - i : i));
    }
    const mapping = { objective: 'image-classification', channels: 1 } as const;
    const request = { ...spec('shades', { format: 'images', mapping }), path: 'shades' };
    const made = (await api.post('/v1/datasets', request).expect(201)).body as DatasetView;
    expect(made.report.classes?.map(({ name }) => name)).toEqual(['dark', 'light']);
    const { rows } = (await api.get(`/v1/datasets/${made.id}/rows?limit=1`).expect(200)).body;
    expect(rows[0]).toMatchObject({ row: 'dark/0.png', fields: { label: 'dark', image: '8 × 8, grey' } });
    const refused = await api.post('/v1/sweeps', sweep('vit-mnist', { task: 'dataset:shades' }));
    expect(expectProblem(refused, 400, 'validation', ['/base']).detail).toMatch(
      'vit-mnist reads images of 28 × 28 in 1 channel, and the examples of dataset:shades are images of 8 × 8 in 1 channel',
    );
  });
});

it('a task of images is refused on a base that reads text', async () => {
  const response = await api.post('/v1/sweeps', sweep(api.base, { task: 'mnist-5-9' }));
  const { detail } = expectProblem(response, 400, 'validation', ['/base']);
  expect(detail).toBe('/base: tiny reads text, and the examples of mnist-5-9 are images of 28 × 28 in 1 channel');
});

it('a sweep on a data set that is not there names those that are', async () => {
  const response = await api.post('/v1/sweeps', sweep(api.base, { task: 'dataset:none' }));
  expect(expectProblem(response, 400, 'validation', ['/task']).detail).toMatch(/known: .*dataset:animals/);
});
