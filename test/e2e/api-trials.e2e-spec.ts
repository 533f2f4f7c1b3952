import { randomUUID } from 'node:crypto';
import { rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type MetricSeriesList, partsOf, type SweepCurves, type TrialPage, type TrialView } from '@rankforge/contracts';
import { ArtifactStore, claimTrial, finishTrial, recordArtifact, recordLog, recordMetrics } from '@rankforge/db';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiUnderTest, create, expectProblem, playWorker, startApi, trialsOf } from './api-client.js';

const seeds = Array.from({ length: 23 }, (_, index) => index);
const steps = 4000;

let api: ApiUnderTest;
let workerId: string;
let sweepId: string;
let trials: TrialView[];
let adapter: { id: string; bytes: Buffer };

beforeAll(async () => {
  api = await startApi();
  const { db, dataDir } = api.platform;
  workerId = await playWorker(api);
  sweepId = (await create(api, { methods: [{ name: 'lora' }, { name: 'bitfit' }], rank: [2], seed: seeds })).id;
  trials = await trialsOf(api, sweepId);
  // Ten trainings end, some with equal objectives, one of them diverged.
  for (const trial of trials.slice(0, 10)) {
    const claimed = await claimTrial(db, { trialId: trial.id, workerId, device: 'host', leaseSeconds: 60 });
    if (!claimed) throw new Error('not claimed');
    const { lease } = claimed;
    const objective = trial.seed === 9 ? Number.NaN : 10 + (trial.seed % 4);
    if (trial.seed === 0) {
      const loss = (step: number) => (step === 1234 ? 99 : step === 2345 ? -1 : 5 - step / steps);
      await recordMetrics(db, lease, {
        points: Array.from({ length: steps }, (_, index) => ({
          name: 'train/loss',
          step: index + 1,
          value: loss(index + 1),
        })),
        step: steps,
        loss: 4,
      });
      await recordMetrics(db, lease, {
        points: [{ name: 'validation/loss', step: steps, value: 4.5 }],
        step: steps,
        loss: 4,
      });
      await recordLog(db, lease, 'first line\nsecond line');
      const bytes = Buffer.from('the bytes of an adapter');
      const stored = await new ArtifactStore(join(dataDir, 'artifacts')).put(bytes);
      await recordArtifact(db, lease, { kind: 'adapter', step: steps, ...stored }, { keep: 1 });
      adapter = { id: (await db.artifact.findFirstOrThrow()).id, bytes };
    }
    await finishTrial(
      db,
      lease,
      {
        state: 'SUCCEEDED',
        result: { validation: { perplexity: trial.seed === 9 ? 1e9 : objective }, seconds: 1 },
        measured: {
          weights: 0,
          adapters: 0,
          gradients: 0,
          optimizer: 0,
          activations: 1000 + trial.seed,
          workspace: 0,
          total: 1000 + trial.seed,
        },
        objective: Number.isNaN(objective) ? null : objective,
        step: steps,
      },
      'first line\nsecond line',
    );
  }
  trials = await trialsOf(api, sweepId);
});
afterAll(() => api.stop());

async function walk(query: string): Promise<TrialView[]> {
  const found: TrialView[] = [];
  for (let cursor = ''; ; ) {
    const { body } = await api.get(`/v1/trials?sweepId=${sweepId}&limit=7&${query}${cursor}`).expect(200);
    const page = body as TrialPage;
    expect(page.items.length).toBeLessThanOrEqual(7);
    found.push(...page.items);
    if (!page.nextCursor) return found;
    cursor = `&cursor=${page.nextCursor}`;
  }
}

describe('the list of trials', () => {
  it.each([
    'ordinal',
    '-ordinal',
    'objective',
    '-objective',
    'measuredBytes',
    '-measuredBytes',
    'updatedAt',
    '-updatedAt',
  ])('sorted by %s comes whole, without gap or repeat, missing values last', async (sort) => {
    const found = await walk(`sort=${sort}`);
    expect(found.map(({ id }) => id).sort()).toEqual(trials.map(({ id }) => id).sort());
    if (sort.endsWith('updatedAt')) return;
    const key = sort.replace('-', '') as 'ordinal' | 'objective' | 'measuredBytes';
    const values = found.map((trial) => trial[key]);
    const present = values.filter((value) => value !== null);
    expect(values.slice(present.length).every((value) => value === null)).toBe(true);
    expect(present).toEqual([...present].sort((a, b) => (sort.startsWith('-') ? b - a : a - b)));
  });

  it('filters, each filter narrowing', async () => {
    expect((await walk('method=bitfit')).map(({ method }) => method)).toEqual(seeds.map(() => 'bitfit'));
    expect((await walk('state=SUCCEEDED')).map(({ ordinal }) => ordinal)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(await walk('state=SUCCEEDED&state=QUEUED')).toHaveLength(trials.length);
    expect((await walk('seed=5&rank=2')).map(({ ordinal }) => ordinal)).toEqual([6]);
    expect(await walk('optimizer=sgd')).toEqual([]);
    expect(await walk('kind=score')).toEqual([]);
  });

  it('refuses the cursor of another order', async () => {
    const { body } = await api.get(`/v1/trials?sweepId=${sweepId}&limit=2`).expect(200);
    const response = await api.get(`/v1/trials?sweepId=${sweepId}&sort=objective&cursor=${body.nextCursor}`);
    expectProblem(response, 400, 'validation', ['/cursor']);
  });

  it('shows a value that is not finite as missing', () => {
    expect(trials[9]).toMatchObject({ seed: 9, state: 'SUCCEEDED', objective: null });
  });
});

describe('a trial', () => {
  it('has its attempts, artifacts and memory', async () => {
    const { body } = await api.get(`/v1/trials/${trials[0]?.id}`).expect(200);
    expect(body).toMatchObject({
      task: 'moby-dick',
      base: api.base,
      engine: 'wasm',
      measured: { total: 1000, activations: 1000 },
      attemptList: [{ number: 1, leaseToken: 1, workerName: 'played by a test', device: 'host', outcome: 'succeeded' }],
      artifacts: [{ id: adapter.id, kind: 'adapter', step: steps, bytes: adapter.bytes.byteLength }],
    });
  });

  it('has metric series that keep their ends and extremes when they are thinned', async () => {
    const { body } = await api.get(`/v1/trials/${trials[0]?.id}/metrics?maxPoints=100`).expect(200);
    const { series } = body as MetricSeriesList;
    expect(series.map(({ name, total }) => [name, total])).toEqual([
      ['train/loss', steps],
      ['validation/loss', 1],
    ]);
    const [loss] = series;
    expect(loss?.steps.length).toBeLessThanOrEqual(100);
    expect(loss?.steps.length).toBeGreaterThan(90);
    expect(loss?.steps).toEqual([...(loss?.steps ?? [])].sort((a, b) => a - b));
    expect([loss?.steps[0], loss?.steps.at(-1)]).toEqual([1, steps]);
    expect([Math.max(...(loss?.values ?? [])), Math.min(...(loss?.values ?? []))]).toEqual([99, -1]);
    expect(loss?.steps).toContain(1234);
    expect(loss?.steps).toContain(2345);
  });

  it('gives one series by name, whole when there is room', async () => {
    const { body } = await api.get(`/v1/trials/${trials[0]?.id}/metrics?name=train/loss&maxPoints=10000`).expect(200);
    expect(body.series).toHaveLength(1);
    expect(body.series[0].steps).toHaveLength(steps);
  });

  it('has a log by attempt', async () => {
    const { body } = await api.get(`/v1/trials/${trials[0]?.id}/log`).expect(200);
    expect(body.lines).toEqual([
      { attempt: 1, text: 'first line' },
      { attempt: 1, text: 'second line' },
    ]);
  });

  const downloaded = (id: string) => api.get(`/v1/artifacts/${id}`).responseType('blob');

  it('gives its adapter as a file', async () => {
    const response = await downloaded(adapter.id).expect(200);
    expect(response.headers['content-disposition']).toBe(
      'attachment; filename="lora-r2-seed0-step4000-adapter.safetensors"',
    );
    expect(response.headers['content-length']).toBe(String(adapter.bytes.length));
    expect(response.body).toEqual(adapter.bytes);
  });

  it('gives its other files by names that say what they are, and none that is not whole', async () => {
    const { db, dataDir } = api.platform;
    const store = new ArtifactStore(join(dataDir, 'artifacts'));
    const { sha256, bytes } = await store.put(Buffer.from('{}\n{}\n'));
    const { id } = await db.artifact.create({
      data: { id: randomUUID(), trialId: trials[1]!.id, kind: 'texts', step: steps, sha256, bytes },
    });
    const response = await downloaded(id).expect(200);
    expect(response.headers['content-disposition']).toBe('attachment; filename="lora-r2-seed1-step4000-texts.jsonl"');
    expect(String(response.body)).toBe('{}\n{}\n');
    await writeFile(store.pathOf(sha256), '{}\n{;\n');
    expectProblem(await api.get(`/v1/artifacts/${id}`), 503, 'unavailable');
    await truncate(store.pathOf(sha256), 3);
    expectProblem(await api.get(`/v1/artifacts/${id}`), 503, 'unavailable');
    await rm(store.pathOf(sha256));
    expectProblem(await api.get(`/v1/artifacts/${id}`), 503, 'unavailable');
  });

  it('shows what the trial it follows has', async () => {
    const again = await create(api, { methods: [{ name: 'lora' }], rank: [2], seed: [0] });
    const [follower] = await trialsOf(api, again.id);
    expect(follower).toMatchObject({ state: 'SUCCEEDED', leaderId: trials[0]?.id, objective: 10, step: steps });
    const { body } = await api.get(`/v1/trials/${follower?.id}`).expect(200);
    expect(body.artifacts[0]).toMatchObject({ id: adapter.id, trialId: trials[0]?.id });
    const metrics = (await api.get(`/v1/trials/${follower?.id}/metrics`).expect(200)).body as MetricSeriesList;
    expect(metrics.series[0]?.total).toBe(steps);
    const curves = (await api.get(`/v1/sweeps/${again.id}/curves`).expect(200)).body as SweepCurves;
    expect(curves.curves.map(({ trialId }) => trialId)).toEqual([follower?.id]);
  });
});

describe('the curves of a sweep', () => {
  it('hold one curve for each training with points', async () => {
    const { body } = await api.get(`/v1/sweeps/${sweepId}/curves?maxPoints=20`).expect(200);
    const { metric, curves, truncated } = body as SweepCurves;
    expect([metric, truncated]).toEqual(['train/loss', false]);
    expect(curves.map(({ trialId, method, seed }) => [trialId, method, seed])).toEqual([[trials[0]?.id, 'lora', 0]]);
    expect(curves[0]?.steps).toHaveLength(20);
    expect(Math.max(...(curves[0]?.values ?? []))).toBeLessThan(6);
    const extremes = await api.get(`/v1/sweeps/${sweepId}/curves?maxPoints=20&keep=extremes`).expect(200);
    expect(Math.max(...(extremes.body as SweepCurves).curves[0]!.values)).toBe(99);
    expectProblem(await api.get(`/v1/sweeps/${sweepId}/curves?keep=some`), 400, 'validation', ['/keep']);
    const none = await api.get(`/v1/sweeps/${sweepId}/curves?metric=memory/live`).expect(200);
    expect(none.body.curves).toEqual([]);
  });

  it('say which contender they are of, as the trials do', async () => {
    const { db } = api.platform;
    const { id } = await create(api, {
      training: { steps: 11, batchSize: 4, sequenceLength: 32, baseDtype: ['float32', 'nf4'] },
    });
    const both = await trialsOf(api, id);
    for (const [value, trial] of both.entries()) {
      const { lease } = (await claimTrial(db, { trialId: trial.id, workerId, device: 'host', leaseSeconds: 60 }))!;
      await recordMetrics(db, lease, { points: [{ name: 'train/loss', step: 1, value }], step: 1, loss: value });
      await finishTrial(db, lease, { state: 'FAILED', reason: 'diverged', attempt: 'failed' }, '');
    }
    const parts = { method: 'lora', optimizer: 'adamw' };
    expect(both.map(partsOf)).toEqual([parts, { ...parts, baseDtype: 'nf4' }]);
    const { curves } = (await api.get(`/v1/sweeps/${id}/curves`).expect(200)).body as SweepCurves;
    expect(curves.map((curve) => [partsOf(curve), curve.values])).toEqual([
      [parts, [0]],
      [{ ...parts, baseDtype: 'nf4' }, [1]],
    ]);
    const detail = (await api.get(`/v1/trials/${both[1]!.id}`).expect(200)).body as TrialView;
    expect(partsOf(detail)).toEqual({ ...parts, baseDtype: 'nf4' });
  });
});

describe('workers', () => {
  it('are listed with their devices and what they run', async () => {
    // Earlier tests may have taken longer than a worker may be silent.
    await api.platform.db.$executeRaw`UPDATE "Worker" SET "heartbeatAt" = now()`;
    const { body } = await api.get('/v1/workers').expect(200);
    expect(body.workers).toMatchObject([
      { name: 'played by a test', state: 'live', engines: ['wasm'], runningTrials: [], devices: [{ id: 'host' }] },
    ]);
    await api.platform.db.$executeRaw`UPDATE "Worker" SET "heartbeatAt" = now() - interval '1 minute'`;
    expect((await api.get('/v1/workers').expect(200)).body.workers[0].state).toBe('lost');
  });
});

describe('the catalog', () => {
  it('describes methods with the schema of their configuration', async () => {
    const { body } = await api.get('/v1/methods').expect(200);
    const lora = body.methods.find(({ name }: { name: string }) => name === 'lora');
    expect(lora).toMatchObject({
      title: 'LoRA',
      paper: { arxiv: '2106.09685' },
      usesRank: true,
      config: { type: 'object', additionalProperties: false, properties: { alpha: { type: 'number', default: 8 } } },
    });
    expect(body.optimizers.map(({ name }: { name: string }) => name)).toEqual(
      expect.arrayContaining(['adamw', 'sgd', 'galore']),
    );
    const galore = body.optimizers.find(({ name }: { name: string }) => name === 'galore');
    expect(galore.stateFormula).toBe('2·size (projected: r·min(in, out) + 2·r·max(in, out))');
  });

  it('lists tasks and base models', async () => {
    const tasks = (await api.get('/v1/tasks').expect(200)).body.tasks;
    expect(tasks.map(({ name }: { name: string }) => name)).toEqual(
      expect.arrayContaining(['moby-dick', 'spam-assassin']),
    );
    const [base] = (await api.get('/v1/bases').expect(200)).body.bases;
    expect(base).toMatchObject({ name: api.base, architecture: 'gpt2', layers: 1, width: 32 });
    expect(base.sha256).toMatch(/^[0-9a-f]{64}$/);
    // Embeddings, 2 norms and 4 + 2 linear layers of one block, the final norm; the head is tied.
    const linear = 4 * (32 * 32 + 32) + (32 * 64 + 64) + (64 * 32 + 32);
    expect(base.parameters).toBe((base.input.vocabularySize + base.input.contextLength) * 32 + linear + 3 * 64);
  });
});

describe('measured against predicted memory', () => {
  it('is told by method and engine, and as series', async () => {
    const ended = trials.filter(({ state }) => state === 'SUCCEEDED');
    const ratios = ended
      .map(({ predictedBytes, measuredBytes }) => measuredBytes! / predictedBytes)
      .sort((a, b) => a - b);
    const { body } = await api.get('/v1/memory-accuracy').expect(200);
    expect(body).toMatchObject({
      tolerance: 0.05,
      rows: [{ method: 'lora', engine: 'wasm', trainings: 10, overBudget: 0, off: true }],
    });
    const [row] = body.rows;
    expect(row.smallest).toBeCloseTo(ratios[0]!, 12);
    expect(row.median).toBeCloseTo((ratios[4]! + ratios[5]!) / 2, 12);
    expect(row.largest).toBeCloseTo(ratios[9]!, 12);
    const series = (await api.get('/metrics', 'admin').expect(200)).text;
    const labels = 'method="lora",engine="wasm",quantile="0.5"';
    const shown = new RegExp(`^rankforge_memory_measured_to_predicted\\{${labels}\\} (\\S+)$`, 'm').exec(series)?.[1];
    // The database notes each ratio in three digits when its training ends.
    const [lower, upper] = [ratios[4]!, ratios[5]!].map((ratio) => Number(ratio.toPrecision(3)));
    expect(Number(shown)).toBeCloseTo((lower! + upper!) / 2, 12);
  });
});
