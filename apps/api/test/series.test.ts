import { stepSeries } from '@rankforge/contracts';
import {
  averageSeries,
  checkHistory,
  claimTrial,
  finishTrial,
  readMeans,
  readSeries,
  recordArtifact,
  recordMetrics,
  summarizeSeries,
  thinSeries,
} from '@rankforge/db';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Fixture, memory, openFixture, spec } from '../../../test/support/trials.js';
import { averaged, downsampled } from '../src/trials/downsample.js';

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
    await db.trial.updateMany({ where: { id: { in: trialIds } }, data: { step: 600_000 } });
    // Of 60,000 points that are read each trial has 30,000: the last, and one of each of as many runs of steps less one.
    const width = Math.ceil(600_001 / 29_999);
    const firsts = long.filter(
      ({ step }, index) => index === 0 || Math.floor(step / width) > Math.floor(long[index - 1]!.step / width),
    );
    const expected = columns([...new Set([...firsts, long.at(-1)!])]);
    expect(expected.steps.length).toBeGreaterThan(500);
    const sampled = { trialIds, names: ['noise'], maxPoints: 60 };
    expect((await readSeries(db, sampled)).sort(byTrial)).toEqual(
      trialIds.map((trialId) => ({ trialId, name: 'noise', total: 600_000, ...expected })).sort(byTrial),
    );
    expect((await readMeans(db, { trialIds, name: 'noise' })).sort(byTrial)).toEqual(
      trialIds.map((trialId) => ({ trialId, ...expected })).sort(byTrial),
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
    expect([await summarizeSeries(fixture.db), await summarizeSeries(fixture.db)]).toEqual([1, 0]);
    const sketches = await fixture.db.metricSketch.findMany({
      where: { name: { in: ['few', 'noise', 'train/loss'] } },
      orderBy: [{ room: 'asc' }, { name: 'asc' }],
    });
    expect(sketches.map(({ trialId, room, name, total }) => [trialId, room, name, total])).toEqual([
      [ended, 1000, 'few', 3],
      [ended, 1000, 'noise', 4000],
      [ended, 1000, 'train/loss', steps],
    ]);
    expect(await read(ended, 100, ['noise'])).toEqual([
      { trialId: ended, name: 'noise', total: 4000, ...downsampled(columns(long), 1000) },
    ]);
    expect(await read(ended, 2000, ['noise'])).toEqual([
      { trialId: ended, name: 'noise', total: 4000, ...downsampled(columns(long), 2000) },
    ]);
  });

  it('averages the series of a trial alike while it runs, once it has ended and once it is summarized', async () => {
    const { db } = fixture;
    const of = async (trialId: string, name = 'noise') => await readMeans(db, { trialIds: [trialId], name });
    // Values are whole numbers of three digits: their sums are exact.
    const means = averaged(columns(long), 120);
    const near = means.values.map((value) => expect.closeTo(value, 9));
    const [before] = await of(ended);
    expect(before).toEqual({ trialId: ended, steps: means.steps, values: near });
    expect(await of(running)).toEqual([{ ...before, trialId: running }]);
    expect(await thinSeries(db, { days: 0 })).toEqual({ trials: 0, points: 0 });
    // An earlier version kept extremes for pictures of many trials.
    const old = { trialId: ended, name: 'noise', room: 120, total: 4000, steps: [1], values: [0] };
    await db.metricSketch.create({ data: old });
    expect(await averageSeries(db)).toBe(1);
    expect(await averageSeries(db)).toBe(0);
    expect(await db.metricSketch.count({ where: { room: 120 } })).toBe(0);
    expect(await db.metricMeans.findMany({ where: { name: 'noise' } })).toEqual([{ ...before, name: 'noise' }]);
    expect(await of(ended)).toEqual([before]);
    expect(await of(ended, 'few')).toEqual([{ trialId: ended, ...columns(few) }]);
    expect(await of(ended, 'absent')).toEqual([]);
  });

  it('averages without an overflow', async () => {
    const { db } = fixture;
    const huge = Array.from({ length: 300 }, (_, index) => ({
      ...{ trialId: running, name: 'huge' },
      ...{ step: index + 1, value: index === 0 ? 1 : 1.7e308 },
    }));
    await db.metric.createMany({ data: huge });
    const [means] = await readMeans(db, { trialIds: [running], name: 'huge' });
    const { values } = means!;
    expect([values.length, values[0], ...new Set(values.slice(1))]).toEqual([120, 1, 1.7e308]);
    await db.metric.deleteMany({ where: { name: 'huge' } });
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

  it('averages the points that are left of a series that an earlier version thinned', async () => {
    const { db } = fixture;
    await db.metricMeans.deleteMany({ where: { trialId: ended } });
    await db.metricSummary.update({ where: { trialId: ended }, data: { averaged: false } });
    const { steps, values } = averaged(downsampled(columns(long), 1000), 120);
    const expected = [{ trialId: ended, steps, values: values.map((value) => expect.closeTo(value, 9)) }];
    expect(await readMeans(db, { trialIds: [ended], name: 'noise' })).toEqual(expected);
    expect(await averageSeries(db)).toBe(1);
    expect(await readMeans(db, { trialIds: [ended], name: 'noise' })).toEqual(expected);
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
