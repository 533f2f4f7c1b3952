/** @file Files that tools leave, and the names of tools, which contracts and library both have. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { presetTools } from '@rankforge/contracts';
import { presets } from '@rankforge/peft/tools';
import { describe, expect, it, onTestFinished } from 'vitest';
import { collected } from '../src/trainer/command/preset.js';

async function output(files: Record<string, unknown>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'rankforge-preset-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const [name, content] of Object.entries(files)) {
    await mkdir(join(folder, name, '..'), { recursive: true });
    await writeFile(join(folder, name), JSON.stringify(content));
  }
  return folder;
}
const state = (global_step: number, ...log_history: object[]) => ({ global_step, log_history, best_metric: null });

describe('reading what a tool left', () => {
  it('finds the last scores of validation, the steps and the adapter', async () => {
    const folder = await output({
      'trainer_state.json': state(
        20,
        { step: 10, eval_loss: 2, eval_runtime: 1 },
        { step: 20, loss: 1.5 },
        { step: 20, eval_loss: 1.25, eval_note: 'text' },
        { step: 20, train_loss: 1.4 },
      ),
      'checkpoint-10/trainer_state.json': state(10, { step: 10, eval_loss: 2 }),
      'adapter_config.json': {},
    });
    expect(await collected(folder, 'axolotl')).toEqual({ validation: { eval_loss: 1.25 }, steps: 20, adapter: folder });
  });

  it('falls back to the last checkpoint', async () => {
    const folder = await output({
      'checkpoint-9/trainer_state.json': state(9, { eval_loss: 3 }),
      'checkpoint-10/trainer_state.json': state(10, { eval_loss: 2 }),
    });
    expect(await collected(folder, 'axolotl')).toEqual({ validation: { eval_loss: 2 }, steps: 10 });
  });

  it.each([
    ['no state', {}, /axolotl left no trainer_state\.json in .*: let its settings evaluate, e\.g\. by eval_steps/],
    ['no score', { 'trainer_state.json': state(3, { loss: 1 }) }, /trainer_state\.json has no eval_ scores: let its/],
    ['another file', { 'trainer_state.json': [] }, /trainer_state\.json is not as transformers writes it/],
  ])('fails the trial where it is %s', async (_, files, message) => {
    await expect(collected(await output(files), 'axolotl')).rejects.toThrow(message);
  });
});

it('names the tools that the library starts', () => {
  expect(presets.map(({ name }) => name)).toEqual([...presetTools]);
});
