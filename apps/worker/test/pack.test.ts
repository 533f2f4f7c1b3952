/** @file Trials of one pack in the trainer as users run it: the compiled child, one process, each trial as if alone. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ArtifactStore, type StoredArtifact } from '@rankforge/db';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { writeTinyBase } from '../../../test/support/tiny-base.js';
import { memory, spec as someSpec } from '../../../test/support/trials.js';
import { childEnvironment } from '../src/trainer/messages.js';
import { TrainerPool } from '../src/trainer/pool.js';
import type { Executor, Order, Progress, Reports, RunOutcome, StopReason } from '../src/trial/executor.js';
import { smallDataset } from './support/small-dataset.js';

const script = fileURLToPath(new URL('../dist/trainer/child.bundle.js', import.meta.url));
const MIB = 2 ** 20;

let folder: string;
let pool: TrainerPool;
let base: string;
let data: Awaited<ReturnType<typeof smallDataset>>;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rankforge-pack-'));
  base = await writeTinyBase(join(folder, 'models'));
  const store = new ArtifactStore(join(folder, 'artifacts'));
  await store.prepare();
  data = await smallDataset(store);
  pool = open();
});
afterAll(async () => {
  await pool.close();
  await rm(folder, { recursive: true, force: true });
});

function order(trialId: string, overrides: Partial<Order['spec']> = {}, rest: Partial<Order> = {}): Order {
  const training = { ...someSpec.training, steps: 10, sequenceLength: 32, checkpointEvery: 4, dropout: 0.1 };
  const spec = { ...someSpec, ...data, base, learningRate: 0.01, training, ...overrides };
  return { trialId, kind: 'train', budgetBytes: 512 * MIB, predicted: memory, checkpoints: [], spec, ...rest };
}

class Record implements Reports {
  readonly points: Progress['points'][number][] = [];
  readonly checkpoints: StoredArtifact[] = [];
  readonly lines: string[] = [];
  constructor(
    readonly controller = new AbortController(),
    private readonly stop?: { step: number; reason: StopReason },
  ) {}
  resumed(): void {}
  progress({ points, step }: Progress): void {
    this.points.push(...points.filter(({ name }) => name !== 'train/tokens-per-second'));
    if (this.stop?.step === step) this.controller.abort(this.stop.reason);
  }
  checkpoint(artifact: StoredArtifact): void {
    this.checkpoints.push(artifact);
  }
  forAdministrators(line: string): void {
    this.log(line);
  }

  log(line: string): void {
    this.lines.push(line);
  }
  get losses(): number[] {
    return this.points.filter(({ name }) => name === 'train/loss').map(({ value }) => value);
  }
}

interface Member {
  asked: Order;
  stop?: { step: number; reason: StopReason };
}

async function run(place: Executor, { asked, stop }: Member): Promise<{ outcome: RunOutcome; heard: Record }> {
  const heard = new Record(new AbortController(), stop);
  return { outcome: await place.run(asked, heard, heard.controller.signal), heard };
}

async function together(members: readonly Member[]) {
  const place = pool.share();
  const before = pool.pids;
  const ended = await Promise.all(members.map((member) => run(place, member)));
  place.close();
  expect(pool.pids.filter((pid) => !before.includes(pid)).length, 'processes started').toBeLessThanOrEqual(1);
  return ended;
}

/** What a run leaves, without what a clock says. */
function told({ outcome, heard }: { outcome: RunOutcome; heard: Record }) {
  if (outcome.kind !== 'succeeded') throw new Error(JSON.stringify(outcome));
  const { seconds: _, medianStepMs: __, stepCpuMs: ___, tokensPerSecond: ____, ...result } = outcome.result;
  return { ...outcome, result, points: heard.points, checkpoints: heard.checkpoints };
}

const several = (): Member[] => [
  { asked: order('lora') },
  { asked: order('olora', { method: 'olora', seed: 4 }) },
  { asked: order('full', { method: 'full-ft', methodConfig: {}, rank: null, learningRate: 0.001 }) },
  { asked: order('calibrated', { method: 'lora-ga' }) },
  { asked: order('ranks', { method: 'dylora' }) },
];

it('a pack leaves the metrics, checkpoints, adapters and measured bytes of trainings alone, to the bit', async () => {
  const members = several();
  const packed = (await together(members)).map(told);
  for (const [index, member] of members.entries()) {
    expect(packed[index], member.asked.trialId).toEqual(told(await run(pool, member)));
  }
});

it('one member is cancelled, one outgrows its budget, one diverges and one fails; the others go on', async () => {
  const [cancelled, over, diverged, failed, rest] = await together([
    { asked: order('cancelled', { seed: 1 }), stop: { step: 3, reason: 'cancelled' } },
    { asked: order('over', { seed: 2 }, { budgetBytes: 1000 }) },
    { asked: order('diverged', { seed: 3, learningRate: 1e30 }) },
    { asked: order('failed', { from: 'f'.repeat(64) }) },
    { asked: order('rest', { seed: 5 }) },
  ]);
  expect(cancelled!.outcome).toEqual({ kind: 'stopped' });
  expect(over!.outcome).toMatchObject({ kind: 'over-budget', measured: { total: expect.any(Number) } });
  expect(diverged!.outcome).toMatchObject({ kind: 'failed', reason: expect.stringContaining('diverged') });
  expect(failed!.outcome).toMatchObject({ kind: 'failed', reason: expect.stringContaining('artifact') });
  expect(told(rest!)).toEqual(told(await run(pool, { asked: order('rest', { seed: 5 }) })));
});

it('a drain or a time limit stops a member with a checkpoint, from which it goes on alone to the same numbers', async () => {
  const members = [1, 2, 3].map((seed) => ({
    asked: order(`drained-${seed}`, { seed }),
    stop: { step: 5, reason: seed === 3 ? ('timeout' as const) : ('drain' as const) },
  }));
  const stopped = await together(members);
  expect(stopped.map(({ outcome }) => outcome)).toEqual(members.map(() => ({ kind: 'stopped' })));
  for (const [index, { asked }] of members.entries()) {
    const { heard } = stopped[index]!;
    const last = heard.checkpoints.at(-1)!;
    expect(last.step).toBe(heard.losses.length);
    const rest = await run(pool, { asked: { ...asked, checkpoints: [last] } });
    const whole = await run(pool, { asked });
    expect([...heard.losses, ...rest.heard.losses]).toEqual(whole.heard.losses);
  }
});

it('kill -9 of the process ends every member as died beside the others', async () => {
  const place = pool.share();
  const slow = { ...someSpec.training, steps: 100_000, sequenceLength: 32 };
  const members = [1, 2].map((seed) => ({
    asked: order(`killed-${seed}`, { seed, training: slow }),
    heard: new Record(),
  }));
  const runs = members.map(({ asked, heard }) => place.run(asked, heard, heard.controller.signal));
  await expect.poll(() => members.every(({ heard }) => heard.losses.length > 2)).toBe(true);
  for (const pid of pool.pids) process.kill(pid, 'SIGKILL');
  const died = { kind: 'died', reason: 'the training process ended (SIGKILL)', outOfMemory: false, beside: 1 };
  expect(await Promise.all(runs)).toEqual([died, died]);
});

function open(): TrainerPool {
  return new TrainerPool({
    script,
    env: childEnvironment({
      artifactDir: join(folder, 'artifacts'),
      modelsDir: join(folder, 'models'),
      calibrations: { folder: join(folder, 'calibrations'), mostBytes: 2 ** 24 },
      // An artifact that is not there is waited for.
      storagePatienceMs: 500,
    }),
    stopWithinMs: 30_000,
  });
}
