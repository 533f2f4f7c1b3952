import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Fixture, openFixture } from '../../../test/support/trials.js';
import { claimTrial, finishTrial, handBack } from '../src/index.js';

let fixture: Fixture;
let client: pg.Client;
beforeAll(async () => {
  fixture = await openFixture();
  client = new pg.Client(fixture.database.url);
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await fixture.close();
});

const claim = async (trialId: string) => {
  const claimed = await claimTrial(fixture.db, {
    trialId,
    workerId: fixture.workerId,
    device: 'host',
    leaseSeconds: 30,
  });
  return claimed!.lease;
};

it('rings once for a transaction that fills it, and not for trials that change otherwise', async () => {
  const heard: (string | undefined)[] = [];
  client.on('notification', ({ channel, payload }) => heard.push(channel === 'end' ? payload : channel));
  await client.query('LISTEN rankforge_outbox; LISTEN "end"');
  const [first, second, third] = await Promise.all([fixture.queued(), fixture.queued(), fixture.queued()]);
  const leases = await Promise.all([claim(first), claim(second), claim(third)]);
  await finishTrial(fixture.db, leases[0]!, { state: 'FAILED', reason: 'no', attempt: 'failed' }, '');
  await client.query(`NOTIFY "end", 'claimed and finished'`);
  await fixture.db.$transaction(async (sql) => {
    for (const lease of leases.slice(1))
      await handBack(sql as typeof fixture.db, lease, { outcome: 'handed-back', reason: 'drain', logTail: '' });
  });
  await client.query(`NOTIFY "end", 'handed back'`);
  await client.query('SELECT 1');
  expect(heard).toEqual(['claimed and finished', 'rankforge_outbox', 'handed back']);
});
