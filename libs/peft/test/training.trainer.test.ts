/** @file The trainer: stopping, budgets, resuming, accumulation, evaluation, and what stays on the device. */
import { describe, expect, it, vi } from 'vitest';
import type { TaskData } from '../src/data/task-data.js';
import { SafetensorsError } from '../src/io/errors.js';
import { findMethod, findOptimizer } from '../src/registry.js';
import { tf } from '../src/tensor/tf.js';
import { DivergedError } from '../src/training/diverged.js';
import { evaluate } from '../src/training/evaluate.js';
import type { EvalEvent, TrainEvent } from '../src/training/events.js';
import { planTrial } from '../src/training/plan.js';
import { type TrainInput, train } from '../src/training/trainer.js';
import { expectClose } from './support/close.js';
import { openedBase } from './support/opened-engine.js';
import { tinyData } from './support/tiny-model.js';

const on = openedBase();

const lora = findMethod('lora');
const optimizer = (name = 'sgd') => findOptimizer(name).build(findOptimizer(name).config.parse({}));

async function run(options: object = {}, more: Partial<TrainInput> = {}) {
  const events: TrainEvent[] = [];
  const result = await train({
    engine: on.engine,
    model: on.base,
    method: lora,
    config: { rank: 2 },
    optimizer: optimizer('adamw'),
    data: tinyData,
    onEvent(event) {
      // First values are before all of this, and have a test of their own.
      if (event.type !== 'first-values') events.push(event);
    },
    ...more,
    options: { clipNorm: null, steps: 6, batchSize: 4, learningRate: 1e-2, seed: 1, ...options },
  });
  return { result, events, types: events.map(({ type, step }) => `${type} ${step}`) };
}

it('takes the median of what its steps use of the processor, whatever else the machine does', async () => {
  const used = [5, 1, 3];
  const usage = vi.spyOn(process, 'cpuUsage');
  usage.mockImplementation((since) => (since ? { user: used.shift()! * 1000, system: 500 } : { user: 0, system: 0 }));
  const { result } = await run({ steps: 3 });
  usage.mockRestore();
  expect(result.stepCpuSeconds).toBeCloseTo(0.0035, 12);
});

describe('events', () => {
  it('say after each targeted layer how many have their first values', async () => {
    const made: TrainEvent[] = [];
    const onEvent: TrainInput['onEvent'] = (event) => void (event.type === 'first-values' && made.push(event));
    await run({ steps: 1 }, { onEvent });
    const { layers } = planTrial({
      model: on.base.config,
      method: lora,
      config: { rank: 2 },
      targets: ['query', 'value'],
    });
    const of = layers.length;
    expect(of).toBeGreaterThan(1);
    expect(made).toEqual(layers.map((_, index) => ({ type: 'first-values', step: 0, layers: index + 1, of })));
  });

  it('come in the order of the steps, evaluations and checkpoints at their cadence', async () => {
    const { types, result, events } = await run({ evalEvery: 2, checkpointEvery: 3, steps: 5 });
    expect(types).toEqual([
      'step 1',
      'step 2',
      'eval 2',
      'step 3',
      'checkpoint 3',
      'step 4',
      'eval 4',
      'step 5',
      'eval 5',
    ]);
    expect(result.outcome).toBe('completed');
    expect(events.at(-1)).toMatchObject({ type: 'eval', split: 'validation', metrics: result.validation });
    // Perplexity is the exponential of the mean of its examples.
    const { examples } = events.at(-1) as EvalEvent;
    const logs = Array.from(examples!.perplexity!);
    const meanLog = logs.reduce((sum, each) => sum + each, 0) / logs.length;
    expect(Math.exp(meanLog)).toBeCloseTo(result.validation!.perplexity!, 9);
    expect(new Set(logs).size).toBeGreaterThan(1);
  });

  it('do not evaluate twice after the last step', async () => {
    const { types } = await run({ steps: 2, evalEvery: 2 });
    expect(types).toEqual(['step 1', 'step 2', 'eval 2']);
  });
});

describe('stopping', () => {
  it('ends within the step in progress and resumes from what it returns, to the bit', async () => {
    const whole = await run();
    const controller = new AbortController();
    const seen: TrainEvent[] = [];
    const stopped = await run(
      {},
      {
        signal: controller.signal,
        onEvent(event) {
          seen.push(event);
          if (event.step === 3) controller.abort();
        },
      },
    );
    expect(stopped.result).toMatchObject({ outcome: 'stopped', steps: 3 });
    expect(stopped.result.validation).toBeUndefined();
    expect(seen.flatMap(({ type, step }) => (type === 'first-values' ? [] : [step]))).toEqual([1, 2, 3]);
    const rest = await run({}, { resume: stopped.result.checkpoint! });
    expect(rest.types.slice(0, 3)).toEqual(['step 4', 'step 5', 'step 6']);
    expect(rest.result.adapter).toEqual(whole.result.adapter);
  });

  it('trains no step when it is aborted before', async () => {
    const { result, events } = await run({}, { signal: AbortSignal.abort() });
    expect(result).toMatchObject({ outcome: 'stopped', steps: 0 });
    expect(events).toEqual([]);
  });

  it('lets other work of the process run between steps', async () => {
    let ticks = 0;
    const timer = setInterval(() => ticks++, 0);
    await run({ steps: 30 });
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(0);
  });
});

describe('until', () => {
  const options = { schedule: 'cosine', warmupSteps: 2, dropout: 0.1, evalEvery: 2 };

  it('cuts the whole training into parts, each to the bit', async () => {
    const whole = await run(options);
    const first = await run(options, { until: 2 });
    const second = await run(options, { until: 5, resume: first.result.checkpoint! });
    const third = await run(options, { resume: second.result.checkpoint! });
    const parts = [first, second, third];
    const losses = ({ events }: { events: TrainEvent[] }) =>
      events.flatMap((event) => (event.type === 'step' ? [[event.step, event.loss, event.learningRate]] : []));
    expect(parts.map(({ result }) => [result.outcome, result.steps])).toEqual([
      ['completed', 2],
      ['completed', 5],
      ['completed', 6],
    ]);
    expect(parts.flatMap(losses)).toEqual(losses(whole));
    expect(third.result.adapter).toEqual(whole.result.adapter);
    expect(third.result.validation).toEqual(whole.result.validation);
    const atTwo = whole.events.find(({ type, step }) => type === 'eval' && step === 2);
    expect(atTwo).toMatchObject({ metrics: first.result.validation });
    // Nothing to go on from is left after the last step.
    expect(third.result.checkpoint).toBeUndefined();
  });

  it('is a step of the training, and not before that of the checkpoint', async () => {
    await expect(run({}, { until: 7 })).rejects.toThrow('until must be a step of the 6, got 7');
    const { result } = await run({}, { until: 4 });
    await expect(run({}, { until: 3, resume: result.checkpoint! })).rejects.toThrow(/is of step 4, after step 3/);
  });
});

describe('a budget', () => {
  it('ends training after the first step above it and names the part that dominates', async () => {
    const { peak } = (await run()).result;
    const budgetBytes = peak.total - 1;
    const { result, types } = await run({}, { budgetBytes });
    expect(types).toEqual(['step 1']);
    expect(result).toMatchObject({ outcome: 'over-budget', steps: 1 });
    const { total: _, ...parts } = result.peak;
    const [largest] = Object.entries(parts).sort(([, a], [, b]) => b - a);
    expect(result.overBudget).toEqual({ part: largest![0], bytes: result.peak.total, budgetBytes });
    expect(result.adapter).toBeUndefined();
  });

  it('holds for the evaluation of a trial without a step', async () => {
    const { peak } = (await run({ steps: 0 })).result;
    const { result, types } = await run({ steps: 0 }, { budgetBytes: peak.total - 1 });
    expect(types).toEqual(['eval 0']);
    expect(result).toMatchObject({ outcome: 'over-budget', steps: 0, overBudget: { bytes: peak.total } });
    expect((await run({ steps: 0 }, { budgetBytes: peak.total })).result.outcome).toBe('completed');
  });

  it('changes nothing in a training that fits', async () => {
    const free = await run();
    const bound = await run({}, { budgetBytes: free.result.peak.total });
    expect(bound.result.adapter).toEqual(free.result.adapter);
    expect(bound.result.outcome).toBe('completed');
  });

  it('does not count another model on the device', async () => {
    const alone = (await run()).result.peak;
    const other = tf.zeros([1000]);
    expect((await run()).result.peak).toEqual(alone);
    other.dispose();
  });
});

describe('a checkpoint', () => {
  it('is refused where its configuration is another', async () => {
    const { result } = await run({}, { until: 0 });
    await expect(run({ learningRate: 2e-2 }, { resume: result.checkpoint! })).rejects.toThrow(/another trial/);
    await expect(run({}, { resume: result.checkpoint!, config: { rank: 3 } })).rejects.toThrow(/another trial/);
    await expect(run({}, { resume: result.checkpoint!, optimizer: optimizer('sgd') })).rejects.toThrow(/another trial/);
  });

  it('is refused where it is cut off, or is an adapter', async () => {
    const { result } = await run({}, { until: 0 });
    await expect(run({}, { resume: result.checkpoint!.subarray(0, 100) })).rejects.toThrow(SafetensorsError);
    await expect(run({}, { resume: result.adapter! })).rejects.toThrow(/lacks the field progress/);
  });
});

describe('accumulation', () => {
  it('gives two batches of two the step of one batch of four', async () => {
    const one = await run({ steps: 3, batchSize: 4, clipNorm: 0.5 });
    const two = await run({ steps: 3, batchSize: 2, accumulate: 2, clipNorm: 0.5 });
    const numbers = ({ events }: typeof one) =>
      events.flatMap((event) => (event.type === 'step' ? [event.loss, event.gradientNorm] : []));
    expectClose(numbers(two), numbers(one), on.engine.tolerance, 'losses and norms');
    expect(two.result.peak.activations).toBeLessThan(one.result.peak.activations);
  });
});

describe('divergence', () => {
  it('is an error that names the step, and leaves nothing on the device', async () => {
    const tensors = tf.memory().numTensors;
    const training = run(
      { steps: 50, learningRate: 1e20, schedule: 'constant' },
      { optimizer: optimizer('sgd'), method: findMethod('full-ft'), config: {} },
    );
    await expect(training).rejects.toThrow(DivergedError);
    await expect(training).rejects.toThrow(/at step \d+/);
    expect(tf.memory().numTensors).toBeLessThanOrEqual(tensors);
  });
});

describe('a warm base', () => {
  it('is shared by trials that leave it frozen, and as it was after one that trains it', async () => {
    const before = await run();
    const warm = on.engine.liveBytes();
    await run({}, { method: findMethod('full-ft'), config: {} });
    await run({}, { method: findMethod('pissa'), config: { rank: 2 } });
    const after = await run();
    expect(after.result.adapter).toEqual(before.result.adapter);
    expect(after.result.peak).toEqual(before.result.peak);
    expect(on.engine.liveBytes()).toBe(warm);
  });
});

describe('evaluate', () => {
  it('gives the trainer’s validation metrics from the stored adapter', async () => {
    for (const [name, config] of [
      ['lora', { rank: 2 }],
      ['pissa', { rank: 2 }],
      ['full-ft', {}],
    ] as const) {
      const method = findMethod(name);
      const { result } = await run({}, { method, config });
      const scored = await evaluate({
        model: on.base,
        method,
        adapter: result.adapter!,
        data: tinyData,
        split: 'validation',
      });
      expectClose(scored.metrics.loss, result.validation!.loss, on.engine.tolerance, `loss of ${name}`);
      expect(scored.columns.loss!.length).toBe(tinyData.validation.size);
    }
  });

  it('scores the base model without an adapter', async () => {
    const untrained = await run({}, { until: 0 });
    const [bare, start] = await Promise.all([
      evaluate({ model: on.base, method: lora, data: tinyData, split: 'test' }),
      evaluate({ model: on.base, method: lora, adapter: untrained.result.adapter!, data: tinyData, split: 'test' }),
    ]);
    expectClose(
      bare.columns.loss!,
      start.columns.loss!,
      on.engine.tolerance,
      'losses of the base and of an untrained adapter',
    );
  });

  it('refuses an adapter of another method', async () => {
    const { result } = await run({ steps: 1 });
    const reading = evaluate({
      model: on.base,
      method: findMethod('ia3'),
      adapter: result.adapter!,
      data: tinyData,
      split: 'test',
    });
    await expect(reading).rejects.toThrow(/made by lora, and ia3/);
  });
});

describe('classification', () => {
  /** The class is that of the first token; examples end in padding of different lengths. */
  const data = ((): TaskData => {
    const split = {
      size: 24,
      batch(indices: readonly number[]) {
        const sequence = 6;
        const inputs = Int32Array.from(indices.flatMap((index) => [index % 12, 1, index % 5, 12, 12, 12]));
        const lengths = Int32Array.from(indices, (index) => 1 + (index % 3));
        return {
          size: indices.length,
          sequence,
          inputs,
          lengths,
          targets: Int32Array.from(indices, (index) => Number(index % 12 < 6)),
        };
      },
    };
    return { objective: 'classification', classes: 2, train: split, validation: split, test: split };
  })();

  it('learns, and scores each example', async () => {
    const { result } = await run({ steps: 60, batchSize: 8, learningRate: 2e-2 }, { data });
    expect(result.validation!.accuracy).toBeGreaterThan(0.95);
    const scored = await evaluate({ model: on.base, method: lora, adapter: result.adapter!, data, split: 'test' });
    expect(Array.from(scored.columns.label!)).toEqual(Array.from({ length: 24 }, (_, index) => Number(index % 12 < 6)));
    const right = scored.columns.prediction!.filter(
      (prediction, index) => prediction === scored.columns.label![index],
    ).length;
    expect(scored.metrics.accuracy).toBe(right / 24);
  });

  it('does not read the padding', async () => {
    const { result } = await run({ steps: 3 }, { data });
    const padded = (token: number): TaskData => ({
      ...data,
      test: {
        size: 24,
        batch(indices) {
          const batch = data.test.batch(indices);
          const real = (at: number) => at % batch.sequence < batch.lengths[Math.floor(at / batch.sequence)]!;
          return { ...batch, inputs: batch.inputs.map((id, at) => (real(at) ? id : token)) };
        },
      },
    });
    const score = (token: number) =>
      evaluate({ model: on.base, method: lora, adapter: result.adapter!, data: padded(token), split: 'test' });
    expect((await score(3)).columns).toEqual((await score(9)).columns);
  });
});
