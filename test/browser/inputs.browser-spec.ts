import { expect, it } from 'vitest';
import { createTinyPlatform } from '../support/tiny-platform.js';
import { signInByLink } from './dashboard-page.js';
import { openedDashboard } from './opened-dashboard.js';

const on = openedDashboard(createTinyPlatform);

it('reads a number with an exponent as what it says, and keeps a text that is none beside its mistake', async () => {
  const { page, errors, close } = await on.openPage();
  let asked: { training?: object } = {};
  page.on('request', (request) => {
    if (request.url().endsWith('/v1/sweeps/preview')) asked = request.postDataJSON();
  });
  await signInByLink(page, on.platform.keys.submitter, '/sweeps/new');
  const steps = page.getByRole('textbox', { name: 'Steps', exact: true });
  await steps.pressSequentially('1e3');
  await page.getByRole('button', { name: 'Schedule, clipping, targets' }).click();
  await page.getByRole('textbox', { name: 'Learning rate of the head' }).pressSequentially('1e-4');
  await expect.poll(() => asked.training).toMatchObject({ steps: 1000, headLearningRate: 0.0001 });
  expect(await steps.inputValue()).toBe('1e3');
  await steps.press('ArrowUp');
  expect(await steps.inputValue()).toBe('1001');

  await steps.fill('');
  await steps.pressSequentially('1e');
  await steps.blur();
  await page
    .getByText(/expected a (whole )?number/)
    .first()
    .waitFor();
  expect(await steps.inputValue()).toBe('1e');
  expect(await steps.getAttribute('aria-invalid')).toBe('true');
  expect(errors.filter((error) => !/400.*\/v1\/sweeps\/preview/.test(error))).toEqual([]);
  await close();
});

it('takes a number that was set with the buttons in its field, once the field is left', async () => {
  const { page, errors, close } = await on.openPage();
  await signInByLink(page, on.platform.keys.viewer, '/standings?memoryBudgetMiB=64');
  const budget = page.getByRole('textbox', { name: 'Memory budget, MiB' });
  await budget.waitFor();
  // For a mouse alone, and so without a role.
  const [up, down] = await page.locator('div:has(> input[inputmode="decimal"]) button').all();
  await up!.click();
  await up!.click();
  await down!.click();
  await up!.click();
  expect(await budget.inputValue()).toBe('66');
  await page.getByRole('heading', { name: 'Standings', level: 1 }).click();
  await expect.poll(() => new URL(page.url()).search).toBe('?memoryBudgetMiB=66');
  expect(errors).toEqual([]);
  await close();
});

it('keeps the form of an estimate in the address, for a reload and for a link', async () => {
  const { page, errors, close } = await on.openPage();
  await signInByLink(page, on.platform.keys.viewer, '/estimate');
  const batch = page.getByRole('textbox', { name: 'Batch' });
  const budget = page.getByRole('textbox', { name: 'Budget' });
  await batch.fill('4');
  // Slowly enough for the address to be written in between.
  await budget.fill('');
  await budget.pressSequentially('3.45 GiB', { delay: 150 });
  await page.getByText('torch on CUDA').click();
  await expect.poll(() => page.url()).toMatch(/profile=torch/);
  const shown = async () => [await batch.inputValue(), await budget.inputValue()];
  expect(await shown()).toEqual(['4', '3.45 GiB']);
  await page.reload();
  await batch.waitFor();
  expect(await shown()).toEqual(['4', '3.45 GiB']);
  expect(await page.getByRole('radio', { name: 'torch on CUDA' }).isChecked()).toBe(true);
  // A link to the page begins anew.
  await page.getByRole('link', { name: 'Estimate' }).first().click();
  await expect.poll(shown).toEqual(['', '24 GiB']);
  expect(errors).toEqual([]);
  await close();
});
