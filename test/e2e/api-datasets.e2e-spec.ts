/** @file Users' data: added, looked at, trained on, refused, deleted. */
import { createHash } from 'node:crypto';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  BoardList,
  type CreateDatasetInput,
  type DatasetPreview,
  type DatasetView,
  type Leaderboard,
  type ObjectiveList,
  type SweepDetail,
  type TaskList,
} from '@rankforge/contracts';
import { ArtifactStore } from '@rankforge/db';
import { encode } from 'fast-png';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { csv, mapping, spec, syllables, uploadTo } from './animals.js';
import { type ApiUnderTest, expectProblem, startApi, sweep, uploadsIn } from './api-client.js';
import { untilCompleted } from './found.js';

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
    await untilCompleted(api, made.id);
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
      await untilCompleted(api, (await api.post('/v1/sweeps', request).expect(201)).body.id);
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
    await untilCompleted(api, id);

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
    await untilCompleted(api, id);
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
