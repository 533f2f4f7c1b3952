/** @file A sweep steered from its menu: the page sends what was asked for, and shows what became of it. */
import type { CreateSweep, SweepDetail } from '@rankforge/contracts';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { createTinyPlatform } from '../support/tiny-platform.js';
import { signInByLink, untilStill, untilSweep } from './dashboard-page.js';
import { openedDashboard } from './opened-dashboard.js';

// Without a worker a sweep stays as it was made.
const on = openedDashboard(createTinyPlatform);

async function submit(name: string): Promise<string> {
  const response = await on.platform.request(on.api, '/v1/sweeps', {
    body: {
      name,
      task: 'moby-dick',
      base: on.platform.base,
      methods: [{ name: 'lora' }],
      rank: [2],
      learningRate: [0.01],
      memoryBudgetMiB: [512],
      seed: [0, 1],
      training: { steps: 10, batchSize: 4, sequenceLength: 32 },
    },
    role: 'submitter',
  });
  const made = (await response.json()) as SweepDetail;
  expect(response.status, JSON.stringify(made)).toBe(201);
  return made.id;
}

const stored = (id: string) => on.platform.db.sweep.findUniqueOrThrow({ where: { id } });
const stateOf = async (id: string) => (await stored(id)).state;

/** As long as Playwright waits for what it clicks. */
const poll = <T>(read: () => T) => expect.poll(read);

/** Opens the menu of a sweep and chooses an item that can be chosen. */
async function choose(page: Page, sweep: string, item: string | RegExp): Promise<void> {
  await page.getByRole('button', { name: `Actions of ${sweep}` }).click();
  await page.getByRole('menuitem', { name: item, disabled: false }).click();
}

it('pauses, resumes, changes its priority, extends, retries, clones and cancels', async () => {
  const id = await submit('Steered');
  const { page, errors, close } = await on.openPage();
  await signInByLink(page, on.platform.keys.submitter, `/sweeps/${id}`);
  const badge = (state: string) => page.getByText(state, { exact: true }).first().waitFor();
  await badge('Running');

  await page.getByRole('button', { name: 'Pause', exact: true }).click();
  await poll(() => stateOf(id)).toBe('PAUSED');
  await badge('Paused');
  await page.getByRole('button', { name: 'Resume', exact: true }).click();
  await poll(() => stateOf(id)).toBe('RUNNING');
  await badge('Running');

  await choose(page, 'Steered', 'Change priority');
  const priority = page.getByRole('dialog', { name: 'Priority of “Steered”' });
  await priority.getByRole('textbox', { name: 'Priority' }).fill('90');
  await priority.getByRole('button', { name: 'Change sweep' }).click();
  await poll(async () => (await stored(id)).priority).toBe(90);
  await priority.waitFor({ state: 'hidden' });

  await choose(page, 'Steered', 'Extend');
  const extend = page.getByRole('dialog', { name: 'Extend “Steered”' });
  const seeds = extend.getByLabel('Further seeds').and(extend.locator('input:not([type=hidden])'));
  await poll(() => extend.getByRole('button', { name: 'Change sweep' }).isDisabled()).toBe(true);
  await seeds.fill('7');
  await seeds.press('Enter');
  await extend.getByRole('button', { name: 'Change sweep' }).click();
  await poll(() => on.platform.db.trial.count({ where: { sweepId: id } })).toBe(3);
  await extend.waitFor({ state: 'hidden' });
  await page.getByText('0 of 6 (0 %)').waitFor();

  const { id: trialId } = await on.platform.db.trial.findFirstOrThrow({ where: { sweepId: id } });
  const become = (state: 'RUNNING' | 'FAILED') =>
    on.platform.db.trial.update({ where: { id: trialId }, data: { state } });
  await become('RUNNING');
  await page.getByRole('button', { name: 'Pause', exact: true }).click();
  await badge('Draining, 1 left');
  await become('FAILED');
  await badge('Paused');
  await page.getByRole('button', { name: 'Resume', exact: true }).click();
  await badge('Running');
  await page.getByText('1 of 5 (20 %)').waitFor();
  await choose(page, 'Steered', 'Retry failed (1)');
  await poll(() => on.platform.db.trial.count({ where: { sweepId: id, state: 'QUEUED' } })).toBe(3);

  await choose(page, 'Steered', 'Clone and edit');
  await page.waitForURL(`**/sweeps/new?from=${id}`);
  const name = page.getByRole('textbox', { name: 'Name' });
  await name.waitFor();
  await name.fill('Twin');
  await page.getByRole('button', { name: 'Start 6 trials' }).click();
  const twin = await untilSweep(page);
  expect(twin).not.toBe(id);
  const [of, asked] = (await Promise.all([stored(id), stored(twin)])).map(({ spec }) => spec as CreateSweep);
  expect({ ...asked, name: of!.name }).toEqual(of);

  await badge('Running');
  await choose(page, 'Twin', 'Cancel sweep');
  const cancel = page.getByRole('dialog', { name: 'Cancel “Twin”?' });
  await cancel.getByText('6 trials will not finish').waitFor();
  await cancel.getByRole('button', { name: 'Cancel sweep' }).click();
  await poll(() => stateOf(twin)).toBe('CANCELLED');
  await badge('Cancelled');
  expect(await stateOf(id)).toBe('RUNNING');
  expect(errors).toEqual([]);
  await close();
});

it('makes a fair comparison in the form, and clones it as it is', async () => {
  const { page, errors, close } = await on.openPage();
  await signInByLink(page, on.platform.keys.submitter, '/sweeps/new');
  const name = page.getByRole('textbox', { name: 'Name' });
  await name.fill('Fair');
  await page.getByRole('button', { name: 'Comparison, search, priority' }).click();
  await untilStill(page);
  await page.getByRole('combobox', { name: 'Comparison' }).click();
  await page.getByRole('option', { name: /^Fair/ }).click();
  // A protocol says itself what is tried.
  expect(await page.getByRole('combobox', { name: 'Scheduler' }).count()).toBe(0);
  await page.getByRole('textbox', { name: 'Configurations of each method' }).fill('2');
  await page.getByRole('textbox', { name: 'Fresh seeds' }).fill('3');
  await page.getByRole('combobox', { name: 'Chosen by' }).click();
  await page.getByRole('option', { name: 'perplexity' }).click();
  const start = page.getByRole('button', { name: /^Start \d+ trials$/ });
  await start.click();
  const id = await untilSweep(page);
  const made = (await stored(id)).spec as CreateSweep;
  expect(made.protocol).toEqual({ kind: 'fair', tuningTrials: 2, finalSeeds: 3, extensions: 0, seed: 0 });
  expect(made.objective).toEqual({ metric: 'perplexity', direction: 'minimize' });

  await choose(page, 'Fair', 'Clone and edit');
  await page.waitForURL(`**/sweeps/new?from=${id}`);
  await name.fill('Fair again');
  await start.click();
  const again = (await stored(await untilSweep(page))).spec as CreateSweep;
  expect({ ...again, name: made.name }).toEqual(made);
  expect(errors).toEqual([]);
  await close();
});

it('is steered from the list of sweeps alike', async () => {
  const id = await submit('Listed');
  const { page, errors, close } = await on.openPage();
  await signInByLink(page, on.platform.keys.submitter, '/sweeps');
  const row = page.getByRole('table', { name: 'Sweeps' }).getByRole('row').filter({ hasText: 'Listed' });
  await choose(page, 'Listed', 'Pause');
  await poll(() => stateOf(id)).toBe('PAUSED');
  await row.getByText('Paused', { exact: true }).waitFor();
  await choose(page, 'Listed', 'Resume');
  await poll(() => stateOf(id)).toBe('RUNNING');
  await row.getByText('Running', { exact: true }).waitFor();
  expect(errors).toEqual([]);
  await close();
});

it('takes another name, tags and a note, and is found by its tags', async () => {
  const id = await submit('Unnamed');
  const { page, errors, close } = await on.openPage();
  await signInByLink(page, on.platform.keys.submitter, `/sweeps/${id}`);
  await choose(page, 'Unnamed', 'Name, tags, note');
  const dialog = page.getByRole('dialog', { name: 'Name, tags and note of “Unnamed”' });
  const send = dialog.getByRole('button', { name: 'Change sweep' });
  await poll(() => send.isDisabled()).toBe(true);
  await dialog.getByRole('textbox', { name: 'Name' }).fill('Named');
  const tags = dialog.getByLabel('Tags').and(dialog.locator('input:not([type=hidden])'));
  await tags.fill('Paper');
  await tags.press('Enter');
  await tags.fill('ranks');
  await tags.press('Enter');
  await dialog.getByRole('textbox', { name: 'Note' }).fill('first line\nsecond <b>line</b>');
  await send.click();
  await dialog.waitFor({ state: 'hidden' });
  expect(await stored(id)).toMatchObject({
    name: 'Named',
    tags: ['paper', 'ranks'],
    note: 'first line\nsecond <b>line</b>',
  });
  await page.getByRole('heading', { name: 'Named', level: 1 }).waitFor();
  await page.getByRole('region', { name: 'Note' }).getByText('second <b>line</b>').waitFor();

  await page.getByRole('link', { name: 'ranks', exact: true }).click();
  await page.waitForURL((url) => url.pathname === '/sweeps');
  const rows = page.getByRole('table', { name: 'Sweeps' }).locator('tbody tr');
  const names = () => rows.locator('a[href*="/sweeps/"]').allInnerTexts();
  await poll(names).toEqual(['Named']);
  const other = await submit('Also tagged');
  await on.platform.db.sweep.update({ where: { id: other }, data: { tags: ['ranks'] } });
  await page.reload();
  await poll(names).toEqual(['Also tagged', 'Named']);
  // A tag of a row joins those that are chosen.
  await rows.getByRole('link', { name: 'paper', exact: true }).click();
  await poll(names).toEqual(['Named']);
  expect(new URL(page.url()).searchParams.get('tag')).toBe('["paper","ranks"]');
  await page.getByRole('combobox', { name: 'Tags of the sweeps' }).press('Backspace');
  await poll(names).toEqual(['Named']);
  expect(new URL(page.url()).searchParams.get('tag')).toBe('["paper"]');

  await choose(page, 'Named', 'Clone and edit');
  await page.waitForURL(`**/sweeps/new?from=${id}`);
  await page.getByRole('textbox', { name: 'Name' }).fill('Clone');
  await page.getByRole('textbox', { name: 'Note' }).fill('of the clone');
  await page.getByRole('button', { name: /^Start \d+ trials$/ }).click();
  const clone = await untilSweep(page);
  expect(await stored(clone)).toMatchObject({ tags: ['paper', 'ranks'], note: 'of the clone' });
  expect(errors).toEqual([]);
  await close();
});

it('shows no menu to a viewer', async () => {
  const id = await submit('Looked at');
  const { page, close } = await on.openPage();
  await signInByLink(page, on.platform.keys.viewer, `/sweeps/${id}`);
  await page.getByRole('heading', { name: 'Looked at', level: 1 }).waitFor();
  await page.getByText('0 of 4 (0 %)').waitFor();
  expect(await page.getByRole('button', { name: 'Actions of Looked at' }).count()).toBe(0);
  await close();
});

it('finds sweeps by a text, which stays in the address beside the state', async () => {
  await submit('Ranks of DoRA');
  await submit('Budgets of BitFit');
  const { page, errors, close } = await on.openPage();
  await signInByLink(page, on.platform.keys.viewer, '/sweeps?state=RUNNING');
  const rows = page.getByRole('table', { name: 'Sweeps' }).locator('tbody tr');
  const names = () => rows.getByRole('link').allInnerTexts();
  await page.getByRole('link', { name: 'Budgets of BitFit' }).waitFor();
  await page.getByRole('searchbox', { name: 'Search sweeps' }).fill('of dora');
  await poll(names).toEqual(['Ranks of DoRA']);
  expect(new URL(page.url()).search).toBe('?state=RUNNING&search=of+dora');
  await page.reload();
  await poll(names).toEqual(['Ranks of DoRA']);
  // The field follows the address, also to a text that it was left with before.
  const field = page.getByRole('searchbox', { name: 'Search sweeps' });
  await field.fill('of bitfit');
  await poll(names).toEqual(['Budgets of BitFit']);
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Sweeps' }).click();
  await poll(() => field.inputValue()).toBe('');
  await page.goBack();
  await poll(names).toEqual(['Budgets of BitFit']);
  expect(await field.inputValue()).toBe('of bitfit');
  await page.getByRole('searchbox', { name: 'Search sweeps' }).fill('no such sweep');
  await page.getByText('No sweep matches').waitFor();
  await page.getByRole('button', { name: 'Clear' }).click();
  await page.getByRole('link', { name: 'Budgets of BitFit' }).waitFor();
  expect(new URL(page.url()).search).toBe('?state=RUNNING');
  expect(errors).toEqual([]);
  await close();
});
