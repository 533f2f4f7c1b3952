/** @file Trainings whose recipe has queries written by a generator. */
import { describe, expect, it } from 'vitest';
import type { TrainEvent } from '../src/training/events.js';
import { data, runOn } from './support/letters.js';
import { openedBase } from './support/opened-engine.js';

const on = openedBase();
const run = (name: string, given: Parameters<typeof runOn>[2] = {}) => runOn(on, name, given);

describe('a training whose recipe has queries written', () => {
  const recipeConfig = { source: 'generator', filter: 0, documents: 5 };
  const writes = () => {
    const asked: string[] = [];
    const write = async (prompts: readonly string[]) => {
      asked.push(...prompts);
      return { texts: prompts.map((_, at) => 'abcdefgh'.slice(at, at + 4)) };
    };
    return { asked, write };
  };

  it('reads them beside the real ones, tells of them, and has the same asked again when it goes on', async () => {
    const first = writes();
    const told: unknown[] = [];
    let kept: Uint8Array | undefined;
    const onEvent = (event: TrainEvent) => {
      if (event.type === 'written') told.push(event);
      if (event.type === 'checkpoint' && event.step === 1) kept = event.bytes;
    };
    const checkpointed = { options: { checkpointEvery: 1 }, recipeConfig };
    const whole = await run('weak-queries', { ...checkpointed, write: first.write, onEvent });
    const texts = first.asked.map((prompt, at) => {
      const text = 'abcdefgh'.slice(at, at + 4);
      return { prompt, text, as: text };
    });
    const { size } = data.train;
    expect(told).toEqual([{ type: 'written', step: 0, texts, examples: size + 5, of: size }]);
    const again = writes();
    const { result } = await run('weak-queries', { ...checkpointed, write: again.write, resume: kept! });
    expect(again.asked).toEqual(first.asked);
    expect(Buffer.compare(result.adapter!, whole.result.adapter!)).toBe(0);
    const other = await run('weak-queries', { recipeConfig: { ...recipeConfig, source: 'keywords' } });
    expect(Buffer.compare(other.result.adapter!, whole.result.adapter!)).not.toBe(0);
  });

  it('says so where it has nobody to ask, fails with what failed, and ends where it is stopped', async () => {
    await expect(run('weak-queries', { recipeConfig })).rejects.toThrow(
      'weak-queries asks a generator, and the training has none',
    );
    const failing = async () => Promise.reject(new Error('no whole answer'));
    await expect(run('weak-queries', { recipeConfig, write: failing })).rejects.toThrow('no whole answer');
    const stopping = new AbortController();
    const write = async () => {
      stopping.abort();
      return failing();
    };
    const { result } = await run('weak-queries', { recipeConfig, write, signal: stopping.signal });
    expect(result).toMatchObject({ outcome: 'stopped', steps: 0 });
  });

  it('holds what its generator held where that is more', async () => {
    const memory = { weights: 1e9, adapters: 0, gradients: 0, optimizer: 0, activations: 0, workspace: 0, total: 1e9 };
    const { write } = writes();
    const { result } = await run('weak-queries', {
      recipeConfig,
      write: async (prompts) => ({ ...(await write(prompts)), peak: memory }),
    });
    expect(result.peak).toEqual(memory);
  });
});
