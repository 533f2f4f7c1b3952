import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { createTinyPlatform } from '../support/tiny-platform.js';
import { type AddressIds, addressesOf, bringIn, seriousOn, seriousViolations } from './all-pages.js';
import { looks, savedBy, signInByLink, untilStill, untilSweep } from './dashboard-page.js';
import { openedDashboard } from './opened-dashboard.js';
import { setAxis } from './sweep-form.js';
import { filesOf } from './tar-files.js';

/** Made by the first test, read by the others. */
let sweepPath: string;

const on = openedDashboard(createTinyPlatform, (platform) => platform.hostWorker());

it('takes a user from the key through a sweep to its leaderboard', async () => {
  const { page, errors, external, close } = await on.openPage();
  await page.goto('/');
  await page.getByRole('heading', { name: 'Sign in to Rankforge' }).waitFor();

  await page.getByLabel('API key').fill('not a key');
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByText('A key is rf_ and 43 characters').waitFor();
  await page.getByLabel('API key').fill(on.platform.keys.submitter);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByText('No answers yet').waitFor();
  await page.getByRole('button', { name: 'Run the demo' }).waitFor();
  for (const [name, heading] of [
    ['Add data', 'Add data'],
    ['Estimate', 'Estimate'],
  ] as const) {
    await page.getByRole('main').getByRole('link', { name }).click();
    await page.getByRole('heading', { name: heading, level: 1 }).waitFor();
    await page.goBack();
  }

  await page.getByRole('link', { name: 'New sweep' }).first().click();
  await page.getByRole('textbox', { name: 'Name' }).fill('Browser test');
  await page.getByRole('combobox', { name: 'Task' }).click();
  await page.getByRole('option', { name: /^Moby-Dick/ }).click();
  await page.getByRole('combobox', { name: 'Add a method' }).click();
  await page.getByRole('option', { name: 'BitFit' }).click();
  await setAxis(page, 'Ranks', '2');
  await setAxis(page, 'Learning rates', '0.01');
  await setAxis(page, 'Seeds', '0, 1');
  await page.getByRole('textbox', { name: 'Steps', exact: true }).fill('20');
  await page.getByRole('textbox', { name: 'Batch size' }).fill('8');
  await page.getByRole('textbox', { name: 'Sequence length' }).fill('32');
  // Two methods, two seeds, one of everything else; each is scored.
  await page.getByRole('button', { name: 'Start 8 trials' }).click();

  sweepPath = `/sweeps/${await untilSweep(page)}`;
  await page.getByRole('heading', { name: 'Browser test', level: 1 }).waitFor();
  await page.getByText('Live', { exact: true }).waitFor();
  await page.getByText('Completed', { exact: true }).waitFor();

  await page.getByRole('tab', { name: 'Leaderboard' }).click();
  const board = page.getByRole('table', { name: 'Leaderboard' });
  await expect.poll(() => board.locator('tbody tr').count()).toBe(2);
  const rows = await board.locator('tbody tr').allInnerTexts();
  expect(rows.join('\n')).toContain('bitfit');
  for (const row of rows) expect(row).toMatch(/\d+\.\d+ – \d+\.\d+/);

  await page
    .getByText(/^Within [\d.]+ MiB, (lora|bitfit).* leads with perplexity \d+\.\d+ \(\d+\.\d+ to \d+\.\d+\)\. /)
    .waitFor();

  await page.getByRole('button', { name: 'Download the winner’s adapter' }).click();
  const winner = page.getByRole('dialog', { name: /^Adapter of (lora|bitfit)/ });
  await winner.getByText(/ seed [01], the best of 2 seeds on validation \(perplexity \d+/).waitFor();
  await winner.getByText(/^folder = "(lora-r2|bitfit)-seed[01]-(peft|merged)"/).waitFor();
  await untilStill(page);
  await expect.poll(() => seriousViolations(page)).toEqual([]);
  const saved = await savedBy(page, winner.getByRole('button', { name: /^(Python peft|Merged model)$/ }).first());
  expect(saved.name).toMatch(/^(lora-r2|bitfit)-seed[01]-(peft|merged)\.tar$/);
  expect((await filesOf(saved.bytes)).has('README.md')).toBe(true);
  await page.keyboard.press('Escape');
  await winner.waitFor({ state: 'hidden' });

  await board
    .getByRole('row', { name: /^bitfit/ })
    .locator('td')
    .nth(1)
    .click();
  const details = page.getByRole('dialog', { name: 'bitfit', exact: true });
  await details.getByRole('heading', { name: 'Adapter', exact: true }).waitFor();
  const comparisons = page.getByRole('table', { name: 'Comparisons' });
  await comparisons.getByText('95 % interval, simultaneous').waitFor();
  await expect.poll(() => seriousViolations(page)).toEqual([]);
  const trials = page.getByText('Its trials, one for each seed:').getByRole('link');
  await expect.poll(() => trials.count()).toBe(2);
  await trials.first().click();
  await page.waitForURL(/\/trials\/[0-9a-f-]{36}$/);
  await page.getByRole('heading', { name: /bitfit/, level: 1 }).waitFor();
  await page.goBack();
  // A sweep that has completed opens on its board; its curves stay a tab.
  const untilTab = (tab: string) => page.waitForURL(({ pathname }) => pathname === `${sweepPath}/${tab}`);
  await page.goto(sweepPath);
  await untilTab('leaderboard');
  await page.getByRole('tab', { name: 'Curves' }).click();
  await untilTab('curves');
  await page.getByRole('combobox', { name: 'Metric' }).waitFor();
  // The visit before signing in is answered with 401, which Chromium notes by itself.
  expect(errors.filter((error) => !/401.*\/v1\/me$/.test(error))).toEqual([]);
  expect(external).toEqual([]);
  await close();
});

it('outlives an API that is gone: says how old it is, keeps the form, and goes on by itself', async () => {
  const { page, close } = await on.openPage();
  let { api } = on;
  const port = new URL(api.url).port;
  const addresses: string[] = [];
  page.on('framenavigated', (frame) => addresses.push(frame.url()));
  await signInByLink(page, on.platform.keys.submitter, sweepPath);
  await page.getByText('Live', { exact: true }).waitFor();
  const away = page.getByRole('status').filter({ hasText: 'The server cannot be reached' });

  await api.stop();
  await page.getByText('Reconnecting', { exact: true }).waitFor();
  await page.getByText(/What you see is as of \d\d:\d\d:\d\d/).waitFor();
  // The code of this page was never asked for by the user, and its data cannot come.
  await page.getByRole('link', { name: 'Data and models' }).click();
  await page.getByRole('link', { name: 'Catalog' }).click();
  await page.getByRole('alert').getByText('The server could not be reached').waitFor();
  api = await on.platform.startApi({ PORT: port });
  await page.getByRole('heading', { name: 'Methods' }).first().waitFor();
  await away.waitFor({ state: 'hidden' });

  await page.getByRole('link', { name: 'New sweep' }).first().click();
  const name = page.getByRole('textbox', { name: 'Name' });
  await name.fill('Written before the outage');
  await setAxis(page, 'Ranks', '2');
  await page.getByRole('button', { name: /^Start \d+ trials?$/ }).waitFor();
  await api.stop();
  await away.waitFor();
  await setAxis(page, 'Seeds', '5');
  await page.getByRole('button', { name: /^Start/ }).click();
  await page.getByRole('alert').getByText('The server could not be reached').first().waitFor();
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Sweeps', exact: true }).click();
  await page.goBack();
  expect(await name.inputValue()).toBe('Written before the outage');
  api = await on.platform.startApi({ PORT: port });
  await away.waitFor({ state: 'hidden' });
  // A window that was loaded again has the form as well.
  await page.reload();
  expect(await name.inputValue()).toBe('Written before the outage');
  await page.getByRole('button', { name: 'Start 2 trials', exact: true }).click();
  const id = await untilSweep(page);
  expect((await on.platform.db.sweep.findUniqueOrThrow({ where: { id } })).spec).toMatchObject({
    rank: [2],
    seed: [5],
  });
  await page.getByRole('link', { name: 'New sweep' }).first().click();
  await expect.poll(() => name.inputValue()).toBe('');
  expect(addresses.filter((address) => !address.startsWith(api.url))).toEqual([]);
  await close();
});

it('shows what others published on a board of its own', async () => {
  const { results } = JSON.parse(await readFile(new URL('../e2e/fixtures/peft-results.json', import.meta.url), 'utf8'));
  for (const result of results) {
    const { status } = await fetch(`${on.api.url}/v1/published-results`, {
      method: 'POST',
      headers: { authorization: `Bearer ${on.platform.keys.submitter}`, 'content-type': 'application/json' },
      body: JSON.stringify(result),
    });
    expect(status).toBe(201);
  }
  const { page, errors, close } = await on.openPage();
  await signInByLink(page, on.platform.keys.viewer, '/leaderboard');
  await page.getByRole('combobox', { name: 'Task' }).click();
  await page.getByRole('option', { name: 'PEFT method comparison' }).click();
  await page.getByText('Published results: huggingface/peft').waitFor();
  await page.getByText('All configurations').click();
  const rows = page.getByRole('table', { name: 'Leaderboard' }).locator('tbody tr');
  await expect.poll(() => rows.count()).toBe(22);
  expect(await rows.first().textContent()).toContain('shira/llama-3.2-3B-lr_0.0003-random_seed_42');
  expect(errors).toEqual([]);
  await close();
});

it('shows runs that were trained elsewhere, and what their scores cannot say', async () => {
  const seeds = (method: string, ...scores: number[]) =>
    scores.map((score, seed) => ({ method, rank: 16, seed, score }));
  const runs = [
    ...seeds('lora', 0.6118, 0.6194, 0.6156),
    ...seeds('vera', 0.5723, 0.5689, 0.5761),
    ...seeds('rslora', 0.6216),
    { method: 'full', outcome: 'out-of-memory', peakBytes: 40 * 2 ** 30, device: 'NVIDIA A100 40GB' },
  ];
  const { status } = await fetch(`${on.api.url}/v1/runs`, {
    method: 'POST',
    headers: { authorization: `Bearer ${on.platform.keys.submitter}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'mine', base: 'meta-llama/Llama-3.2-3B', title: 'My comparison', runs }),
  });
  expect(status).toBe(201);
  const { page, errors, close } = await on.openPage();
  await signInByLink(page, on.platform.keys.viewer, '/leaderboard');
  await page.getByRole('combobox', { name: 'Task' }).click();
  await page.getByRole('option', { name: 'My comparison' }).click();
  await page.getByText('Runs trained elsewhere', { exact: true }).waitFor();
  const rows = page.getByRole('table', { name: 'Leaderboard' }).locator('tbody tr');
  await expect.poll(() => rows.count()).toBe(4);
  expect(await rows.nth(0).textContent()).toContain('one seed and no scores by example');
  expect(await rows.nth(1).textContent()).toContain('no scores by example: seeds only');
  expect(await rows.nth(3).textContent()).toContain('out of memory at 40960 MiB on NVIDIA A100 40GB');
  await page.getByText('Of 2 of 2 rows the examples are not known').waitFor();
  // No row with a score says what it cost.
  expect(await page.getByRole('heading', { name: /Score against/ }).count()).toBe(0);
  await page.getByRole('button', { name: 'Details of rslora r16' }).click();
  await page.getByText('This row has not been compared: one seed and no scores by example').waitFor();
  expect(await page.locator('main, [role=dialog]').getByRole('link', { name: /trial/i }).count()).toBe(0);
  expect(errors).toEqual([]);
  await close();
});

it('asks for standings once a budget is typed to its end, and takes it along to the boards', async () => {
  const { page, errors, close } = await on.openPage();
  const asked: string[] = [];
  page.on('request', (request) => {
    if (request.url().includes('/v1/standings')) asked.push(new URL(request.url()).search);
  });
  await signInByLink(page, on.platform.keys.viewer, '/standings');
  const table = page.getByRole('table', { name: 'Standings' });
  await table.waitFor();
  await page.getByRole('textbox', { name: 'Memory budget' }).pressSequentially('777');
  await page.keyboard.press('Enter');
  await page.waitForURL(/memoryBudgetMiB=777$/);
  await table.getByRole('link', { name: /^Moby-Dick/ }).click();
  await page.getByRole('table', { name: 'Leaderboard' }).waitFor();
  // No sweep had this budget.
  expect(await page.getByRole('combobox', { name: 'Memory budget' }).inputValue()).toBe('Fits 777 MiB');
  expect(new URL(page.url()).searchParams.get('kind')).toBe('finetune');
  expect([...new Set(asked)]).toEqual(['', '?memoryBudgetMiB=777']);
  expect(errors).toEqual([]);
  await close();
});

describe('every page', () => {
  let ids: AddressIds;
  beforeAll(async () => {
    const trained = await on.platform.db.trial.findFirstOrThrow({
      where: { method: 'lora', kind: 'train', state: 'SUCCEEDED' },
    });
    ids = await bringIn(on.platform, on.api, trained.id);
  });

  it.each(looks)(
    'fits $width pixels, is drawn and has nothing that axe calls serious in the $colorScheme theme',
    async ({ colorScheme, width }) => {
      const { page, errors, external, close } = await on.openPage({
        viewport: { width, height: 900 },
        colorScheme,
      });
      const found: string[] = [];
      const look = async (address: string) =>
        void found.push(...(await seriousOn(page, address, { width, colorScheme })));
      await look('/sign-in');
      await signInByLink(page, on.platform.keys.admin);
      const others = [
        '/leaderboard?task=peft-metamathqa',
        '/leaderboard?by=configuration',
        `${sweepPath}/leaderboard`,
        '/nowhere',
      ];
      // The start of a sweep goes on to one of its tabs, which are looked at themselves.
      const goesOn = /^\/(sign-in|sweeps\/[0-9a-f-]{36}\/?)$/;
      const addresses = (await addressesOf(page, ids)).filter((address) => !goesOn.test(address));
      for (const address of [...addresses, ...others]) await look(address);
      expect(found).toEqual([]);
      expect(errors.filter((error) => !/401.*\/v1\/me$/.test(error))).toEqual([]);
      expect(external).toEqual([]);
      await close();
    },
  );

  it('opens the leaderboard of the data set, whose sweep is the newest with results', async () => {
    const { page, errors, close } = await on.openPage();
    await signInByLink(page, on.platform.keys.viewer, '/leaderboard');
    const board = page.getByRole('table', { name: 'Leaderboard' });
    await board.getByText('Test accuracy').waitFor();
    expect(await page.getByRole('combobox', { name: 'Task' }).inputValue()).toBe('animals');
    expect(errors).toEqual([]);
    await close();
  });
});
