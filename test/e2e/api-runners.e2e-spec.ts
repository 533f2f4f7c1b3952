/** @file Sweeps on an engine that is a runner, held against what runners of live workers said that they can do. */
import type { CreateSweepInput, Problem, RunnerAbilities } from '@rankforge/contracts';
import { registerWorker, stopWorker } from '@rankforge/db';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeTinyEncoder } from '../support/tiny-base.js';
import { uploadDataset } from '../support/tiny-dataset.js';
import { createTinyPlatform, type TinyPlatform } from '../support/tiny-platform.js';
import { csv, spec } from './animals.js';

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
  const register = (name: string, torch: RunnerAbilities) =>
    registerWorker(platform.db, {
      ...{ name, host: 'h', pid: 1, version: '0', engines: ['torch'], slots: 1, devices: [] },
      runners: { torch },
    });
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
});
