/** @file What a page shows between a choice and its answer. */
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { submit, tinySweep, untilCompleted } from '../e2e/worker-sweeps.js';
import { tinyTask } from '../support/tiny-dataset.js';
import { createTinyPlatform } from '../support/tiny-platform.js';
import { signInByLink } from './dashboard-page.js';
import { openedDashboard } from './opened-dashboard.js';

let sweepId: string;

const on = openedDashboard(createTinyPlatform, async (platform) => {
  await platform.hostWorker({ RANKFORGE_WORKER_SLOTS: '1' });
  const training = { steps: 10, checkpointEvery: 10 };
  sweepId = await submit(platform, platform.api, tinySweep(platform.base, { training }));
  await untilCompleted(platform, sweepId);
});

/** Keeps matching requests back until what it gives is called. */
async function hold(page: Page, address: RegExp): Promise<() => void> {
  let open = () => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  await page.route(address, async (route) => {
    await opened;
    await route.continue();
  });
  return open;
}

async function choose(page: Page, label: string, option: string): Promise<void> {
  await page.getByRole('combobox', { name: label }).click();
  await page.getByRole('option', { name: option, exact: true }).click();
}

it('marks the board of the choice before, and names what is drawn by what was asked for', async () => {
  const { page, errors, close } = await on.openPage();
  await signInByLink(page, on.platform.keys.viewer, `/sweeps/${sweepId}/leaderboard`);
  const byMemory = page.getByRole('heading', { name: 'Score against peak memory' });
  const byTime = page.getByRole('heading', { name: 'Score against processor time of a step' });
  const reading = page.getByRole('status').filter({ hasText: 'Reading…' });
  await byMemory.waitFor();
  expect(await reading.count()).toBe(0);
  const answer = await hold(page, /\/v1\/leaderboard\?.*cost=/);
  await choose(page, 'Cost', 'Processor time of a step');
  await reading.waitFor();
  expect(await page.getByRole('combobox', { name: 'Cost' }).inputValue()).toBe('Processor time of a step');
  expect([await byMemory.count(), await byTime.count()]).toEqual([1, 0]);
  expect(await page.locator('[aria-busy="true"]', { has: byMemory }).count()).toBe(1);
  answer();
  await byTime.waitFor();
  await reading.waitFor({ state: 'detached' });
  expect(await page.locator('[aria-busy="true"]', { has: byTime }).count()).toBe(0);
  expect(errors).toEqual([]);
  await close();
});

it('names curves by the metric that they are of', async () => {
  const { page, errors, close } = await on.openPage();
  await signInByLink(page, on.platform.keys.viewer, `/sweeps/${sweepId}/curves`);
  const loss = page.getByRole('img', { name: /^Training loss by step/ });
  await loss.waitFor();
  const answer = await hold(page, /\/curves\?.*metric=train%2Fgradient-norm/);
  await choose(page, 'Metric', 'Gradient norm');
  await page.getByRole('status').filter({ hasText: 'Reading…' }).waitFor();
  expect(await loss.count()).toBe(1);
  answer();
  await page.getByRole('img', { name: /^Gradient norm by step/ }).waitFor();
  expect(errors).toEqual([]);
  await close();
});

it('counts the trials of the form as it stands, and of none before', async () => {
  const { page, errors, close } = await on.openPage();
  await signInByLink(page, on.platform.keys.submitter, `/sweeps/new?from=${sweepId}`);
  const counted = page.getByRole('button', { name: /^Start \d+ trials?$/ });
  await counted.waitFor();
  const answer = await hold(page, /\/v1\/sweeps\/preview$/);
  const asked = page.waitForRequest(/\/v1\/sweeps\/preview$/);
  const seeds = page.getByRole('combobox', { name: 'Seeds' });
  await seeds.pressSequentially('71');
  await seeds.press('Enter');
  await page.getByRole('button', { name: 'Start sweep' }).waitFor();
  await asked;
  expect(await counted.count()).toBe(0);
  answer();
  await counted.waitFor();
  expect(errors).toEqual([]);
  await close();
});

it('tells who does not see it where the page and its numbers are', async () => {
  const { page, errors, close } = await on.openPage();
  await signInByLink(page, on.platform.keys.viewer, '/sweeps');
  const focused = () => page.evaluate<string>('document.activeElement.role || document.activeElement.id');
  await page.getByRole('link', { name: 'worker test', exact: true }).click();
  await expect.poll(focused).toBe('content');
  await page.getByRole('tab', { name: 'Curves' }).click();
  await page.getByRole('img', { name: /^Training loss by step/ }).waitFor();
  await page.getByText('Numbers', { exact: true }).click();
  const cells = page.getByRole('table', { name: 'Training loss before smoothing' }).getByRole('cell');
  await expect.poll(() => cells.count()).toBe(5);
  expect((await cells.allInnerTexts()).join(' ')).toMatch(/^lora \d+\.\d+ \(Step 1\) \d+\.\d+ \(Step 10\)/);
  // The tabs of a page keep the focus, for their arrow keys.
  await page.getByRole('tab', { name: 'Curves' }).focus();
  await page.keyboard.press('ArrowRight');
  await page.getByRole('table', { name: 'Trials' }).waitFor();
  expect(await focused()).toBe('tab');
  await page.getByRole('link', { name: 'Machine' }).click();
  await expect.poll(focused).toBe('content');
  expect(errors).toEqual([]);
  await close();
});

it('opens no other board for a link to a base that is not here', async () => {
  const { page, close } = await on.openPage();
  await signInByLink(page, on.platform.keys.viewer, `/leaderboard?task=${encodeURIComponent(tinyTask)}&base=gone`);
  await page.getByRole('alert').getByText(/gone/).waitFor();
  expect(await page.getByRole('combobox', { name: 'Base model' }).inputValue()).toBe('gone (not here)');
  expect(await page.getByRole('table', { name: 'Leaderboard' }).count()).toBe(0);
  await close();
});
