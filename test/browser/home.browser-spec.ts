/** @file The home of the page: the newest answers, what runs, what failed and what to try next. */
import { claimTrial, finishTrial } from '@rankforge/db';
import { expect, it } from 'vitest';
import { submit, tinySweep, untilCompleted } from '../e2e/worker-sweeps.js';
import { waitFor } from '../support/index.js';
import { createTinyPlatform, type TinyPlatform } from '../support/tiny-platform.js';
import { seriousViolations } from './all-pages.js';
import { horizontalOverflow, keepPicture, looks, signInByLink } from './dashboard-page.js';
import { openedDashboard } from './opened-dashboard.js';

let answeredId: string;
let runningId: string;
let failedTrialId: string;

const on = openedDashboard(createTinyPlatform, async (platform) => {
  const worker = await platform.hostWorker();
  const answered = tinySweep(platform.base, {
    name: 'Which method',
    methods: [{ name: 'lora' }, { name: 'bitfit' }],
    memoryBudgetMiB: [0.5, 512],
    learningRate: [0.003, 0.01],
    seed: [0, 1],
    training: { steps: 10 },
  });
  answeredId = await submit(platform, platform.api, answered);
  await untilCompleted(platform, answeredId);
  await worker.stop();
  runningId = await submit(platform, platform.api, tinySweep(platform.base, { name: 'Waits for a worker', seed: [7] }));
  const failing = tinySweep(platform.base, { name: 'Fails', seed: [9] });
  failedTrialId = (await firstTrial(platform, await submit(platform, platform.api, failing))).id;
  const { id: workerId } = await platform.db.worker.findFirstOrThrow();
  const claimed = await claimTrial(platform.db, { trialId: failedTrialId, workerId, device: 'host', leaseSeconds: 60 });
  const reason = 'the loss is not finite at step 3';
  await finishTrial(platform.db, claimed!.lease, { state: 'FAILED', reason, attempt: 'failed' }, '');
});

/** The training of a sweep, once it is planned and queued. */
function firstTrial({ db }: TinyPlatform, sweepId: string) {
  const queued = () => db.trial.findFirst({ where: { sweepId, kind: 'train', state: 'QUEUED' } });
  return waitFor(`a trial of ${sweepId}`, queued);
}

it('shows the answer of a sweep with its intervals and the rows that do not fit, each a link', async () => {
  const { page, errors, close } = await on.openPage();
  await signInByLink(page, on.platform.keys.submitter, '/');
  const card = page.getByRole('article', { name: 'Answer of Which method' });
  await card.getByText(/^Within 512 MiB, (lora|bitfit).* with perplexity \d+\.\d+/).waitFor();
  await card.getByText('2 of 2 rows do not fit 512 KiB').waitFor();
  const rows = await card.getByRole('listitem').allInnerTexts();
  expect(rows.length).toBeGreaterThan(1);
  for (const row of rows) expect(row).toMatch(/(lora|bitfit)\s[\s\S]*95 % interval \d+\.\d+ – \d+\.\d+/);
  const running = page.getByRole('region', { name: 'Running' });
  await running.getByRole('link', { name: 'Waits for a worker' }).waitFor();
  await running.getByText('0 of 2 done').waitFor();
  const next = page.getByRole('region', { name: 'Try next' });
  await next.getByText(/in Which method: learning rate [\d.]+ is the (lowest|highest) tried$/).waitFor();
  await next.getByRole('link', { name: 'Widen' }).click();
  await page.getByRole('heading', { name: 'New sweep', level: 1 }).waitFor();
  await page.goBack();
  await card.getByRole('link', { name: 'Which method' }).click();
  await page.waitForURL(`**/sweeps/${answeredId}/leaderboard**`);
  await page.getByRole('link', { name: 'Rankforge, home' }).click();
  await running.getByRole('link', { name: 'Waits for a worker' }).click();
  await page.waitForURL(`**/sweeps/${runningId}/**`);
  expect(errors).toEqual([]);
  await close();
});

it('says what failed last and why', async () => {
  const { page, errors, close } = await on.openPage();
  await signInByLink(page, on.platform.keys.viewer, '/');
  const failed = page.getByRole('region', { name: 'Failed' });
  await failed.getByText('the loss is not finite at step 3').waitFor();
  await failed.getByRole('link', { name: '1 failed in Fails' }).click();
  await page.waitForURL(/\/trials\?state=/);
  await page.goBack();
  await failed.getByRole('link', { name: 'lora · rank 2 · seed 9' }).click();
  await page.waitForURL(`**/trials/${failedTrialId}`);
  expect(await page.getByRole('region', { name: 'Try next' }).count()).toBe(0);
  expect(errors).toEqual([]);
  await close();
});

it.each(looks)('fits $width pixels and is clean in the $colorScheme theme', async ({ colorScheme, width }) => {
  const { page, errors, close } = await on.openPage({ colorScheme, viewport: { width, height: 900 } });
  await signInByLink(page, on.platform.keys.submitter, '/');
  await page.getByRole('article', { name: 'Answer of Which method' }).waitFor();
  await keepPicture(page, `home-${colorScheme}-${width}`);
  expect(await horizontalOverflow(page)).toBe(0);
  await expect.poll(() => seriousViolations(page)).toEqual([]);
  expect(errors).toEqual([]);
  await close();
});
