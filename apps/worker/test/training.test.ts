import { renameSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { memoryParts } from '@rankforge/contracts';
import { ArtifactStore, type StoredArtifact } from '@rankforge/db';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { writeTinyBase } from '../../../test/support/tiny-base.js';
import { memory, spec as someSpec } from '../../../test/support/trials.js';
import { childEnvironment } from '../src/trainer/messages.js';
import { TrainerPool } from '../src/trainer/pool.js';
import type { Order, Reports, RunOutcome, StopReason } from '../src/trial/executor.js';
import { smallDataset } from './support/small-dataset.js';

// The trainer as users run it: the compiled child, in a process of its own.
const script = fileURLToPath(new URL('../dist/trainer/child.bundle.js', import.meta.url));
const MIB = 2 ** 20;

let folder: string;
let store: ArtifactStore;
let pool: TrainerPool;
/** Waits for files a moment only. */
let hasty: TrainerPool;
let base: string;
let data: Awaited<ReturnType<typeof smallDataset>>;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rankforge-training-'));
  base = await writeTinyBase(join(folder, 'models'));
  store = new ArtifactStore(artifacts());
  await store.prepare();
  data = await smallDataset(store);
  pool = new TrainerPool({ script, env: environment(), stopWithinMs: 30_000 });
  hasty = new TrainerPool({ script, env: environment({ storagePatienceMs: 300 }), stopWithinMs: 30_000 });
});
afterAll(async () => {
  await Promise.all([pool.close(), hasty.close()]);
  await rm(folder, { recursive: true, force: true });
});

const artifacts = () => join(folder, 'artifacts');

function environment(more: { storagePatienceMs?: number } = {}): NodeJS.ProcessEnv {
  return childEnvironment({
    artifactDir: artifacts(),
    modelsDir: join(folder, 'models'),
    calibrations: { folder: join(folder, 'calibrations'), mostBytes: 16 * MIB },
    ...more,
  });
}

function order(overrides: Partial<Order['spec']> = {}, rest: Partial<Order> = {}): Order {
  const training = { ...someSpec.training, steps: 12, sequenceLength: 32, checkpointEvery: 4 };
  return {
    trialId: 'trial',
    kind: 'train',
    budgetBytes: 512 * MIB,
    predicted: memory,
    checkpoints: [],
    spec: { ...someSpec, ...data, base, learningRate: 0.01, training, ...overrides },
    ...rest,
  };
}

/** The same on a task that the programs bring, which is in no store. */
function orderOfBuiltIn(overrides: Partial<Order['spec']> = {}): Order {
  const { spec, ...rest } = order({ ...overrides, task: someSpec.task });
  const { dataset: _, ...builtIn } = spec;
  return { ...rest, spec: builtIn };
}

class Record implements Reports {
  readonly losses = new Map<number, number>();
  readonly names = new Set<string>();
  readonly points: Parameters<Reports['progress']>[0]['points'][number][] = [];
  readonly checkpoints: StoredArtifact[] = [];
  readonly lines: string[] = [];
  from: number | undefined;
  stopAfter: { step: number; reason: StopReason; controller: AbortController } | undefined;
  resumed(step: number): void {
    this.from = step;
  }
  progress({ points, step }: Parameters<Reports['progress']>[0]): void {
    for (const { name, step: at, value } of points) {
      this.names.add(name);
      this.points.push({ name, step: at, value });
      if (name === 'train/loss') this.losses.set(at, value);
    }
    if (this.stopAfter?.step === step) this.stopAfter.controller.abort(this.stopAfter.reason);
  }
  checkpoint(artifact: StoredArtifact): void {
    this.checkpoints.push(artifact);
  }
  /** Called with each line of the log. */
  onLine: (line: string) => void = () => {};
  forAdministrators(line: string): void {
    this.log(line);
  }

  log(line: string): void {
    this.lines.push(line);
    this.onLine(line);
  }
}

async function run(
  asked: Order,
  stop?: { step: number; reason: StopReason },
): Promise<{ outcome: RunOutcome; heard: Record }> {
  const heard = new Record();
  const controller = new AbortController();
  if (stop) heard.stopAfter = { ...stop, controller };
  return { outcome: await pool.run(asked, heard, controller.signal), heard };
}

it('trains, reports every step, and leaves checkpoints and an adapter that can be scored', async () => {
  const { outcome, heard } = await run(orderOfBuiltIn());
  if (outcome.kind !== 'succeeded') throw new Error(JSON.stringify(outcome));
  expect([...heard.losses.keys()]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  expect([...heard.names].sort()).toEqual([
    'memory/live',
    'memory/peak',
    'train/gradient-norm',
    'train/learning-rate',
    'train/loss',
    'train/tokens-per-second',
    'validation/loss',
    'validation/perplexity',
  ]);
  expect(heard.checkpoints.map(({ step }) => step)).toEqual([4, 8]);
  expect(outcome.result.test).toBeUndefined();

  const scored = await run({ ...orderOfBuiltIn(), kind: 'score', adapter: outcome.adapter as StoredArtifact });
  if (scored.outcome.kind !== 'succeeded') throw new Error(JSON.stringify(scored.outcome));
  const { exampleScores, result } = scored.outcome;
  const losses = exampleScores?.perplexity ?? [];
  const mean = losses.reduce((sum, score) => sum + score, 0) / losses.length;
  expect(result.test?.loss).toBeCloseTo(mean, 9);
  expect(result.validation).toBeUndefined();
});

it('reports a layer’s rank when it changes, and norms of queries and keys at their cadence', async () => {
  const methodConfig = { rank: 2, initialRankFactor: 2, warmup: 0.25, settle: 0.5 };
  const training = { ...order().spec.training, normEvery: 4, targets: ['query', 'value'] };
  const { heard } = await run(order({ method: 'adalora', methodConfig, training }));
  const ranks = new Map<string, typeof heard.points>();
  for (const point of heard.points.filter(({ name }) => name.startsWith('rank/'))) {
    ranks.set(point.name, [...(ranks.get(point.name) ?? []), point]);
  }
  expect([...ranks.keys()]).toContain('rank/blocks.0.attention.query');
  for (const points of ranks.values()) {
    expect(points[0]).toMatchObject({ step: 1, value: 4 });
    points.slice(1).forEach(({ value }, index) => {
      expect(value).not.toBe(points[index]!.value);
    });
  }
  // The budget ends at rank 2 for each layer, six steps before the last one.
  const last = [...ranks.values()].map((points) => points.at(-1)!);
  expect(last.reduce((sum, { value }) => sum + value, 0)).toBeLessThanOrEqual(2 * ranks.size);
  expect(Math.max(...last.map(({ step }) => step))).toBeLessThanOrEqual(6);
  const norms = heard.points.filter(({ name }) => name === 'norm/query-update.max');
  expect(norms.map(({ step }) => step)).toEqual([4, 8, 12]);
});

it('stopped by a drain leaves a checkpoint at its last step, and goes on from it to the same numbers', async () => {
  const whole = await run(order({ seed: 3 }));
  const first = await run(order({ seed: 3 }), { step: 6, reason: 'drain' });
  expect(first.outcome).toEqual({ kind: 'stopped' });
  const last = first.heard.checkpoints.at(-1) as StoredArtifact;
  expect(last.step).toBe(Math.max(...first.heard.losses.keys()));

  const damaged = await store.put(Buffer.from('will be damaged'));
  await writeFile(store.pathOf(damaged.sha256), 'damaged');
  const checkpoints = [{ ...damaged, step: 11 }, last];
  const second = await run(order({ seed: 3 }, { checkpoints }));
  expect(second.heard.from).toBe(last.step);
  expect(second.heard.lines.join('\n')).toContain('the checkpoint of step 11 is of no use');
  expect(new Map([...first.heard.losses, ...second.heard.losses])).toEqual(whole.heard.losses);
  if (second.outcome.kind !== 'succeeded' || whole.outcome.kind !== 'succeeded') throw new Error('not done');
  expect(second.outcome.adapter?.sha256).toBe(whole.outcome.adapter?.sha256);
  expect(second.outcome.result.validation).toEqual(whole.outcome.result.validation);
});

it('stopped for another reason leaves no further checkpoint', async () => {
  const { outcome, heard } = await run(order({ seed: 4 }), { step: 2, reason: 'cancelled' });
  expect(outcome).toEqual({ kind: 'stopped' });
  expect(heard.checkpoints.filter(({ step }) => step % 4 !== 0)).toEqual([]);
});

it('over its budget ends after the first step, with the measured parts', async () => {
  const { outcome, heard } = await run(order({}, { budgetBytes: MIB / 8 }));
  if (outcome.kind !== 'over-budget' || !outcome.measured) throw new Error(JSON.stringify(outcome));
  expect([...heard.losses.keys()]).toEqual([1]);
  const { measured } = outcome;
  const parts = memoryParts.map((part) => measured[part]);
  const { total } = measured;
  expect(parts.reduce((sum, bytes) => sum + bytes, 0)).toBe(total);
  expect(total).toBeGreaterThan(MIB / 8);
  expect(outcome.reason).toMatch(/^measured \d+\.\d MiB exceed the budget of 0.125 MiB; .*, at step 1$/);
  expect(measured[outcome.dominantPart]).toBe(Math.max(...parts));
});

it.each([
  [
    'a diverging training',
    { learningRate: 1e30, training: { ...someSpec.training, sequenceLength: 32, clipNorm: 1e6 } },
    'diverged',
  ],
  [
    'a task it does not know',
    { task: 'unheard-of', dataset: undefined },
    'task unheard-of is not one this worker knows',
  ],
])('says why %s fails', async (_, overrides, reason) => {
  const { outcome } = await run(order(overrides));
  expect(outcome).toMatchObject({ kind: 'failed', reason: expect.stringContaining(reason) });
});

/** A file or folder is elsewhere from now on; the function returned brings it back. */
function takeAway(path: string): () => void {
  renameSync(path, `${path}.away`);
  return () => renameSync(`${path}.away`, path);
}

/** Runs an order, and calls `bringBack` when it first says that it waits. */
async function runUntilBack(asked: Order, bringBack: () => void) {
  const heard = new Record();
  heard.onLine = (line) => {
    if (!line.endsWith('; trying again')) return;
    heard.onLine = () => {};
    bringBack();
  };
  return { outcome: await pool.run(asked, heard, new AbortController().signal), heard };
}

it('waits for a store that is away when its adapter is to be stored, and puts nothing in the empty place', async () => {
  const whole = await run(orderOfBuiltIn({ seed: 5 }));
  const bringBack = takeAway(artifacts());
  const { outcome, heard } = await runUntilBack(orderOfBuiltIn({ seed: 5 }), bringBack);
  if (outcome.kind !== 'succeeded' || whole.outcome.kind !== 'succeeded') throw new Error(JSON.stringify(outcome));
  expect(outcome.adapter).toEqual(whole.outcome.adapter);
  expect(heard.checkpoints).toEqual([]);
  expect(
    heard.lines.filter((line) => /^the checkpoint of step \d+ was not stored \(ENOENT: .*\)/.test(line)),
  ).toHaveLength(2);
  expect(heard.lines.filter((line) => line.startsWith('the adapter cannot be stored (ENOENT: '))).toHaveLength(1);
});

it('waits for a data set, for the adapter it starts from and for its newest checkpoint', async () => {
  const first = await run(order(), { step: 6, reason: 'drain' });
  const started = await run(order());
  if (started.outcome.kind !== 'succeeded') throw new Error(JSON.stringify(started.outcome));
  const checkpoint = first.heard.checkpoints.at(-1)!;
  const missing = [data.dataset, started.outcome.adapter!.sha256, checkpoint.sha256];
  for (const sha256 of missing) {
    const bringBack = takeAway(store.pathOf(sha256));
    const spec = sha256 === missing[1] ? { from: sha256 } : {};
    const checkpoints = sha256 === checkpoint.sha256 ? [checkpoint] : [];
    const { outcome, heard } = await runUntilBack(order(spec, { checkpoints }), bringBack);
    expect(outcome).toMatchObject({ kind: 'succeeded', step: 12 });
    expect(heard.from).toBe(checkpoints[0]?.step);
    expect(heard.lines.filter((line) => line.includes(sha256) && line.endsWith('; trying again'))).toHaveLength(1);
  }
});

it('fails when what it needs is still missing at the end of its patience, and says how long that was', async () => {
  const gone = '0'.repeat(64);
  const needs: [Partial<Order['spec']>, string][] = [
    [{ task: 'dataset:gone', dataset: gone }, `dataset:gone: artifact ${gone} cannot be read from ${artifacts()}`],
    [{ from: gone }, `artifact ${gone} cannot be read from ${artifacts()}`],
    [{ base: 'unheard-of' }, 'unheard-of'],
  ];
  for (const [spec, named] of needs) {
    const outcome = await hasty.run(order(spec), new Record(), new AbortController().signal);
    if (outcome.kind !== 'failed') throw new Error(JSON.stringify(outcome));
    expect(outcome.reason).toContain(named);
    expect(outcome.reason).toMatch(
      /; this lasted \d+ s, and a worker waits no longer \(RANKFORGE_STORAGE_PATIENCE_SECONDS\)$/,
    );
  }
});

it('trains from its first step when its checkpoint is still missing at the end of its patience', async () => {
  const gone = { sha256: '0'.repeat(64), step: 8, bytes: 1 };
  const heard = new Record();
  const outcome = await hasty.run(order({}, { checkpoints: [gone] }), heard, new AbortController().signal);
  expect(outcome).toMatchObject({ kind: 'succeeded', step: 12 });
  expect(heard.from).toBeUndefined();
  expect(heard.lines.join('\n')).toMatch(
    /the checkpoint of step 8 is of no use: artifact 0+ cannot be read .* this lasted/,
  );
});

it('needed one process for all of this', () => {
  expect(pool.pids).toHaveLength(1);
});
