/** @file Sweeps that wait for others, those that compress, and paper claims, as a person sees them. */
import {
  type CreateSweepInput,
  type Estimate,
  type FileEstimate,
  publishedConfig,
  type SweepDetail,
} from '@rankforge/contracts';
import type { Locator, Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { waitFor } from '../support/index.js';
import { writeTinyBase } from '../support/tiny-base.js';
import { tinyTask } from '../support/tiny-dataset.js';
import { createTinyPlatform } from '../support/tiny-platform.js';
import { seriousViolations } from './all-pages.js';
import { keepPicture, type Looked, lookAt, signInByLink } from './dashboard-page.js';
import { openedDashboard } from './opened-dashboard.js';

let base: string;
let compressed: string;
let waiting: string;

const training = { batchSize: 8, sequenceLength: 32 };

const on = openedDashboard(createTinyPlatform, async (platform) => {
  ({ base } = platform);
  const common = { task: tinyTask, base, memoryBudgetMiB: [512], seed: [0, 1], learningRate: [0.003] };
  compressed = await submit({
    ...common,
    name: 'Smaller by SVD',
    kind: 'compress',
    methods: [{ name: 'svd', config: { ratio: [0.3, 0.6] } }],
    recoverySteps: [0, 20],
    training,
  });
  await submit({
    ...common,
    name: 'Fine-tuned',
    methods: [{ name: 'lora' }, { name: 'lora-xs' }],
    rank: [2],
    training: { ...training, steps: 20 },
  });
  waiting = await submit({
    ...common,
    name: 'On what is left of it',
    on: compressed,
    methods: [{ name: 'lora' }],
    rank: [2],
    training: { ...training, steps: 10 },
  });
});

async function submit(body: CreateSweepInput): Promise<string> {
  const response = await on.platform.request(on.api, '/v1/sweeps', { body, role: 'submitter' });
  const made = (await response.json()) as SweepDetail;
  expect(response.status, JSON.stringify(made)).toBe(201);
  return made.id;
}

const look = (...asked: Looked) => lookAt(on.browser, { url: on.api.url, key: on.platform.keys.submitter }, ...asked);

it('shows what a sweep waits for, draws what follows from what, and that it goes on', async () => {
  const { page, close } = await on.openPage();
  await signInByLink(page, on.platform.keys.submitter, `/sweeps/${waiting}`);
  await page.getByText('Waits for another sweep').waitFor();
  await page.getByText('Waiting', { exact: true }).first().waitFor();
  const section = page.getByRole('region', { name: 'Dependencies' });
  await section.getByRole('img', { name: 'Dependencies of 2 sweeps' }).and(page.locator('[aria-busy=false]')).waitFor();
  await section.getByText('starts from the best model of Smaller by SVD').waitFor();
  await section.getByRole('link', { name: 'Smaller by SVD' }).click();
  await page.waitForURL(`**/sweeps/${compressed}/curves`);
  await close();
  await look(`/sweeps/${waiting}`, 'waiting', (shown) =>
    shown.getByRole('img', { name: 'Dependencies of 2 sweeps' }).and(shown.locator('[aria-busy=false]')).waitFor(),
  );

  await on.platform.hostWorker({ RANKFORGE_WORKER_SLOTS: '2' });
  await waitFor(
    'all sweeps to complete',
    async () => (await on.platform.db.sweep.count({ where: { state: { not: 'COMPLETED' } } })) === 0,
  );
  const after = await on.openPage();
  await signInByLink(after.page, on.platform.keys.submitter, `/sweeps/${waiting}`);
  await after.page.getByText('Completed', { exact: true }).first().waitFor();
  expect(await after.page.getByText('Waits for another sweep').count()).toBe(0);
  await after.page.getByText('starts from a model of Smaller by SVD').waitFor();
  await after.close();
});

it('has a board of compressions, with what is stored and the score before', async () => {
  await look(`/sweeps/${compressed}/leaderboard`, 'compressions', async (page) => {
    const board = page.getByRole('table', { name: 'Leaderboard' });
    await board.getByText('svd keeps 0.3 untrained').waitFor();
    if ((page.viewportSize()?.width ?? 0) < 1000) return;
    await board.getByText('Before', { exact: true }).waitFor();
    await board
      .getByText(/0\.\d{3} of the base/)
      .first()
      .waitFor();
  });
});

it('makes a compression with a form of its own', async () => {
  const { page, errors, close } = await on.openPage();
  await signInByLink(page, on.platform.keys.submitter, '/sweeps/new');
  await page.getByRole('textbox', { name: 'Name' }).fill('By hand');
  await page.getByText('Compress', { exact: true }).click();
  await page.getByRole('heading', { name: 'Truncated SVD' }).waitFor();
  await page.getByRole('combobox', { name: 'Recovery steps' }).waitFor();
  expect(await page.getByRole('textbox', { name: 'Steps', exact: true }).count()).toBe(0);
  await page.getByRole('combobox', { name: 'Add a method' }).click();
  const compressor = page.getByRole('option', { name: 'ASVD' });
  await compressor.waitFor();
  expect(await page.getByRole('option', { name: 'DoRA' }).count()).toBe(0);
  await compressor.click();
  await page.getByRole('combobox', { name: 'Task' }).click();
  await page.getByRole('option', { name: /^Moby-Dick/ }).click();
  await page.getByRole('button', { name: /^Start \d+ trials$/ }).waitFor();
  await keepPicture(page, 'compress-form');
  await page.getByText('Pretrain', { exact: true }).click();
  await page.getByText('From scratch', { exact: true }).waitFor();
  await page.getByRole('heading', { name: 'Full fine-tuning' }).waitFor();
  // Cards of a kind come back with it.
  await page.getByText('Compress', { exact: true }).click();
  await page.getByRole('heading', { name: 'ASVD' }).waitFor();
  expect(await page.getByRole('heading', { name: 'Truncated SVD' }).count()).toBe(1);
  await page.getByText('Fine-tune', { exact: true }).click();
  await page.getByRole('heading', { name: 'LoRA', exact: true }).waitFor();
  expect(await page.getByRole('region', { name: /^Method / }).count()).toBe(1);
  expect(errors).toEqual([]);
  await close();
});

it('proposes the engine that a live worker runs, and says how to add it for a large base where none does', async () => {
  await writeTinyBase(on.platform.modelsDir, undefined, { name: 'large', width: 512, layers: 5 });
  const engine = (page: Page) => page.getByRole('combobox', { name: 'Engine' });
  const advice = (page: Page) => page.getByText(/^large has 1\d/);
  await look('/sweeps/new', 'engine-to-add', async (page) => {
    await expect.poll(() => engine(page).inputValue()).toBe('wasm');
    await page.getByRole('combobox', { name: 'Base model' }).click();
    await page.getByRole('option', { name: 'large' }).click();
    await advice(page).waitFor();
  });
  const worker = await on.platform.hostWorker({ RANKFORGE_ENGINES: 'wasm,tensorflow' });
  await look('/sweeps/new', 'engine-proposed', async (page) => {
    await expect.poll(() => engine(page).inputValue()).toBe('tensorflow');
    await page.getByRole('combobox', { name: 'Base model' }).click();
    await page.getByRole('option', { name: 'large' }).click();
    expect(await advice(page).count()).toBe(0);
    await engine(page).click();
    const options = await page.getByRole('option').allTextContents();
    expect(options).toEqual(['tensorflow', 'wasm', 'webgpu', 'torch', 'cpu']);
    await page.getByText('Run by nobody now').waitFor();
  });
  await worker.stop();
});

it('puts paper claims beside what was measured, the ones that ask for a look first', async () => {
  await look('/paper-claims', 'paper-claims', async (page) => {
    const list = page.getByRole('list', { name: 'Paper claims' });
    const fewer = list.getByRole('listitem').filter({ hasText: 'LoRA-XS' }).filter({ hasText: 'not tested here on' });
    await fewer.getByText(/8 against 256: × 0\.03125, claimed × 0\.01, not tested here/).waitFor();
    await fewer.getByRole('link', { name: 'sweep' }).waitFor();
    await list.getByRole('listitem').filter({ hasText: 'DoRA' }).first().getByText('not measured').waitFor();
  });
});

/** `config.json` of meta-llama/Llama-3.2-1B with a quarter of its layers, as far as shapes follow from it. */
const llama = {
  model_type: 'llama',
  hidden_size: 2048,
  intermediate_size: 8192,
  max_position_embeddings: 131_072,
  num_attention_heads: 32,
  num_hidden_layers: 4,
  num_key_value_heads: 8,
  head_dim: 64,
  rms_norm_eps: 1e-5,
  rope_theta: 500_000,
  tie_word_embeddings: true,
  vocab_size: 128_256,
};

it('estimates a pasted config.json: bars against a budget, what fits, and what would', async () => {
  await look('/estimate', 'estimate', async (page) => {
    const answer = page.getByRole('region', { name: 'Answer' });
    // The first view is an answer already, on a base that reads tokens and within a budget.
    await answer.getByText('lora r8', { exact: true }).first().waitFor();
    await answer.getByText('fits', { exact: true }).first().waitFor();
    expect(await page.getByRole('alert').count()).toBe(0);
    await page.getByText('A config.json', { exact: true }).click();
    await answer.getByText('Paste the config.json of a model').waitFor();
    await page.getByLabel('config.json', { exact: true }).last().fill(JSON.stringify(llama));
    await page.getByRole('textbox', { name: 'Budget' }).fill('3.45 GiB');
    await page.getByRole('combobox', { name: 'Ranks' }).fill('8,64');
    await page.getByRole('textbox', { name: 'Batch' }).fill('4');
    await answer.getByText('does not fit', { exact: true }).first().waitFor();
    const ways = answer.getByRole('table', { name: 'Ways to make it fit' });
    await ways
      .getByRole('cell', { name: /^attention chunked(, batch \d)?$/ })
      .first()
      .waitFor();
    await answer
      .getByText(/largest that fits, one at a time: rank \d+, batch 4, sequence \d+/)
      .first()
      .waitFor();
    // 4 layers, rank 8: queries 2048 → 2048, values 2048 → 512.
    await answer.getByText(`${((4 * 8 * (2048 + 2048 + 2048 + 512)) / 1000).toFixed(0)}K trained`).waitFor();
    await expect.poll(() => answer.getByText('506M', { exact: true }).count()).toBe(1);
    const bars = answer.getByRole('img', {
      name: /^lora r8: predicted .* within the budget of 3.45 GiB: Weights 1.88 GiB/,
    });
    await expect.poll(() => bars.count()).toBe(1);
    // All pages are looked at as they begin; this one has its answer only now.
    if ((page.viewportSize()?.width ?? 0) > 1000) expect(await seriousViolations(page)).toEqual([]);
  });
});

/** The request of the form as it begins, on a published model in torch. */
const bfloat16 = {
  config: publishedConfig('meta-llama/Llama-3.1-8B')!,
  methods: ['full-ft', 'lora', 'dora', 'vera', 'ia3'],
  torch: {},
};
const qlora = { ...bfloat16, dtype: 'nf4' };

async function askApi(body: object): Promise<Estimate> {
  const response = await on.platform.request(on.api, '/v1/estimate', { body, role: 'viewer' });
  expect(response.status).toBe(200);
  return (await response.json()) as Estimate;
}

const threeDigits = (value: number) => (value < 100 ? value.toPrecision(3) : String(Math.round(value)));
const sized = (bytes: number) =>
  bytes < 2 ** 30 ? `${threeDigits(bytes / 2 ** 20)} MiB` : `${threeDigits(bytes / 2 ** 30)} GiB`;

/** Holds each bar to the answer of the API: its words, and where parts, whisker, budget and the card's end stand. */
async function holdsBars(answer: Locator, { rows, budget, card }: Estimate): Promise<void> {
  for (const { method, rank, memory, torch, fits } of rows) {
    const name = rank === null ? method : `${method} r${rank}`;
    const { low, high } = torch!.intervals.reserved;
    const bar = answer.getByRole('img', { name: `${name}: predicted` });
    const said = `${name}: predicted ${sized(memory.total)}, between ${sized(low)} and ${sized(high)}, ${fits ? 'within' : 'over'} the budget of ${sized(budget!)}: `;
    await expect.poll(() => bar.getAttribute('aria-label')).toContain(said);
    const shares = await bar.evaluate((frame) => {
      const from = frame.getBoundingClientRect();
      const place = (selector: string) => {
        const box = frame.querySelector(selector)!.getBoundingClientRect();
        return [box.left, box.right].map((edge) => (edge - from.left) / from.width);
      };
      const parts = [...frame.querySelectorAll('[class*=part]')].map((part) => part.getBoundingClientRect().width);
      const all = parts.reduce((sum, width) => sum + width, 0) / from.width;
      return {
        all,
        whisker: place('[class*=whisker]'),
        budget: place('[class*=budget]'),
        taken: place('[class*=taken]'),
      };
    });
    // The end of the bar stands for so many bytes.
    const end = memory.total / shares.all;
    const near = (share: number | undefined, bytes: number) => expect(share! * end).toBeCloseTo(bytes, -8);
    near(shares.whisker[0], low);
    near((shares.budget[0]! + shares.budget[1]!) / 2, budget!);
    near(shares.taken[0], card!.left);
    near(shares.taken[1], card!.bytes);
    // A whisker has a width that can be seen.
    if (high - low > end / 60) near(shares.whisker[1], high);
  }
}

async function choose(page: Page, field: string, value: string): Promise<void> {
  await page.getByRole('combobox', { name: field }).click();
  await page.getByRole('option', { name: value, exact: true }).click();
}

it('estimates what torch holds on CUDA as it is set up', async () => {
  const ready = async (page: Page) => {
    const answer = page.getByRole('region', { name: 'Answer' });
    await page.getByText('A config.json', { exact: true }).click();
    await page.getByLabel('config.json', { exact: true }).last().fill(JSON.stringify(llama));
    await page.getByText('torch on CUDA').click();
    await choose(page, 'Kernels of the base', 'nf4');
    await choose(page, 'Attention', 'flash');
    await choose(page, 'Update', 'paged-8bit');
    await answer
      .getByText(
        /the base in nf4 with double quantization, prepared \(.*\), blocks run again, attention by flash, paged-8bit updates/,
      )
      .waitFor();
    await answer.getByRole('columnheader', { name: 'Reserved' }).waitFor();
    const said = /^lora r8: predicted .*, between [\d,.]+ [MG]iB and [\d,.]+ [MG]iB, .*: Weights [\d,.]+ [MG]iB/;
    await expect.poll(() => answer.getByRole('img', { name: said }).count()).toBe(1);
    await answer.getByText('Reserved, in 95 of 100 runs').waitFor();
    if ((page.viewportSize()?.width ?? 0) > 1000) expect(await seriousViolations(page)).toEqual([]);
  };
  await look('/estimate', 'estimate-torch', ready);
});

it('estimates a published model for a card, with the time of a step, and names cards where none is chosen', async () => {
  await look('/estimate', 'estimate-card', async (page) => {
    const answer = page.getByRole('region', { name: 'Answer' });
    await page.getByText('A published model').click();
    await page.getByText('torch on CUDA').click();
    await choose(page, 'Kernels of the base', 'nf4');
    await choose(page, 'Card', 'GeForce RTX 4090 · 24.0 GiB');
    await answer.getByText('Fit GeForce RTX 4090').waitFor();
    await answer
      .getByText(
        /The budget is 23\.0 GiB: of the 24\.0 GiB of GeForce RTX 4090, driver, CUDA context and libraries are assumed to take 1004 MiB\./,
      )
      .waitFor();
    await answer
      .getByText(/^0\.28 to 0\.74 s a step, if 20 to 50 % of the card's rate is reached$/)
      .first()
      .waitFor();
    expect(await page.getByRole('textbox', { name: 'Budget' }).isDisabled()).toBe(true);
    await holdsBars(answer, await askApi({ ...qlora, gpu: 'rtx-4090' }));
    await answer.getByText(/Batch 1, 512 tokens, adapters on query, value, optimizer adamw\./).waitFor();
    if ((page.viewportSize()?.width ?? 0) > 1000) expect(await seriousViolations(page)).toEqual([]);
  });
});

it('names ways to make a row fit, each with what the API predicts of it, and asks for one at a press', async () => {
  await look('/estimate', 'estimate-ways', async (page) => {
    const answer = page.getByRole('region', { name: 'Answer' });
    await page.getByText('A published model').click();
    await page.getByText('torch on CUDA').click();
    await choose(page, 'Card', 'GeForce RTX 4090 · 24.0 GiB');
    await page.getByRole('textbox', { name: 'Batch' }).fill('4');
    await answer.getByText('Batch 4, 512 tokens', { exact: false }).waitFor();
    const asked = { ...bfloat16, batch: 4, gpu: 'rtx-4090' };
    const { rows, budget } = await askApi(asked);
    const lora = rows.find(({ method }) => method === 'lora')!;
    expect(lora.changes!.map(({ total: _, ...change }) => Object.keys(change))).toEqual([
      ['batch'],
      ['checkpointing'],
      ['sequence'],
      ['gpus', 'shard'],
    ]);
    const ways = answer.getByRole('table', { name: 'Ways to make it fit' });
    const first = ways.getByRole('row').filter({ hasText: 'lora' }).first();
    const [{ batch, total }] = lora.changes as [{ batch: number; total: number }];
    await expect
      .poll(() => first.getByRole('cell').allTextContents())
      .toEqual([`${lora.method} r8`, `batch ${batch}`, 'time', sized(total), sized(budget! - total), 'Ask']);
    if ((page.viewportSize()?.width ?? 0) > 1000) expect(await seriousViolations(page)).toEqual([]);
    await first.getByRole('button', { name: `Ask for lora r8 with batch ${batch}` }).click();
    await expect.poll(() => page.getByRole('textbox', { name: 'Batch' }).inputValue()).toBe(String(batch));
    await answer.getByText(`Batch ${batch}, 512 tokens`, { exact: false }).waitFor();
    const again = await askApi({ ...asked, batch });
    expect(again.rows.find(({ method }) => method === 'lora')).toMatchObject({
      fits: true,
      torch: { intervals: { reserved: { high: total } } },
    });
    await holdsBars(answer, again);
  });
});

const axolotl = `base_model: meta-llama/Llama-3.1-8B
adapter: qlora
load_in_4bit: true
lora_r: 16
lora_alpha: 32
lora_target_linear: true
lora_mlp_kernel: false
sequence_len: 1024
micro_batch_size: 2
bf16: auto
gradient_checkpointing: true
wandb_project: mine
lora_rr: 8
`;

const uploaded = (name: string, text: string) => ({ name, mimeType: 'text/plain', buffer: Buffer.from(text) });

it('estimates an uploaded configuration of axolotl, and says what of it was read, ignored and not known', async () => {
  await look('/estimate', 'estimate-file', async (page) => {
    const answer = page.getByRole('region', { name: 'Answer' });
    await page.locator('input[type=file]').setInputFiles(uploaded('axolotl.yml', axolotl));
    await choose(page, 'Card', 'GeForce RTX 4090 · 24.0 GiB');
    const file = answer.getByRole('region', { name: 'File' });
    await file.getByRole('heading', { name: 'A file of axolotl, base meta-llama/Llama-3.1-8B' }).waitFor();
    await answer.getByText('Fit GeForce RTX 4090').waitFor();
    expect(await file.getByRole('listitem').allTextContents()).toEqual([
      'Read: base_model (line 1), adapter (line 2), load_in_4bit (line 3), lora_r (line 4), lora_alpha (line 5), lora_target_linear (line 6), sequence_len (line 8), micro_batch_size (line 9), bf16 (line 10), gradient_checkpointing (line 11)',
      'Ignored, as memory does not follow from them: lora_mlp_kernel (line 7), wandb_project (line 12)',
      'Not known, and so not read: lora_rr (line 13)',
    ]);
    const asked = { file: axolotl, gpu: 'rtx-4090' };
    const response = await on.platform.request(on.api, '/v1/estimate/from', { body: asked, role: 'viewer' });
    const { estimate } = (await response.json()) as FileEstimate;
    // Adapters of rank 16 on all seven layers of a block, as peft prints for this model.
    expect(estimate.rows.map(({ trainableParameters }) => trainableParameters)).toEqual([41_943_040]);
    await answer.getByText('Batch 2, 1,024 tokens', { exact: false }).waitFor();
    await holdsBars(answer, estimate);
    if ((page.viewportSize()?.width ?? 0) > 1000) expect(await seriousViolations(page)).toEqual([]);
  });
});

it('takes the files of a script at once, a pasted file, and says at the field which line cannot be taken over', async () => {
  const { page, errors, close } = await on.openPage();
  await signInByLink(page, on.platform.keys.viewer, '/estimate');
  const answer = page.getByRole('region', { name: 'Answer' });
  const upload = page.locator('input[type=file]');
  const adapter = '{"peft_type": "LORA", "r": 8, "lora_alpha": 16, "target_modules": ["q_proj", "v_proj"]}';
  await upload.setInputFiles([
    uploaded('config.json', JSON.stringify(llama)),
    uploaded('adapter_config.json', adapter),
    uploaded('sft.json', '{"max_length": 256, "bf16": true, "per_device_train_batch_size": 3}'),
  ]);
  await answer.getByText('Batch 3, 256 tokens, adapters on query, value', { exact: false }).waitFor();
  await answer.getByText(`${((4 * 8 * (2048 + 2048 + 2048 + 512)) / 1000).toFixed(0)}K trained`).waitFor();
  const configuration = page.getByRole('textbox', { name: 'Configuration' });
  await configuration.fill(axolotl.replace('bf16: auto', 'rl: dpo'));
  await page.getByText('line 10: rl: "dpo" is another objective').first().waitFor();
  await configuration.fill(axolotl.replace('meta-llama/Llama-3.1-8B', 'org/own'));
  await answer.getByRole('heading', { name: 'A file of axolotl, base org/own' }).waitFor();
  await page.getByLabel('config.json', { exact: true }).last().fill('');
  await page
    .getByText('org/own, the base model of the file, is not known here: give its config.json')
    .first()
    .waitFor();
  await upload.setInputFiles(uploaded('large.yml', `# ${'x'.repeat(65_535)}`));
  await page.getByText('large.yml has 65,537 bytes, and 65,536 are read').waitFor();
  await upload.setInputFiles(uploaded('config.json', JSON.stringify(llama)));
  await answer.getByText('506M', { exact: true }).waitFor();
  expect(await page.getByRole('radio', { name: 'A config.json' }).isChecked()).toBe(true);
  expect(errors.filter((error) => !error.includes('400'))).toEqual([]);
  await close();
});

it('says at the field of an estimate what is wrong with it', async () => {
  const { page, errors, close } = await on.openPage();
  await signInByLink(page, on.platform.keys.viewer, '/estimate');
  await page.getByRole('textbox', { name: 'Budget' }).fill('24');
  await page.getByText('expected a size such as 24GiB, in one of MB, GB, TB, MiB, GiB, TiB, M, G, T').waitFor();
  await page.getByRole('textbox', { name: 'Budget' }).fill('');
  await page.getByText('A config.json', { exact: true }).click();
  await page.getByLabel('config.json', { exact: true }).last().fill('{"model_type": "mamba"}');
  await page.getByText('model_type: "mamba" is not supported; expected one of gpt2').first().waitFor();
  await page.getByText('A base model').click();
  await page.getByText('torch on CUDA').click();
  await choose(page, 'Update', 'paged-8bit');
  await choose(page, 'Optimizer', 'SGD');
  await page.getByText('the update paged-8bit is of adamw alone, got sgd').first().waitFor();
  // The browser itself tells the console of the answer with status 400.
  expect(errors.filter((error) => !error.includes('400'))).toEqual([]);
  await close();
});

it('adds a generator, which the form of an evaluation offers, and deletes it', async () => {
  const { page, errors, close } = await on.openPage();
  await signInByLink(page, on.platform.keys.submitter, '/generators');
  await page.getByText('No generator was added yet').waitFor();
  await page.getByRole('link', { name: 'Add a generator' }).click();
  await page.getByText('A training', { exact: true }).click();
  await page.getByLabel('Name').fill('tuned');
  await page.getByLabel('Trial').fill('01900000-0000-7000-8000-000000000000');
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await page.getByText('there is no trial 01900000-0000-7000-8000-000000000000 in this project').first().waitFor();
  await page.getByText('A base model', { exact: true }).click();
  await page.getByLabel('Name').fill('Not A Slug');
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await page.locator('.mantine-InputWrapper-error').first().waitFor();
  await page.getByLabel('Name').fill('writer');
  await page.getByRole('combobox', { name: 'Base model' }).click();
  await page.getByRole('option', { name: base }).click();
  await page.getByRole('combobox', { name: 'Prompts' }).click();
  await page.getByRole('option', { name: 'by its chat template (model)' }).click();
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await page.getByText(`${base} brings no chat template: set template to plain or chatml`).first().waitFor();
  await page.getByRole('combobox', { name: 'Prompts' }).click();
  await page.getByRole('option', { name: 'by its chat template, if it has one' }).click();
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  const row = page.getByRole('row', { name: /writer.*Here, as plain/ });
  await row.getByText(base).waitFor();

  await page.goto('/sweeps/new');
  await page.getByText('Evaluate', { exact: true }).click();
  await page.getByRole('combobox', { name: 'Generator' }).click();
  await page.getByRole('option', { name: 'writer' }).click();
  expect(await page.getByRole('combobox', { name: 'Generator' }).inputValue()).toBe('writer');

  await page.goto('/generators');
  await row.getByRole('button', { name: 'Delete' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await page.getByText('No generator was added yet').waitFor();
  // The training that is not there, and a preview before the generator is chosen, which says that one is missing.
  expect(errors.filter((error) => !/400.*\/v1\/(generators|sweeps\/preview)$/.test(error))).toEqual([]);
  await close();
});

it('shows a question, what was retrieved, what was answered, and why that scored so', async () => {
  const words = 'harbour lantern compass anchor rudder bowline galley tiller windlass capstan'.split(' ');
  const asked = Array.from({ length: 30 }, (_, at) => {
    const [word, answer] = [words[at % 10]!, `${words[(at * 3 + 1) % 10]!}${at}`];
    return {
      question: `What hides the ${word} ${at}?`,
      answers: [answer],
      evidence: [`${answer} hides the ${word} ${at}.`],
    };
  });
  const form = new FormData();
  const mapping = { objective: 'grounded-answers', prompt: 'question', answers: 'answers', evidence: 'evidence' };
  const dataset = {
    name: 'hidden',
    format: 'jsonl',
    mapping: { ...mapping, answerTokens: 4 },
    split: { by: 'hash', validation: 0.3, test: 0.3 },
  };
  form.set('spec', JSON.stringify(dataset));
  form.set('file', new Blob([asked.map((one) => JSON.stringify(one)).join('\n')]), 'hidden.jsonl');
  const headers = { authorization: `Bearer ${on.platform.keys.submitter}` };
  const uploaded = await fetch(`${on.api.url}/v1/datasets`, { method: 'POST', headers, body: form });
  expect(uploaded.status, await uploaded.text()).toBe(201);
  const sweepId = await submit({
    name: 'Hidden words',
    kind: 'evaluate',
    task: 'dataset:hidden',
    base,
    methods: [{ name: 'rag', config: { reader: 'extract', topK: 2 } }],
    memoryBudgetMiB: [512],
    seed: [0],
    training: { sequenceLength: 32 },
  });
  await on.platform.hostWorker();
  const trial = () => on.platform.db.trial.findFirst({ where: { sweepId, kind: 'evaluate-test', state: 'SUCCEEDED' } });
  await waitFor('the answers', async () => (await trial()) !== null);

  await look(`/trials/${(await trial())!.id}`, 'answers', async (page) => {
    await page.getByRole('heading', { name: 'Answers', exact: true }).waitFor();
    await page.getByLabel('Order of the answers').selectOption('-score');
    const first = page.getByRole('button', { name: /^What hides the/ }).first();
    await first.click();
    const shown = (await first.textContent())!;
    const { question, answers, evidence } = asked.find((one) => shown.startsWith(one.question))!;
    const opened = page.getByRole('region', { name: question });
    await opened.getByText(`Right: ${answers[0]}.`).waitFor();
    await opened.getByText('tokenF1 1.000').waitFor();
    const read = opened.getByRole('list', { name: 'Passages that were read' });
    await read.getByText(evidence[0]!).waitFor();
    await read.getByText('100 % evidence').waitFor();
    expect(await seriousViolations(page)).toEqual([]);
  });
});
