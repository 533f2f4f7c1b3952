/** @file Products with frozen kernels in bfloat16: what they compute and hold, and who refuses them. */
import { readFileSync } from 'node:fs';
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { addedEngines, engineOptions } from '../../../test/support/engines.js';
import { differentiate, disposeGradients } from '../src/engine/autograd.js';
import { type Engine, openEngine } from '../src/engine/engine.js';
import { linearInBfloat16 } from '../src/engine/halved-products.js';
import type { PackedKernel } from '../src/engine/packed/open.js';
import { packedDtypes } from '../src/engine/packed/registry.js';
import { type EngineName, engineNames } from '../src/engine/traits.js';
import type { Method } from '../src/method.js';
import { findMethod, findOptimizer, methods } from '../src/registry.js';
import { type BaseDtype, baseDtypes } from '../src/tensor/base-dtypes.js';
import { toDevice } from '../src/tensor/host.js';
import { tf } from '../src/tensor/tf.js';
import { readAdapter } from '../src/training/adapter.js';
import { refusal } from '../src/training/refusals/refusal.js';
import { byTurns, capabilitiesOf, oneOfEach } from './support/capabilities.js';
import { asManyRows, measured, nano, planOf, predicted, type Setting } from './support/peaks.js';
import { everyTarget, smallModels } from './support/small-models.js';

interface Case {
  x: number[][];
  /** `[out, in]` */
  weight: number[][];
  bias?: number[];
  y: number[][];
  dy: number[][];
  dx: number[][];
}
const { cases } = JSON.parse(
  readFileSync(new URL('vectors/tensor/bfloat16-products.json', import.meta.url), 'utf8'),
) as { cases: Case[] };

const adamw = findOptimizer('adamw').build(findOptimizer('adamw').config.parse({}));
const lora = findMethod('lora');
const refused = (method: Method, setting: Setting, more: object = {}) =>
  refusal({ ...planOf(method, setting), optimizer: adamw, engine: 'tensorflow', computeDtype: 'bfloat16', ...more });

describe.each(addedEngines)('on %s', (name) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine(name, engineOptions);
  });

  const given = (dtype: BaseDtype) =>
    cases.map(({ weight, ...one }) => {
      const shape = { in: weight[0]!.length, out: weight.length };
      if (dtype === 'float32') return { ...one, kernel: tf.tidy(() => tf.transpose(tf.tensor2d(weight)) as Tensor2D) };
      const parts = Object.entries(packedDtypes[dtype].pack(Float32Array.from(weight.flat()), shape)).map(
        ([part, values]) => [part, toDevice({ shape: [values.length], values })] as const,
      );
      return { ...one, kernel: { dtype, shape, parts: Object.fromEntries(parts) } satisfies PackedKernel };
    });

  it.each(['float32', 'bfloat16'] as const)('multiplies by a kernel in %s as torch does', (dtype) => {
    const tensors = tf.memory().numTensors;
    for (const { x: rows, kernel, bias: added, y, dy: towards, dx } of given(dtype)) {
      const [x, dy] = [tf.tensor2d(rows), tf.tensor2d(towards)];
      const bias = added && (tf.tensor1d(added) as Tensor1D);
      const product = linearInBfloat16(x, kernel, bias);
      expect(product.arraySync()).toEqual(y);
      const found = differentiate(new Map([['x', x]]), () => tf.sum(tf.mul(linearInBfloat16(x, kernel, bias), dy)));
      expect(found.gradients.get('x')!.arraySync()).toEqual(dx);
      disposeGradients(found.gradients);
      tf.dispose([x, dy, bias ?? [], product, found.value, 'parts' in kernel ? { ...kernel.parts } : kernel]);
    }
    expect(tf.memory().numTensors).toBe(tensors);
  });

  const settings = smallModels.map(({ model, ...task }): [string, Setting] => [
    model.architecture,
    { ...nano, ...task, model, dropout: 0.1, sequence: 24, ...asManyRows(model, 4 * 24), computeDtype: 'bfloat16' },
  ]);
  const all = settings.flatMap(([setting, given]) =>
    methods
      .map((item) => ({ item, setting, given: { ...given, targets: everyTarget(given.model, item) } }))
      .filter(({ item, given }) => !item.startsFrom && refused(item, given) === undefined),
  );
  const chosen = oneOfEach(byTurns(all, capabilitiesOf), ({ item }) => capabilitiesOf(item)).filter(
    (_, index) => index % 3 === 0,
  );
  const trained = chosen.map(({ item, setting, given }, index) => {
    const dtype = baseDtypes[index % baseDtypes.length]!;
    const isOpen = refused(item, given, { baseDtype: dtype }) !== undefined;
    return { label: item.name, setting, dtype: isOpen ? ('float32' as const) : dtype, method: item, given };
  });

  it.each(trained)(
    'a training of $label in $setting on $dtype holds what is predicted',
    async ({ method, given, dtype }) => {
      const setting: Setting = { ...given, baseDtype: dtype };
      const { peak, adapter } = await measured(engine, method, setting);
      const { ranks } = readAdapter(adapter!);
      const prediction = predicted(method, { ...setting, engine: name, ...(ranks ? { ranks } : {}) });
      expect(prediction.weights).toBe(peak.weights);
      expect(Math.abs(prediction.total / peak.total - 1)).toBeLessThan(0.05);
    },
  );

  it.each(baseDtypes)(
    'LoRA on a base in %s learns as with products in float32, and holds what is predicted to a hundredth',
    async (dtype) => {
      const llama = smallModels.find(({ model }) => model.architecture === 'llama')!.model;
      const setting: Setting = {
        ...nano,
        model: llama,
        targets: ['query', 'value', 'down'],
        sequence: 48,
        baseDtype: dtype,
      };
      const whole = await measured(engine, lora, setting);
      const halved = await measured(engine, lora, { ...setting, computeDtype: 'bfloat16' });
      const { total } = predicted(lora, { ...setting, engine: name, computeDtype: 'bfloat16' });
      expect(Math.abs(total / halved.peak.total - 1)).toBeLessThan(0.01);
      const [before, after] = [whole, halved].map(({ validation }) => validation!.loss!);
      expect(after).not.toBe(before);
      expect(Math.abs(after! / before! - 1)).toBeLessThan(1e-3);
    },
  );
});

it('is refused by engines that multiply in float32 alone, with the one to take', () => {
  const reason = (engine: EngineName) =>
    `bfloat16 is for an engine that multiplies in it, and ${engine} multiplies in float32 alone: take float32, or the engine tensorflow or torch`;
  const alone = engineNames.filter((engine) => refused(lora, nano, { engine })?.reason === reason(engine));
  expect(alone).toEqual(['wasm', 'cpu', 'webgpu', 'command']);
});

it.each([
  ['full-ft', 'trains kernels'],
  ['dora', 'computes with kernels, not only with what comes out of them'],
])('is refused for %s, which %s', (name, reason) => {
  const method = findMethod(name);
  expect(refused(method, nano)).toEqual({
    field: 'computeDtype',
    reason: `${name} ${reason}, and bfloat16 is of products with frozen kernels: take float32, or another method`,
  });
  expect(() => predicted(method, { ...nano, engine: 'tensorflow', computeDtype: 'bfloat16' })).toThrow(reason);
});

it('is refused where kernels are held as factors', () => {
  const model = { ...nano.model, factorRanks: { 'blocks.0.attention.query': 4 } };
  expect(refused(lora, { ...nano, model, targets: ['value'] })?.reason).toContain(
    'lora multiplies by factors of kernels',
  );
});
