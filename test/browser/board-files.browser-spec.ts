/** @file A board as files: the tables and the figures that its page saves, and the report of its sweep. */

import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { submit, tinySweep, untilCompleted } from '../e2e/worker-sweeps.js';
import { createTinyPlatform } from '../support/tiny-platform.js';
import { horizontalOverflow, keepPicture, looks, savedBy, signInByLink } from './dashboard-page.js';
import { openedDashboard } from './opened-dashboard.js';

let sweepId: string;

const on = openedDashboard(createTinyPlatform, async (platform) => {
  await platform.hostWorker({ RANKFORGE_WORKER_SLOTS: '1' });
  sweepId = await submit(platform, platform.api, tinySweep(platform.base, { seed: [1, 2], training: { steps: 4 } }));
  await untilCompleted(platform, sweepId);
});

/** The text of what an entry of the menu saves. */
async function table(page: Page, entry: RegExp): Promise<{ name: string; text: string }> {
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  const { name, bytes } = await savedBy(page, page.getByRole('menuitem', { name: entry }));
  return { name, text: bytes.toString() };
}

it('saves the table in three formats and the figures as SVG', async () => {
  const { page, errors, close } = await on.openPage({ acceptDownloads: true });
  await signInByLink(page, on.platform.keys.viewer, `/sweeps/${sweepId}/leaderboard`);
  await page.getByRole('table', { name: 'Leaderboard' }).waitFor();

  const csv = await table(page, /^CSV/);
  expect(csv.name).toMatch(/\.csv$/);
  const [head, ...lines] = csv.text.trimEnd().split('\r\n');
  expect(head).toMatch(/^task,base,metric,place,name,.*,score,low,high,/);
  expect(lines).toHaveLength(await page.getByRole('table', { name: 'Leaderboard' }).locator('tbody tr').count());
  const markdown = await table(page, /^Markdown/);
  expect(markdown.name).toMatch(/\.md$/);
  expect(markdown.text).toMatch(/^\*\*.* leads with /);
  const latex = await table(page, /^LaTeX/);
  expect(latex.name).toMatch(/\.tex$/);
  expect(latex.text).toContain('\\begin{tabular}');

  for (const figure of [/scores\.svg$/, /measuredPeakBytes\.svg$/]) {
    const { name, bytes } = await savedBy(page, page.getByRole('button', { name: figure }));
    expect(name).toMatch(figure);
    expect(bytes.toString()).toMatch(/^<svg width="\d+" height="\d+".*lora r2/s);
  }
  expect(errors).toEqual([]);
  await close();
});

it('saves a report of the sweep, which asks for nothing and fits a narrow window', async () => {
  const { page, errors, close } = await on.openPage({ acceptDownloads: true });
  await signInByLink(page, on.platform.keys.viewer, `/sweeps/${sweepId}/leaderboard`);
  await page.getByRole('table', { name: 'Leaderboard' }).waitFor();
  const answer = await page.getByText(/ leads with /).textContent();
  await page.getByRole('button', { name: 'Report' }).click();
  const { name, bytes } = await savedBy(page, page.getByRole('menuitem', { name: /^HTML/ }));
  expect(name).toMatch(/^report-.*\.html$/);
  for (const { colorScheme, width } of looks) {
    const reader = await on.browser.newPage({ viewport: { width, height: 900 }, colorScheme });
    const asked: string[] = [];
    reader.on('request', (request) => asked.push(request.url()));
    await reader.setContent(bytes.toString());
    expect(await reader.locator('.answer').textContent()).toBe(answer);
    const rows = reader.locator('table').first().locator('tbody tr');
    expect(await reader.locator('svg circle').count()).toBe(await rows.count());
    expect(await horizontalOverflow(reader)).toBe(0);
    await keepPicture(reader, `report ${colorScheme} ${width}`);
    expect(asked).toEqual([]);
    await reader.close();
  }
  expect(errors).toEqual([]);
  await close();
});
