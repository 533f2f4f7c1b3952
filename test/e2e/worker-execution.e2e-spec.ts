/**
 * @file What a training holds, asked for by HTTP and on the command line: updates in the backward pass, and blocks that run again
 * there. The numbers stay, the memory falls.
 */
import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { contenderName, contenderOf, Leaderboard, type Problem } from '@rankforge/contracts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { rankforge } from '../../apps/cli/test/support/run.js';
import { addedEngines, engineOptions } from '../support/engines.js';
import { writeTinyBase } from '../support/tiny-base.js';
import { tinyTask } from '../support/tiny-dataset.js';
import { createTinyPlatform, type TinyPlatform } from '../support/tiny-platform.js';
import { losses, memoryOf, onlyTraining, submit, tinySweep, trainings, untilCompleted } from './worker-sweeps.js';

let platform: TinyPlatform;
beforeAll(async () => {
  platform = await createTinyPlatform();
  await platform.hostWorker();
});
afterAll(() => platform.stop());

/** Adapters that are larger than all else: their gradients are what a step holds most of. */
const sweep = (training: object) =>
  tinySweep(platform.base, {
    rank: [256],
    training: {
      steps: 20,
      batchSize: 2,
      sequenceLength: 16,
      checkpointEvery: 20,
      clipNorm: null,
      targets: ['query', 'key', 'value', 'output', 'fc_in', 'fc_out'],
      ...training,
    },
  });

async function ended(sweepId: string) {
  await untilCompleted(platform, sweepId);
  const trial = await onlyTraining(platform, sweepId);
  expect([trial.state, trial.reason]).toEqual(['SUCCEEDED', null]);
  return {
    adapter: trial.artifacts.find(({ kind }) => kind === 'adapter')!.sha256,
    objective: trial.objective,
    losses: await losses(platform, trial.id),
    memory: memoryOf(trial),
    key: trial.key,
    execution: (trial.spec as { training: { execution?: string } }).training.execution,
  };
}

it('per layer gives the same model to the bit, at a lower peak than after the pass', async () => {
  const tree = await ended(await submit(platform, platform.api, sweep({})));
  const file = join(platform.dataDir, 'per-layer.json');
  await writeFile(file, JSON.stringify(sweep({ execution: 'perLayer' })));
  const env = { RANKFORGE_URL: platform.api.url, RANKFORGE_KEY: platform.keys.submitter };
  const { status, out, err } = await rankforge(['sweep', 'submit', '--json', file], env);
  expect({ status, err }).toEqual({ status: 0, err: '' });
  const perLayer = await ended((JSON.parse(out) as { id: string }).id);

  expect([tree.execution, perLayer.execution]).toEqual([undefined, 'perLayer']);
  expect(perLayer.key).not.toBe(tree.key);
  expect(perLayer.losses).toHaveLength(20);
  expect(perLayer.losses).toEqual(tree.losses);
  expect([perLayer.objective, perLayer.adapter]).toEqual([tree.objective, tree.adapter]);

  // One gradient at a time.
  const [before, after] = [tree.memory.measured, perLayer.memory.measured];
  expect(after.total).toBeLessThan(0.9 * before.total);
  expect(after.gradients).toBeLessThan(before.gradients);
  expect(after.optimizer).toBe(before.optimizer);
  for (const { memory } of [tree, perLayer]) {
    expect(memory.error).toBeLessThan(0.05);
  }
});

it('needs no norm of all gradients and no sum of them, and says so before anything runs', async () => {
  const { api } = platform;
  const refused = async (training: object) => {
    const body = sweep({ execution: 'perLayer', ...training });
    const response = await platform.request(api, '/v1/sweeps/preview', { body, role: 'submitter' });
    expect(response.status).toBe(400);
    return ((await response.json()) as Problem).errors?.map(({ path }) => path);
  };
  expect(await refused({ clipNorm: 1 })).toEqual(['/training/clipNorm']);
  expect(await refused({ accumulate: 2 })).toEqual(['/training/accumulate']);
});

it('runs blocks again where it is asked to, beside a training that keeps all: a row each, the same bits, a lower peak', async () => {
  const checkpointing: ('none' | 'block')[] = ['none', 'block'];
  const training = { steps: 4, batchSize: 8, sequenceLength: 32, dropout: 0.1, checkpointing };
  const methods = [{ name: 'lora' }, { name: 'ia3', checkpointing: 'block' }] as const;
  const sweepId = await submit(platform, platform.api, tinySweep(platform.base, { methods: [...methods], training }));
  await untilCompleted(platform, sweepId);
  const made = await trainings(platform, sweepId);
  const byName = new Map(made.map((trial) => [contenderName(contenderOf(trial.spec as object)), trial]));
  expect([...byName.keys()]).toEqual(['lora', 'lora + checkpointing', 'ia3 + checkpointing']);
  const [kept, again] = [byName.get('lora')!, byName.get('lora + checkpointing')!];
  expect((kept.spec as { training: object }).training).not.toHaveProperty('checkpointing');
  expect(again.objective).toBe(kept.objective);
  expect(await losses(platform, again.id)).toEqual(await losses(platform, kept.id));
  for (const trial of made) expect(memoryOf(trial).error).toBeLessThan(0.05);
  expect(memoryOf(again).measured.total).toBeLessThan(memoryOf(kept).measured.total);
  const answer = await platform.request(
    platform.api,
    `/v1/leaderboard?task=${tinyTask}&base=${platform.base}&sweepId=${sweepId}`,
  );
  const { rows } = Leaderboard.parse(await answer.json());
  expect(rows.map((row) => [row.method, row.checkpointing, row.settings]).sort()).toEqual([
    ['ia3', 'block', undefined],
    ['lora', undefined, undefined],
    ['lora', 'block', undefined],
  ]);
});

it('holds the scores of all queries or of some at a time, as it is asked to: a row each, the same loss, a lower peak', async () => {
  const size = { name: 'long', width: 32, layers: 1, contextLength: 256 };
  const base = await writeTinyBase(platform.modelsDir, undefined, size);
  const training = {
    steps: 2,
    batchSize: 2,
    sequenceLength: 256,
    attention: ['auto', 'chunked'] as ('auto' | 'chunked')[],
  };
  const sweepId = await submit(platform, platform.api, tinySweep(base, { training }));
  await untilCompleted(platform, sweepId);
  const made = await trainings(platform, sweepId);
  const [whole, chunked] = made;
  expect(made.map(({ spec }) => contenderName(contenderOf(spec as object)))).toEqual([
    'lora',
    'lora + chunked attention',
  ]);
  expect((whole!.spec as { training: object }).training).not.toHaveProperty('attention');
  expect(chunked!.objective! / whole!.objective!).toBeCloseTo(1, 5);
  expect(memoryOf(chunked!).measured.total).toBeLessThan(memoryOf(whole!).measured.total);
  for (const trial of made) expect(memoryOf(trial).error).toBeLessThan(0.05);
});

it('refuses to run blocks again where no backward pass is made, and blames the method that asks for it', async () => {
  const methods = [{ name: 'lora', optimizer: 'zo-ranksgd', checkpointing: 'block' as const }];
  const body = tinySweep(platform.base, { methods });
  const response = await platform.request(platform.api, '/v1/sweeps/preview', { body, role: 'submitter' });
  expect(response.status).toBe(400);
  const { errors } = (await response.json()) as Problem;
  expect(errors).toEqual([
    { path: '/methods/0/checkpointing', message: expect.stringContaining('leave checkpointing out') },
  ]);
});

it('refuses products in bfloat16 to an engine that has none, and names the one that has', async () => {
  const training = { steps: 4, computeDtype: ['float32', 'bfloat16'] as ('float32' | 'bfloat16')[] };
  const body = tinySweep(platform.base, { training });
  for (const path of ['/v1/sweeps/preview', '/v1/sweeps']) {
    const response = await platform.request(platform.api, path, { body, role: 'submitter' });
    expect([response.status, response.headers.get('content-type')]).toEqual([
      400,
      expect.stringContaining('application/problem+json'),
    ]);
    expect((await response.json()) as Problem).toMatchObject({
      status: 400,
      errors: [
        {
          path: '/training/computeDtype',
          message:
            'bfloat16 is for an engine that multiplies in it, and wasm multiplies in float32 alone: take float32, or the engine tensorflow or torch',
        },
      ],
    });
  }
});

it.each(addedEngines)(
  'multiplies in bfloat16 on %s beside a training in float32: a row each, nearly the same loss, the bytes predicted',
  async (engine) => {
    await symlink(engineOptions.enginesFolder, join(platform.dataDir, 'engines'));
    await platform.startWorker({ RANKFORGE_WORKER_SLOTS: '1', RANKFORGE_ENGINES: engine });
    const training = { steps: 4, computeDtype: ['float32', 'bfloat16'] as ('float32' | 'bfloat16')[] };
    const sweepId = await submit(platform, platform.api, tinySweep(platform.base, { engine, training }));
    await untilCompleted(platform, sweepId);
    const made = await trainings(platform, sweepId);
    expect(made.map(({ state, spec }) => [state, contenderName(contenderOf(spec as object))])).toEqual([
      ['SUCCEEDED', 'lora'],
      ['SUCCEEDED', 'lora + products in bfloat16'],
    ]);
    const [floats, halved] = made;
    expect((floats!.spec as { training: object }).training).not.toHaveProperty('computeDtype');
    expect(halved!.spec).toMatchObject({ training: { computeDtype: 'bfloat16' } });
    expect(halved!.objective).not.toBe(floats!.objective);
    expect(halved!.objective! / floats!.objective!).toBeCloseTo(1, 2);
    for (const trial of made) expect(memoryOf(trial).error).toBeLessThan(0.01);
    const scored = await platform.db.trial.findMany({ where: { sweepId, kind: 'score' } });
    expect(scored.map(({ state }) => state)).toEqual(['SUCCEEDED', 'SUCCEEDED']);
    const answer = await platform.request(
      platform.api,
      `/v1/leaderboard?task=${tinyTask}&base=${platform.base}&sweepId=${sweepId}`,
    );
    const { rows } = Leaderboard.parse(await answer.json());
    expect(rows.map((row) => row.computeDtype).sort()).toEqual(['bfloat16', undefined]);

    const body = tinySweep(platform.base, { engine, methods: [{ name: 'full-ft', computeDtype: 'bfloat16' }] });
    const refused = await platform.request(platform.api, '/v1/sweeps/preview', { body, role: 'submitter' });
    const { errors } = (await refused.json()) as Problem;
    expect(errors).toEqual([
      { path: '/methods/0/computeDtype', message: expect.stringMatching(/^full-ft trains kernels, and bfloat16 is/) },
    ]);
  },
);

it('trains on kernels of four bits beside a training on floats, and refuses them to a method that trains kernels', async () => {
  const training = { steps: 4, baseDtype: ['float32', 'nf4'] as ('float32' | 'nf4')[] };
  const sweepId = await submit(platform, platform.api, tinySweep(platform.base, { training }));
  await untilCompleted(platform, sweepId);
  const [floats, packed] = await trainings(platform, sweepId);
  expect(contenderName(contenderOf(packed!.spec as object))).toBe('lora + nf4 base');
  const { predicted, measured, error } = memoryOf(packed!);
  expect(measured.weights).toBeLessThan(memoryOf(floats!).measured.weights);
  expect(measured.weights).toBe(predicted.weights);
  expect(error).toBeLessThan(0.05);
  const scored = await platform.db.trial.findMany({ where: { sweepId, kind: 'score' } });
  expect(scored.map(({ state }) => state)).toEqual(['SUCCEEDED', 'SUCCEEDED']);
  const body = tinySweep(platform.base, { methods: [{ name: 'full-ft', baseDtype: 'nf4' }] });
  const response = await platform.request(platform.api, '/v1/sweeps/preview', { body, role: 'submitter' });
  const { errors } = (await response.json()) as Problem;
  expect(errors).toEqual([
    {
      path: '/methods/0/baseDtype',
      message: 'full-ft trains kernels, and nf4 packs them: take float32, or another method',
    },
  ]);
});
