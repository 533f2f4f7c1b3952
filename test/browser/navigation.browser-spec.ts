/** @file Ways through the page: its five places, the way back up, and the search that finds everything. */
import { randomUUID } from 'node:crypto';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { submit, tinySweep, untilCompleted } from '../e2e/worker-sweeps.js';
import { createTinyPlatform } from '../support/tiny-platform.js';
import { seriousViolations } from './all-pages.js';
import { horizontalOverflow, looks, signInByLink } from './dashboard-page.js';
import { openedDashboard } from './opened-dashboard.js';

let sweepId: string;

const on = openedDashboard(createTinyPlatform, async (platform) => {
  await platform.hostWorker();
  const spec = { name: 'Whale words', methods: [{ name: 'lora' }, { name: 'bitfit' }], training: { steps: 5 } };
  sweepId = await submit(platform, platform.api, tinySweep(platform.base, spec));
  await untilCompleted(platform, sweepId);
});

const menu = (page: Page) => page.getByRole('navigation', { name: 'Main' });
const crumbs = (page: Page) => page.getByRole('navigation', { name: 'Breadcrumbs' });
const search = (page: Page) => page.getByRole('combobox', { name: 'Search everything' });

it('has five places, each with its sections below it while it is shown', async () => {
  const { page, errors, close } = await on.openPage();
  await signInByLink(page, on.platform.keys.viewer);
  const links = async () => (await menu(page).getByRole('link').allInnerTexts()).map((text) => text.trim());
  expect(await links()).toEqual(['New sweep', 'Sweeps', 'Boards', 'Data and models', 'Estimate', 'Machine']);
  await menu(page).getByRole('link', { name: 'Data and models' }).click();
  await page.getByRole('heading', { name: 'Data', level: 1 }).waitFor();
  expect(await links()).toEqual([
    'New sweep',
    'Sweeps',
    'Boards',
    'Data and models',
    'Data',
    'Adapters',
    'Generators',
    'Catalog',
    'Estimate',
    'Machine',
  ]);
  await menu(page).getByRole('link', { name: 'Catalog' }).click();
  await page.getByRole('heading', { name: 'Catalog', level: 1 }).waitFor();
  expect(await menu(page).locator('[aria-current=page]').allInnerTexts()).toEqual(['Catalog']);
  expect(errors).toEqual([]);
  await close();
});

it('leads back up from a trial to its sweep and to the list', async () => {
  const trial = await on.platform.db.trial.findFirstOrThrow({ where: { sweepId, kind: 'train' } });
  const { page, errors, close } = await on.openPage();
  await signInByLink(page, on.platform.keys.viewer, `/trials/${trial.id}`);
  await crumbs(page).getByRole('link', { name: 'Whale words' }).waitFor();
  expect(await crumbs(page).getByRole('link').allInnerTexts()).toEqual(['Sweeps', 'Whale words']);
  await crumbs(page).getByRole('link', { name: 'Whale words' }).click();
  await page.getByRole('heading', { name: 'Whale words', level: 1 }).waitFor();
  await crumbs(page).getByRole('link', { name: 'Sweeps' }).click();
  await page.getByRole('heading', { name: 'Sweeps', level: 1 }).waitFor();
  expect(errors).toEqual([]);
  await close();
});

it.each<[what: string, text: string, option: RegExp | undefined, path: (() => string) | undefined]>([
  ['a sweep', 'whale', /^Whale words/, () => `/sweeps/${sweepId}/leaderboard`],
  ['a method', 'bit-fit bias', undefined, undefined],
  ['a page', 'paper cl', /^Paper claims/, () => '/paper-claims'],
  ['a section by another word', 'webhooks', /^Access/, () => '/access'],
  ['a command', 'add data', /^Add data/, () => '/datasets/new'],
  ['data', 'moby-dick', /^Moby-Dick/, () => '/catalog'],
])('finds %s by Ctrl-K', async (_, text, option, path) => {
  const { page, errors, close } = await on.openPage();
  await signInByLink(page, on.platform.keys.submitter);
  await page.keyboard.press('Control+k');
  await search(page).fill(text);
  if (option === undefined) {
    await page.getByText('Nothing is called so').waitFor();
  } else {
    await page.getByRole('option', { name: option }).first().waitFor();
    await page.keyboard.press('Enter');
    await page.waitForURL(({ pathname }) => pathname === path?.());
    await search(page).waitFor({ state: 'detached' });
  }
  expect(errors).toEqual([]);
  await close();
});

it('finds trials by their method, and one by its id', async () => {
  const trial = await on.platform.db.trial.findFirstOrThrow({ where: { sweepId, kind: 'train', method: 'lora' } });
  const { page, errors, close } = await on.openPage();
  await signInByLink(page, on.platform.keys.viewer);
  for (const text of ['lora succeeded', trial.id]) {
    await page.getByRole('button', { name: 'Search everything' }).click();
    await search(page).fill(text);
    await page.getByRole('option', { name: new RegExp(`lora.*Succeeded.*${trial.id.slice(-8)}`) }).waitFor();
    await page.keyboard.press('Escape');
    await search(page).waitFor({ state: 'detached' });
  }
  await page.keyboard.press('Control+k');
  await search(page).fill(trial.id);
  await page.getByRole('option', { name: new RegExp(trial.id.slice(-8)) }).click();
  await page.waitForURL(`**/trials/${trial.id}`);
  expect(errors).toEqual([]);
  await close();
});

it('brings a method of the catalog into sight', async () => {
  const { page, errors, close } = await on.openPage();
  await signInByLink(page, on.platform.keys.viewer);
  await page.keyboard.press('Control+k');
  await search(page).fill('vera');
  await page.getByRole('option', { name: /^VeRA/ }).first().click();
  await page.waitForURL('**/catalog#method-vera');
  const top = () => page.evaluate<number>("document.getElementById('method-vera').getBoundingClientRect().top");
  await page.locator('#method-vera').waitFor();
  await expect.poll(top).toBeLessThan(800);
  expect(await top()).toBeGreaterThanOrEqual(56);
  expect(errors).toEqual([]);
  await close();
});

it('focuses the search of a page by /, lists the keys by ?, and leaves both to who types', async () => {
  const { page, errors, close } = await on.openPage();
  await signInByLink(page, on.platform.keys.viewer);
  const field = page.getByRole('searchbox', { name: 'Search sweeps' });
  await field.waitFor();
  await page.keyboard.press('/');
  await page.keyboard.type('wh/?');
  expect(await field.inputValue()).toBe('wh/?');
  await field.blur();
  await page.keyboard.press('?');
  const keys = page.getByRole('dialog', { name: 'Keys' });
  await keys.getByText('Search everything (⌘ K on a Mac)').waitFor();
  await page.keyboard.press('Escape');
  await keys.waitFor({ state: 'detached' });
  // Workers have no search of their own.
  await menu(page).getByRole('link', { name: 'Machine' }).click();
  await page.getByRole('heading', { name: 'Workers', level: 1 }).waitFor();
  await page.keyboard.press('/');
  await search(page).waitFor();
  expect(errors).toEqual([]);
  await close();
});

it.each(looks)('is drawn at $width pixels in the $colorScheme theme', async ({ colorScheme, width }) => {
  const { page, errors, close } = await on.openPage({ colorScheme, viewport: { width, height: 900 } });
  await signInByLink(page, on.platform.keys.admin);
  await page.keyboard.press('Control+k');
  await page.getByRole('option', { name: /^Whale words/ }).waitFor();
  expect(await horizontalOverflow(page)).toBe(0);
  await expect.poll(() => seriousViolations(page)).toEqual([]);
  await page.keyboard.press('Escape');
  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: 'Keys' }).waitFor();
  await expect.poll(() => seriousViolations(page)).toEqual([]);
  expect(errors).toEqual([]);
  await close();
});

it('goes to another project that the key can see', async () => {
  await on.platform.db.project.create({ data: { id: randomUUID(), name: 'elsewhere' } });
  const { page, errors, close } = await on.openPage();
  await signInByLink(page, on.platform.keys.admin);
  await page.getByRole('link', { name: 'Whale words', exact: true }).waitFor();
  await page.getByRole('button', { name: 'Project default: go to another' }).click();
  await page.getByRole('menuitem', { name: 'elsewhere' }).click();
  await page.getByRole('button', { name: 'Project elsewhere: go to another' }).waitFor();
  await page.getByText('No answers yet').waitFor();
  await page.keyboard.press('Control+k');
  await search(page).fill('project default');
  await page.getByRole('option', { name: 'Go to project default' }).waitFor();
  await page.keyboard.press('Enter');
  await page.getByRole('link', { name: 'Whale words', exact: true }).waitFor();
  expect(errors).toEqual([]);
  await close();
});
