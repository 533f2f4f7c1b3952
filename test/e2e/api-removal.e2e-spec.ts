import type {
  AuditPage,
  Leaderboard,
  StorageReport,
  SweepDetail,
  SweepPage,
  SweepRemoval,
  TrialDetail,
} from '@rankforge/contracts';
import { ArtifactStore, recordArtifact, registerWorker } from '@rankforge/db';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from '../support/index.js';
import { type ApiUnderTest, create, expectProblem, startApi, trialsOf } from './api-client.js';
import { playedTrials } from './played-trials.js';

let api: ApiUnderTest;
let workerId: string;

beforeAll(async () => {
  api = await startApi();
  const worker = { name: 'w', host: 'h', pid: 1, version: '0', slots: 1, devices: [] };
  workerId = await registerWorker(api.platform.db, { ...worker, engines: ['wasm', 'webgpu', 'tensorflow'] });
});
afterAll(() => api.stop());

const { claim, succeed, score, untilState, untilTrials } = playedTrials(() => ({ api, workerId }));

/** Plays every trial that waits of a sweep until it is over; trainings end at this perplexity. */
async function play(id: string, perplexity: number): Promise<void> {
  const [first] = await untilTrials(id, 'a training', (trials) => trials.some(({ state }) => state === 'QUEUED'));
  await succeed(first!.id, perplexity);
  const scorings = await untilTrials(id, 'a scoring', (trials) => trials.some(({ kind }) => kind === 'score'));
  await score(scorings.find(({ kind }) => kind === 'score')!.id, [0.5, 0.7, 0.6]);
  await untilState(id, 'COMPLETED');
}

const boardOf = async (sweepId: string) => {
  const query = `task=moby-dick&base=${api.base}&sweepId=${sweepId}`;
  return ((await api.get(`/v1/leaderboard?${query}`).expect(200)).body as Leaderboard).rows;
};
const names = async () => ((await api.get('/v1/sweeps').expect(200)).body as SweepPage).items.map(({ id }) => id);
const trialsLeft = (sweepId: string) => api.platform.db.trial.count({ where: { sweepId } });

/** Routes of a trial that has a log and series. */
const subroutes = ['', '/metrics', '/log'];

describe('DELETE /v1/sweeps/{id}', () => {
  it('is refused while the sweep runs, to viewers, and where there is none', async () => {
    const sweep = await create(api, { seed: [700] });
    const { detail } = expectProblem(await api.delete(`/v1/sweeps/${sweep.id}`), 409, 'conflict');
    expect(detail).toContain('it is RUNNING: cancel it first');
    expectProblem(await api.delete(`/v1/sweeps/${sweep.id}`, 'viewer'), 403, 'forbidden');
    expectProblem(await api.delete('/v1/sweeps/01a20e48-c583-7731-9cc1-72d64fe4184a'), 404, 'not-found');
    expect(await names()).toContain(sweep.id);
  });

  it('says before what goes, and then nobody sees it: neither lists nor its own routes, nor a key that is used again', async () => {
    const request = { name: 'a bad first one', seed: [701] };
    const sweep = await create(api, request);
    const [trial] = await trialsOf(api, sweep.id);
    const { lease } = await claim(trial!.id);
    const store = new ArtifactStore(`${api.platform.dataDir}/artifacts`);
    const file = await store.put(Buffer.alloc(5000, 7));
    await recordArtifact(api.platform.db, lease, { kind: 'checkpoint', step: 5, ...file }, { keep: 2 });
    await api.post(`/v1/sweeps/${sweep.id}/cancel`).expect(200);
    const foreseen = (await api.get(`/v1/sweeps/${sweep.id}/removal`).expect(200)).body as SweepRemoval;
    expect(foreseen).toMatchObject({ name: 'a bad first one', trials: 1, keptTrials: 0, files: 1, fileBytes: 5000 });
    const { body } = await api.delete(`/v1/sweeps/${sweep.id}`).expect(200);
    expect(body).toEqual({ ...foreseen, obstacles: [] });
    expect(await names()).not.toContain(sweep.id);
    for (const route of ['', '/curves', '/history', '/dependencies', '/removal']) {
      expectProblem(await api.get(`/v1/sweeps/${sweep.id}${route}`), 404, 'not-found');
    }
    for (const action of ['cancel', 'resume', 'retry-failed', 'clone']) {
      expectProblem(await api.post(`/v1/sweeps/${sweep.id}/${action}`), 404, 'not-found');
    }
    expectProblem(await api.delete(`/v1/sweeps/${sweep.id}`), 404, 'not-found');
    await waitFor('its trials to be gone', async () => (await trialsLeft(sweep.id)) === 0);
    // What it was about may be asked for again.
    expect((await create(api, request)).id).not.toBe(sweep.id);
    const trail = (await api.get('/v1/audit?action=sweep.remove', 'admin').expect(200)).body as AuditPage;
    expect(trail.items[0]).toMatchObject({
      subject: sweep.id,
      detail: { name: 'a bad first one' },
      project: { name: 'default' },
    });
  });

  it('leaves another sweep the numbers that it took, on its board and on its pages', async () => {
    const first = await create(api, { name: 'computed', seed: [702], learningRate: [0.01, 0.02] });
    const trials = await trialsOf(api, first.id);
    await Promise.all(trials.map(({ id }, index) => succeed(id, 5 + index)));
    const scorings = await untilTrials(first.id, 'a scoring', (all) => all.some(({ kind }) => kind === 'score'));
    await score(scorings.find(({ kind }) => kind === 'score')!.id, [0.5, 0.7, 0.6]);
    await untilState(first.id, 'COMPLETED');
    const second = await create(api, { name: 'linked', seed: [702], learningRate: [0.01] });
    await untilState(second.id, 'COMPLETED');
    const before = await boardOf(second.id);
    expect(before).toHaveLength(1);
    expect(before[0]).toMatchObject({ score: expect.closeTo(Math.exp(0.6), 12) });
    const removal = (await api.delete(`/v1/sweeps/${first.id}`).expect(200)).body as SweepRemoval;
    expect(removal).toMatchObject({ trials: 1, keptTrials: 2, keptFor: [{ id: second.id, name: 'linked' }] });
    expect(await boardOf(second.id)).toEqual(before);
    // The training that stays says for whom; the one that goes is gone with its sweep, whether or not it is deleted yet.
    const [taken, other] = [
      trials.find((trial) => trial.learningRate === 0.01)!.id,
      trials.find((trial) => trial.learningRate === 0.02)!.id,
    ];
    const kept = async () => (await api.get(`/v1/trials/${taken}`).expect(200)).body as TrialDetail;
    const keptFor = async () => (await kept()).keptFor;
    expect(await keptFor()).toEqual([{ id: second.id, name: 'linked' }]);
    expect((await kept()).writes).toBe(false);
    const generator = { name: 'trained', kind: 'adapter', trial: taken };
    const { detail } = expectProblem(await api.post('/v1/generators', generator, 'admin'), 400, 'validation');
    expect(detail).toContain(`the sweep of trial ${taken} was removed`);
    for (const route of subroutes) {
      await api.get(`/v1/trials/${taken}${route}`).expect(200);
      expectProblem(await api.get(`/v1/trials/${other}${route}`), 404, 'not-found');
    }
    await waitFor('the rest to be gone', async () => (await trialsLeft(first.id)) === 2);
    expect(await boardOf(second.id)).toEqual(before);
    // The training that stayed took 2 s, which one of another seed is expected to take on one slot, whether or not its worker is live.
    const preview = await api.post('/v1/sweeps/preview', { ...second.spec, seed: [702, 799] }).expect(200);
    expect(preview.body).toMatchObject({ toRun: 1, estimatedSeconds: 2 });
    for (const { id } of await trialsOf(api, second.id)) {
      await api.get(`/v1/trials/${id}`).expect(200);
      await api.get(`/v1/trials/${id}/metrics`).expect(200);
    }
    const history = (await api.get(`/v1/sweeps/${second.id}/history`).expect(200)).body as { problems: unknown[] };
    expect(history.problems).toEqual([]);
    // A third is linked to what stayed, as if nothing had happened.
    const third = await create(api, { name: 'linked too', seed: [702], learningRate: [0.01] });
    const ended = (await untilState(third.id, 'COMPLETED')) as SweepDetail;
    expect(ended.known).toBe(2);
    expect((await keptFor())!.map(({ name }) => name)).toEqual(['linked too', 'linked']);
    for (const { id } of [second, third]) await api.delete(`/v1/sweeps/${id}`).expect(200);
    expectProblem(await api.get(`/v1/trials/${taken}`), 404, 'not-found');
    await waitFor('all to be gone', async () => (await trialsLeft(first.id)) === 0);
  });

  it('is refused where another sweep starts from a model of it, and says so', async () => {
    const first = await create(api, { name: 'a foundation', seed: [703] });
    const second = await create(api, { name: 'built upon it', seed: [704], on: first.id });
    await api.post(`/v1/sweeps/${first.id}/cancel`).expect(200);
    const { detail } = expectProblem(await api.delete(`/v1/sweeps/${first.id}`), 409, 'conflict');
    expect(detail).toContain(`the sweep built upon it (${second.id}) starts from a model of it`);
    await api.post(`/v1/sweeps/${second.id}/cancel`).expect(200);
    await api.delete(`/v1/sweeps/${second.id}`).expect(200);
    await api.delete(`/v1/sweeps/${first.id}`).expect(200);
  });

  it('goes with extensions in either order: it is extended, or it is gone', async () => {
    const sweep = await create(api, { seed: [705] });
    await api.post(`/v1/sweeps/${sweep.id}/cancel`).expect(200);
    const other = await create(api, { seed: [706] });
    await play(other.id, 7);
    const [extended, removed] = await Promise.all([
      api.post(`/v1/sweeps/${other.id}/extend`, { seed: [707] }),
      api.delete(`/v1/sweeps/${other.id}`),
    ]);
    const outcomes = [extended.status, removed.status];
    expect([
      [200, 409],
      [404, 200],
      [409, 200],
    ]).toContainEqual(outcomes);
    const left = await api.get(`/v1/sweeps/${other.id}`);
    expect(left.status).toBe(removed.status === 200 ? 404 : 200);
  });
});

describe('GET /v1/storage', () => {
  it('says to an admin what files, base models and rows take, and to nobody else', async () => {
    const sweep = await create(api, { name: 'with a file', seed: [710] });
    const [trial] = await trialsOf(api, sweep.id);
    const { lease } = await claim(trial!.id);
    const file = { kind: 'adapter', step: 5, sha256: 'f'.repeat(64), bytes: 123_456 } as const;
    await recordArtifact(api.platform.db, lease, file, { keep: 1 });
    expectProblem(await api.get('/v1/storage', 'submitter'), 403, 'forbidden');
    const reportOf = async (sweeps: number) =>
      (await api.get(`/v1/storage?sweeps=${sweeps}`, 'admin').expect(200)).body as StorageReport;
    const report = await reportOf(3);
    expect(report.kinds).toContainEqual({ kind: 'adapters', bytes: 123_456 });
    expect(report.kinds.find(({ kind }) => kind === 'bases')!.bytes).toBeGreaterThan(1000);
    expect(report.sweeps).toHaveLength(3);
    const { sweeps } = await reportOf(100);
    const own = sweeps.find(({ id }) => id === sweep.id);
    expect(own).toMatchObject({ fileBytes: 123_456, project: { name: 'default' } });
    // Rows of sweeps before may come to more than its file.
    const sizes = sweeps.map(({ fileBytes, rowBytes }) => fileBytes + rowBytes);
    expect(sizes).toEqual(sizes.toSorted((a, b) => b - a));
    expect(report.disk!.freeBytes).toBeLessThan(report.disk!.bytes);
  });
});
