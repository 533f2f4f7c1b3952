/** @file Trials side by side in the page: from ticks, from a board, and by their ids. */
import { expect, it } from 'vitest';
import { submit, tinySweep, trainings, untilCompleted } from '../e2e/worker-sweeps.js';
import { createTinyPlatform } from '../support/tiny-platform.js';
import { seriousViolations } from './all-pages.js';
import { lookAt, savedBy, signInByLink } from './dashboard-page.js';
import { openedDashboard } from './opened-dashboard.js';

let sweepId: string;
let trials: Awaited<ReturnType<typeof trainings>>;

const on = openedDashboard(createTinyPlatform, async (platform) => {
  await platform.hostWorker({ RANKFORGE_WORKER_SLOTS: '1' });
  const methods = [{ name: 'lora', rank: [2, 4] }, { name: 'bitfit' }];
  const request = tinySweep(platform.base, { methods, seed: [0], training: { steps: 5 } });
  sweepId = await submit(platform, platform.api, request);
  await untilCompleted(platform, sweepId);
  trials = await trainings(platform, sweepId);
});

const addressOf = (ids: readonly string[]) => `/trials/compare?trials=${encodeURIComponent(JSON.stringify(ids))}`;

it('stand side by side once they are ticked, with what differs, and are saved and left out', async () => {
  const { page, errors, close } = await on.openPage({ acceptDownloads: true });
  await signInByLink(page, on.platform.keys.viewer, `/sweeps/${sweepId}/trials`);
  const tick = (ordinal: number) => page.getByRole('checkbox', { name: `Compare trial ${ordinal}`, exact: true });
  await tick(1).check();
  await page.getByText('One trial is ticked').waitFor();
  await tick(2).check();
  await tick(3).check();
  await tick(3).uncheck();
  await page.reload();
  expect(await tick(2).isChecked()).toBe(true);
  await page.getByRole('link', { name: 'Compare 2 trials' }).click();

  const settings = page.getByRole('table', { name: 'Settings' });
  await settings.waitFor();
  const cells = async (name: string) =>
    await settings
      .getByRole('row', { name: new RegExp(`^${name} `) })
      .getByRole('cell')
      .allInnerTexts();
  expect(await cells('rank')).toEqual(['2', '4']);
  expect(await settings.getByRole('row', { name: /^training.steps / }).count()).toBe(0);
  await page.getByRole('switch', { name: 'Show equal settings too' }).click();
  await expect.poll(() => cells('training.steps')).toEqual(['5', '5']);
  const results = page.getByRole('table', { name: 'Results' });
  expect(
    await results
      .getByRole('row', { name: /^Peak memory / })
      .getByRole('cell')
      .allInnerTexts(),
  ).toEqual([expect.stringMatching(/iB$/), expect.stringMatching(/iB$/)]);
  await page.getByRole('img', { name: /^Training loss by step/ }).waitFor();
  expect(await seriousViolations(page)).toEqual([]);

  await page.getByRole('button', { name: 'Save' }).click();
  const csv = await savedBy(page, page.getByRole('menuitem', { name: /^CSV/ }));
  expect(csv.name).toBe('trials-1-2.csv');
  expect(csv.bytes.toString()).toContain('setting,rank,true,2,4');

  await settings.getByRole('button', { name: 'Leave trial 2 lora r4 seed 0 out' }).click();
  await page.getByText('One trial is chosen').waitFor();
  await page.getByRole('textbox', { name: 'A further trial' }).fill('the second');
  await page.getByRole('button', { name: 'Add' }).click();
  await page.getByText('Expected the id of a trial').waitFor();
  await page.getByRole('textbox', { name: 'A further trial' }).fill(`${on.api.url}/trials/${trials[2]!.id}`);
  await page.getByRole('button', { name: 'Add' }).click();
  await settings.waitFor();
  await expect.poll(() => cells('method')).toEqual(['lora', 'bitfit']);
  expect(errors).toEqual([]);
  await close();
});

it('come from the rows of a board, and leave out one that is not there', async () => {
  const { page, close } = await on.openPage();
  await signInByLink(page, on.platform.keys.viewer, `/sweeps/${sweepId}/leaderboard`);
  await page.getByRole('link', { name: 'Side by side' }).click();
  const methods = page.getByRole('table', { name: 'Settings' }).getByRole('row', { name: /^method / });
  await methods.waitFor();
  expect((await methods.getByRole('cell').allInnerTexts()).sort()).toEqual(['bitfit', 'lora']);

  const missing = '0198b2a0-0000-7000-8000-000000000000';
  await page.goto(addressOf([...trials.slice(0, 2).map(({ id }) => id), missing]));
  await page.getByRole('table', { name: 'Settings' }).waitFor();
  const failure = page.getByRole('alert').filter({ hasText: missing });
  await failure.getByRole('button', { name: 'Leave it out' }).click();
  await failure.waitFor({ state: 'detached' });
  expect(page.url()).not.toContain(missing);
  await page.getByText('2 trials side by side').waitFor();
  await close();
});

it('fit every width in both themes', () =>
  lookAt(
    on.browser,
    { url: on.api.url, key: on.platform.keys.viewer },
    addressOf(trials.map(({ id }) => id)),
    'compare',
    (page) => page.getByRole('table', { name: 'Results' }).waitFor(),
  ));
