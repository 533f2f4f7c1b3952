import { stepSeries } from '@rankforge/contracts';
import {
  checkHistory,
  claimTrial,
  finishTrial,
  readSeries,
  recordArtifact,
  recordMetrics,
  summarizeSeries,
  thinSeries,
} from '@rankforge/db';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Fixture, memory, openFixture, spec } from '../../../test/support/trials.js';
import { downsampled } from '../src/trials/downsample.js';

const { steps } = spec.training;
let fixture: Fixture;
/** Ended; four thousand points of one series, one of three, and a hundred of each that every training records. */
let ended: string;
let running: string;

/** Noise without a library: a multiplicative generator, as `minstd`; values repeat, so that ties are met. */
const noise = (count: number) => {
  let state = 20_261_124;
  return Array.from({ length: count }, (_, index) => {
    state = (state * 48_271) % 2_147_483_647;
    return { step: index * 3 + 1, value: state % 997 };
  });
};
const long = noise(4000);
const losses = Array.from({ length: steps }, (_, index) => ({ step: index + 1, value: 1 / (index + 1) }));
const few = noise(3);
const columns = (points: readonly { step: number; value: number }[]) => ({
  steps: points.map(({ step }) => step),
  values: points.map(({ value }) => value),
});

async function train(): Promise<{ trialId: string; token: number }> {
  const { db, workerId } = fixture;
  const claimed = await claimTrial(db, { trialId: await fixture.queued(), workerId, device: 'host', leaseSeconds: 60 });
  const { lease } = claimed!;
  const named = (name: string, points: typeof long) => points.map((point) => ({ name, ...point }));
  const always = stepSeries.flatMap((name) => named(name, losses));
  const points = [...named('noise', long), ...always, ...named('few', few)];
  await recordMetrics(db, lease, { points, step: steps, loss: 1 });
  return lease;
}

beforeAll(async () => {
  fixture = await openFixture();
  const { db } = fixture;
  const lease = await train();
  ended = lease.trialId;
  await recordArtifact(db, lease, { kind: 'adapter', step: steps, sha256: '0'.repeat(64), bytes: 1 }, { keep: 1 });
  const result = { validation: { loss: 3 }, seconds: 1 };
  await finishTrial(db, lease, { state: 'SUCCEEDED', result, measured: memory, objective: 3, step: steps }, '');
  running = (await train()).trialId;
});
afterAll(() => fixture.close());

const read = (trialId: string, maxPoints: number, names?: string[]) =>
  readSeries(fixture.db, { trialIds: [trialId], names, maxPoints });
const byTrial = (a: { trialId: string }, b: { trialId: string }) => (a.trialId < b.trialId ? -1 : 1);
const problems = async () => (await checkHistory(fixture.db, fixture.sweepId)).problems;

describe('series', () => {
  it.each([4, 5, 7, 60, 999, 3999, 4000, 5000])(
    'are down-sampled to %i points by Postgres as by the program',
    async (room) => {
      expect(await read(running, room, ['few', 'noise', 'train/loss'])).toEqual([
        { trialId: running, name: 'few', total: 3, ...columns(few) },
        { trialId: running, name: 'noise', total: 4000, ...downsampled(columns(long), room) },
        { trialId: running, name: 'train/loss', total: steps, ...downsampled(columns(losses), room) },
      ]);
    },
  );

  it('samples steps evenly, with the first and the last, where many trials have too many points', async () => {
    const { db } = fixture;
    const other = await train();
    const trialIds = [running, other.trialId];
    await db.trial.updateMany({ where: { id: { in: trialIds } }, data: { step: 12_000 } });
    const width = Math.ceil(12_001 / 59);
    const runs = Array.from(
      { length: 59 },
      (_, run) => long.find(({ step }) => step >= run * width && step < (run + 1) * width)!,
    );
    const expected = columns([...runs, long.at(-1)!]);
    expect(expected.steps).toHaveLength(60);
    expect((await readSeries(db, { trialIds, names: ['noise'], maxPoints: 60 })).sort(byTrial)).toEqual(
      trialIds.map((trialId) => ({ trialId, name: 'noise', total: 12_000, ...expected })).sort(byTrial),
    );
    // Of one trial all points are read, and a series of few points is whole either way.
    const { total } = (await read(running, 60, ['noise']))[0]!;
    expect(total).toBe(4000);
    for (const { steps, values } of await readSeries(db, { trialIds, names: ['few'], maxPoints: 60 })) {
      expect({ steps, values }).toEqual(columns(few.filter(({ step }) => step === 1 || step === few.at(-1)!.step)));
    }
    await db.trial.updateMany({ where: { id: { in: trialIds } }, data: { step: steps } });
  });

  it('summarizes the series of a trial once it will not run again, and of no other trial', async () => {
    const later = new Date(Date.now() + 60_000);
    expect(await summarizeSeries(fixture.db, { endedAfter: later })).toBe(0);
    expect(await summarizeSeries(fixture.db)).toBe(1);
    expect(await summarizeSeries(fixture.db)).toBe(0);
    const sketches = await fixture.db.metricSketch.findMany({
      where: { name: { in: ['few', 'noise', 'train/loss'] } },
      orderBy: [{ room: 'asc' }, { name: 'asc' }],
    });
    expect(sketches.map(({ trialId, room, name, total }) => [trialId, room, name, total])).toEqual(
      [120, 1000].flatMap((room) => [
        [ended, room, 'few', 3],
        [ended, room, 'noise', 4000],
        [ended, room, 'train/loss', steps],
      ]),
    );
    expect(await read(ended, 100, ['noise'])).toEqual([
      { trialId: ended, name: 'noise', total: 4000, ...downsampled(columns(long), 120) },
    ]);
    expect(await read(ended, 2000, ['noise'])).toEqual([
      { trialId: ended, name: 'noise', total: 4000, ...downsampled(columns(long), 2000) },
    ]);
  });

  it('thins old series to their finest sketch and keeps the history sound', async () => {
    const { db } = fixture;
    const before = await db.metric.count({ where: { trialId: running } });
    expect(await thinSeries(db, { days: 1 })).toEqual({ trials: 0, points: 0 });
    expect(await thinSeries(db, { days: 0 })).toEqual({ trials: 1, points: 3000 });
    expect(await thinSeries(db, { days: 0 })).toEqual({ trials: 0, points: 0 });
    expect(await db.metric.count({ where: { trialId: running } })).toBe(before);
    const thinned = { trialId: ended, name: 'noise', total: 4000, ...downsampled(columns(long), 1000) };
    expect(await read(ended, 1000, ['noise'])).toEqual([thinned]);
    expect(await read(ended, 10_000, ['noise'])).toEqual([thinned]);
    expect(await problems()).toEqual([]);
  });

  it('still checks the steps of thinned series', async () => {
    const { db } = fixture;
    await db.metric.deleteMany({ where: { trialId: ended, name: 'noise', step: long[0]!.step } });
    expect((await problems()).map(({ rule, trialId, found }) => [rule, trialId, found])).toEqual([
      ['a thinned series has the points of its summary and no other', ended, 'noise: 999 points, 1000 in the summary'],
    ]);
    await db.metricSketch.updateMany({ where: { trialId: ended, name: 'train/loss' }, data: { total: steps - 1 } });
    expect((await problems()).map(({ rule }) => rule)).toContainEqual(
      expect.stringMatching(/^what is recorded at each step is a prefix/),
    );
  });
});
