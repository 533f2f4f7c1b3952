/** @file The form of a new sweep: what it says of mistakes, of budgets and of rights, and what it asks for. */
import type { Locator } from 'playwright-core';
import { expect, it } from 'vitest';
import { createTinyPlatform } from '../support/tiny-platform.js';
import { signInByLink, untilSweep } from './dashboard-page.js';
import { openedDashboard } from './opened-dashboard.js';
import { field, setAxis } from './sweep-form.js';

const on = openedDashboard(createTinyPlatform, (platform) => platform.hostWorker());

it('takes the cursor to the first wrong field on a narrow screen, and says in words what is wrong', async () => {
  const { page, errors, close } = await on.openPage({ viewport: { width: 390, height: 844 } });
  await signInByLink(page, on.platform.keys.submitter, '/sweeps/new');
  expect(new URL(page.url()).hash).toBe('');
  const start = page.getByRole('button', { name: /^Start/ });
  const name = page.getByRole('textbox', { name: 'Name' });
  const untilFocused = (input: Locator) => input.and(page.locator(':focus')).waitFor();
  await start.click();
  await expect.poll(() => name.getAttribute('aria-invalid')).toBe('true');
  await untilFocused(name);
  await expect.poll(() => name.boundingBox()).toMatchObject({ y: expect.toSatisfy((y: number) => y > 56 && y < 844) });
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

it('folds the options of a method that few sweeps set, and counts those that are set', async () => {
  const { page, errors, close } = await on.openPage();
  await signInByLink(page, on.platform.keys.submitter, '/sweeps/new');
  const method = page.getByRole('region', { name: /^Method / }).first();
  const further = method.getByRole('button', { name: /^Further options/ });
  await further.waitFor();
  expect(await further.getAttribute('aria-expanded')).toBe('false');
  expect(await further.textContent()).toBe('Further options');
  const teacher = method.getByRole('textbox', { name: 'Teacher' });
  expect(await teacher.count()).toBe(0);
  expect(await field(page, 'Learning rate').first().isVisible()).toBe(true);
  await further.click();
  await teacher.fill('a-teacher');
  await expect.poll(() => further.textContent()).toBe('Further options: 1 set');
  expect(errors.filter((error) => !/400.*\/v1\/sweeps/.test(error))).toEqual([]);
  await close();
});

it('suggests budgets from the predicted bytes, and leaves alone those that were chosen', async () => {
  const { page, errors, close } = await on.openPage();
  await signInByLink(page, on.platform.keys.submitter, '/sweeps/new');
  const axes = page.getByRole('region', { name: 'Axes of the sweep' });
  const all = axes.getByText(/MiB fits all/);
  await setAxis(page, 'Ranks', '2, 64');
  const smaller = axes.getByRole('button', { name: /^[\d.]+ MiB fits 1 of 2$/ });
  await smaller.waitFor();
  // What fits all is in the field already, so it is not offered.
  await expect.poll(() => all.count()).toBe(0);
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
  const { page, errors, close } = await on.openPage();
  await signInByLink(page, on.platform.keys.viewer, '/sweeps/new');
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
  const { page, errors, close } = await on.openPage();
  await signInByLink(page, on.platform.keys.submitter, '/sweeps/new');
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
  const { spec } = await on.platform.db.sweep.findUniqueOrThrow({ where: { id } });
  expect((spec as { training: object }).training).toMatchObject({ execution: 'perLayer', clipNorm: null, steps: 5 });
  await page.getByText('Completed', { exact: true }).waitFor();
  // A preview that is refused is answered with 400, which Chromium notes by itself.
  expect(errors.filter((error) => !/400.*\/v1\/sweeps\/preview/.test(error))).toEqual([]);
  await close();
});

it('limits what is predicted, says what is above, and asks a board for what is within', async () => {
  const { page, errors, close } = await on.openPage();
  await signInByLink(page, on.platform.keys.submitter, '/sweeps/new');
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
  await page.getByText('Completed', { exact: true }).waitFor();

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

  const { id: sweepId } = await on.platform.db.sweep.findFirstOrThrow({ where: { name: 'Limited' } });
  const trialOf = async (where: object) =>
    (await on.platform.db.trial.findFirstOrThrow({ where: { sweepId, ...where } })).id;
  await page.goto(`/trials/${await trialOf({ state: 'OVER_BUDGET' })}`);
  await page.getByText('budget 512 MiB, trainableParameters ≤ 200').waitFor();
  await page
    .getByText('predicted Trained parameters: 512, above the limit of 200; largest part: adapters (512)')
    .waitFor();
  // Measures of a trial stand on its page as they do on the board.
  await page.goto(`/trials/${await trialOf({ rank: 1, kind: 'train', leaderId: null })}`);
  await page.getByText('Peak memory', { exact: true }).first().waitFor();
  expect(await page.getByRole('main').textContent()).toMatch(
    /Trained128Adapter[\d.]+ KiBPeak memory[\d.]+ MiBCPU a step[\d.]+ msTook/,
  );
  expect(errors.filter((error) => !/400.*\/v1\/sweeps/.test(error))).toEqual([]);
  await close();
});
