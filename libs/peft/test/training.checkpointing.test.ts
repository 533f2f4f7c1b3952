/** @file Blocks that the backward pass runs again: the numbers of a training that keeps all, in the memory that is predicted. */
import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { addedEngines, engineOptions } from '../../../test/support/engines.js';
import { casesOf } from '../../../test/support/full.js';
import { differentiate, disposeGradients } from '../src/engine/autograd.js';
import { type Engine, openEngine } from '../src/engine/engine.js';
import { matMul } from '../src/engine/ops.js';
import { runAgain } from '../src/engine/recording.js';
import type { BackendName } from '../src/engine/traits.js';
import { predictProducts } from '../src/memory/step-products.js';
import type { Method } from '../src/method.js';
import { initialValues, LoadedBase } from '../src/models/base.js';
import type { ModelConfig } from '../src/models/config.js';
import { findMethod, findOptimizer, methods } from '../src/registry.js';
import { createRandom } from '../src/tensor/random.js';
import { tf } from '../src/tensor/tf.js';
import { readAdapter } from '../src/training/adapter.js';
import { refusal } from '../src/training/refusals/refusal.js';
import { train } from '../src/training/trainer.js';
import { byTurns, capabilitiesOf, oneOfEach } from './support/capabilities.js';
import { asManyRows, measured, nano, planOf, predicted, type Setting } from './support/peaks.js';
import { everyTarget, randomData, smallModels } from './support/small-models.js';

const engines: readonly BackendName[] = ['wasm', ...addedEngines];
const deep = (model: ModelConfig, layers: number): ModelConfig => ({ ...model, layers });
const text = (bytes: Uint8Array | undefined) => createHash('sha256').update(bytes!).digest('hex');

describe.each(engines)('on %s', (name) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine(name, engineOptions);
  });

  const settings = smallModels.map(({ model, ...task }): [string, Setting] => [
    model.architecture,
    {
      ...nano,
      ...task,
      model: deep(model, 3),
      dropout: 0.1,
      accumulate: 2,
      sequence: 24,
      ...asManyRows(model, 4 * 24),
    },
  ]);
  const all = settings.flatMap(([setting, given]) =>
    methods
      .map((item) => ({
        item,
        setting,
        one: { method: item, given: { ...given, targets: everyTarget(given.model, item) } },
      }))
      .filter(({ one: { method, given } }) => refusal(planOf(method, given)) === undefined),
  );
  const turns = byTurns(all, capabilitiesOf);
  const each = oneOfEach(turns, ({ item }) => capabilitiesOf(item));
  // On an engine that was added, some of them: the tape is the same.
  const chosen = name === 'wasm' ? each : each.filter((_, index) => index % 4 === 0);
  const cases = casesOf(`blocks run again, of methods by architectures on ${name}`, all, chosen).map(
    ({ item, setting, one }) => ({ label: item.name, setting, ...one }),
  );

  it.each(cases)(
    'a training of $label in $setting, with dropout, gives the same bits and holds what is predicted',
    async ({ method, given }) => {
      const [kept, again] = [await measured(engine, method, given), await measured(engine, method, block(given))];
      expect(text(again.adapter)).toBe(text(kept.adapter));
      expect(again.validation).toEqual(kept.validation);
      const { ranks } = readAdapter(again.adapter!);
      const prediction = predicted(method, { ...block(given), engine: name, ...(ranks ? { ranks } : {}) });
      expect(Math.abs(prediction.total / again.peak.total - 1)).toBeLessThan(0.05);
      expect(prediction.total).toBeLessThanOrEqual(predicted(method, { ...given, engine: name }).total);
    },
    240_000,
  );

  it.each(['lora', 'dora', 'ia3'])('each further block of %s keeps its input alone', async (label) => {
    const method = findMethod(label);
    const of = (layers: number): Setting => ({ ...nano, model: deep(nano.model, layers), checkpointing: 'block' });
    const [few, many] = [await measured(engine, method, of(3)), await measured(engine, method, of(7))];
    const activations = ({ peak }: typeof few) => peak.activations + peak.workspace;
    // 4 × 64 rows of width 64.
    expect(activations(many) - activations(few)).toBe(4 * 4 * (4 * 64) * 64);
    expect(Math.abs(predicted(method, { ...of(7), engine: name }).total / many.peak.total - 1)).toBeLessThan(0.01);
    expect(many.peak.total).toBeLessThan(
      0.7 * (await measured(engine, method, { ...of(7), checkpointing: 'none' })).peak.total,
    );
  });
});

const block = (setting: Setting): Setting => ({ ...setting, checkpointing: 'block' });

describe('a part that is run again', () => {
  beforeAll(async () => {
    await openEngine('wasm');
  });

  it('gives the gradients of what it reads and of what it is given, and leaves no tensor', () => {
    const tensors = tf.memory().numTensors;
    const [a, b] = [tf.randomUniform([3, 3], -1, 1, 'float32', 1), tf.randomUniform([3, 3], -1, 1, 'float32', 2)] as [
      ReturnType<typeof tf.tensor2d>,
      ReturnType<typeof tf.tensor2d>,
    ];
    const trained = new Map([
      ['a', a],
      ['b', b],
    ]);
    let runs = 0;
    const part = (x: typeof a) => {
      runs++;
      const y = tf.tidy(() => tf.tanh(matMul(x, b)) as typeof a);
      x.dispose();
      return y;
    };
    const of = (apply: typeof part) =>
      differentiate(trained, () => tf.sum(tf.square(apply(apply(tf.mul(a, 2)))) as typeof a));
    const kept = of(part);
    expect(runs).toBe(2);
    const again = of((x) => runAgain(x, part));
    expect(runs).toBe(6);
    for (const name of trained.keys()) {
      expect(again.gradients.get(name)!.arraySync()).toEqual(kept.gradients.get(name)!.arraySync());
    }
    expect(again.value.arraySync()).toBe(kept.value.arraySync());
    for (const { gradients, value } of [kept, again]) {
      disposeGradients(gradients);
      value.dispose();
    }
    tf.dispose([a, b]);
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it('runs once where nothing in it is trained, and outside of differentiation', () => {
    const tensors = tf.memory().numTensors;
    const w = tf.tensor1d([2]);
    let runs = 0;
    const part = (x: ReturnType<typeof tf.tensor2d>) => {
      runs++;
      const y = tf.relu(x);
      x.dispose();
      return y;
    };
    const { value, gradients } = differentiate(new Map([['w', w]]), () =>
      tf.sum(tf.mul(runAgain(tf.ones([2, 2]), part), w)),
    );
    expect(gradients.get('w')!.arraySync()).toEqual([4]);
    runAgain(tf.ones([2, 2]), part).dispose();
    expect(runs).toBe(2);
    disposeGradients(gradients);
    tf.dispose([w, value]);
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it('frees everything where its second run fails', () => {
    const tensors = tf.memory().numTensors;
    const w = tf.tensor2d([[1]]);
    let runs = 0;
    const failing = (x: typeof w) => {
      const y = matMul(x, w);
      x.dispose();
      if (++runs === 2) throw new Error('no room');
      return y;
    };
    const fails = () => differentiate(new Map([['w', w]]), () => tf.sum(runAgain(tf.ones([1, 1]), failing)));
    expect(fails).toThrow('no room');
    w.dispose();
    expect(tf.memory().numTensors).toBe(tensors);
  });
});

describe('blocks that run again', () => {
  const adamw = findOptimizer('adamw').build(findOptimizer('adamw').config.parse({}));
  const llama = smallModels.find(({ model }) => model.architecture === 'llama')!.model;

  it('gives the same bits with updates in the backward pass', async () => {
    const engine = await openEngine('wasm');
    const run = async (options: object) => {
      const model = new LoadedBase({ config: llama, values: initialValues(llama, createRandom(1)), tokenizer: null });
      const given = { steps: 3, batchSize: 2, learningRate: 1e-2, clipNorm: null, targets: ['query'], ...options };
      const data = randomData({ model: llama, sequence: 16 });
      const trained = await train({
        engine,
        model,
        method: findMethod('full-ft'),
        config: {},
        optimizer: adamw,
        data,
        options: given,
      });
      model.dispose();
      return trained;
    };
    const kept = await run({});
    const again = await run({ execution: 'perLayer', checkpointing: 'block' });
    expect(text(again.adapter)).toBe(text(kept.adapter));
    const { total } = predicted(findMethod('full-ft'), {
      ...nano,
      ...{ model: llama, batchSize: 2, sequence: 16, targets: ['query'] },
      ...{ checkpointing: 'block', execution: 'perLayer' },
    });
    expect(Math.abs(total / again.peak.total - 1)).toBeLessThan(0.05);
    expect(again.peak.total).toBeLessThan(kept.peak.total);
  });

  it('cost the products of one more forward pass through them', () => {
    const method = findMethod('lora');
    const trial = { ...nano, method, config: method.config.parse({}), optimizer: adamw };
    const [kept, again] = [predictProducts(trial)!, predictProducts({ ...trial, checkpointing: 'block' })!];
    const vocabulary = 4 * 64 * 64 * 512;
    expect(again.forward - kept.forward).toBe(kept.forward - vocabulary);
    expect(again.backward).toBe(kept.backward);
  });

  it('refuses blocks to be run again where no backward pass is made', () => {
    const refused = (name: string, method: Method = findMethod('lora')) => {
      const { build, config } = findOptimizer(name);
      return refusal({ ...planOf(method, nano), optimizer: build(config.parse({})), checkpointing: 'block' });
    };
    expect(refused('zo-ranksgd')).toEqual({
      field: 'checkpointing',
      reason:
        'checkpointing block runs blocks again in the backward pass, and the optimizer makes none: leave checkpointing out, or choose an optimizer that makes gradients',
    });
    expect(refused('adamw')).toBeUndefined();
  });
});
