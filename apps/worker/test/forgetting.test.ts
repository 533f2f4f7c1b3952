/** @file What is forgotten, on the base model of the demo and the data that it was pre-trained beside. */
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadBaseModel } from '@rankforge/bases';
import { evaluate, findMethod, findOptimizer, type Method, openEngine, type TaskData, train } from '@rankforge/peft';
import { findTask, openHeldBack } from '@rankforge/tasks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ForgettingScores } from '../src/trainer/forgetting.js';

const folder = fileURLToPath(new URL('../../../models/nano-sotu', import.meta.url));
const lora = findMethod('lora');
const options = { clipNorm: null, steps: 30, batchSize: 8, learningRate: 3e-2, seed: 0 };

let base: Awaited<ReturnType<typeof loadBaseModel>>;
let bare: string;
/** What is learned besides. */
let data: TaskData;
beforeAll(async () => {
  await openEngine('wasm');
  base = await loadBaseModel(folder);
  const whole = await findTask('moby-dick')!.load({ ...base.tokenizer, sequenceLength: 32 });
  data = { ...whole, validation: { ...whole.validation, size: 8 } };
  bare = await mkdtemp(join(tmpdir(), 'rankforge-base-'));
  await copyFile(join(folder, 'config.json'), join(bare, 'config.json'));
});
afterAll(async () => {
  base.model.dispose();
  await rm(bare, { recursive: true, force: true });
});

/** An adapter as it is after so many of thirty steps. */
async function adapter(until: number, method: Method = lora): Promise<Uint8Array> {
  const engine = await openEngine('wasm');
  const optimizer = findOptimizer('adamw').build(findOptimizer('adamw').config.parse({}));
  const { model } = base;
  const result = await train({
    engine,
    model,
    method,
    config: method.usesRank ? { rank: 4 } : {},
    optimizer,
    data,
    options,
    until,
  });
  return result.adapter!;
}

describe('forgetting', () => {
  it('is the loss on the first held-back windows, by the base and with an adapter that learned something else', async () => {
    const forgettingScores = new ForgettingScores(folder, base.model, base.tokenizer);
    const untouched = await forgettingScores.measure(lora, await adapter(0), 16);
    const trained = await forgettingScores.measure(lora, await adapter(30), 16);
    if (!untouched.measured || !trained.measured) throw new Error('not measured');
    expect(untouched).toMatchObject({ data: 'State of the Union, test split', examples: 256 });

    const { data: heldBack } = await openHeldBack(
      join(folder, 'held-back.jsonl'),
      { ...base.tokenizer, sequenceLength: 64 },
      256,
    );
    const { columns } = await evaluate({ model: base.model, method: lora, data: heldBack, split: 'test' });
    const mean = columns.loss!.reduce((sum, loss) => sum + loss, 0) / 256;
    expect(untouched.before).toBeCloseTo(mean, 4);
    // An adapter before its first step changes nothing.
    expect(untouched.after).toBeCloseTo(untouched.before, 4);
    expect(trained.before).toBe(untouched.before);
    expect(trained.after).toBeGreaterThan(trained.before + 0.02);
  });

  it('leaves room for what stands before the tokens: shorter windows, for the base alone too', async () => {
    const prompts = findMethod('prompt-tuning');
    const forgettingScores = new ForgettingScores(folder, base.model, base.tokenizer);
    const measured = await forgettingScores.measure(prompts, await adapter(30, prompts), 16);
    if (!measured.measured) throw new Error('not measured');
    // 64 positions, of which eight prompts take up theirs.
    const { data: heldBack } = await openHeldBack(
      join(folder, 'held-back.jsonl'),
      { ...base.tokenizer, sequenceLength: 56 },
      256,
    );
    const { metrics } = await evaluate({ model: base.model, method: prompts, data: heldBack, split: 'test' });
    expect(measured.before).toBeCloseTo(metrics.loss!, 4);
    expect(measured.after).not.toBe(measured.before);
  });

  it('reads its data again after an attempt at which it could not', async () => {
    const away = await mkdtemp(join(tmpdir(), 'rankforge-base-'));
    await copyFile(join(bare, 'config.json'), join(away, 'config.json'));
    const data = join(away, 'held-back.jsonl');
    await writeFile(data, 'half a li');
    const forgettingScores = new ForgettingScores(away, base.model, base.tokenizer);
    const untouched = await adapter(0);
    await expect(forgettingScores.measure(lora, untouched, 16)).rejects.toThrow('half a li');
    const [head, ...lines] = (await readFile(join(folder, 'held-back.jsonl'), 'utf8')).trimEnd().split('\n');
    const few = lines.filter((line) => JSON.parse(line).split === 'test').slice(0, 8);
    await writeFile(data, `${[head, ...few].join('\n')}\n`);
    expect(await forgettingScores.measure(lora, untouched, 16)).toMatchObject({ measured: true });
    await rm(away, { recursive: true });
  });

  it('is not measured where the base brings no data', async () => {
    const forgettingScores = new ForgettingScores(bare, base.model, base.tokenizer);
    expect(await forgettingScores.measure(lora, new Uint8Array(), 8)).toEqual({
      measured: false,
      reason: 'the base model brings no held-back data (held-back.jsonl)',
    });
  });
});
