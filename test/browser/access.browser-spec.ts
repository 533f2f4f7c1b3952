/** @file Who may do what, in the page: keys made, rotated and revoked, a project made and bounded, and all of it written down. */
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createKey } from '@rankforge/db';
import type { Page, Route } from 'playwright-core';
import { expect, it } from 'vitest';
import { signInByLink } from './dashboard-page.js';
import { createEmptyPlatform, openedDashboard } from './opened-dashboard.js';

const on = openedDashboard(createEmptyPlatform);

/** What a secret may do: the status of `GET /v1/me`, and its role. */
async function me(secret: string): Promise<{ status: number; role?: string }> {
  const response = await fetch(`${on.api.url}/v1/me`, { headers: { authorization: `Bearer ${secret}` } });
  const { role } = (await response.json()) as { role?: string };
  return response.ok ? { status: response.status, role: role! } : { status: response.status };
}

/** The secret that the page shows once, which is then hidden. */
async function secretOnce(page: Page, title: string): Promise<string> {
  const shown = page.getByRole('dialog', { name: title });
  const secret = (await shown.locator('pre').textContent())!;
  await shown.getByRole('button', { name: 'Hide' }).click();
  await shown.waitFor({ state: 'hidden' });
  return secret.trim();
}

it('makes a key that works, rotates it with and without an overlap, and revokes it', async () => {
  const { page, errors, close } = await on.openPage();
  await signInByLink(page, on.platform.keys.admin, '/access');
  await page.getByRole('tab', { name: 'Keys' }).click();
  await page.getByRole('textbox', { name: 'New key' }).fill('nightly');
  await page.getByRole('combobox', { name: 'Role' }).click();
  await page.getByRole('option', { name: 'viewer' }).click();
  await page.getByRole('button', { name: 'Make key' }).click();
  const first = await secretOnce(page, 'Secret of nightly');
  expect(await me(first)).toEqual({ status: 200, role: 'viewer' });
  const row = page.getByRole('table', { name: 'Keys' }).getByRole('row').filter({ hasText: 'nightly' });
  await row.getByText('viewer').waitFor();

  await page.getByRole('button', { name: 'Rotate nightly' }).click();
  const asked = page.getByRole('dialog', { name: 'Rotate nightly?' });
  const overlap = asked.getByRole('textbox', { name: 'Overlap of a rotation' });
  const rotate = asked.getByRole('button', { name: 'Rotate' });
  await overlap.fill('');
  expect(await rotate.isDisabled()).toBe(true);
  await overlap.fill('24');
  await rotate.click();
  const second = await secretOnce(page, 'New secret of nightly');
  expect(second).not.toBe(first);
  await row.getByText(/old secret until/).waitFor();
  expect([await me(first), await me(second)].map(({ status }) => status)).toEqual([200, 200]);

  await page.getByRole('button', { name: 'Rotate nightly' }).click();
  await overlap.fill('0');
  await rotate.click();
  const third = await secretOnce(page, 'New secret of nightly');
  await expect.poll(async () => (await me(second)).status).toBe(401);
  expect(await me(third)).toEqual({ status: 200, role: 'viewer' });

  await page.getByRole('button', { name: 'Revoke nightly' }).click();
  const question = page.getByRole('dialog', { name: 'Revoke nightly?' });
  await question.getByRole('button', { name: 'Keep' }).click();
  await question.waitFor({ state: 'hidden' });
  expect((await me(third)).status).toBe(200);
  await page.getByRole('button', { name: 'Revoke nightly' }).click();
  await question.getByRole('button', { name: 'Revoke' }).click();
  await row.getByText('revoked').waitFor();
  await expect.poll(() => row.getByRole('button').count()).toBe(0);
  await expect.poll(async () => (await me(third)).status).toBe(401);

  await page.getByRole('tab', { name: 'Audit trail' }).click();
  const entries = page.getByRole('table', { name: 'Audit trail' });
  const told = async () =>
    (await entries.locator('tbody tr').allInnerTexts()).filter((text) => text.includes('nightly'));
  await expect
    .poll(async () => (await told()).map((text) => /key\.\w+/.exec(text)?.[0]))
    .toEqual(expect.arrayContaining(['key.create', 'key.rotate', 'key.revoke']));
  expect(JSON.stringify(await told())).not.toContain(third);
  expect(errors).toEqual([]);
  await close();
});

it('shows a secret though its form is gone or was typed in before the answer came', async () => {
  const { page, errors, close } = await on.openPage();
  await signInByLink(page, on.platform.keys.admin, '/access?tab=webhooks');
  const held: Route[] = [];
  await page.route(/\/v1\/(webhooks|keys)(\/[\w-]+\/rotate)?$/, (route) =>
    route.request().method() === 'POST' ? void held.push(route) : route.continue(),
  );
  const answer = () => held.shift()!.continue();

  const url = page.getByRole('textbox', { name: 'New webhook' });
  await url.fill('https://hooks.example/first');
  await page.getByRole('button', { name: 'Add' }).click();
  await expect.poll(() => held.length).toBe(1);
  await url.fill('https://hooks.example/second');
  await answer();
  expect(await secretOnce(page, 'Signing secret')).not.toBe('');
  expect(await url.inputValue()).toBe('https://hooks.example/second');
  expect((await on.platform.db.webhook.findMany()).map((webhook) => webhook.url)).toEqual([
    'https://hooks.example/first',
  ]);

  await page.getByRole('tab', { name: 'Keys' }).click();
  await page.getByRole('textbox', { name: 'New key' }).fill('left');
  await page.getByRole('button', { name: 'Make key' }).click();
  await expect.poll(() => held.length).toBe(1);
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Machine' }).click();
  await page.getByRole('heading', { name: 'Workers', level: 1 }).waitFor();
  await answer();
  const secret = await secretOnce(page, 'Secret of left');
  expect(await me(secret)).toEqual({ status: 200, role: 'submitter' });

  await page.goto('/access?tab=keys');
  await page.getByRole('button', { name: 'Rotate left' }).click();
  const asked = page.getByRole('dialog', { name: 'Rotate left?' });
  await asked.getByRole('button', { name: 'Rotate' }).click();
  await expect.poll(() => held.length).toBe(1);
  await asked.getByRole('button', { name: 'Keep' }).click();
  await asked.waitFor({ state: 'hidden' });
  await answer();
  expect(await me(await secretOnce(page, 'New secret of left'))).toEqual({ status: 200, role: 'submitter' });
  expect(errors).toEqual([]);
  await on.platform.db.webhook.deleteMany();
  await close();
});

it('changes keys of every project for an admin of the installation', async () => {
  const elsewhere = await on.platform.db.project.create({ data: { id: randomUUID(), name: 'elsewhere' } });
  await createKey(on.platform.db, { name: 'far', role: 'viewer', projectId: elsewhere.id });
  const { page, errors, close } = await on.openPage();
  await signInByLink(page, on.platform.keys.admin, '/access?tab=keys');
  await page.getByRole('button', { name: 'Rotate far' }).click();
  await page.getByRole('dialog', { name: 'Rotate far?' }).getByRole('button', { name: 'Rotate' }).click();
  expect(await me(await secretOnce(page, 'New secret of far'))).toEqual({ status: 200, role: 'viewer' });
  await page.getByRole('button', { name: 'Revoke far' }).click();
  await page.getByRole('dialog', { name: 'Revoke far?' }).getByRole('button', { name: 'Revoke' }).click();
  const row = page.getByRole('table', { name: 'Keys' }).getByRole('row').filter({ hasText: 'far' });
  await row.getByText('revoked').waitFor();
  expect(errors).toEqual([]);
  await close();
});

it('makes a project and gives it a quota, which the API then has', async () => {
  const { page, errors, close } = await on.openPage();
  await signInByLink(page, on.platform.keys.admin, '/access');
  const table = page.getByRole('table', { name: 'Projects' });
  await table.waitFor();
  await page.getByRole('textbox', { name: 'New project' }).fill('speech');
  await page.getByRole('button', { name: 'Make project' }).click();
  const row = table.getByRole('row').filter({ hasText: 'speech' });
  await row.waitFor();
  const quota = page.getByRole('textbox', { name: 'speech: trials at once' });
  await quota.fill('3');
  await quota.blur();
  await row.getByText('0 of 3').waitFor();
  const project = await on.platform.db.project.findFirstOrThrow({ where: { name: 'speech' } });
  expect(project.maxRunningTrials).toBe(3);

  const changes: string[] = [];
  page.on('request', (request) => {
    if (request.method() === 'PATCH') changes.push(request.postData()!);
  });
  for (const [typed, mistake] of [
    ['99999999999999999999', /must be at most/],
    ['-', /expected a number/],
    ['2.5', /must be a whole number, got 2.5/],
  ] as const) {
    await quota.fill(typed);
    await quota.press('Enter');
    await row.getByText(mistake).waitFor();
  }
  expect(changes).toEqual([]);
  await page.route('**/v1/projects/*', (route) => route.abort());
  await quota.fill('4');
  await quota.press('Enter');
  await page.getByText('Not done').waitFor();
  await page.unroute('**/v1/projects/*');
  await expect.poll(() => quota.inputValue()).toBe('3');
  expect(changes).toEqual(['{"quotas":{"maxRunningTrials":4}}']);
  await page.getByRole('alert').getByRole('button').click();
  await page.getByText('Not done').waitFor({ state: 'hidden' });

  await page.getByRole('textbox', { name: 'New project' }).fill('speech');
  await page.getByRole('button', { name: 'Make project' }).click();
  await page.getByText('Not done').waitFor();
  expect(await on.platform.db.project.count({ where: { name: 'speech' } })).toBe(1);

  // Another admin's value is shown once it is read, and leaving the input does not undo it.
  await on.platform.db.project.update({ where: { id: project.id }, data: { maxRunningTrials: 7 } });
  await page.getByRole('button', { name: 'Make project' }).click();
  await row.getByText('0 of 7').waitFor();
  expect(await quota.inputValue()).toBe('7');
  await quota.focus();
  await quota.press('Enter');
  await quota.blur();
  expect(await on.platform.db.project.findFirst({ where: { name: 'speech', maxRunningTrials: 7 } })).not.toBeNull();
  expect(errors.filter((error) => !/(409.*\/v1\/projects|ERR_FAILED.*\/v1\/projects\/[\w-]+)$/.test(error))).toEqual(
    [],
  );
  await close();
});

it('asks before it deletes a webhook', async () => {
  const { page, errors, close } = await on.openPage();
  await signInByLink(page, on.platform.keys.admin, '/access');
  await page.getByRole('tab', { name: 'Webhooks' }).click();
  const url = 'https://hooks.example/rankforge';
  // The address has the tab, and a mistake stands beside its field.
  await page.reload();
  await page.getByRole('textbox', { name: 'New webhook' }).fill('hooks');
  await page.getByRole('button', { name: 'Add' }).click();
  await page.getByText('expected an http or https address').waitFor();
  expect(await page.getByText('Not done').count()).toBe(0);
  await page.getByRole('textbox', { name: 'New webhook' }).fill(url);
  await page.getByRole('button', { name: 'Add' }).click();
  expect(await secretOnce(page, 'Signing secret')).not.toBe('');
  const card = page.getByRole('region', { name: `Webhook ${url}` });
  const question = page.getByRole('dialog', { name: `Delete ${url}?` });
  await card.getByRole('button', { name: 'Delete' }).click();
  await question.getByRole('button', { name: 'Keep' }).click();
  await question.waitFor({ state: 'hidden' });
  expect(await on.platform.db.webhook.count()).toBe(1);
  await card.getByRole('button', { name: 'Delete' }).click();
  await question.getByRole('button', { name: 'Delete' }).click();
  await card.waitFor({ state: 'hidden' });
  expect(await on.platform.db.webhook.count()).toBe(0);
  expect(errors.filter((error) => !/400.*\/v1\/webhooks$/.test(error))).toEqual([]);
  await close();
});

it('leads to the sign-in page when a session ends, and back', async () => {
  const { page, close } = await on.openPage();
  await signInByLink(page, on.platform.keys.viewer, '/standings?memoryBudgetMiB=64');
  await page.getByText('Live', { exact: true }).waitFor();
  await on.platform.db.session.deleteMany();
  await page.getByRole('heading', { name: 'Sign in to Rankforge' }).waitFor();
  await page.getByLabel('API key').fill(on.platform.keys.viewer);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByText('Live', { exact: true }).waitFor();
  expect(page.url()).toBe(`${on.api.url}/standings?memoryBudgetMiB=64`);
  await close();
});

it('holds no stream of events while its tab is hidden', async () => {
  const { page, errors, close } = await on.openPage();
  let streams = 0;
  page.on('request', (request) => {
    if (request.url().includes('/v1/events')) streams += 1;
  });
  await signInByLink(page, on.platform.keys.viewer);
  const live = page.getByText('Live', { exact: true });
  await live.waitFor();
  const become = (state: string) =>
    page.evaluate(
      `Object.defineProperty(document, 'visibilityState', { configurable: true, value: '${state}' });
       document.dispatchEvent(new Event('visibilitychange'))`,
    );
  const ended = page.waitForEvent('requestfailed', (request) => request.url().includes('/v1/events'));
  await become('hidden');
  await ended;
  expect(streams).toBe(1);
  await become('visible');
  await expect.poll(() => streams).toBe(2);
  await live.waitFor();
  expect(errors).toEqual([]);
  await close();
});

it('shows keys and the audit trail to admins alone', async () => {
  const { page, errors, close } = await on.openPage();
  await signInByLink(page, on.platform.keys.submitter, '/access');
  await page.getByRole('table', { name: 'Projects' }).waitFor();
  expect(await page.getByRole('tab').allInnerTexts()).toEqual(['Projects']);
  expect(await page.getByRole('button', { name: 'Make project' }).count()).toBe(0);
  expect(errors).toEqual([]);
  await close();
});

it('gives a program on another port of the host nothing to act with', async () => {
  const { webhook, apiKey } = on.platform.db;
  const before = [await webhook.count(), await apiKey.count()];
  const cookies: string[] = [];
  const key = JSON.stringify({ name: 'stolen', role: 'admin', installation: true });
  const other = createServer((request, response) => {
    cookies.push(request.headers.cookie ?? '');
    response.setHeader('content-type', 'text/html').end(`<!doctype html>
      <form method="post" action="${on.api.url}/v1/webhooks" enctype="text/plain">
        <input name='{"url": "https://attacker.example/", "events": ["sweep.completed"], "x": "' value='"}'>
      </form>
      <script>
        fetch('${on.api.url}/v1/keys', { method: 'POST', mode: 'no-cors', credentials: 'include', body: '${key}' })
          .finally(() => document.forms[0].submit());
      </script>`);
  });
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const { page, close } = await on.openPage();
  await signInByLink(page, on.platform.keys.admin, '/access');
  await page.goto(`http://127.0.0.1:${(other.address() as AddressInfo).port}/`);
  await page.waitForURL(`${on.api.url}/v1/webhooks`);

  // The browser did send the cookie of the session there. Whoever receives it may replay it as they like.
  const cookie = cookies.find((line) => line.includes('rankforge_session='))!;
  expect(cookie).not.toContain('rf_');
  for (const [method, body] of [['GET'], ['POST', key]] as const) {
    const headers = { cookie, 'sec-fetch-site': 'same-origin', 'content-type': 'application/json' };
    const replayed = await fetch(`${on.api.url}/v1/keys`, { method, headers, ...(body ? { body } : {}) });
    expect(replayed.status).toBe(401);
  }
  expect([await webhook.count(), await apiKey.count()]).toEqual(before);
  await page.goto(`${on.api.url}/access`);
  await page.getByRole('tab', { name: 'Keys' }).waitFor();
  await close();
  other.close();
});
