/** @file Sweeps on an engine that is a runner, held against what runners of live workers said that they can do. */
import type { CreateSweepInput, Problem, RunnerAbilities } from '@rankforge/contracts';
import { registerWorker, stopWorker } from '@rankforge/db';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from '../support/index.js';
import { writeTinyEncoder } from '../support/tiny-base.js';
import { uploadDataset } from '../support/tiny-dataset.js';
import { createTinyPlatform, type TinyPlatform } from '../support/tiny-platform.js';
import { csv, spec } from './animals.js';
import { onlyTraining, submit } from './worker-sweeps.js';

describe('a sweep on an engine that is a runner', () => {
  let platform: TinyPlatform;
  let base: string;
  beforeAll(async () => {
    platform = await createTinyPlatform();
    base = await writeTinyEncoder(platform.modelsDir);
    const dataset = { spec: spec('animals'), content: csv(), file: 'animals.csv' };
    await uploadDataset(platform.api.url, platform.keys.submitter, dataset);
  });
  afterAll(() => platform?.stop());

  const plain: RunnerAbilities = {
    peftTypes: ['LORA', 'IA3'],
    optimizers: ['adamw', 'sgd', 'adafactor'],
    dtypes: ['float32', 'bfloat16'],
  };
  const whole: RunnerAbilities = {
    peftTypes: [...plain.peftTypes, 'VERA'],
    optimizers: [...plain.optimizers, 'adamw-8bit', 'lion'],
    dtypes: [...plain.dtypes, 'int8', 'nf4'],
  };
  async function register(name: string, torch: RunnerAbilities): Promise<string> {
    const id = await registerWorker(platform.db, {
      ...{ name, host: 'h', pid: 1, version: '0', engines: ['torch'], slots: 1, devices: [] },
      runners: { torch },
    });
    // Nobody beats for it, and a busy machine takes longer than a worker may be silent.
    await platform.db
      .$executeRaw`UPDATE "Worker" SET "heartbeatAt" = now() + interval '1 hour' WHERE "id" = ${id}::uuid`;
    return id;
  }
  const sweep = (more: Partial<CreateSweepInput> = {}): CreateSweepInput => ({
    ...{ name: 'by torch', task: 'dataset:animals', base, engine: 'torch', methods: [{ name: 'lora' }], rank: [2] },
    ...{ memoryBudgetMiB: [512], learningRate: [0.01], seed: [0], reuse: false },
    ...more,
    training: { steps: 4, batchSize: 4, sequenceLength: 24, targets: ['query', 'value'], ...more.training },
  });
  async function errorsOf(asked: CreateSweepInput, path = '/v1/sweeps') {
    const answer = await platform.request(platform.api, path, { body: asked, role: 'submitter' });
    return answer.ok ? undefined : ((await answer.json()) as Problem).errors;
  }

  it('is refused, naming the field, where a live worker lacks what it needs', async () => {
    const { training } = sweep();
    const asked = {
      nf4: sweep({ training: { ...training, baseDtype: 'nf4' } }),
      lion: sweep({ methods: [{ name: 'lora' }, { name: 'ia3', optimizer: 'lion' }] }),
      adam8bit: sweep({ methods: [{ name: 'lora', optimizer: 'adam-8bit', optimizerConfig: { blockSize: 256 } }] }),
      vera: sweep({ methods: [{ name: 'ia3' }, { name: 'vera' }] }),
    };
    // Nobody has said yet what torch can do, so that these wait for a worker that does it.
    expect(await errorsOf(asked.nf4)).toBeUndefined();
    const able = await register('able', whole);
    for (const request of Object.values(asked)) expect(await errorsOf(request)).toBeUndefined();
    const bare = await register('bare', plain);
    const comes = (name: string) =>
      `${name} comes by bitsandbytes: install that for its Python and add the engine again`;
    expect(await errorsOf(asked.nf4)).toEqual([
      {
        path: '/training/baseDtype',
        message: `torch of the worker bare has no nf4, but float32, bfloat16; ${comes('nf4')}`,
      },
    ]);
    expect(await errorsOf(asked.nf4, '/v1/sweeps/preview')).toEqual(await errorsOf(asked.nf4));
    expect(await errorsOf(asked.lion)).toEqual([
      {
        path: '/methods/1/optimizer',
        message: `torch of the worker bare has no lion, but adamw, sgd, adafactor; ${comes('lion')}`,
      },
    ]);
    expect(await errorsOf(asked.adam8bit)).toMatchObject([{ path: '/methods/0/optimizer' }]);
    expect(await errorsOf(asked.vera)).toEqual([
      {
        path: '/methods/1/name',
        message:
          'torch of the worker bare has no VERA, but LORA, IA3; VERA comes by a newer peft: install that for its Python and add the engine again',
      },
    ]);
    expect(await errorsOf(sweep())).toBeUndefined();
    expect(await errorsOf(sweep({ ...asked.nf4, engine: 'wasm' }))).toBeUndefined();
    await stopWorker(platform.db, bare);
    expect(await errorsOf(asked.nf4)).toBeUndefined();
    await stopWorker(platform.db, able);
  });

  it('takes shares of several devices alone, and says which field is wrong', async () => {
    const shares = (training: object, more: Partial<CreateSweepInput> = {}) =>
      errorsOf(sweep({ ...more, training: { ...sweep().training, ...training } }));
    expect(await shares({ devices: 2, shard: ['ddp', 'zero2', 'zero3', 'fsdp'] })).toBeUndefined();
    expect(await shares({ shard: 'zero2' })).toEqual([
      {
        path: '/training/shard',
        message: expect.stringContaining(
          'shard is zero2, and devices is 1: set devices to 2 or more, or leave shard out',
        ),
      },
    ]);
    expect(await shares({ devices: 2, shard: 'fsdp', baseDtype: 'nf4' })).toMatchObject([{ path: '/training/shard' }]);
    expect(
      await shares({ devices: 2, shard: 'fsdp' }, { methods: [{ name: 'lora', optimizer: 'lion' }] }),
    ).toMatchObject([{ path: '/training/shard', message: expect.stringContaining('lion reads whole ones') }]);
    expect(await shares({ shard: 'fsdp' }, { engine: 'wasm' })).toMatchObject([
      { path: '/training/shard', message: expect.stringContaining('or take the engine torch') },
    ]);
  });

  it('says of a trial that takes more than any live worker has what it takes, and the most room there is', async () => {
    const asked = sweep({ training: { ...sweep().training, devices: 4 } });
    const id = await submit(platform, platform.api, asked);
    const trial = await waitFor('the trial to be queued', async () => {
      const queued = await onlyTraining(platform, id).catch(() => undefined);
      return queued?.state === 'QUEUED' ? queued : undefined;
    });
    const device = { id: 'host', name: 'h', kind: 'host', totalBytes: 2 ** 30, reservedBytes: 0 } as const;
    const small = await registerWorker(platform.db, {
      ...{ name: 'small', host: 'h', pid: 1, version: '0', engines: ['torch'], slots: 1 },
      devices: [{ ...device, capacityBytes: 200 * 2 ** 20 }],
    });
    const mib = 4 * trial.memoryClassMiB;
    const why = (called: string) =>
      `no device of a live worker has room for the 4 processes of ${called}: they are taken where ${mib} MiB are, and the largest device has 200 MiB for trials; take fewer devices, or start a worker with more memory`;
    const reasonOf = async (path: string) => {
      const answer = await platform.request(platform.api, path, { role: 'viewer' });
      return ((await answer.json()) as { reason: string | null }).reason;
    };
    expect(await reasonOf(`/v1/trials/${trial.id}`)).toBe(why('this trial'));
    expect(await reasonOf(`/v1/sweeps/${id}`)).toBe(why('the smallest trial that waits'));
    await stopWorker(platform.db, small);
  });
});
