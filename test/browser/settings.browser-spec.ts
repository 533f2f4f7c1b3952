/** @file The tab of a sweep that shows what its settings did: means, edges, trainings without a score, importances, files. */
import type { TrialView } from '@rankforge/contracts';
import type { Locator, Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { type ApiUnderTest, create, playWorker, startApi, trialsOf } from '../e2e/api-client.js';
import { playedTrials } from '../e2e/played-trials.js';
import { waitFor } from '../support/index.js';
import { seriousViolations } from './all-pages.js';
import { faultOfSvg, lookAt, savedBy, signInByLink } from './dashboard-page.js';
import { openedDashboard } from './opened-dashboard.js';

let api: ApiUnderTest;
let workerId: string;
let gridId: string;
let searchId: string;
const { fail, score, succeed, view } = playedTrials(() => ({ api, workerId }));

const rates = [0.001, 0.01, 0.1];

/** Ends trials as they come, until the sweep has completed. */
const play = (sweepId: string, train: (trial: TrialView) => Promise<void>) =>
  waitFor(`sweep ${sweepId} to be over`, async () => {
    for (const trial of await trialsOf(api, sweepId)) {
      if (trial.state === 'QUEUED') await (trial.kind === 'train' ? train(trial) : score(trial.id, [3, 4]));
    }
    return (await view(sweepId)).state === 'COMPLETED';
  });

const on = openedDashboard(startApi, async (opened) => {
  api = opened;
  workerId = await playWorker(api);
  const methods = [{ name: 'lora', config: { alpha: [8, 16] } }, { name: 'bitfit' }];
  gridId = (await create(api, { methods, rank: [2], learningRate: rates, seed: [0, 1] })).id;
  await play(gridId, ({ id, method, learningRate, seed }) => {
    const place = rates.indexOf(learningRate!);
    if (method === 'bitfit' && place === 2 && seed === 1) return fail(id, 'the loss diverged');
    return succeed(id, (method === 'lora' ? 30 - 10 * place : 20 + 10 * Math.abs(place - 1)) + seed);
  });
  searchId = (
    await create(api, {
      rank: [1, 2, 4],
      learningRate: { min: 1e-4, max: 1e-1 },
      search: { kind: 'sobol', trials: 60, seed: 0 },
    })
  ).id;
  await play(searchId, ({ id, learningRate }) => succeed(id, 10 + Math.abs(Math.log10(learningRate!) + 2)));
});

const cells = async (table: Locator) =>
  Promise.all((await table.locator('tbody tr').all()).map((row) => row.locator('td').allInnerTexts()));

/** The numbers behind a chart, which are folded away at first. */
async function numbers(page: Page, name: string): Promise<string[][]> {
  const folded = page.getByRole('table', { name, includeHidden: true }).locator('xpath=ancestor::details');
  await folded.getByText('Numbers', { exact: true }).click();
  return cells(page.getByRole('table', { name }));
}

it('shows means by value, what was chosen and what lies on an edge', async () => {
  const { page, errors, close } = await on.openPage({ acceptDownloads: true });
  await signInByLink(page, api.platform.keys.viewer, `/sweeps/${gridId}`);
  await page.getByRole('tab', { name: 'Settings' }).click();
  const rate = page.getByRole('region', { name: 'learning rate' });
  await rate.getByRole('img').waitFor();
  expect(await numbers(page, 'Mean perplexity by learning rate')).toEqual([
    ['lora', '0.001', '30.5', '2', ''],
    ['lora', '0.01', '20.5', '2', ''],
    ['lora', '0.1', '10.5', '2', 'yes'],
    ['bitfit', '0.001', '30.5', '1', ''],
    ['bitfit', '0.01', '20.5', '1', 'yes'],
    ['bitfit', '0.1', '30', '1', ''],
  ]);
  expect(await numbers(page, 'Mean perplexity by alpha')).toEqual([
    ['lora', '8', '20.5', '3', expect.anything()],
    ['lora', '16', '20.5', '3', expect.anything()],
  ]);
  await rate.getByText('Best at the edge: lora, learning rate 0.1 is the highest tried.').waitFor();
  expect(await rate.getByText(/^Best at the edge/).count()).toBe(1);
  expect(await cells(page.getByRole('table', { name: 'Means of perplexity by learning rate' }))).toEqual([
    ['lora', '30.5', '20.5', '10.5'],
    ['bitfit', '30.5', '20.5', '30'],
  ]);
  await page.getByText(/^8 configurations with a score by every seed\. From 50 on the settings are ranked/).waitFor();

  const { name, bytes } = await savedBy(page, rate.getByRole('button', { name: /\.svg$/ }));
  expect(name).toBe('perplexity-by-learning-rate.svg');
  const svg = bytes.toString();
  expect(await faultOfSvg(page, svg)).toBeUndefined();
  const named = ['lora', 'bitfit'];
  for (const text of [...named, '0.001', '0.01', '0.1', 'learning rate', 'failed']) {
    expect(svg).toContain(`${text}</text>`);
  }

  await page.getByRole('button', { name: 'bitfit' }).click();
  await expect
    .poll(() => cells(page.getByRole('table', { name: 'Mean perplexity by learning rate' })))
    .toEqual([
      ['lora', '0.001', '30.5', '2', ''],
      ['lora', '0.01', '20.5', '2', ''],
      ['lora', '0.1', '10.5', '2', 'yes'],
    ]);
  expect(await seriousViolations(page)).toEqual([]);
  expect(errors).toEqual([]);
  await close();
});

it('shows how much each setting mattered and every configuration', async () => {
  const { page, errors, close } = await on.openPage({ acceptDownloads: true });
  await signInByLink(page, api.platform.keys.viewer, `/sweeps/${searchId}/settings`);
  await page
    .getByText(/^By the best tenth of 60 configurations; lines are 95 % intervals\. 1 of 2 are more than chance/)
    .waitFor();
  const [first, second] = await cells(page.getByRole('table', { name: 'Importance of settings' }));
  expect([first![0], first![3], second![0]]).toEqual(['learning rate', '< 0.01', 'rank']);
  expect(Number.parseInt(first![1]!, 10)).toBeGreaterThan(90);
  const best = await numbers(page, 'Best configurations');
  expect(best).toHaveLength(50);
  const means = best.map((row) => Number(row[3]));
  expect(means).toEqual(means.toSorted((a, b) => a - b));
  expect(means[0]).toBeGreaterThanOrEqual(10);
  for (const file of ['importance', 'configurations']) {
    const { bytes } = await savedBy(page, page.getByRole('button', { name: `Save the chart as ${file}.svg` }));
    expect(await faultOfSvg(page, bytes.toString())).toBeUndefined();
    expect(bytes.toString()).toMatch(/learning rate<\/text>/);
  }
  expect(errors).toEqual([]);
  await close();
});

it('fits its window in each look', async () => {
  const asked = { url: api.api.url, key: api.platform.keys.viewer };
  for (const [id, name] of [
    [gridId, 'settings-grid'],
    [searchId, 'settings-search'],
  ] as const) {
    await lookAt(on.browser, asked, `/sweeps/${id}/settings`, name, async (page) => {
      await page.getByRole('heading', { name: 'What mattered' }).waitFor();
      await expect.poll(() => page.locator('[role=img][aria-busy=true]').count()).toBe(0);
    });
  }
});
