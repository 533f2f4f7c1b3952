import { mkdir, readFile } from 'node:fs/promises';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestApi } from '../support/index.js';
import { createTinyPlatform, type TinyPlatform } from '../support/tiny-platform.js';
import { type AddressIds, addressesOf, bringIn, seriousOn, seriousViolations } from './all-pages.js';
import { launchBrowser, looks, openPage, screenshots, signInByLink, untilSweep } from './dashboard-page.js';

let platform: TinyPlatform;
let api: TestApi;
let browser: Browser;
/** Made by the first test, read by the others. */
let sweepPath: string;

beforeAll(async () => {
  await mkdir(screenshots, { recursive: true });
  platform = await createTinyPlatform();
  ({ api } = platform);
  await platform.hostWorker();
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser?.close();
  await platform?.stop();
});

/** The input of a field; a required field's label goes on with a star. */
function field(page: Page, label: string): Locator {
  return page.locator('input:not([type=hidden], [type=checkbox])').and(page.getByLabel(label));
}

async function setAxis(page: Page, label: string, values: string): Promise<void> {
  const input = field(page, label);
  await input.click();
  for (let chip = 0; chip < 4; chip += 1) await input.press('Backspace');
  await input.fill(values);
  await input.press('Enter');
}

it('takes a user from the key through a sweep to its leaderboard', async () => {
  const { page, errors, external, close } = await openPage(browser, api.url);
  await page.goto('/');
  await page.getByRole('heading', { name: 'Sign in to Rankforge' }).waitFor();

  await page.getByLabel('API key').fill('not a key');
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByText('A key is rf_ and 43 characters').waitFor();
  await page.getByLabel('API key').fill(platform.keys.submitter);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByText('No sweeps yet').waitFor();

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
  await page.getByText('Completed', { exact: true }).waitFor({ timeout: 120_000 });

  await page.getByRole('tab', { name: 'Leaderboard' }).click();
  const board = page.getByRole('table', { name: 'Leaderboard' });
  await expect.poll(() => board.locator('tbody tr').count()).toBe(2);
  const rows = await board.locator('tbody tr').allInnerTexts();
  expect(rows.join('\n')).toContain('bitfit');
  for (const row of rows) expect(row).toMatch(/\d+\.\d+ – \d+\.\d+/);

  await page.getByText(/^(lora|bitfit).* leads with perplexity \d+\.\d+ \(\d+\.\d+ to \d+\.\d+\)\. /).waitFor();

  await board.getByRole('button', { name: /^Compare bitfit/ }).click();
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

it('takes the cursor to the first wrong field on a narrow screen, and says in words what is wrong', async () => {
  const { page, errors, close } = await openPage(browser, api.url, { viewport: { width: 390, height: 844 } });
  await signInByLink(page, platform.keys.submitter, '/sweeps/new');
  expect(new URL(page.url()).hash).toBe('');
  const start = page.getByRole('button', { name: /^Start/ });
  const name = page.getByRole('textbox', { name: 'Name' });
  const untilFocused = (input: Locator) => input.and(page.locator(':focus')).waitFor();
  await start.click();
  await expect.poll(() => name.getAttribute('aria-invalid')).toBe('true');
  await untilFocused(name);
  expect(await name.boundingBox()).toMatchObject({ y: expect.toSatisfy((y: number) => y > 56 && y < 844) });
  await page.getByText('must not be empty', { exact: true }).waitFor();

  await name.fill('Named');
  await setAxis(page, 'Memory budgets (MiB)', 'plenty');
  const budgets = field(page, 'Memory budgets (MiB)');
  await expect.poll(() => budgets.getAttribute('aria-invalid')).toBe('true');
  await start.click();
  await untilFocused(budgets);
  await setAxis(page, 'Memory budgets (MiB)', '64');

  // A field of a folded section, which only the server refuses: the section opens.
  const optimizer = page.getByRole('button', { name: 'Settings of AdamW' });
  expect(await optimizer.getAttribute('aria-expanded')).toBe('false');
  await optimizer.click();
  await setAxis(page, 'AdamW: weight decay', '-1');
  await optimizer.click();
  await start.click();
  await expect.poll(() => optimizer.getAttribute('aria-expanded')).toBe('true');
  await untilFocused(field(page, 'AdamW: weight decay'));
  expect(new URL(page.url()).pathname).toBe('/sweeps/new');
  // What is refused is answered with 400, which Chromium notes by itself.
  expect(errors.filter((error) => !/400.*\/v1\/sweeps/.test(error))).toEqual([]);
  await close();
});

it('suggests budgets from the predicted bytes, and leaves alone those that were chosen', async () => {
  const { page, errors, close } = await openPage(browser, api.url);
  await signInByLink(page, platform.keys.submitter, '/sweeps/new');
  const axes = page.getByRole('region', { name: 'Axes of the sweep' });
  const all = axes.getByText(/MiB fits all/);
  await setAxis(page, 'Ranks', '2, 64');
  const smaller = axes.getByRole('button', { name: /^[\d.]+ MiB fits 1 of 2$/ });
  await smaller.waitFor();
  // What fits all is in the field already, so it is not offered.
  expect(await all.count()).toBe(0);
  await page.getByText('does not fit').first().waitFor({ state: 'hidden' });
  const chip = Number(/^[\d.]+/.exec((await smaller.textContent())!)![0]);
  await smaller.click();
  await page.getByText(`does not fit ${chip.toPrecision(3)} MiB`).waitFor();
  await setAxis(page, 'Memory budgets (MiB)', '300');
  await setAxis(page, 'Ranks', '2');
  // Both of two ranks fit until the preview is of one.
  await expect.poll(() => page.getByText('fits 300 MiB').count()).toBe(1);
  await axes.getByRole('button', { name: /^[\d.]+ MiB fits it$/ }).waitFor();

  // A form that was left has the budgets that it had, and one that is begun again follows the prediction again.
  await page.reload();
  await page.getByText('fits 300 MiB').waitFor();
  await page.getByRole('button', { name: 'Start over' }).click();
  await page.getByText('fits 300 MiB').waitFor({ state: 'hidden' });
  await page.getByText('fits 512 MiB').waitFor({ state: 'hidden' });
  await page
    .getByText(/^fits [\d.]+ MiB$/)
    .first()
    .waitFor();
  expect(errors).toEqual([]);
  await close();
});

it('tells a viewer before the form is filled', async () => {
  const { page, errors, close } = await openPage(browser, api.url);
  await signInByLink(page, platform.keys.viewer, '/sweeps/new');
  await page.getByRole('alert').getByText('Your key may not start a sweep').waitFor();
  // What viewers may do as well: see what it would take.
  await page.getByRole('button', { name: /^Start \d+ trials$/, disabled: true }).waitFor();
  await page.goto('/datasets/new');
  await page.getByRole('alert').getByText('Your key may not add data').waitFor();
  await page.goto('/adapters/new');
  await page.getByRole('alert').getByText('Your key may not import an adapter').waitFor();
  expect(errors).toEqual([]);
  await close();
});

it('asks for updates per layer, which have no norm limit', async () => {
  const { page, errors, close } = await openPage(browser, api.url);
  await signInByLink(page, platform.keys.submitter, '/sweeps/new');
  await page.getByRole('textbox', { name: 'Name' }).fill('Per layer');
  await page.getByRole('combobox', { name: 'Task' }).click();
  await page.getByRole('option', { name: /^Moby-Dick/ }).click();
  await page.getByRole('textbox', { name: 'Steps', exact: true }).fill('5');
  await setAxis(page, 'Seeds', '0');
  await setAxis(page, 'Ranks', '2');
  await page.getByRole('button', { name: 'Schedule, clipping, targets' }).click();
  await page.getByRole('combobox', { name: 'Updates' }).click();
  await page.getByRole('option', { name: 'In the backward pass, per layer' }).click();
  // Where it is not said that there is none, there is one.
  const limit = page.getByRole('textbox', { name: 'Gradient norm limit' });
  await expect.poll(() => limit.getAttribute('aria-invalid')).toBe('true');
  await page
    .getByText(/needs the norm of all of them: set clipNorm to null/)
    .first()
    .waitFor();
  await limit.fill('0');
  await page.getByRole('button', { name: /^Start \d+ trials?$/ }).click();
  const id = await untilSweep(page);
  const { spec } = await platform.db.sweep.findUniqueOrThrow({ where: { id } });
  expect((spec as { training: object }).training).toMatchObject({ execution: 'perLayer', clipNorm: null, steps: 5 });
  await page.getByText('Completed', { exact: true }).waitFor({ timeout: 120_000 });
  // A preview that is refused is answered with 400, which Chromium notes by itself.
  expect(errors.filter((error) => !/400.*\/v1\/sweeps\/preview/.test(error))).toEqual([]);
  await close();
});

it('limits what is predicted, says what is above, and asks a board for what is within', async () => {
  const { page, errors, close } = await openPage(browser, api.url);
  await signInByLink(page, platform.keys.submitter, '/sweeps/new');
  await page.getByRole('textbox', { name: 'Name' }).fill('Limited');
  await page.getByRole('combobox', { name: 'Task' }).click();
  await page.getByRole('option', { name: /^Moby-Dick/ }).click();
  await page.getByRole('textbox', { name: 'Steps', exact: true }).fill('5');
  await setAxis(page, 'Memory budgets (MiB)', '512');
  await setAxis(page, 'Seeds', '0');
  await setAxis(page, 'Ranks', '1, 4');
  await setAxis(page, 'Limits', 'luck=200');
  await page.getByText(/"luck" is not predicted; predicted are trainableParameters/).waitFor();
  await setAxis(page, 'Limits', 'trainableParameters=200, trainableParameters=1000');
  await page.getByText('does not fit 512 MiB with trainableParameters ≤ 200').waitFor();
  await page.getByText('fits 512 MiB with trainableParameters ≤ 1,000').first().waitFor();
  await page.getByRole('button', { name: 'Start 6 trials' }).click();
  await untilSweep(page);
  await page.getByText('Completed', { exact: true }).waitFor({ timeout: 120_000 });

  await page.getByRole('tab', { name: 'Leaderboard' }).click();
  await page.getByText('All configurations').click();
  const rows = page.getByRole('table', { name: 'Leaderboard' }).locator('tbody tr');
  await page.getByRole('combobox', { name: 'Trained parameters' }).click();
  await page.getByRole('option', { name: 'trainableParameters ≤ 200' }).click();
  await rows
    .getByText('predicted Trained parameters: 512, above the limit of 200; largest part: adapters (512)')
    .waitFor();
  expect(new URL(page.url()).searchParams.get('atMost')).toBe('["trainableParameters=200"]');
  await expect.poll(() => rows.count()).toBe(2);

  const { id: sweepId } = await platform.db.sweep.findFirstOrThrow({ where: { name: 'Limited' } });
  const trialOf = async (where: object) =>
    (await platform.db.trial.findFirstOrThrow({ where: { sweepId, ...where } })).id;
  await page.goto(`/trials/${await trialOf({ state: 'OVER_BUDGET' })}`);
  await page.getByText('budget 512 MiB, trainableParameters ≤ 200').waitFor();
  await page
    .getByText('predicted Trained parameters: 512, above the limit of 200; largest part: adapters (512)')
    .waitFor();
  // Measures of a trial stand on its page as they do on the board.
  await page.goto(`/trials/${await trialOf({ rank: 1, kind: 'train', leaderId: null })}`);
  await page.getByText('Peak memory', { exact: true }).first().waitFor();
  expect(await page.getByRole('main').textContent()).toMatch(
    /Trained128Adapter[\d.]+ KiBPeak memory[\d.]+ MiBStep time[\d.]+ msTokens\/s[\d.]+K?Took/,
  );
  expect(errors.filter((error) => !/400.*\/v1\/sweeps/.test(error))).toEqual([]);
  await close();
});

it('outlives an API that is gone: says how old it is, keeps the form, and goes on by itself', async () => {
  const { page, close } = await openPage(browser, api.url);
  const port = new URL(api.url).port;
  const addresses: string[] = [];
  page.on('framenavigated', (frame) => addresses.push(frame.url()));
  await signInByLink(page, platform.keys.submitter, sweepPath);
  await page.getByText('Live', { exact: true }).waitFor();
  const away = page.getByRole('status').filter({ hasText: 'The server cannot be reached' });

  await api.stop();
  await page.getByText('Reconnecting', { exact: true }).waitFor();
  await page.getByText(/What you see is as of \d\d:\d\d:\d\d/).waitFor();
  // The code of this page was never asked for by the user, and its data cannot come.
  await page.getByRole('link', { name: 'Catalog' }).click();
  await page.getByRole('alert').getByText('The server could not be reached').waitFor();
  api = await platform.startApi({ PORT: port });
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
  await page.getByRole('link', { name: 'Sweeps', exact: true }).click();
  await page.goBack();
  expect(await name.inputValue()).toBe('Written before the outage');
  api = await platform.startApi({ PORT: port });
  await away.waitFor({ state: 'hidden' });
  // A window that was loaded again has the form as well.
  await page.reload();
  expect(await name.inputValue()).toBe('Written before the outage');
  await page.getByRole('button', { name: 'Start 2 trials', exact: true }).click();
  const id = await untilSweep(page);
  expect((await platform.db.sweep.findUniqueOrThrow({ where: { id } })).spec).toMatchObject({ rank: [2], seed: [5] });
  await page.getByRole('link', { name: 'New sweep' }).first().click();
  await expect.poll(() => name.inputValue()).toBe('');
  expect(addresses.filter((address) => !address.startsWith(api.url))).toEqual([]);
  await close();
});

it('shows what others published on a board of its own', async () => {
  const { results } = JSON.parse(await readFile(new URL('../e2e/fixtures/peft-results.json', import.meta.url), 'utf8'));
  for (const result of results) {
    const { status } = await fetch(`${api.url}/v1/published-results`, {
      method: 'POST',
      headers: { authorization: `Bearer ${platform.keys.submitter}`, 'content-type': 'application/json' },
      body: JSON.stringify(result),
    });
    expect(status).toBe(201);
  }
  const { page, errors, close } = await openPage(browser, api.url);
  await signInByLink(page, platform.keys.viewer, '/leaderboard');
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

it('asks for standings once a budget is typed to its end, and takes it along to the boards', async () => {
  const { page, errors, close } = await openPage(browser, api.url);
  const asked: string[] = [];
  page.on('request', (request) => {
    if (request.url().includes('/v1/standings')) asked.push(new URL(request.url()).search);
  });
  await signInByLink(page, platform.keys.viewer, '/standings');
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
    const trained = await platform.db.trial.findFirstOrThrow({
      where: { method: 'lora', kind: 'train', state: 'SUCCEEDED' },
    });
    ids = await bringIn(platform, api, trained.id);
  });

  it.each(looks)(
    'fits $width pixels, is drawn and has nothing that axe calls serious in the $colorScheme theme',
    async ({ colorScheme, width }) => {
      const { page, errors, external, close } = await openPage(browser, api.url, {
        viewport: { width, height: 900 },
        colorScheme,
      });
      const found: string[] = [];
      const look = async (address: string) =>
        void found.push(...(await seriousOn(page, address, { width, colorScheme })));
      await look('/sign-in');
      await signInByLink(page, platform.keys.admin);
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
    const { page, errors, close } = await openPage(browser, api.url);
    await signInByLink(page, platform.keys.viewer, '/leaderboard');
    const board = page.getByRole('table', { name: 'Leaderboard' });
    await board.getByText('Test accuracy').waitFor();
    expect(await page.getByRole('combobox', { name: 'Task' }).inputValue()).toBe('animals');
    expect(errors).toEqual([]);
    await close();
  });
});
