/** @file A trial or a step that fails leaves nothing on the device, and the next training is as if it had never been. */
import { beforeAll, describe, expect, it } from 'vitest';
import { type Engine, openEngine } from '../src/engine/engine.js';
import { upload } from '../src/engine/upload.js';
import type { GradientPart, InitPart, Method } from '../src/method.js';
import { findMethod, findOptimizer } from '../src/registry.js';
import { tf } from '../src/tensor/tf.js';
import { DivergedError } from '../src/training/diverged.js';
import type { TrainEvent } from '../src/training/events.js';
import { type TrainInput, train } from '../src/training/trainer.js';
import { tinyBase, tinyData } from './support/tiny-model.js';

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine('wasm');
});

const built = (name: string) => findOptimizer(name).build(findOptimizer(name).config.parse({}));
const adamw = built('adamw');

/** AdamW, until its second step: there it throws, `before` anything is made or `after` everything is. */
const failing = (when: 'before' | 'after'): GradientPart => ({
  ...adamw,
  async update(input) {
    if (when === 'before' && input.step === 2) throw new Error('the optimizer gave up');
    const result = await adamw.update(input);
    if (input.step === 2) throw new Error('the optimizer gave up');
    return result;
  },
});

/** AdamW whose first step leaves the numbers. */
const diverging: GradientPart = {
  ...adamw,
  async update(input) {
    const { updates, state } = await adamw.update(input);
    for (const [path, update] of updates) {
      updates.set(path, tf.fill(update.shape, Number.NaN));
      update.dispose();
    }
    return { updates, state };
  },
};

/** AdamW whose moments of the last parameter leave the numbers, and none of the weights. */
const divergingInside: GradientPart = {
  ...adamw,
  async update(input) {
    const { updates, state } = await adamw.update(input);
    const name = Object.keys(state).at(-1)!;
    const broken = tf.fill(state[name]!.shape, Number.POSITIVE_INFINITY);
    state[name]!.dispose();
    return { updates, state: { ...state, [name]: broken } };
  },
};

/** AdamW whose second step is an update of another shape for the last parameter: all others are replaced by then. */
const misshapen: GradientPart = {
  ...adamw,
  async update(input) {
    const { updates, state } = await adamw.update(input);
    if (input.step === 2) updates.set([...updates.keys()].at(-1)!, tf.zeros([7, 3, 5]));
    return { updates, state };
  },
};

/** The optimizer from a step on; AdamW before it. */
const from = (step: number, optimizer: GradientPart): GradientPart => ({
  ...adamw,
  update: (input) => (input.step < step ? adamw : optimizer).update(input),
});

function run(more: Partial<TrainInput> & Pick<TrainInput, 'method'>, options: object = {}) {
  return train({
    engine,
    model: tinyBase(),
    config: {},
    optimizer: adamw,
    data: tinyData,
    ...more,
    options: { clipNorm: null, steps: 4, batchSize: 4, learningRate: 1e-2, seed: 1, ...options },
  });
}

/** Takes what is left of the heap, but for less than a step needs. Its pages are not touched. */
function fillHeap(): { dispose(): void }[] {
  const taken: { dispose(): void }[] = [];
  for (const bytes of [2 ** 28, 2 ** 24, 2 ** 20, 2 ** 16, 2 ** 12]) {
    try {
      for (;;) taken.push(upload({ shape: [bytes / 4], values: new Float32Array(), fill() {} }));
    } catch (error) {
      // The next size down may still fit.
      expect(String(error)).toMatch('out of memory');
    }
  }
  return taken;
}

/** Of a plain training: what it held by part, and its first factor to the bit. */
async function plain() {
  const model = tinyBase();
  const { peak, adapter } = await run({ method: findMethod('lora'), model });
  model.dispose();
  return { peak, adapter: Buffer.from(adapter!).toString('base64') };
}

/** LoRA whose init does this at the third layer. */
function thirdLayer(init: InitPart<unknown>['layer']): Method {
  const lora = findMethod('lora');
  return { ...lora, init: { layer: (input) => (input.index === 2 ? init : lora.init!.layer)(input) } };
}

/** The tiny base, of which the copies of one parameter from the `nth` on have no place on the device. */
function withoutRoomFor(path: string, nth: number) {
  const model = tinyBase();
  const { copy } = model;
  let copies = 0;
  model.copy = (wanted) => {
    if (wanted === path && ++copies >= nth) throw new Error(`no room for ${path}`);
    return copy.call(model, wanted);
  };
  return model;
}

describe('a trial that cannot be put together', () => {
  const lora = findMethod('lora');
  const bitfit = findMethod('bitfit');
  const compared = { ...bitfit, outputPenalty: findMethod('ba-lora').outputPenalty! };
  const bias = 'blocks.0.attention.value.bias';
  const cases: [string, Method, ReturnType<typeof withoutRoomFor> | undefined, RegExp][] = [
    [
      'the init of its third layer throws',
      thirdLayer(() => {
        throw new Error('the init gave up');
      }),
      undefined,
      /gave up/,
    ],
    [
      'a tensor of its third layer has too few values',
      thirdLayer((input) => {
        const { tensors } = lora.init!.layer(input);
        return { tensors: { ...tensors, lora_B: { ...tensors.lora_B!, values: new Float32Array(3) } } };
      }),
      undefined,
      /values|elements|size/,
    ],
    [
      'a frozen parameter of the base has no room',
      lora,
      withoutRoomFor('blocks.1.attention.value.kernel', 1),
      /no room for blocks.1/,
    ],
    ['a trained parameter of the base has no room', bitfit, withoutRoomFor(bias, 1), /no room for blocks.0/],
    ['what it is compared with has no room', compared, withoutRoomFor(bias, 2), /no room for blocks.0/],
  ];

  it.each(cases)('leaves as many tensors as before where %s', async (_, method, given, message) => {
    const expected = await plain();
    const before = tf.memory();
    const model = given ?? tinyBase();
    await expect(run({ method, model, config: method.config.parse({}) })).rejects.toThrow(message);
    model.dispose();
    expect(tf.memory()).toMatchObject({ numTensors: before.numTensors, numBytes: before.numBytes });
    expect(engine.liveBytes()).toBe(before.numBytes);
    expect(await plain()).toEqual(expected);
  });
});

/** In the step after the first, or in the next where a method leaves out in that one what the first has ruined. */
const divergedSoon = /diverged at step [23]/;

describe('a step that fails', () => {
  // LoRA; and methods with a state of their own besides the optimizer's, with masks.
  const methods = ['lora', 'adalora', 'increlora', 'sora', 'dylora', 'lora-ggpo', 'vb-lora', 'full-ft'];
  const causes: [string, Partial<TrainInput>, object, new (...args: never[]) => Error, RegExp][] = [
    ['the loss is not finite', { optimizer: diverging }, {}, DivergedError, divergedSoon],
    [
      'the loss is not finite, in accumulated batches',
      { optimizer: diverging },
      { accumulate: 2, batchSize: 2 },
      DivergedError,
      divergedSoon,
    ],
    ['the optimizer throws', { optimizer: failing('before') }, {}, Error, /gave up/],
    ['the optimizer throws when its state is replaced', { optimizer: failing('after') }, {}, Error, /gave up/],
    ['an update cannot be added', { optimizer: misshapen }, {}, Error, /shape|broadcast/],
  ];
  const cases = causes.flatMap((cause) => methods.map((method) => [method, ...cause] as const));

  it.each(cases)('leaves as many tensors as before for %s where %s', async (name, _, more, options, kind, message) => {
    const expected = await plain();
    const before = tf.memory();
    const model = tinyBase();
    const failed = run({ method: findMethod(name), model, ...more }, options);
    await expect(failed).rejects.toThrow(kind);
    await expect(failed).rejects.toThrow(message);
    model.dispose();
    expect(tf.memory()).toMatchObject({ numTensors: before.numTensors, numBytes: before.numBytes });
    expect(engine.liveBytes()).toBe(before.numBytes);
    expect(await plain()).toEqual(expected);
  });

  it.each(['lora', 'adalora', 'full-ft'])(
    'of %s because the heap is full leaves as many tensors as before',
    async (name) => {
      const expected = await plain();
      const before = tf.memory();
      const model = tinyBase();
      let taken: { dispose(): void }[] = [];
      const failed = run({
        method: findMethod(name),
        model,
        onEvent({ type, step }) {
          if (type === 'step' && step === 2) taken = fillHeap();
        },
      });
      await expect(failed).rejects.toThrow('out of memory: the heap of WebAssembly');
      expect(taken.length).toBeGreaterThan(0);
      for (const tensor of taken) tensor.dispose();
      model.dispose();
      expect(tf.memory()).toMatchObject({ numTensors: before.numTensors, numBytes: before.numBytes });
      expect(await plain()).toEqual(expected);
    },
  );
});

describe('what an update left that is not finite', () => {
  const cases = (['tree', 'perLayer'] as const).flatMap((execution) =>
    ['lora', 'bitfit'].map((name) => ({ execution, name })),
  );
  /** Of a method's first trained tensor. */
  const first: Readonly<Record<string, string>> = {
    lora: 'blocks.0.attention.query.lora_A',
    bitfit: 'blocks.0.norm_1.bias',
  };

  async function left(
    name: string,
    optimizer: GradientPart,
    { until, ...options }: { until?: number; [option: string]: unknown },
  ) {
    const before = tf.memory().numTensors;
    const model = tinyBase();
    const events: TrainEvent[] = [];
    const onEvent = (event: TrainEvent) => {
      if (event.type !== 'first-values') events.push(event);
    };
    const failed = await run(
      { method: findMethod(name), model, optimizer, onEvent, ...(until ? { until } : {}) },
      options,
    )
      .then(() => undefined)
      .catch((error: Error) => error);
    model.dispose();
    expect(tf.memory().numTensors, 'tensors left over').toBe(before);
    return { failed, events: events.map(({ type, step }) => `${type} ${step}`) };
  }

  it.each(cases)('is in no checkpoint of $name, $execution: it is named, and the one before stays', async (of) => {
    const { execution, name } = of;
    const options = { execution, checkpointEvery: 1 };
    const { failed, events } = await left(name, diverging, options);
    expect(failed).toBeInstanceOf(DivergedError);
    expect(failed?.message).toBe(`Training diverged at step 1: ${first[name]} is not finite. Lower the learning rate.`);
    expect(events).toEqual(['step 1']);
    const later = await left(name, from(2, diverging), options);
    expect(later.failed?.message).toContain(`at step 2: ${first[name]} is not finite`);
    expect(later.events).toEqual(['step 1', 'checkpoint 1', 'step 2']);
  });

  it.each(cases)('is in nothing that $name, $execution, leaves at its end or at that of a rung', async (of) => {
    const { execution, name } = of;
    for (const end of [{ steps: 1 }, { until: 1 }]) {
      const { failed, events } = await left(name, diverging, { execution, ...end });
      expect(failed).toBeInstanceOf(DivergedError);
      expect(failed?.message).toContain(`at step 1: ${first[name]} is not finite`);
      expect(events).toEqual(['step 1']);
    }
  });

  it.each(cases)('is looked for in the state of the optimizer too: $name, $execution', async ({ execution, name }) => {
    const { failed, events } = await left(name, divergingInside, { execution, checkpointEvery: 1 });
    expect(failed).toBeInstanceOf(DivergedError);
    expect(failed?.message).toMatch(/at step 1: \S+\/v is not finite/);
    expect(events).toEqual(['step 1']);
  });
});

describe('a gradient that is not finite', () => {
  /** The first factors are so large that gradients of the second have no norm; these are zero still, and so is the update. */
  const enlarging: GradientPart = {
    ...adamw,
    async update(input) {
      const { updates, state } = await adamw.update(input);
      for (const [path, update] of updates) {
        updates.set(path, tf.fill(update.shape, path.endsWith('lora_A') ? 1e30 : 0));
        update.dispose();
      }
      return { updates, state };
    },
  };

  it.each([
    ['tree', 'gradient norm Infinity, and that of blocks.0.attention.query.lora_B by itself is not finite'],
    // The backward pass begins at the end of the model.
    ['perLayer', /loss \d+\.\d+, norm of the gradient of blocks\.1\.attention\.value\.lora_B Infinity/],
  ] as const)('is named: %s', async (execution, message) => {
    const before = tf.memory().numTensors;
    const model = tinyBase();
    const failed = run({ method: findMethod('lora'), model, optimizer: enlarging }, { execution });
    await expect(failed).rejects.toThrow(DivergedError);
    await expect(failed).rejects.toThrow(message);
    await expect(failed).rejects.toThrow(/at step 2/);
    model.dispose();
    expect(tf.memory().numTensors, 'tensors left over').toBe(before);
  });
});
