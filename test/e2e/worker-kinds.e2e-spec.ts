/** @file Sweeps that pretrain and compress: what they are refused, what they train, and the boards that they have. */
import { join } from 'node:path';
import type {
  BoardList,
  CreateSweepInput,
  Leaderboard,
  MethodList,
  Problem,
  SweepPreview,
  SweepView,
  TrialResult,
} from '@rankforge/contracts';
import { baseParameters, loadBase, randomBase, readAdapter } from '@rankforge/peft';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestApi } from '../support/index.js';
import { tinyTask } from '../support/tiny-dataset.js';
import { createTinyPlatform, type TinyPlatform } from '../support/tiny-platform.js';
import { memoryOf, onlyTraining, submit, tinySweep, trainings, untilCompleted } from './worker-sweeps.js';

let platform: TinyPlatform;
let api: TestApi;
let base: string;

beforeAll(async () => {
  platform = await createTinyPlatform();
  ({ api, base } = platform);
  await platform.hostWorker({ RANKFORGE_WORKER_SLOTS: '1' });
});

afterAll(() => platform.stop());

const training = { steps: 20, batchSize: 8, sequenceLength: 32, checkpointEvery: 10 };

const pretraining = (overrides: Partial<CreateSweepInput> = {}): CreateSweepInput =>
  tinySweep(base, { kind: 'pretrain', methods: [{ name: 'full-ft' }], learningRate: [0.003], training, ...overrides });

const read = async <T>(path: string): Promise<T> => {
  const response = await platform.request(api, path, { role: 'viewer' });
  const body = await response.json();
  expect(response.status, JSON.stringify(body)).toBe(200);
  return body as T;
};

const boardOf = (query: string) => read<Leaderboard>(`/v1/leaderboard?task=${tinyTask}&base=${base}&${query}`);

describe('a kind of sweep', () => {
  const refused = async (overrides: Partial<CreateSweepInput>) => {
    const response = await platform.request(api, '/v1/sweeps', {
      body: pretraining(overrides),
      role: 'submitter',
    });
    expect(response.status).toBe(400);
    return ((await response.json()) as Problem).errors!;
  };

  it('takes methods that are for it, and names those', async () => {
    const { methods } = await read<MethodList>('/v1/methods');
    const pretrains = methods.filter(({ kinds }) => kinds.includes('pretrain')).map(({ name }) => name);
    expect(pretrains).toContain('full-ft');
    expect(methods.find(({ name }) => name === 'lora')?.kinds).toEqual(['finetune', 'federate']);
    expect(await refused({ methods: [{ name: 'bitfit' }] })).toEqual([
      {
        path: '/methods/0/name',
        message: `bitfit is to finetune and federate, not to pretrain; for that: ${pretrains.join(', ')}`,
      },
    ]);
  });

  it('needs a task of next tokens where it is about a whole model', async () => {
    const [error, ...others] = await refused({ task: 'spam-assassin' });
    expect(others).toEqual([]);
    expect(error).toEqual({
      path: '/task',
      message: "a pretrain sweep predicts by the model's own head, and spam-assassin has a head of 2 outputs",
    });
  });

  it('refuses fields of another kind, each at its place', async () => {
    expect(await refused({ kind: 'finetune', initial: 'base', recoverySteps: [0, 10] })).toEqual([
      { path: '/initial', message: 'of sweeps to pretrain alone: this one is to finetune' },
      { path: '/recoverySteps', message: 'of sweeps to compress alone: set training.steps' },
    ]);
    expect(await refused({ methods: [{ name: 'full-ft', from: 'somebody' }] })).toContainEqual({
      path: '/methods/0/from',
      message: 'unknown adapter somebody; see GET /v1/adapters',
    });
  });
});

describe('a pretraining', () => {
  it('draws weights from the seed, and has a board of its own', async () => {
    const sweepId = await submit(platform, api, pretraining({ seed: [0, 1] }));
    await untilCompleted(platform, sweepId);
    const [first, second] = await trainings(platform, sweepId);
    for (const trial of [first!, second!]) expect(trial.state, trial.reason ?? '').toBe('SUCCEEDED');
    expect(first!.spec).toMatchObject({
      kind: 'pretrain',
      initial: 'random',
      training: { targets: ['query', 'key', 'value', 'output', 'fc_in', 'fc_out'] },
    });
    expect((await read<SweepView>(`/v1/sweeps/${sweepId}`)).kind).toBe('pretrain');

    // One step of Adam moves a weight by less than twice its rate: the first values still show.
    const model = await loadBase(join(platform.modelsDir, base));
    const response = await platform.request(api, `/v1/trials/${second!.id}/adapter?format=native`);
    const { tensors } = readAdapter(new Uint8Array(await response.arrayBuffer()));
    const drawn = randomBase(model, 1);
    const path = 'blocks.0.attention.query.kernel';
    const [was, is] = [drawn.host(path).values, tensors.get(path)!.values];
    expect(Math.max(...is.map((value, index) => Math.abs(value - was[index]!)))).toBeLessThan(20 * 2 * 0.003);
    const correlation = was.reduce((sum, value, index) => sum + value * is[index]!, 0);
    expect(correlation).toBeGreaterThan(0);

    const board = await boardOf('kind=pretrain');
    expect(board.kind).toBe('pretrain');
    const [row, ...others] = board.rows;
    expect(others).toEqual([]);
    expect(row).toMatchObject({ method: 'full-ft', status: 'scored', steps: 20, seeds: 2, compression: null });
    expect(row!.trainableParameters).toBe(
      baseParameters(model.config).reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b), 0),
    );
    expect(row!.tokensPerSecond).toBeGreaterThan(0);
    expect(row!.forgetting).toEqual({
      measured: false,
      reason: 'it was trained from scratch: there was nothing to forget',
    });
    expect((await boardOf(`sweepId=${sweepId}`)).kind).toBe('pretrain');
    expect((await boardOf('by=method')).rows).toEqual([]);
    const { boards } = await read<BoardList>('/v1/leaderboards');
    expect(boards).toContainEqual(expect.objectContaining({ task: tinyTask, base, kind: 'pretrain' }));
  });

  it('makes from the base the training that a fine-tuning makes, and is known to it', async () => {
    const sweepId = await submit(platform, api, pretraining({ initial: 'base' }));
    await untilCompleted(platform, sweepId);
    const trial = await onlyTraining(platform, sweepId);
    expect(trial.spec).not.toHaveProperty('initial');
    const tuning = await submit(
      platform,
      api,
      tinySweep(base, {
        methods: [{ name: 'full-ft' }],
        learningRate: [0.003],
        training: { ...training, targets: (trial.spec as { training: { targets: string[] } }).training.targets },
      }),
    );
    await untilCompleted(platform, tuning);
    expect((await onlyTraining(platform, tuning)).leaderId).toBe(trial.id);
  });
});

describe('a compression', () => {
  it('is scored without recovery and with it, beside the base as it was, and can be built upon', async () => {
    const request = {
      ...tinySweep(base),
      kind: 'compress' as const,
      methods: [{ name: 'svd', config: { ratio: [0.3, 0.6] } }],
      recoverySteps: [0, 20],
      learningRate: [0.003, 0.001],
      training: { batchSize: 8, sequenceLength: 32 },
    };
    const previewed = await platform.request(api, '/v1/sweeps/preview', { body: request, role: 'submitter' });
    const { rows } = (await previewed.json()) as SweepPreview;
    expect(rows.map(({ config, steps, learningRate }) => [config.ratio, steps, learningRate])).toEqual([
      [0.3, 0, 0.003],
      [0.6, 0, 0.003],
      [0.3, 20, 0.003],
      [0.3, 20, 0.001],
      [0.6, 20, 0.003],
      [0.6, 20, 0.001],
    ]);
    const sweepId = await submit(platform, api, request);
    await untilCompleted(platform, sweepId);
    for (const trial of await trainings(platform, sweepId)) {
      expect([trial.state, trial.reason]).toEqual(['SUCCEEDED', null]);
    }
    const board = await boardOf('kind=compress');
    const cells = board.rows.map((row) => [row.keeps, row.steps === 0, row.status]);
    expect(cells.sort()).toEqual([
      [0.3, false, 'scored'],
      [0.3, true, 'scored'],
      [0.6, false, 'scored'],
      [0.6, true, 'scored'],
    ]);
    // Query, key, value, output [32, 32] and up, down of 32 and 64: ranks 4, 4, 4, 4, 6, 6 and 9, 9, 9, 9, 12, 12.
    const { config } = await loadBase(join(platform.modelsDir, base));
    const total = baseParameters(config).reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b), 0);
    const kernels = 4 * 32 * 32 + 2 * 32 * 64;
    const factors = { 0.3: 4 * 4 * 64 + 2 * 6 * 96, 0.6: 4 * 9 * 64 + 2 * 12 * 96 };
    for (const row of board.rows) {
      const parameters = total - kernels + factors[row.config.ratio as 0.3 | 0.6];
      expect(row.compression).toMatchObject({ parameters, bytes: 4 * parameters, ratio: parameters / total });
      expect(row.compression!.before).toBe(board.rows[0]!.compression!.before);
      expect(row.tokensPerSecond === null).toBe(row.steps === 0);
    }
    // The same examples with the base itself.
    const score = (ratio: number, steps: number) =>
      board.rows.find((row) => row.config.ratio === ratio && row.steps === steps)!.score!;
    expect(board.rows[0]!.compression!.before).toBeGreaterThan(0);
    for (const ratio of [0.3, 0.6]) expect(score(ratio, 20)).toBeLessThan(score(ratio, 0));

    const small = (await trainings(platform, sweepId)).find(
      ({ spec }) => JSON.stringify(spec).includes('"ratio":0.3') && JSON.stringify(spec).includes('"steps":0'),
    )!;
    const upon = await submit(
      platform,
      api,
      tinySweep(base, { on: small.id, learningRate: [1e-9], training: { ...training, steps: 1 } }),
    );
    await untilCompleted(platform, upon);
    const loss = ({ result }: { result: unknown }) => (result as TrialResult).validation!.loss!;
    expect(loss(await onlyTraining(platform, upon))).toBeCloseTo(loss(small), 4);
  });

  it('takes without a step what an evaluation takes, and fits where recovering does not', async () => {
    const sweepId = await submit(platform, api, {
      ...tinySweep(base),
      kind: 'compress',
      methods: [{ name: 'svd-llm', config: { ratio: 0.3 } }],
      recoverySteps: [0, 5],
      memoryBudgetMiB: [4],
      training: { batchSize: 32, sequenceLength: 32 },
    });
    await untilCompleted(platform, sweepId);
    const [asIs, recovered] = await trainings(platform, sweepId);
    expect([asIs!.state, asIs!.reason, recovered!.state]).toEqual(['SUCCEEDED', null, 'OVER_BUDGET']);
    expect(memoryOf(asIs!).error).toBeLessThan(0.05);
    expect(recovered!.attemptList).toEqual([]);
  });

  it('has a length where a scheduler or a protocol compares lengths, and no task with a head', async () => {
    const body = tinySweep(base, {
      kind: 'compress',
      methods: [{ name: 'svd' }],
      task: 'spam-assassin',
      recoverySteps: [0, 64],
      scheduler: { kind: 'asha', minSteps: 8 },
      training: { steps: 9, batchSize: 8, sequenceLength: 32 },
    });
    const response = await platform.request(api, '/v1/sweeps', { body, role: 'submitter' });
    expect(((await response.json()) as Problem).errors).toEqual([
      {
        path: '/task',
        message: "a compress sweep predicts by the model's own head, and spam-assassin has a head of 2 outputs",
      },
      { path: '/training/steps', message: 'recoverySteps says it for a compress sweep: leave it out' },
      {
        path: '/recoverySteps',
        message: 'a scheduler (asha) compares trainings of one length: give one number above 0, got 0, 64',
      },
    ]);
  });
});
