/** @file A sweep removed from its menu, which names what goes; and the page that says what storage is used by. */
import { EngineName, type SweepDetail } from '@rankforge/contracts';
import { claimTrial, recordArtifact, registerWorker } from '@rankforge/db';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { createTinyPlatform } from '../support/tiny-platform.js';
import { horizontalOverflow, keepPicture, looks, signInByLink, untilStill } from './dashboard-page.js';
import { openedDashboard } from './opened-dashboard.js';

const on = openedDashboard(createTinyPlatform);

async function post<T>(path: string, body: object = {}): Promise<T> {
  const response = await on.platform.request(on.api, path, { body, role: 'submitter' });
  const answer = (await response.json()) as T;
  expect(response.ok, JSON.stringify(answer)).toBe(true);
  return answer;
}

/** A sweep without a worker, cancelled where nothing is to run. */
async function submit(name: string, more: object = {}): Promise<string> {
  const { id } = await post<SweepDetail>('/v1/sweeps', {
    name,
    task: 'moby-dick',
    base: on.platform.base,
    methods: [{ name: 'lora' }],
    rank: [2],
    learningRate: [0.01],
    memoryBudgetMiB: [512],
    seed: [0, 1],
    reuse: false,
    training: { steps: 10, batchSize: 4, sequenceLength: 32 },
    ...more,
  });
  return id;
}

/** A trial of a sweep that leaves a file of so many bytes. */
async function leaveFile(sweepId: string, bytes: number): Promise<void> {
  const { db } = on.platform;
  const worker = { name: 'w', host: 'h', pid: 1, version: '0', slots: 1, devices: [] };
  const workerId = await registerWorker(db, { ...worker, engines: EngineName.options });
  const { id: trialId } = await db.trial.findFirstOrThrow({ where: { sweepId, state: 'QUEUED' } });
  const { lease } = (await claimTrial(db, { trialId, workerId, device: 'host', leaseSeconds: 600 }))!;
  await recordArtifact(db, lease, { kind: 'adapter', step: 5, sha256: 'e'.repeat(64), bytes }, { keep: 1 });
}

const ask = async (page: Page, name: string) => {
  await page.getByRole('button', { name: `Actions of ${name}` }).click();
  await page.getByRole('menuitem', { name: 'Remove sweep', disabled: false }).click();
  return page.getByRole('dialog', { name: `Remove “${name}”?` });
};

it('names what goes before a sweep is removed, and drops it from a page that somebody else looks at', async () => {
  const id = await submit('A bad first one');
  await leaveFile(id, 5 * 2 ** 20);
  await post(`/v1/sweeps/${id}/cancel`);
  const { page, errors, close } = await on.openPage();
  const other = await on.openPage();
  await signInByLink(other.page, on.platform.keys.viewer, '/sweeps');
  const listed = other.page.getByRole('link', { name: 'A bad first one' });
  await listed.waitFor();
  await signInByLink(page, on.platform.keys.submitter, `/sweeps/${id}/trials`);
  const dialog = await ask(page, 'A bad first one');
  await dialog.getByText(/^2 trials with 1 attempt and 0 metric points/).waitFor();
  await dialog.getByText(/^1 file, 5.00 MiB/).waitFor();
  await dialog.getByRole('button', { name: 'Remove sweep' }).click();
  await page.waitForURL('**/sweeps');
  await expect.poll(() => on.platform.db.trial.count({ where: { sweepId: id } })).toBe(0);
  await listed.waitFor({ state: 'detached' });
  // The event of the removal may come before the page has left: it asks for the sweep once more, and Chromium notes the answer.
  const others = errors.filter((error) => !error.includes(`404 (Not Found) ${on.api.url}/v1/sweeps/${id}`));
  expect([await page.getByRole('link', { name: 'A bad first one' }).count(), others, other.errors]).toEqual([
    0,
    [],
    [],
  ]);
  await other.close();
  await close();
});

it('says what stands on a sweep, and cannot be pressed then', async () => {
  const id = await submit('A foundation');
  await submit('Built upon it', { on: id, seed: [3] });
  await post(`/v1/sweeps/${id}/cancel`);
  for (const { colorScheme, width } of looks) {
    const options = { colorScheme, viewport: { width, height: 900 } };
    const { page, errors, close } = await on.openPage(options);
    await signInByLink(page, on.platform.keys.submitter, '/sweeps');
    const dialog = await ask(page, 'A foundation');
    await dialog.getByText(/The sweep Built upon it .* starts from a model of it/).waitFor();
    expect(await dialog.getByRole('button', { name: 'Remove sweep' }).isDisabled()).toBe(true);
    await untilStill(page);
    await keepPicture(page, `remove-${colorScheme}-${width}`);
    expect([await horizontalOverflow(page), errors]).toEqual([0, []]);
    await close();
  }
});

it('says of a trial that stays that its sweep was removed, and for which sweeps it stays', async () => {
  const id = await submit('Taken by others', { seed: [5] });
  await post(`/v1/sweeps/${id}/cancel`);
  const { id: trialId, key } = await on.platform.db.trial.findFirstOrThrow({ where: { sweepId: id } });
  const other = await submit('Took its result', { seed: [6] });
  const { id: taking } = await on.platform.db.trial.findFirstOrThrow({ where: { sweepId: other } });
  await on.platform.db.trial.update({ where: { id: taking }, data: { key, leaderId: trialId } });
  // Nothing is due to be cleared: another sweep has its result.
  await on.platform.db.sweep.update({ where: { id }, data: { removedAt: new Date() } });
  const { page, errors, close } = await on.openPage();
  await signInByLink(page, on.platform.keys.viewer, `/trials/${trialId}`);
  await page.getByText('of a sweep that was removed').waitFor();
  await page.getByRole('alert').getByRole('link', { name: 'Took its result' }).waitFor();
  expect(await page.locator(`a[href*="/sweeps/${id}"]`).count()).toBe(0);
  await untilStill(page);
  await keepPicture(page, 'trial-of-a-removed-sweep');
  expect(await horizontalOverflow(page)).toBe(0);
  await page.getByRole('link', { name: 'Compare with others' }).click();
  await page.getByText('One trial is chosen').waitFor();
  await page.getByRole('textbox', { name: 'A further trial' }).fill(taking);
  await page.getByRole('button', { name: 'Add' }).click();
  await page.getByRole('table', { name: 'Results' }).getByText('a sweep that was removed').waitFor();
  expect(await page.locator(`a[href*="/sweeps/${id}"]`).count()).toBe(0);
  expect(errors).toEqual([]);
  await close();
});

it('shows an admin what storage is used by', async () => {
  const id = await submit('The largest', { seed: [4] });
  await leaveFile(id, 3 * 2 ** 20);
  for (const { colorScheme, width } of looks) {
    const options = { colorScheme, viewport: { width, height: 900 } };
    const { page, errors, close } = await on.openPage(options);
    await signInByLink(page, on.platform.keys.admin, '/access?tab=storage');
    const row = (table: string, name: string) =>
      page.getByRole('table', { name: table }).getByRole('row').filter({ hasText: name });
    await row('By kind', 'Adapters').getByText('3.00 MiB').waitFor();
    await row('Largest sweeps', 'The largest').getByText('3.00 MiB').waitFor();
    expect(await row('By kind', 'Base models').textContent()).toMatch(/\d [KM]iB/);
    await keepPicture(page, `storage-${colorScheme}-${width}`);
    expect([await horizontalOverflow(page), errors]).toEqual([0, []]);
    await close();
  }
});
