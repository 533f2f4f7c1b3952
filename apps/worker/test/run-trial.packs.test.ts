import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from '../../../test/support/index.js';
import { memory, type QueuedFields } from '../../../test/support/trials.js';
import type { StopReason } from '../src/trial/executor.js';
import { type Act, done, openTrialRunner, type TrialRunner, untilStopped } from './support/trial-runner.js';

let runner: TrialRunner;
let fixture: TrialRunner['fixture'];
beforeAll(async () => {
  runner = await openTrialRunner();
  ({ fixture } = runner);
});
afterAll(() => runner.close());

const start: TrialRunner['start'] = (...asked) => runner.start(...asked);
const read: TrialRunner['read'] = (id) => runner.read(id);

describe('a pack', () => {
  const packable = { ...memory, packed: { peak: 7000, resident: 600 } };
  const beside = { packSize: 8, bytes: 1e9, devices: [{ slots: 1, bytes: 1e9 }] };
  /** A base of its own keeps the trials of other tests away. */
  const queue = (base: string, fields: QueuedFields[]) =>
    Promise.all(fields.map((each) => fixture.queued({ predicted: packable, base, ...each })));

  it('gives every member an outcome of its own', async () => {
    const [asked, cancelled, over, late] = (await queue('outcomes', [{}, {}, {}, { timeoutSeconds: 0.1 }])) as [
      string,
      string,
      string,
      string,
    ];
    const sizes: number[] = [];
    const ending = await start(
      asked,
      async (order, reports, signal) => {
        if (order.trialId === asked) return done;
        if (order.trialId === over)
          return { kind: 'over-budget', reason: 'measured', measured: memory, dominantPart: 'weights' };
        if (order.trialId === cancelled)
          await fixture.db.trial.update({ where: { id: cancelled }, data: { state: 'CANCELLED' } });
        return untilStopped([])(order, reports, signal);
      },
      undefined,
      { beside, onRunning: (members) => sizes.push(members.length) },
    );
    expect(ending).toBe('succeeded');
    expect(sizes).toEqual([4, 3, 2, 1, 0]);
    const outcome = async (id: string) => {
      const { state, attemptList } = await read(id);
      return [state, attemptList[0]?.outcome];
    };
    expect(await outcome(asked)).toEqual(['SUCCEEDED', 'succeeded']);
    expect(await outcome(over)).toEqual(['OVER_BUDGET', 'over-budget']);
    expect(await outcome(cancelled)).toEqual(['CANCELLED', 'cancelled']);
    expect(await outcome(late)).toEqual(['FAILED', 'timed-out']);
  });

  it('costs no member an attempt when its process is gone, and tries each again alone', async () => {
    const [asked, other] = (await queue('gone', [{ maxAttempts: 1 }, { maxAttempts: 1 }])) as [string, string];
    const died: Act = async () => ({ kind: 'died', reason: 'ended (SIGKILL)', outOfMemory: false, beside: 1 });
    expect(await start(asked, died, undefined, { beside })).toBe('child-died');
    for (const id of [asked, other]) {
      expect(await read(id)).toMatchObject({
        state: 'QUEUED',
        alone: true,
        attemptList: [
          { outcome: 'child-died', reason: 'ended (SIGKILL); 1 other trained in it, so each is tried again alone' },
        ],
      });
    }
  });

  it('drains member by member', async () => {
    const ids = await queue('drained', [{}, {}, {}]);
    const draining = new AbortController();
    const reasons: StopReason[] = [];
    const run = start(ids[0]!, untilStopped(reasons), draining, { beside });
    await Promise.all(ids.map((id) => waitFor('all to run', async () => (await read(id)).state === 'RUNNING')));
    draining.abort();
    expect(await run).toBe('handed-back');
    expect(reasons).toEqual(['drain', 'drain', 'drain']);
    for (const id of ids) {
      expect(await read(id)).toMatchObject({
        state: 'QUEUED',
        alone: false,
        attemptList: [{ outcome: 'handed-back' }],
      });
    }
  });

  it('an executor that runs each by itself makes no pack', async () => {
    const [asked, other] = (await queue('single', [{}, {}])) as [string, string];
    await start(asked, async () => done);
    expect(await read(other)).toMatchObject({ state: 'QUEUED' });
  });

  it('gives many members with the longest limit all of their time, which is more than a timer of Node.js takes', async () => {
    const ids = await queue(
      'long',
      Array.from({ length: 4 }, () => ({ timeoutSeconds: 604_800 })),
    );
    const trains: Act = async (_, __, signal) => {
      await sleep(100, undefined, { signal }).catch(() => undefined);
      return signal.aborted ? { kind: 'stopped' } : done;
    };
    expect(await start(ids[0]!, trains, undefined, { beside })).toBe('succeeded');
    for (const id of ids) expect(await read(id)).toMatchObject({ state: 'SUCCEEDED' });
  });
});
