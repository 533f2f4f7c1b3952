/** @file What a teacher, a start and written examples promise, beyond the values of the reference. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TaskData } from '../src/data/task-data.js';
import { type Engine, openEngine } from '../src/engine/engine.js';
import { initialValues, LoadedBase } from '../src/models/base.js';
import { modelInput } from '../src/models/config.js';
import type { Split } from '../src/objectives/data.js';
import { findMethod, findOptimizer } from '../src/registry.js';
import { createRandom } from '../src/tensor/random.js';
import { tf } from '../src/tensor/tf.js';
import { readAdapter } from '../src/training/adapter.js';
import { evaluate } from '../src/training/evaluate.js';
import type { StepEvent, SynthesisEvent, TrainEvent } from '../src/training/events.js';
import { countFlips } from '../src/training/flips.js';
import { atSource, type SynthesisInput, splitOf, write } from '../src/training/synthesis.js';
import type { Teacher } from '../src/training/teacher.js';
import { type TrainInput, train } from '../src/training/trainer.js';
import { undisturbed } from '../src/training/turns.js';
import { predictedBy } from './support/predicted.js';
import { everyTarget, smallModels } from './support/small-models.js';
import { targets, tinyBase, tinyCompanions, tinyData } from './support/tiny-model.js';

let engine: Engine;
let base: LoadedBase;
let tensorsBefore: number;
beforeAll(async () => {
  engine = await openEngine('wasm');
  tensorsBefore = tf.memory().numTensors;
  base = tinyBase();
});
afterAll(() => {
  base.dispose();
  expect(tf.memory().numTensors, 'tensors left over').toBe(tensorsBefore);
});

const adamw = () => findOptimizer('adamw').build(findOptimizer('adamw').config.parse({}));
const options = { clipNorm: null, batchSize: 4, targets, seed: 5, learningRate: 1e-2 };

async function run(name: string, config: object, more: Partial<TrainInput> = {}, steps = 3) {
  const method = findMethod(name);
  const companions = tinyCompanions(method);
  const events: TrainEvent[] = [];
  const result = await train({
    ...companions.input,
    engine,
    model: base,
    method,
    config: { rank: 4, ...config },
    optimizer: adamw(),
    data: tinyData,
    options: { ...options, steps },
    onEvent: (event) => void events.push(event),
    ...more,
  });
  companions.dispose();
  const losses = events.filter((event): event is StepEvent => event.type === 'step').map(({ loss }) => loss);
  return { method, result, events, losses };
}

describe('MUSCLE', () => {
  it('starts as the task model it is given, whose adapter has another method', async () => {
    const method = findMethod('muscle');
    const companions = tinyCompanions(method);
    const { result } = await run('muscle', {}, {}, 0);
    expect(Object.fromEntries(readAdapter(result.adapter!).tensors)).toEqual(
      Object.fromEntries(readAdapter(companions.input.start!).tensors),
    );
    companions.dispose();
  });

  it('has no loss at its start where every answer is right', async () => {
    const method = findMethod('muscle');
    const companions = tinyCompanions(method);
    const { start } = companions.input;
    const lora = findMethod('lora');
    // Data whose right answers are what the task model says.
    const data = { ...tinyData, train: predictedBy({ base, method: lora, adapter: start! }, tinyData.train) };
    const { losses } = await run('muscle', {}, { data }, 1);
    expect(Math.abs(losses[0]!)).toBeLessThan(1e-9);
    companions.dispose();
  });

  it('is refused without a teacher, without a start, and with a start of another rank', async () => {
    const method = findMethod('muscle');
    const { input, dispose } = tinyCompanions(method);
    const without = (more: Partial<TrainInput>, config = {}) =>
      train({
        engine,
        model: base,
        method,
        config: { rank: 4, ...config },
        optimizer: adamw(),
        data: tinyData,
        options: { ...options, steps: 1 },
        ...more,
      });
    await expect(without({ start: input.start! })).rejects.toThrow('muscle needs the model before the update');
    await expect(without({ teacher: input.teacher! })).rejects.toThrow('muscle needs the adapter of the task');
    await expect(without(input, { rank: 2 })).rejects.toThrow('The adapter to start from has the configuration');
    dispose();
  });
});

it('flips: the change of right answers is what flips one way less what flips the other', async () => {
  const { method, result } = await run('muscle', {}, {}, 5);
  const { input, dispose } = tinyCompanions(method);
  const adapter = result.adapter!;
  const flips = (await countFlips({ model: base, method, adapter, data: tinyData, split: 'test' }, input.teacher!))!;
  expect(flips.outputs).toBe(tinyData.test.size * 8);
  expect(Math.round(flips.outputs * (flips.after - flips.before))).toBe(
    Math.round(flips.outputs * (flips.positive - flips.negative)),
  );
  expect(flips.after - flips.before).toBeCloseTo(flips.positive - flips.negative, 12);
  expect(flips.negative + flips.positive).toBeGreaterThan(0);
  const teacher = input.teacher!;
  const same = await countFlips({ ...teacher, data: tinyData, split: 'test' }, teacher);
  expect(same).toMatchObject({ negative: 0, positive: 0 });
  dispose();
});

it('flips: of a model with one logit are what its signs say', async () => {
  const { model } = smallModels.find(({ model }) => modelInput(model).kind === 'fields')!;
  const clicks = new LoadedBase({ config: model, values: initialValues(model, createRandom(1)), tokenizer: null });
  const method = findMethod('full-ft');
  const random = createRandom(3);
  const rows = Array.from({ length: 24 }, () => ({
    ids: [0, 1, 2, 3].map(() => random.integer(60)),
    happened: random.integer(2),
  }));
  const split: Split = {
    size: rows.length,
    batch: (indices) => ({
      size: indices.length,
      sequence: 0,
      inputs: new Int32Array(0),
      fields: Int32Array.from(indices.flatMap((index) => rows[index]!.ids)),
      targets: Int32Array.from(indices, (index) => rows[index]!.happened),
      lengths: new Int32Array(0),
    }),
  };
  const data: TaskData = { objective: 'binary-classification', train: split, validation: split, test: split };
  const of = async (seed: number) => {
    const options = {
      steps: 5,
      batchSize: 8,
      learningRate: 0.01,
      seed,
      targets: everyTarget(model, method),
      clipNorm: null,
    };
    const { adapter } = await train({ engine, model: clicks, method, config: {}, optimizer: adamw(), data, options });
    return { model: clicks, method, adapter: adapter! };
  };
  const [teacher, student] = [await of(1), await of(2)];
  const right = async (trained: Teacher) => {
    const { prediction, label } = (await evaluate({ ...trained, data, split: 'test' })).columns;
    return Array.from(prediction!, (logit, row) => Number(logit > 0) === label![row]);
  };
  const [before, after] = [await right(teacher), await right(student)];
  const share = (is: (was: boolean, now: boolean) => boolean) =>
    before.filter((was, row) => is(was, after[row]!)).length / before.length;
  const expected = { negative: share((was, now) => was && !now), positive: share((was, now) => !was && now) };
  expect(expected.negative + expected.positive).toBeGreaterThan(0);
  expect(await countFlips({ ...student, data, split: 'test' }, teacher)).toEqual({
    outputs: before.length,
    before: share((was) => was),
    after: share((_, now) => now),
    ...expected,
  });
  clicks.dispose();
});

describe('Trans-LoRA', () => {
  const small = { discriminatorSteps: 3, discriminatorExamples: 8 };
  const inputOf = (config: object): { input: SynthesisInput; dispose(): void } => {
    const method = findMethod('trans-lora');
    const parsed = method.config.parse({ rank: 4, ...small, ...config });
    const companions = tinyCompanions(method);
    const input: SynthesisInput = {
      request: method.synthesis!(parsed),
      model: base,
      source: { model: companions.input.teacher!.model, targets },
      method,
      config: parsed,
      data: tinyData,
      batchSize: 4,
      seed: 5,
      random: createRandom(5),
      turn: undisturbed,
      emit: async () => undefined,
      fit: (of) => train({ ...of, engine, optimizer: adamw() }),
    };
    return { input, dispose: () => companions.dispose() };
  };

  it('never reads the data after the source, keeps no other example than its seeds, and writes as many', async () => {
    const { input, dispose } = inputOf({ seeds: 2, promptTokens: 3 });
    let closed = false;
    const guarded: Split = {
      ...tinyData.train,
      batch(indices) {
        if (closed) throw new Error('the data was read after the source');
        return tinyData.train.batch(indices);
      },
    };
    const source = (await atSource({ ...input, data: { ...tinyData, train: guarded } }))!;
    closed = true;
    const examples = (await write(source.kept, { ...input, objective: tinyData.objective }))!;
    expect(source.kept.seeds.size).toBe(2);
    expect(examples.size).toBe(tinyData.train.size);
    const prompts = [0, 1].map((seed) => source.kept.seeds.inputs.slice(8 * seed, 8 * seed + 3).join());
    const { inputs, targets: next } = splitOf(examples).batch([...Array(examples.size).keys()]);
    for (let row = 0; row < examples.size; row++) {
      expect(prompts).toContain(inputs.slice(8 * row, 8 * row + 3).join());
      expect([...next.slice(8 * row, 8 * row + 7)]).toEqual([...inputs.slice(8 * row + 1, 8 * row + 8)]);
    }
    dispose();
  });

  it('says how many the discriminator took, and goes on from a checkpoint without writing again', async () => {
    const { events, result } = await run('trans-lora', { ...small, examples: 6 }, {}, 4);
    const last = events.filter((event): event is SynthesisEvent => event.type === 'synthesis').at(-1)!;
    expect(last.kept + last.filled).toBe(6);
    const stop = new AbortController();
    const half = await run(
      'trans-lora',
      { ...small, examples: 6 },
      {
        signal: stop.signal,
        onEvent(event) {
          if (event.type === 'step' && event.step === 2) stop.abort();
        },
      },
      4,
    );
    expect(half.result.outcome).toBe('stopped');
    const rest = await run('trans-lora', { ...small, examples: 6 }, { resume: half.result.checkpoint! }, 4);
    expect(rest.events.filter(({ type }) => type === 'synthesis')).toEqual([]);
    expect(rest.result.adapter).toEqual(result.adapter);
  });

  it('comes nearer to its teacher', async () => {
    const longer = { options: { ...options, steps: 30, schedule: 'constant' as const } };
    const { losses } = await run('trans-lora', { ...small, examples: 8 }, longer);
    expect(losses.at(-1)).toBeLessThan(0.9 * losses[0]!);
  });
});
