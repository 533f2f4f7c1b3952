/** @file Updates made in the backward pass: the numbers of a step that updates after it, in less memory, and what is refused. */
import { beforeAll, describe, expect, it } from 'vitest';
import { casesOf } from '../../../test/support/full.js';
import { type Engine, openEngine } from '../src/engine/engine.js';
import { predictMemory } from '../src/memory/predict.js';
import { actingRank, type GradientPart, type Method } from '../src/method.js';
import { initialValues, LoadedBase } from '../src/models/base.js';
import { layerNames, type ModelConfig } from '../src/models/config.js';
import { findMethod, findOptimizer, methods, optimizerNames } from '../src/registry.js';
import { createRandom } from '../src/tensor/random.js';
import { tf } from '../src/tensor/tf.js';
import { DivergedError } from '../src/training/diverged.js';
import type { StepEvent, TrainEvent } from '../src/training/events.js';
import { refusal } from '../src/training/refusals/refusal.js';
import type { TrialRequest } from '../src/training/refusals/rule.js';
import { type TrainInput, train } from '../src/training/trainer.js';
import { Turns } from '../src/training/turns.js';
import { capabilitiesOf, oneOfEach, optimizerCapabilitiesOf } from './support/capabilities.js';
import { companionsOf } from './support/companions.js';
import { randomData, smallModels } from './support/small-models.js';
import { tinyData } from './support/tiny-model.js';

const of = (architecture: string) => smallModels.find(({ model }) => model.architecture === architecture)!;
/** Its head is a table of its own. */
const llama = of('llama').model;
/** Its head is the embedding's table. */
const gpt2 = of('gpt2').model;

const optimizerOf = (name: string, config: object = {}) =>
  findOptimizer(name).build(findOptimizer(name).config.parse(config));
const adamw = optimizerOf('adamw');
/** SPAM cuts from its second step on, not after twenty: the trainings here are short. */
const early: Readonly<Record<string, object>> = { spam: { after: 1 } };
/** Those that update a parameter by itself. */
const separate = optimizerNames.filter((name) => optimizerOf(name).scope !== 'tree' && !optimizerOf(name).estimator);

interface Run {
  method?: Method;
  config?: object;
  model?: ModelConfig;
  classes?: number;
  optimizer?: GradientPart;
  batchSize?: number;
  sequence?: number;
  options?: object;
  more?: Partial<TrainInput>;
}

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine('wasm');
});

const fullFt = findMethod('full-ft');
const lora = findMethod('lora');
/** LoRA has no kernel that some optimizers are for. */
const pairs = separate.flatMap((name) =>
  [fullFt, lora]
    .filter((method) => {
      const plan = { model: llama, method, config: method.config.parse({}), targets: layerNames(llama) };
      return refusal({ ...plan, optimizer: optimizerOf(name) }) === undefined;
    })
    .map((method) => ({ name, method })),
);

/** What a training left, its steps and its last checkpoint on the way. */
async function run(execution: 'tree' | 'perLayer', given: Run = {}) {
  const { method = fullFt, model = llama, classes, optimizer = adamw, sequence = 12 } = given;
  const tensors = tf.memory().numTensors;
  const base = new LoadedBase({ config: model, values: initialValues(model, createRandom(1)), tokenizer: null });
  const events: TrainEvent[] = [];
  try {
    const result = await train({
      engine,
      model: base,
      method,
      config: given.config ?? {},
      optimizer,
      data: randomData({ model, sequence, ...(classes === undefined ? {} : { classes }) }),
      options: {
        clipNorm: null,
        steps: 4,
        batchSize: given.batchSize ?? 2,
        learningRate: 1e-2,
        targets: layerNames(model),
        checkpointEvery: 2,
        execution,
        ...given.options,
      },
      onEvent: (event) => void events.push(event),
      ...given.more,
    });
    const steps = events.filter((event): event is StepEvent => event.type === 'step');
    const checkpoint = events.find(({ type }) => type === 'checkpoint') as { bytes: Uint8Array } | undefined;
    // As text: comparing arrays element by element takes seconds.
    const adapter = result.adapter && Buffer.from(result.adapter).toString('base64');
    return { ...result, adapter, steps: steps.map(({ loss, gradientNorm }) => ({ loss, gradientNorm })), checkpoint };
  } finally {
    base.dispose();
    expect(tf.memory().numTensors, 'tensors left over').toBe(tensors);
  }
}

/** Of each optimizer the first method, the second of every other one. */
const byTurnsOfMethods = pairs.filter(({ name, method }) => {
  const own = pairs.filter((pair) => pair.name === name);
  return method === own[separate.indexOf(name) % own.length]!.method;
});

describe('a step that updates in the backward pass', () => {
  it.each(casesOf('updates in the backward pass, of optimizers by methods', pairs, byTurnsOfMethods))(
    'equals, to the bit, one that updates after it, for $method.name by $name',
    async ({ name, method }) => {
      const given = { method, optimizer: optimizerOf(name) };
      const [tree, perLayer] = [await run('tree', given), await run('perLayer', given)];
      expect(perLayer.adapter).toBe(tree.adapter);
      expect(perLayer.steps).toEqual(tree.steps);
      expect(perLayer.validation).toEqual(tree.validation);
    },
  );

  const unfit = (method: Method, classes?: number) =>
    refusal({
      model: llama,
      method,
      config: method.config.parse({}),
      targets: layerNames(llama),
      optimizer: adamw,
      execution: 'perLayer',
      ...(classes === undefined ? {} : { classes }),
    });
  const others = methods.filter(
    (method) => unfit(method, 3) === undefined && !method.synthesis && !method.pruning && !method.requires,
  );
  const chosen = casesOf('updates in the backward pass, of methods', others, oneOfEach(others, capabilitiesOf));
  it.each(chosen.map((method) => ({ method })))('does so for $method.name with a head', async ({ method }) => {
    const given = { method, classes: 3, options: { dropout: method.sequence ? 0 : 0.1 } };
    const [tree, perLayer] = [await run('tree', given), await run('perLayer', given)];
    expect(perLayer.adapter).toBe(tree.adapter);
    expect(perLayer.steps).toEqual(tree.steps);
  });

  it('goes on from a checkpoint as if it had not been interrupted', async () => {
    // What is drawn depends on the step alone.
    const more = { data: tinyData };
    const given = { optimizer: optimizerOf('galore', { rank: 4, gap: 3 }), more };
    const whole = await run('perLayer', given);
    const resumed = await run('perLayer', { ...given, more: { ...more, resume: whole.checkpoint!.bytes } });
    expect(resumed.adapter).toBe(whole.adapter);
    expect(resumed.steps).toEqual(whole.steps.slice(2));
  });

  it('has the same numbers in a pack', async () => {
    const runs = [
      { options: { seed: 1 } },
      { method: lora, options: { seed: 2 } },
      { optimizer: optimizerOf('galore', { rank: 4 }), options: { seed: 3 } },
    ];
    const model = new LoadedBase({ config: llama, values: initialValues(llama, createRandom(1)), tokenizer: null });
    const turns = new Turns();
    const together = await Promise.all(
      runs.map(({ method = fullFt, optimizer = adamw, options }) =>
        turns.run(undefined, (turn) =>
          train({
            engine,
            model,
            method,
            config: {},
            optimizer,
            data: randomData({ model: llama, sequence: 12 }),
            options: {
              clipNorm: null,
              steps: 4,
              batchSize: 2,
              learningRate: 1e-2,
              targets: layerNames(llama),
              checkpointEvery: 2,
              execution: 'perLayer',
              ...options,
            },
            turn,
          }),
        ),
      ),
    );
    model.dispose();
    for (const [index, given] of runs.entries()) {
      const alone = await run('perLayer', given);
      expect(Buffer.from(together[index]!.adapter!).toString('base64')).toBe(alone.adapter);
      expect(together[index]!.peak).toEqual(alone.peak);
    }
  });

  it('frees everything where training leaves the numbers', async () => {
    const diverging = { optimizer: optimizerOf('sgd'), options: { learningRate: 1e30, schedule: 'constant' } };
    await expect(run('perLayer', diverging)).rejects.toThrow(DivergedError);
  });

  it.each(['before', 'after'])('frees everything where the optimizer fails %s its seventh update', async (when) => {
    let calls = 0;
    const failing: GradientPart = {
      ...adamw,
      async update(input) {
        calls++;
        if (calls === 7 && when === 'before') throw new Error('the optimizer gave up');
        const result = await adamw.update(input);
        if (calls === 7) throw new Error('the optimizer gave up');
        return result;
      },
    };
    await expect(run('perLayer', { optimizer: failing })).rejects.toThrow('gave up');
    const live = engine.liveBytes();
    expect(await run('perLayer')).toMatchObject({ steps: (await run('tree')).steps });
    expect(engine.liveBytes()).toBe(live);
  });
});

describe('the peak of a step that updates in the backward pass', () => {
  const predicted = (execution: 'tree' | 'perLayer', given: Required<Pick<Run, 'method' | 'optimizer'>> & Run) =>
    predictMemory({
      model: given.model ?? llama,
      method: given.method,
      config: given.method.config.parse({}),
      targets: layerNames(given.model ?? llama),
      optimizer: given.optimizer,
      batchSize: given.batchSize ?? 2,
      sequence: given.sequence ?? 12,
      execution,
      ...(given.classes === undefined ? {} : { classes: given.classes }),
    });

  // One row: hardly an activation; and activations that weigh more than weights.
  const sizes = [
    { batchSize: 1, sequence: 1 },
    { batchSize: 4, sequence: 48 },
  ];
  const all = sizes.flatMap((size) => pairs.map((pair) => ({ ...size, ...pair })));
  const kinds = oneOfEach(separate.map(findOptimizer), optimizerCapabilitiesOf).map(({ name }) => name);
  const ways = casesOf(
    'peaks of updates in the backward pass, of optimizers',
    all,
    all.filter(({ name }) => kinds.includes(name)),
  );
  it.each(ways)(
    'of $method.name by $name, $batchSize × $sequence, is within 10 % of the predicted one',
    async ({ name, ...size }) => {
      const given = { ...size, optimizer: optimizerOf(name, early[name]), options: { steps: 2 } };
      const { peak } = await run('perLayer', given);
      const prediction = predicted('perLayer', given);
      expect(Math.abs(prediction.total / peak.total - 1)).toBeLessThan(0.1);
      expect(prediction.weights).toBe(peak.weights);
      expect(prediction.adapters).toBe(peak.adapters);
      expect(prediction.optimizer).toBe(peak.optimizer);
    },
  );

  it.each(smallModels.filter(({ classes }) => classes !== undefined))(
    'of full fine-tuning of $model.architecture is within 10 % of the predicted one',
    async (small) => {
      const given = { ...small, method: fullFt, optimizer: adamw, batchSize: 1, sequence: 16, options: { steps: 2 } };
      const { peak } = await run('perLayer', given);
      expect(Math.abs(predicted('perLayer', given).total / peak.total - 1)).toBeLessThan(0.1);
    },
  );

  it('is that of the weights, the state and the largest gradient, not of all gradients', async () => {
    const given = { method: fullFt, optimizer: optimizerOf('sgd'), batchSize: 1, sequence: 1, options: { steps: 2 } };
    const [tree, perLayer] = [await run('tree', given), await run('perLayer', given)];
    const { weights } = tree.peak;
    expect(tree.peak.gradients).toBe(weights);
    // The table, [512, 64]: its gradient in the loss, in the backward pass, and what makes it.
    const table = 4 * 512 * 64;
    expect(perLayer.peak.total - weights).toBeLessThan(5 * table);
    expect(tree.peak.total - weights).toBeGreaterThan(2 * weights);
    expect(predicted('perLayer', given).total).toBeLessThan(predicted('tree', given).total);
  });
});

describe('updates in the backward pass are refused', () => {
  const reason = (given: Partial<TrialRequest>) =>
    refusal({
      model: llama,
      method: fullFt,
      config: {},
      targets: ['query'],
      optimizer: adamw,
      execution: 'perLayer',
      ...given,
    });

  it('where norms are clipped, and where batches are accumulated', () => {
    expect(reason({ clipNorm: 1 })).toEqual({
      field: 'clipNorm',
      reason:
        'execution perLayer frees each gradient before the next is made, and clipNorm 1 needs the norm of all of them: set clipNorm to null, or take execution tree',
    });
    expect(reason({ accumulate: 2 })).toEqual({
      field: 'accumulate',
      reason:
        'execution perLayer applies every gradient of a batch, and accumulate 2 needs sums over batches: set accumulate to 1, or take execution tree',
    });
    expect(reason({ clipNorm: null, accumulate: 1 })).toBeUndefined();
    expect(reason({ clipNorm: 1, accumulate: 2, execution: 'tree' })).toBeUndefined();
  });

  it('where several places read a trained tensor, and names it', () => {
    const tied = (path: string) =>
      `execution perLayer updates what one place of the model reads, and several read ${path}: choose a method that leaves them as they are, or a base model without, or take execution tree`;
    expect(reason({ model: gpt2 })?.reason).toBe(tied('embedding.tokens'));
    // The head of a classification is no table, and LoRA leaves the table as it is.
    expect(reason({ model: gpt2, classes: 3 })).toBeUndefined();
    expect(reason({ model: gpt2, method: lora, config: lora.config.parse({}) })).toBeUndefined();
    const vbLora = findMethod('vb-lora');
    expect(reason({ method: vbLora, config: vbLora.config.parse({}), targets: ['query', 'value'] })?.reason).toBe(
      tied('shared.vblora_vector_bank'),
    );
  });

  it('of methods and optimizers that look at a step as a whole', () => {
    const whole = methods.filter((method) => {
      const { penalty, featurePenalty, outputPenalty } = method;
      return actingRank(method, method.config.parse({})) || penalty || featurePenalty || outputPenalty;
    });
    expect(whole.length).toBeGreaterThan(5);
    for (const method of whole) {
      const config = method.config.parse({});
      const targets = ['query', 'value'];
      const { plan } = companionsOf(method, { model: llama, targets, config });
      const refused = reason({ method, config, targets, ...plan });
      expect(refused?.field, method.name).toBe('execution');
      expect(refused?.reason).toContain(`and ${method.name} has a `);
    }
    const together = optimizerNames.filter((name) => optimizerOf(name).scope === 'tree');
    expect(together).toEqual(expect.arrayContaining(['lisa', 'badam']));
    for (const name of together) {
      const optimizer = optimizerOf(name);
      const suited = [{}, { method: lora, config: lora.config.parse({}) }].find(
        (trial) => reason({ ...trial, optimizer, execution: 'tree' }) === undefined,
      );
      expect(reason({ ...suited, optimizer })?.reason, name).toContain('the optimizer needs all at once');
    }
  });

  it('by the trainer and the prediction', async () => {
    await expect(run('perLayer', { options: { clipNorm: 1 } })).rejects.toThrow(/clipNorm 1/);
    await expect(run('perLayer', { model: gpt2 })).rejects.toThrow(/embedding\.tokens/);
    expect(() =>
      predictMemory({
        model: gpt2,
        method: fullFt,
        config: {},
        targets: ['query'],
        optimizer: adamw,
        batchSize: 1,
        sequence: 8,
        execution: 'perLayer',
      }),
    ).toThrow(/embedding\.tokens/);
  });
});
