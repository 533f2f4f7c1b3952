/** @file A sweep over several engines, through the API to one board that says whether they agree. */
import type { Leaderboard, Problem, SweepView } from '@rankforge/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTinyPlatform, type TinyPlatform } from '../support/tiny-platform.js';
import { expectSoundHistories, problemsOf, submit, tinySweep, trainings, untilCompleted } from './worker-sweeps.js';

describe('a sweep over the engines wasm and cpu', () => {
  let platform: TinyPlatform;
  beforeAll(async () => {
    platform = await createTinyPlatform();
    await platform.hostWorker({ RANKFORGE_ENGINES: 'wasm,cpu' });
  });
  afterAll(async () => {
    if (!platform) return;
    await expectSoundHistories(platform);
    await platform.stop();
  });

  const training = { steps: 4, batchSize: 2, sequenceLength: 16 };
  const over = (engine: SweepView['engine'] | SweepView['engine'][]) =>
    tinySweep(platform.base, { engine, seed: [0, 1], training });

  it('trains each method once on each engine, and takes what another sweep knows of one', async () => {
    await untilCompleted(platform, await submit(platform, platform.api, over('wasm')));
    const both = await submit(platform, platform.api, over(['wasm', 'cpu']));
    await untilCompleted(platform, both);
    const made = (await trainings(platform, both)).map(({ method, engine, seed, state, leaderId }) => [
      [method, engine, seed].join(' '),
      state,
      leaderId !== null,
    ]);
    expect(made.sort()).toEqual([
      ['lora cpu 0', 'SUCCEEDED', false],
      ['lora cpu 1', 'SUCCEEDED', false],
      ['lora wasm 0', 'SUCCEEDED', true],
      ['lora wasm 1', 'SUCCEEDED', true],
    ]);
    const path = `/v1/leaderboard?task=${over('wasm').task}&base=${platform.base}&sweepId=${both}`;
    const answer = await platform.request(platform.api, path, { role: 'viewer' });
    const { rows, verdict, answer: said } = (await answer.json()) as Leaderboard;
    expect(rows.map(({ method, competingEngine, seeds }) => [method, competingEngine, seeds]).sort()).toEqual([
      ['lora', 'cpu', 2],
      ['lora', 'wasm', 2],
    ]);
    expect(verdict.engines!.pairs).toHaveLength(1);
    expect(Math.abs(verdict.engines!.pairs[0]!.difference!)).toBeLessThan(1e-4);
    expect(said).toContain('agree on lora r2: with equal seeds the scores differ by ');
  });

  it('refuses at its field an engine that does not train the task', async () => {
    const body = {
      ...tinySweep(platform.base, { task: 'moby-dick-retrieval', engine: ['wasm', 'torch'] }),
      training: { steps: 4 },
    };
    const answer = await platform.request(platform.api, '/v1/sweeps', { body, role: 'submitter' });
    expect(((await answer.json()) as Problem).errors).toContainEqual({
      path: '/engine',
      message: 'torch trains on classes, numbers and next tokens of texts, and not retrieval: choose another engine',
    });
  });

  it('refuses an engine that stands twice', async () => {
    expect(await problemsOf(platform, over(['wasm', 'wasm']))).toEqual([expect.stringContaining('duplicate')]);
  });
});
