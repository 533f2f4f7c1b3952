/** @file Trials in the page: what they leave in every format, what a federation sent, and what a generator wrote. Adapters of peft come in, and go again. */
import { createHash, randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ArtifactStore } from '@rankforge/db';
import { readAdapter, readSafetensors } from '@rankforge/peft';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { submit, tinySweep, trainings, untilCompleted } from '../e2e/worker-sweeps.js';
import { waitFor } from '../support/index.js';
import { tinyTask } from '../support/tiny-dataset.js';
import { createTinyPlatform } from '../support/tiny-platform.js';
import { seriousViolations } from './all-pages.js';
import { type Looked, lookAt, savedBy, signInByLink } from './dashboard-page.js';
import { openedDashboard } from './opened-dashboard.js';
import { filesOf } from './tar-files.js';

let base: string;
/** A LoRA training that has ended. */
let trialId: string;
/** What the page gave in the format of peft, by file. */
let peft: Map<string, Buffer>;

const on = openedDashboard(createTinyPlatform, async (platform) => {
  ({ base } = platform);
  await platform.hostWorker({ RANKFORGE_WORKER_SLOTS: '1' });
  const sweepId = await submit(
    platform,
    platform.api,
    tinySweep(base, { training: { steps: 10, checkpointEvery: 10 } }),
  );
  await untilCompleted(platform, sweepId);
  trialId = (await trainings(platform, sweepId))[0]!.id;
});

const look = (...asked: Looked) => lookAt(on.browser, { url: on.api.url, key: on.platform.keys.submitter }, ...asked);

/** What a button of the trial's page saves. */
const saved = (page: Page, button: string) => savedBy(page, page.getByRole('button', { name: button, exact: true }));

it('leave a trial in every format, with the tensors that training left, and as a generator', async () => {
  const { page, errors, close } = await on.openPage({ acceptDownloads: true });
  await signInByLink(page, on.platform.keys.viewer, `/trials/${trialId}`);
  const native = await saved(page, 'Native');
  expect(native.name).toMatch(/\.safetensors$/);
  const { info } = readAdapter(native.bytes);
  expect(info).toMatchObject({ method: 'lora', config: { rank: 2 } });

  peft = await filesOf((await saved(page, 'Python peft')).bytes);
  expect([...peft.keys()].sort()).toEqual(['README.md', 'adapter_config.json', 'adapter_model.safetensors']);
  const settings = JSON.parse(peft.get('adapter_config.json')!.toString()) as object;
  // Query and value of GPT-2 are parts of one module: the rank of both together.
  expect(settings).toMatchObject({ peft_type: 'LORA', r: 4, lora_alpha: 4 });

  const merged = await filesOf((await saved(page, 'Merged model')).bytes);
  expect([...merged.keys()].sort()).toEqual(['README.md', 'config.json', 'model.safetensors', 'tokenizer.json']);
  const { tensors } = readSafetensors(merged.get('model.safetensors')!, 'model.safetensors');
  const frozen = readSafetensors(
    await readFile(join(on.platform.modelsDir, base, 'model.safetensors')),
    'base',
  ).tensors;
  expect([...tensors.keys()].some((name) => name.endsWith('attn.c_attn.weight'))).toBe(true);
  // What LoRA does not adapt is the base's to the bit.
  expect(tensors.get('transformer.wte.weight')!.values).toEqual(frozen.get('embedding.tokens')!.values);

  await page.getByRole('link', { name: 'Add as a generator' }).click();
  expect(await page.getByRole('textbox', { name: 'Trial' }).inputValue()).toBe(trialId);
  expect(errors).toEqual([]);
  await close();
});

it('come in with what is wrong said, start a sweep, and are deleted after a question', async () => {
  const { page, errors, close } = await on.openPage();
  await signInByLink(page, on.platform.keys.submitter, '/adapters');
  await page.getByText('No adapter was imported yet').waitFor();
  await page.getByRole('link', { name: 'Import an adapter' }).click();
  const [config, weights] = ['.json', '.safetensors'].map((accept) =>
    page.locator(`input[type=file][accept="${accept}"]`),
  );
  const file = (name: string, content: Buffer) => ({ name, mimeType: 'application/octet-stream', buffer: content });
  const submitted = page.getByRole('button', { name: 'Import', exact: true });
  expect(await submitted.isDisabled()).toBe(true);
  await config!.setInputFiles(file('adapter_config.json', peft.get('adapter_config.json')!));
  await weights!.setInputFiles(
    file('adapter_model.safetensors', peft.get('adapter_model.safetensors')!.subarray(0, -8)),
  );
  await page.getByRole('combobox', { name: 'Base model' }).click();
  await page.getByRole('option', { name: base }).click();
  await page.getByRole('textbox', { name: 'Name' }).fill('Mine');
  await page.getByText(/^To go on: name it in lower-case words .* e\.g\. "mine"\.$/).waitFor();
  expect(await submitted.isDisabled()).toBe(true);
  await page.getByRole('textbox', { name: 'Name' }).fill('mine');
  await submitted.click();
  await page
    .getByText(/adapter_model\.safetensors/)
    .last()
    .waitFor();
  expect(await on.platform.db.importedAdapter.count()).toBe(0);

  await weights!.setInputFiles(file('adapter_model.safetensors', peft.get('adapter_model.safetensors')!));
  await submitted.click();
  await page.getByRole('heading', { name: 'mine', level: 1 }).waitFor();
  const kept = await on.platform.db.importedAdapter.findFirstOrThrow();
  expect(kept).toMatchObject({ name: 'mine', method: 'lora', base });
  await page.getByText('"from": "mine"').waitFor();

  await page.getByRole('link', { name: 'Adapters' }).first().click();
  const list = page.getByRole('table', { name: 'Adapters' });
  await expect
    .poll(() => list.locator('tbody tr').allInnerTexts())
    .toEqual([expect.stringMatching(/mine\s+lora\s+tiny/)]);
  await list.getByRole('link', { name: 'mine' }).click();
  await page.getByRole('button', { name: 'Delete' }).click();
  const question = page.getByRole('dialog', { name: 'Delete mine?' });
  await question.getByRole('button', { name: 'Keep' }).click();
  await question.waitFor({ state: 'hidden' });
  expect(await on.platform.db.importedAdapter.count()).toBe(1);
  await page.getByRole('button', { name: 'Delete' }).click();
  await question.getByRole('button', { name: 'Delete' }).click();
  await page.getByText('No adapter was imported yet').waitFor();
  expect(await on.platform.db.importedAdapter.count()).toBe(0);
  // The refused import is the one answer that is no success.
  expect(errors.filter((error) => !/400.*\/v1\/adapters$/.test(error))).toEqual([]);
  await close();
});

it('are not imported or deleted by a viewer', async () => {
  const { page, close } = await on.openPage();
  await signInByLink(page, on.platform.keys.viewer, '/adapters');
  await page.getByText('No adapter was imported yet').waitFor();
  expect(await page.getByRole('link', { name: 'Import an adapter' }).count()).toBe(0);
  await close();
});

it('draws a federation by step and by traffic, and says what it took to come to a target', async () => {
  const sweepId = await submit(on.platform, on.api, {
    name: 'Two sites',
    kind: 'federate',
    task: tinyTask,
    base,
    federation: { partition: { by: 'size', shares: [0.5, 0.5] }, rounds: 3, localSteps: 2 },
    methods: [
      { name: 'lora', strategy: 'fedavg' },
      { name: 'lora', strategy: 'median' },
    ],
    rank: [2],
    memoryBudgetMiB: [512],
    seed: [0],
    learningRate: [0.003],
    training: { batchSize: 8, sequenceLength: 32, evalEvery: 2 },
  });
  const done = () => on.platform.db.sweep.findFirst({ where: { id: sweepId, state: 'COMPLETED' } });
  await waitFor('the federation', async () => (await done()) !== null);

  await look(`/sweeps/${sweepId}/curves`, 'traffic', async (page) => {
    await page.getByRole('combobox', { name: 'Metric' }).click();
    await page.getByRole('option', { name: 'Validation loss' }).click();
    await page.getByLabel('Validation loss by step, one line for each of 2 groups').waitFor();
    await page.getByRole('combobox', { name: 'By', exact: true }).click();
    await page.getByRole('option', { name: 'Traffic' }).click();
    await page.getByLabel('Validation loss by traffic, one line for each of 2 groups').waitFor();
    await page.getByLabel('Target').fill('1e3');
    await page.getByLabel('Target').press('Enter');
    await expect.poll(() => page.url()).toMatch(/target=1000/);
    await page.reload();
    await expect.poll(() => page.getByLabel('Target').inputValue()).toBe('1000');
    const table = page.getByRole('table', { name: 'To 1000' });
    // Every loss is below that, from before the first round on.
    await expect.poll(() => table.getByRole('row').allTextContents()).toHaveLength(3);
    const [, first] = await table.getByRole('row').allTextContents();
    expect(first).toMatch(/^lora \+ (fedavg|median)1 of 1/);
    expect(await seriousViolations(page)).toEqual([]);
  });

  const { id } = (await on.platform.db.trial.findFirst({ where: { sweepId } }))!;
  await look(`/trials/${id}`, 'federation', async (page) => {
    await page.getByLabel('Bytes that 2 clients sent, by round').waitFor();
    const rows = page.getByRole('table', { name: 'Clients', exact: true }).getByRole('row');
    const size = String.raw`[\d.]+ KiB`;
    for (const row of (await rows.allTextContents()).slice(1)) {
      expect(row).toMatch(new RegExp(`^client-[01]\\d+3 of 3${size}${size}$`));
    }
    expect(await seriousViolations(page)).toEqual([]);
  });
});

it('draws the propensities that a training learned from clicks beside the true ones', async () => {
  const id = randomUUID();
  const propensities = { estimated: [1, 0.46, 0.36], true: [1, 0.5, 0.333] };
  // A result is written once: the row is another's, with what a worker that learns from clicks leaves.
  await on.platform.db.$executeRaw`
    INSERT INTO "Trial" SELECT (jsonb_populate_record(t, jsonb_build_object(
      'id', ${id}::uuid, 'ordinal', 1000, 'key', ${createHash('sha256').update(id).digest('hex')}::text,
      'result', t."result" || jsonb_build_object('propensities', ${JSON.stringify(propensities)}::jsonb)))).*
    FROM "Trial" t WHERE t."id" = ${trialId}::uuid`;
  await look(`/trials/${id}`, 'propensities', async (page) => {
    await page.getByLabel('Learned and true chances that 3 places are looked at').waitFor();
    const rows = page.getByRole('table', { name: 'Propensities' }).getByRole('row');
    await expect
      .poll(() => rows.allTextContents())
      .toEqual(['PlaceLearnedTrueError', '11.0001.000+0.0 %', '20.4600.500−8.0 %', '30.3600.333+8.1 %']);
    expect(await seriousViolations(page)).toEqual([]);
  });
});

/** Puts a file of places on a training that has ended, as a worker leaves it. */
async function keepPlaces(lines: readonly object[]): Promise<string> {
  const { id } = (await on.platform.db.trial.findFirst({ where: { kind: 'train', state: 'SUCCEEDED' } }))!;
  const stored = await new ArtifactStore(join(on.platform.dataDir, 'artifacts')).put(
    Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join('')),
  );
  await on.platform.db.artifact.deleteMany({ where: { trialId: id, kind: 'places' } });
  await on.platform.db.artifact.create({ data: { id: randomUUID(), trialId: id, kind: 'places', step: 0, ...stored } });
  return id;
}

it('draws where attacked documents stood before and after', async () => {
  const head = { format: 'rankforge-places-1', split: 'test', documents: 'attacked', queries: 3 };
  const id = await keepPlaces([
    head,
    { query: 'white whale', size: 11, of: 1, rows: [{ before: 11, place: 1 }] },
    { query: 'a ship', size: 11, of: 1, rows: [{ before: 11, place: 1 }] },
    { query: 'the sea', size: 10, of: 1, rows: [{ before: 10, place: 10 }] },
  ]);
  await look(`/trials/${id}`, 'places-attacked', async (page) => {
    await page.getByText('Of 3 attacked documents of 3 queries 2 came to a better place, 1 stayed').waitFor();
    await page.getByLabel('Places of 3 documents before and after the attack').waitFor();
    const rows = (name: string) => page.getByRole('table', { name }).getByRole('row').allTextContents();
    await expect.poll(() => rows('Moves')).toEqual(['BeforeAfterDocuments', '10101', '1112']);
    await expect
      .poll(() => rows('Places by query'))
      .toEqual(['QueryDocuments in orderBefore → after', 'white whale1111 → 1', 'a ship1111 → 1', 'the sea1010 → 10']);
    expect(await seriousViolations(page)).toEqual([]);
  });
});

it('draws recall by rank', async () => {
  const recall = [0.25, 0.25, 0.75];
  const id = await keepPlaces([
    { format: 'rankforge-places-1', split: 'test', documents: 'relevant', queries: 2, recall },
    { query: 'white whale', size: 3, of: 2, rows: [{ place: 1 }, { place: 3 }] },
    { query: 'a ship', size: 3, of: 2, rows: [{ place: 3 }] },
  ]);
  await look(`/trials/${id}`, 'places-recall', async (page) => {
    await page.getByLabel('Recall down to each of 3 ranks').waitFor();
    const rows = (name: string) => page.getByRole('table', { name, exact: true }).getByRole('row').allTextContents();
    await expect.poll(() => rows('Recall')).toEqual(['RankRecall', '10.250', '30.750']);
    await expect.poll(async () => (await rows('Places by query'))[2]).toBe('a ship33; 1 further down, or not found');
    expect(await seriousViolations(page)).toEqual([]);
  });
});

it('shows what a generator wrote for a training, and what was made of it', async () => {
  const { id } = (await on.platform.db.trial.findFirst({ where: { kind: 'train', state: 'SUCCEEDED' } }))!;
  // The file as a worker leaves it.
  const written = [
    { format: 'rankforge-texts-1', texts: 2, used: 1 },
    { prompt: 'Passage: "a whale"\nQuery:', text: ' who is white', as: 'who is white' },
    { prompt: 'Passage: "a ship"\nQuery:', text: '' },
  ];
  const stored = await new ArtifactStore(join(on.platform.dataDir, 'artifacts')).put(
    Buffer.from(written.map((line) => `${JSON.stringify(line)}\n`).join('')),
  );
  await on.platform.db.artifact.create({ data: { id: randomUUID(), trialId: id, kind: 'texts', step: 0, ...stored } });
  await look(`/trials/${id}`, 'texts', async (page) => {
    const table = page.getByRole('table', { name: 'Texts of a generator' });
    await page.getByText('1 of 2 texts made examples that were trained on.').waitFor();
    await expect.poll(() => table.getByRole('row').count()).toBe(3);
    await page.getByLabel('Which texts').selectOption('unused');
    await table.getByText('a ship').waitFor();
    await expect.poll(() => table.getByRole('row').count()).toBe(2);
    await table.getByText('no example').waitFor();
    await expect.poll(() => page.getByText('None is of this choice.').count()).toBe(0);
    expect(await seriousViolations(page)).toEqual([]);
  });
});

it('starts a table at its top when its order changes', async () => {
  // None of them fits, so none is trained.
  const seed = Array.from({ length: 256 }, (_, index) => index);
  const id = await submit(on.platform, on.api, tinySweep(base, { name: 'Long table', memoryBudgetMiB: [0.01], seed }));
  const { page, errors, close } = await on.openPage();
  await signInByLink(page, on.platform.keys.viewer, `/sweeps/${id}/trials`);
  const frame = page.getByRole('region', { name: 'Trials' });
  await frame.getByRole('link', { name: 'Trial 1', exact: true }).waitFor();
  await frame.hover();
  await page.mouse.wheel(0, 6000);
  await frame.getByRole('link', { name: 'Trial 170', exact: true }).waitFor();
  await frame.getByRole('columnheader', { name: '#' }).getByRole('button').click();
  await frame.getByRole('link', { name: 'Trial 256', exact: true }).waitFor();
  const top = 'document.querySelector("section[aria-label=Trials]").scrollTop';
  await expect.poll(() => page.evaluate<number>(top)).toBe(0);
  expect(errors).toEqual([]);
  await close();
});
