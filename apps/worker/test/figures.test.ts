import type { AddressInfo } from 'node:net';
import type { ClaimedTrial } from '@rankforge/db';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { partOf } from '../../../test/support/part-of.js';
import { DeviceLedger } from '../src/device/ledger.js';
import { Figures, serveFigures } from '../src/figures.js';
import { tokenAccess } from '../src/metrics-access.js';

const token = 'a-token-for-this-test';
const ledger = new DeviceLedger({ bytes: 1000, slots: 2 });
const figures = new Figures([{ device: { id: 'host' }, ledger }]);
let url: string;
let close: () => void;

beforeAll(async () => {
  const server = await serveFigures(figures.registry, { host: '127.0.0.1', port: 0, admits: tokenAccess(token) });
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  close = () => server.close();
});
afterAll(() => close());

const get = (path: string, authorization?: string) =>
  fetch(`${url}${path}`, { headers: authorization ? { authorization } : {} });

it('counts attempts by outcome, steps, rows and lease losses, and shows the ledger', async () => {
  const claimed = partOf<ClaimedTrial>({ lease: { trialId: 'a', token: 1 } });
  figures.started(claimed);
  figures.progress([
    { name: 'train/loss', value: 1 },
    { name: 'train/loss', value: 2 },
    { name: 'memory/peak', value: 3 },
  ]);
  figures.ended(claimed, 'lease-lost');
  await ledger.reserve(300, { timeoutMs: 1 });
  const text = await (await get('/metrics', `Bearer ${token}`)).text();
  expect(text.split('\n').filter((line) => line.startsWith('rankforge_') && !line.includes('attempt_seconds'))).toEqual(
    [
      'rankforge_worker_attempts_total{outcome="lease-lost"} 1',
      'rankforge_worker_lease_losses_total 1',
      'rankforge_worker_trainer_deaths_total 0',
      'rankforge_worker_metric_rows_total 3',
      'rankforge_worker_steps_total 2',
      'rankforge_worker_running_trials{device="host"} 1',
      'rankforge_worker_slots{device="host"} 2',
      'rankforge_worker_device_reserved_bytes{device="host"} 300',
      'rankforge_worker_device_capacity_bytes{device="host"} 1000',
    ],
  );
  expect(text).toContain('rankforge_worker_attempt_seconds_count{outcome="lease-lost"} 1');
});

it.each([
  ['no token', undefined],
  ['a wrong token', 'Bearer a-token-for-this-tesu'],
  ['a longer token', `Bearer ${token}x`],
])('refuses %s', async (_, authorization) => {
  const response = await get('/metrics', authorization);
  expect([response.status, await response.text()]).toEqual([401, '']);
});

it('tells anyone that it lives, and knows no other path', async () => {
  expect((await get('/livez')).status).toBe(200);
  expect((await get('/', `Bearer ${token}`)).status).toBe(404);
});
