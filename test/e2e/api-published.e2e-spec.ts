import { readFileSync } from 'node:fs';
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  BoardList,
  Leaderboard,
  type PeftExperimentSweeps,
  type PeftResult,
  type PublishedResult,
  Standings,
} from '@rankforge/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiUnderTest, create, expectProblem, startApi } from './api-client.js';

const { results } = JSON.parse(readFileSync(new URL('fixtures/peft-results.json', import.meta.url), 'utf8')) as {
  results: PeftResult[];
};
const place = { task: 'peft-metamathqa', base: 'llama-3-2-3b' };

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.stop());

const publish = (document: unknown) => api.post('/v1/published-results', document as object);
const board = async (query: Record<string, string> = {}) => {
  const response = await api.get(`/v1/leaderboard?${new URLSearchParams({ ...place, ...query })}`);
  expect(response.status, JSON.stringify(response.body)).toBe(200);
  return response.body as Leaderboard;
};
/** A copy of a result with some fields changed. */
function changed(edit: (copy: PeftResult) => void): PeftResult {
  const copy = structuredClone(results[0]!);
  edit(copy);
  return copy;
}

describe('published results', () => {
  it('are imported once, and listed as a board beside ours', async () => {
    // A sweep that does not fit its budget has a result, and one that was cancelled in time has none.
    const { createdAt } = await create(api, { memoryBudgetMiB: [0.01] });
    const cancelled = await create(api, { task: 'spam-assassin' });
    await api.post(`/v1/sweeps/${cancelled.id}/cancel`).expect(200);
    // Nor has a board whose base model is no longer there.
    await cp(join(api.modelsDir, api.base), join(api.modelsDir, 'gone'), { recursive: true });
    await create(api, { base: 'gone', memoryBudgetMiB: [0.01] });
    await rm(join(api.modelsDir, 'gone'), { recursive: true });
    const standings = Standings.parse((await api.get('/v1/standings').expect(200)).body);
    expect(standings.boards.map(({ task, base }) => [task, base])).toEqual([['moby-dick', api.base]]);
    for (const document of results) {
      const made = (await publish(document).expect(201)).body as PublishedResult;
      expect(made).toMatchObject({ name: document.run_info.experiment_name, ...place, known: false });
    }
    const again = (await publish(results[0]).expect(201)).body as PublishedResult;
    expect(again.known).toBe(true);
    const { boards } = BoardList.parse((await api.get('/v1/leaderboards').expect(200)).body);
    expect(boards).toMatchObject([
      { task: 'moby-dick', base: api.base, published: false, newestAt: createdAt },
      { ...place, published: true },
    ]);
    expect(Date.parse(boards[1]!.newestAt)).toBeGreaterThan(Date.parse(createdAt));
  });

  it('stand on a board with the interval that 1,319 examples imply', async () => {
    const { rows, testExamples, published, complete } = await board({ by: 'configuration' });
    expect([rows.length, testExamples, complete]).toEqual([22, 1319, true]);
    expect(published?.source).toContain('huggingface/peft');
    const lora = rows.find(({ method }) => method === 'lora/llama-3.2-3B-rank32')!;
    expect(lora).toMatchObject({
      rank: 32,
      learningRate: 1e-4,
      seeds: 1,
      intervalCovers: 'examples-only',
      trainableParameters: 9_175_040,
      measuredPeakBytes: 22_292_725_760,
      adapterBytes: 36_715_216,
    });
    // statsmodels: proportion_confint(631, 1319, method='wilson')
    expect(lora.score).toBeCloseTo(631 / 1319, 12);
    expect(lora.interval![0]).toBeCloseTo(0.4515364338433354, 12);
    expect(lora.interval![1]).toBeCloseTo(0.5053745023690697, 12);
    expect(rows[0]!.method).toBe('shira/llama-3.2-3B-lr_0.0003-random_seed_42');
  });

  it('are shown as ties where they cannot be told apart', async () => {
    const { rows, comparisons } = await board({ by: 'configuration' });
    const lora = rows.findIndex(({ method }) => method === 'lora/llama-3.2-3B-rank32');
    const tied = comparisons
      .filter(({ a, b, adjustedPValue }) => (a === lora || b === lora) && adjustedPValue > 0.05)
      .map(({ a, b }) => rows[a === lora ? b : a]!.method);
    // statsmodels: proportions_ztest of all 231 pairs, multipletests(method='holm')
    expect(tied.sort()).toEqual([
      'c3a/llama-3.2-3B-default',
      'full-finetuning/llama-3.2-3B-lr_0.00001',
      'lokr/llama-3.2-3B-rank32-factor4-lr0.003',
      'lora/llama-3.2-3B-rank32-dora',
      'lora/llama-3.2-3B-rank64',
      'miss/llama-3.2-3B-default',
      'oft/llama-3.2-3B-rank32',
      'shira/llama-3.2-3B-lr_0.0003-random_seed_42',
    ]);
  });

  it('are chosen per method by validation accuracy, not by test', async () => {
    const { rows } = await board();
    const chosen = Object.fromEntries(rows.map(({ method, config }) => [method, config.experiment]));
    // LoRA r32 has the better test accuracy, r64 the better validation accuracy.
    expect(chosen.lora).toBe('lora/llama-3.2-3B-rank64');
    expect(chosen.fourierft).toBe('fourierft/llama-3.2-3B-n_frequency-5000');
    expect(rows.find(({ method }) => method === 'lora')!.tuningTrials).toBe(4);
  });

  it('are listed as over a budget where they take more', async () => {
    const { rows } = await board({ memoryBudgetMiB: '21000' });
    const full = rows.find(({ method }) => method === 'full-finetuning')!;
    expect([full.status, full.reason]).toEqual(['does-not-fit', 'measured peak 37068 MiB is above 21000 MiB']);
    expect(rows.find(({ method }) => method === 'miss')!.status).toBe('scored');
  });

  it('take a file of the earlier harness, which named memory after CUDA and counted no parameters', async () => {
    const { accelerator_memory_max: peak, num_trainable_params: _, ...train_info } = results[0]!.train_info;
    const { run_info, meta_info } = changed(({ run_info }) => {
      run_info.train_config.model_id = 'earlier/harness';
    });
    const document = {
      run_info,
      train_info: { ...train_info, cuda_memory_max: peak },
      meta_info: { ...meta_info, dataset_info: { ...meta_info.dataset_info, 'meta-math/MetaMathQA': { sha: null } } },
    };
    await publish(document).expect(201);
    const { rows } = await board({ base: 'harness' });
    expect(rows).toMatchObject([{ status: 'scored', measuredPeakBytes: peak, trainableParameters: null }]);
    expect(peak).toBeGreaterThan(0);
    const without = { ...document, train_info };
    expectProblem(await publish(without), 400, 'validation', ['/train_info/accelerator_memory_max']);
  });

  it('have a row with the reason where a run failed', async () => {
    await publish(
      changed(({ run_info, train_info }) => {
        run_info.experiment_name = 'adalora/too-large';
        run_info.error_msg = 'CUDA out of memory';
        train_info.status = 'failed';
        train_info.metrics = [];
      }),
    ).expect(201);
    const { rows } = await board({ by: 'configuration' });
    expect(rows.at(-1)).toMatchObject({ method: 'adalora/too-large', status: 'failed', reason: 'CUDA out of memory' });
  });
});

describe('a file that is no such result', () => {
  it.each<[string, string, (copy: PeftResult) => void]>([
    [
      'an accuracy that 1,319 examples cannot give',
      '/train_info/metrics',
      (copy) => {
        copy.train_info.metrics = [{ 'test accuracy': 0.5 }];
      },
    ],
    [
      'no test accuracy',
      '/train_info/metrics',
      (copy) => {
        copy.train_info.metrics = [];
      },
    ],
    [
      'another comparison',
      '/meta_info/dataset_info',
      (copy) => {
        copy.meta_info.dataset_info = {};
      },
    ],
    [
      'a name without its method',
      '/run_info/experiment_name',
      (copy) => {
        copy.run_info.experiment_name = 'rank32';
      },
    ],
    [
      'a model without a name',
      '/run_info/train_config/model_id',
      (copy) => {
        copy.run_info.train_config.model_id = '//';
      },
    ],
  ])('is refused: %s', async (_, path, edit) => {
    expectProblem(await publish(changed(edit)), 400, 'validation', [path]);
  });

  it('is refused to a viewer', async () => {
    expectProblem(await api.post('/v1/published-results', results[0], 'viewer'), 403, 'forbidden');
  });
});

describe('a table of a FlowerTune leaderboard', () => {
  const entry = (rank: number, team: string, average: number, [stem, social, humanities]: number[]) => ({
    rank,
    team,
    model: 'Qwen2.5-7B-Instruct',
    communication: '1.5 GB',
    average,
    scores: { STEM: stem, 'Social Sciences': social, Humanities: humanities },
  });
  // The first five places of general NLP, with one name for all models.
  const entries = [
    entry(1, 'ZeroOne.AI', 69.25, [66.13, 80.76, 60.87]),
    entry(2, 'Gachon', 69.19, [66.22, 80.56, 60.8]),
    entry(3, 'T-IoI@UNR', 67.78, [59.75, 81.11, 62.48]),
    entry(4, 'FL-finetune-JB-DC', 67.71, [63.11, 79.29, 60.74]),
    entry(5, 'FL-finetune-JB-DC', 67.18, [62.67, 78.94, 59.93]),
  ];
  const at = { task: 'flowertune-nlp', base: 'any-base' };
  const post = (body: object) => api.post('/v1/published-results/flowertune', body);

  it('stands on a board of its own with the intervals that its questions imply, and says what is a tie', async () => {
    expect((await post({ entries }).expect(201)).body).toMatchObject({ name: '5 entries', ...at, known: false });
    expect((await post({ entries }).expect(201)).body).toMatchObject({ known: true });
    const { rows, comparisons, testExamples, published } = await board(at);
    expect(testExamples).toBe(3153 + 3077 + 4705);
    expect(published!.remark).toContain('One number for each entry');
    expect(rows.map(({ method }) => method)).toEqual([
      'ZeroOne.AI · Qwen2.5-7B-Instruct',
      'Gachon · Qwen2.5-7B-Instruct',
      'T-IoI@UNR · Qwen2.5-7B-Instruct',
      'FL-finetune-JB-DC · Qwen2.5-7B-Instruct #4',
      'FL-finetune-JB-DC · Qwen2.5-7B-Instruct #5',
    ]);
    // statsmodels: Wilson's ends of each column, combined as Zou and Donner do
    expect(rows[0]!.score).toBeCloseTo(0.6925313066643298, 12);
    expect(rows[0]!.interval![0]).toBeCloseTo(0.6838349735508377, 12);
    expect(rows[0]!.interval![1]).toBeCloseTo(0.700973048923516, 12);
    expect(rows[0]!.config).toMatchObject({ place: 1, published: 69.25, communication: '1.5 GB' });
    // Score tests pooled by column, multipletests(method='holm'): the first four places cannot be told apart.
    expect(rows.map(({ group }) => group)).toEqual(['a', 'a', 'ab', 'ab', 'b']);
    const first = comparisons.find(({ a, b }) => a === 0 && b === 4)!;
    expect(first.adjustedPValue).toBeCloseTo(0.009242770147584492, 12);
    expect(rows[0]).toMatchObject({
      steps: null,
      trainableParameters: null,
      measuredPeakBytes: null,
      validation: null,
    });
    const { boards } = BoardList.parse((await api.get('/v1/leaderboards').expect(200)).body);
    expect(boards).toContainEqual(
      expect.objectContaining({ ...at, title: 'FlowerTune LLM leaderboard (general NLP)', published: true }),
    );
  });

  it('says which percentage no number of right answers gives, and gives way to a newer table', async () => {
    const scores = { PubMedQA: 59.94, MedMCQA: 69.4, MedQA: 59.94, CareQA: 57.74 };
    const odd = { ...entries[0]!, average: 61.75, scores };
    const medical = { task: 'flowertune-medical', base: 'any-base' };
    await post({ entries: [odd] }).expect(201);
    expect((await board(medical)).rows[0]!.config.noShareOf).toBe('PubMedQA 59.94 of 500');
    const newer = { ...odd, team: 'Newer', scores: { ...scores, PubMedQA: 60 }, average: 61.77 };
    await post({ entries: [newer] }).expect(201);
    const { rows } = await board(medical);
    expect(rows.map(({ method, config }) => [method, config.noShareOf])).toEqual([
      ['Newer · Qwen2.5-7B-Instruct', undefined],
    ]);
    const none = (await board({ ...medical, memoryBudgetMiB: '1' })).rows;
    expect(none.map(({ status, reason }) => [status, reason])).toEqual([
      ['unscored', 'no published run is within what was asked for'],
    ]);
  });

  it('refuses scores of several leaderboards, and a viewer', async () => {
    const other = { ...entries[1]!, scores: { PubMedQA: 1 } };
    expectProblem(await post({ entries: [entries[0]!, other] }), 400, 'validation', ['/entries/1/scores']);
    expectProblem(await post({ entries: [] }), 400, 'validation', ['/entries']);
    expectProblem(await api.post('/v1/published-results/flowertune', { entries }, 'viewer'), 403, 'forbidden');
  });
});

describe('experiments of the comparison', () => {
  const experiment = (name: string, params: object = {}, config: object = {}) => ({
    name,
    adapterConfig: { peft_type: 'LORA', r: 8, lora_alpha: 16, target_modules: ['q_proj'], ...config },
    trainingParams: { optimizer_kwargs: { lr: 1e-4 }, lr_scheduler: 'constant', ...params },
  });
  const read = async (experiments: object[], name = 'n') => {
    const request = { name, task: 'spam-assassin', base: api.base, memoryBudgetMiB: [16], experiments };
    const response = await api.post('/v1/peft-experiments', request, 'viewer');
    expect(response.status, JSON.stringify(response.body)).toBe(200);
    return response.body as PeftExperimentSweeps;
  };

  it.each<[string, object, object, RegExp]>([
    ['more steps', { max_steps: 2_000_000 }, {}, /^max_steps: must be at most 1000000, got 2000000$/],
    ['larger batches', { batch_size: 5000 }, {}, /^batch_size: must be at most 1024, got 5000$/],
    ['a larger norm', { grad_norm_clip: 1e300 }, {}, /^grad_norm_clip: must be at most 1000000, got 1e\+300$/],
    ['a larger rate', { optimizer_kwargs: { lr: 2 ** 31 } }, {}, /^learningRate: must be at most 100, got 2147483648$/],
    ['a larger rank', {}, { r: 2 ** 31 }, /^rank: must be at most 65536, got 2147483648$/],
    ['an optimizer called constructor', { optimizer_type: 'constructor' }, {}, /^optimizer_type: constructor is not/],
    [
      'an optimizer called toString',
      { optimizer_type: 'toString' },
      {},
      /^optimizer_type: toString is not here; AdamW/,
    ],
  ])('refuses one with %s than a sweep takes, and reads the others', async (_, params, config, reason) => {
    const { sweeps, refused } = await read([experiment('lora/x', params, config), experiment('lora/y')]);
    expect(refused).toEqual([{ name: 'lora/x', reason: expect.stringMatching(reason) }]);
    expect(sweeps.map(({ methods }) => methods.length)).toEqual([1]);
  });

  it('makes several sweeps of more methods than one takes, whose names are no longer than names may be', async () => {
    const rates = Array.from({ length: 65 }, (_, at) =>
      experiment(`lora/${at}`, { optimizer_kwargs: { lr: 1e-4 * (at + 1) } }),
    );
    const longest = `${'x'.repeat(190)}${'😀'.repeat(5)}`;
    const { sweeps, refused } = await read(rates, longest);
    expect(refused).toEqual([]);
    expect(sweeps.map(({ methods }) => methods.length)).toEqual([64, 1]);
    expect(sweeps.map(({ name }) => name)).toEqual([1, 2].map((n) => `${'x'.repeat(190)} (${n} of 2)`));
  });
});

it('tells configurations apart that do not fit: by learning rate, and by the settings of training that differ', async () => {
  const tooSmall = { rank: [1], memoryBudgetMiB: [0.01] };
  await create(api, { ...tooSmall, learningRate: [0.001, 0.003] });
  const training = { steps: 10, batchSize: 4, sequenceLength: 32 };
  await create(api, { ...tooSmall, learningRate: [0.001], training: { ...training, targets: ['query'] } });
  const response = await api.get(`/v1/leaderboard?task=moby-dick&base=${api.base}&by=configuration`).expect(200);
  const rows = Leaderboard.parse(response.body).rows.filter(
    ({ rank, status }) => rank === 1 && status === 'does-not-fit',
  );
  const both = ['query', 'value'];
  expect(rows.map(({ learningRate, settings }) => [learningRate, settings])).toEqual(
    expect.arrayContaining([
      [0.001, { targets: both }],
      [0.003, { targets: both }],
      [0.001, { targets: ['query'] }],
    ]),
  );
  expect(rows).toHaveLength(3);
});
