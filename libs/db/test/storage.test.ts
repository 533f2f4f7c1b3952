import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Fixture, openFixture } from '../../../test/support/trials.js';
import { claimTrial } from '../src/claim.js';
import type { Lease } from '../src/lease.js';
import { finishTrial } from '../src/outcome.js';
import { recordArtifact, recordMetrics } from '../src/progress.js';
import { summarizeSeries } from '../src/series.js';
import { readStorage } from '../src/storage.js';
import { measureRemoval } from '../src/sweep-removal.js';

let fixture: Fixture;
beforeEach(async () => {
  fixture = await openFixture();
});
afterEach(() => fixture.close());

const sha = (digit: string) => digit.repeat(64);
const project = { id: '00000000-0000-7000-8000-000000000001', name: 'default' };

async function running(): Promise<Lease> {
  const { db, workerId } = fixture;
  const trialId = await fixture.queued();
  return (await claimTrial(db, { trialId, workerId, device: 'host', leaseSeconds: 60 }))!.lease;
}

const file = (lease: Lease, kind: 'adapter' | 'checkpoint' | 'places', sha256: string, bytes: number) =>
  recordArtifact(fixture.db, lease, { kind, step: 1, sha256, bytes }, { keep: 2 });

const row = { format: 'csv', source: 'f', mapping: {}, split: {}, report: {}, head: {} };

/** Bytes of tables as PostgreSQL itself says. */
async function tables(...names: string[]): Promise<number> {
  const sizes = await Promise.all(
    names.map(
      (name) =>
        fixture.db.$queryRaw<
          { bytes: number }[]
        >`SELECT pg_total_relation_size(${`"${name}"`}::regclass)::float8 AS "bytes"`,
    ),
  );
  return sizes.reduce((sum, [size]) => sum + size!.bytes, 0);
}

it('counts a file once for each kind, project and sweep that names it', async () => {
  const { db, sweepId } = fixture;
  const [first, second] = [await running(), await running()];
  await file(first, 'adapter', sha('a'), 1000);
  await file(second, 'adapter', sha('a'), 1000);
  await file(second, 'adapter', sha('a'), 1000);
  await file(first, 'checkpoint', sha('b'), 300);
  await file(second, 'places', sha('c'), 20);
  await db.dataset.create({ data: { ...row, id: first.trialId, name: 'd', sha256: sha('d'), bytes: 7n } });
  const adapter = { name: 'i', base: 'b', method: 'lora', config: {}, targets: [], sha256: sha('e'), bytes: 5000n };
  await db.importedAdapter.create({ data: { ...adapter, id: first.trialId } });
  const { kinds, projects, sweeps, databaseBytes } = await readStorage(db, { sweeps: 20 });
  const files = kinds.filter(({ kind }) => ['adapters', 'checkpoints', 'predictions', 'datasets'].includes(kind));
  expect(files).toEqual([
    { kind: 'adapters', bytes: 6000 },
    { kind: 'checkpoints', bytes: 300 },
    { kind: 'predictions', bytes: 20 },
    { kind: 'datasets', bytes: 7 },
  ]);
  expect(projects).toMatchObject([{ ...project, fileBytes: 6327 }]);
  expect(sweeps).toMatchObject([{ id: sweepId, project, state: 'RUNNING', removed: false, fileBytes: 1320 }]);
  expect(databaseBytes).toBeGreaterThan(await tables('Trial', 'Event'));
});

it('shares the tables out, so that sweeps come to what PostgreSQL holds', async () => {
  const { db, sweepId } = fixture;
  const long = await running();
  const points = Array.from({ length: 900 }, (_, step) => ({ name: 'train/loss', step, value: step }));
  await recordMetrics(db, long, { points, step: 899, loss: 1 });
  const result = { validation: { loss: 2 }, seconds: 1 };
  await finishTrial(db, long, { state: 'SUCCEEDED', result, objective: 2, step: 900 }, 'its log '.repeat(50));
  const other = long.trialId;
  const { spec: _, strategyState: __, ...found } = await db.sweep.findUniqueOrThrow({ where: { id: sweepId } });
  await db.sweep.create({ data: { ...found, id: other, name: 'other', spec: {} } });
  await db.trial.update({ where: { id: long.trialId }, data: { sweepId: other } });
  const short = await running();
  await recordMetrics(db, short, { points: points.slice(0, 100), step: 99, loss: 1 });
  const metrics = ['Metric', 'MetricSummary', 'MetricSketch', 'MetricMeans'];
  const shares = async () => {
    const { kinds, sweeps } = await readStorage(db, { sweeps: 20 });
    expect(kinds.find(({ kind }) => kind === 'metrics')?.bytes).toBeCloseTo(await tables(...metrics), -1);
    expect(kinds.find(({ kind }) => kind === 'logs')?.bytes).toBeCloseTo(await tables('Attempt'), -1);
    expect(kinds.find(({ kind }) => kind === 'trials')?.bytes).toBeCloseTo(await tables('Trial'), -1);
    expect(kinds.find(({ kind }) => kind === 'events')?.bytes).toBe(await tables('Event'));
    expect(sweeps.map(({ name }) => name)).toEqual(['other', 'leases']);
    const rows = await tables(...metrics, 'Attempt', 'Trial');
    expect(sweeps.reduce((sum, { rowBytes }) => sum + rowBytes, 0)).toBeCloseTo(rows, -1);
  };
  await shares();
  // As many points once they are summarized.
  await summarizeSeries(db, 10);
  await shares();
  expect((await readStorage(db, { sweeps: 1 })).sweeps.map(({ name }) => name)).toEqual(['other']);
  expect((await measureRemoval(db, other)).metricPoints).toBe(900);
});

it('keeps to one project', async () => {
  const { db, sweepId } = fixture;
  const lease = await running();
  await file(lease, 'adapter', sha('a'), 1000);
  const elsewhere = await db.project.create({ data: { id: lease.trialId, name: 'elsewhere' } });
  const none = await readStorage(db, { projectId: elsewhere.id, sweeps: 20 });
  expect(none).toEqual({
    kinds: [],
    projects: [{ id: elsewhere.id, name: 'elsewhere', fileBytes: 0, rowBytes: 0 }],
    sweeps: [],
    databaseBytes: null,
  });
  const own = await readStorage(db, { projectId: project.id, sweeps: 20 });
  expect(own.sweeps.map(({ id }) => id)).toEqual([sweepId]);
  expect(own.kinds.map(({ kind }) => kind)).not.toContain('events');
});
