/** @file Test examples of trials in the page: who has which right, and the examples behind each count. */
import { expect, it } from 'vitest';
import { startApi } from '../e2e/api-client.js';
import { type ScoredAnimals, scoreAnimals } from '../e2e/scored-animals.js';
import { seriousViolations } from './all-pages.js';
import { lookAt, signInByLink } from './dashboard-page.js';
import { openedDashboard } from './opened-dashboard.js';

let scored: ScoredAnimals;

const on = openedDashboard(startApi, async (api) => {
  scored = await scoreAnimals(api);
});

const address = (more = '') =>
  `/trials/compare?trials=${encodeURIComponent(JSON.stringify([scored.lora, scored.bitfit, scored.unchosen]))}${more}`;

it('counts who is right, and lists the examples of a count', async () => {
  const { page, errors, close } = await on.openPage();
  await signInByLink(page, on.platform.platform.keys.viewer, address());
  const patterns = page.getByRole('table', { name: 'Who is right' });
  await patterns.waitFor();
  const rows = await patterns.getByRole('row').allInnerTexts();
  expect(rows.slice(1).map((row) => row.split(/\s*\t\s*/).slice(1, 3))).toEqual([
    ['8', '40.0 %'],
    ['7', '35.0 %'],
    ['4', '20.0 %'],
    ['1', '5.0 %'],
  ]);
  const pair = page.getByRole('table', { name: 'Every two' }).getByRole('row').last();
  expect((await pair.getByRole('cell').allInnerTexts()).slice(2)).toEqual(['8', '1', '7', '4', '0.039']);
  await page.getByText('is left out: it was not scored on the test split').waitFor();

  await page.getByText('10 of 20 examples.').waitFor();
  await page.getByRole('button', { name: 'Show more examples' }).click();
  await page.getByText('20 of 20 examples.').waitFor();
  await patterns.getByRole('button', { name: /bitfit seed 0 alone/ }).click();
  await page.getByText('1 of 1 examples.').waitFor();
  expect(page.url()).toContain('which=');
  const examples = page.getByRole('table', { name: 'Examples' });
  const cells = await examples.getByRole('row').last().getByRole('cell').allInnerTexts();
  expect(cells[0]).toBe('16');
  expect(cells[1]).toMatch(/label\s+dog/);
  expect(cells.slice(2)).toEqual(['wrong, cat', 'right, dog']);
  await page.reload();
  await page.getByText('1 of 1 examples.').waitFor();
  await page.getByLabel('Which examples').selectOption({ label: 'All are wrong' });
  await page.getByText('4 of 4 examples.').waitFor();
  expect(await seriousViolations(page)).toEqual([]);
  expect(errors).toEqual([]);
  await close();
});

it('comes from a comparison of two rows of a board', async () => {
  const { page, close } = await on.openPage();
  await signInByLink(page, on.platform.platform.keys.viewer, `/sweeps/${scored.sweepId}/leaderboard`);
  const board = page.getByRole('table', { name: 'Leaderboard' });
  await board.getByRole('button', { name: /^Details of bitfit/ }).click();
  await page.getByRole('link', { name: 'On which examples?' }).click();
  const pair = page.getByRole('table', { name: 'Every two' }).getByRole('row').last();
  await pair.waitFor();
  // BitFit is the row that was chosen, and stands first.
  expect((await pair.getByRole('cell').allInnerTexts()).slice(2, 4)).toEqual(['1', '8']);
  await close();
});

it('fits every width in both themes', () =>
  lookAt(
    on.browser,
    { url: on.api.url, key: on.platform.platform.keys.viewer },
    address('&which=differ'),
    'examples',
    (page) => page.getByText('9 of 9 examples.').waitFor(),
  ));
