/** @file Attention in chunks of queries: the numbers of attention at once, without a tensor of all scores. */
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addedEngines, engineOptions } from '../../../test/support/engines.js';
import { type AttentionShape, attention } from '../src/engine/attention.js';
import { differentiate, disposeGradients } from '../src/engine/autograd.js';
import { type AttentionChoice, attentionRows } from '../src/engine/chunk.js';
import { type Engine, openEngine } from '../src/engine/engine.js';
import type { BackendName } from '../src/engine/traits.js';
import { findMethod } from '../src/registry.js';
import { tf } from '../src/tensor/tf.js';
import { byOperations } from './support/by-operations.js';
import { measured, nano, predicted, type Setting } from './support/peaks.js';
import { smallModels } from './support/small-models.js';

const [batch, sequence, width] = [2, 7, 4];
const shapes: [string, Omit<AttentionShape, 'batch' | 'sequence'> & { before?: number }][] = [
  ['causal', { heads: 2, mask: 'causal' }],
  ['without a mask', { heads: 2, mask: 'none' }],
  ['with padding', { heads: 2, mask: [{ first: 0, count: sequence, lengths: Int32Array.of(7, 3) }] }],
  ['of heads that share keys', { heads: 4, keyHeads: 2, mask: 'causal' }],
  ['in a window', { heads: 2, mask: 'causal', window: 3 }],
  ['of bent scores', { heads: 4, keyHeads: 1, mask: 'causal', softCap: 2, scale: 0.7 }],
  ['after a prefix', { heads: 2, mask: 'causal', before: 2 }],
];

const engines: readonly BackendName[] = ['wasm', ...addedEngines];
describe.each(engines)('on %s', (name) => {
  let engine: Engine;
  let giveBack: () => void;
  beforeAll(async () => {
    engine = await openEngine(name, engineOptions);
    // An engine with a kernel for attention holds no scores.
    giveBack = byOperations(name);
  });
  afterAll(() => giveBack());

  describe.each([1, 3, 5])('in chunks of %d', (rows) => {
    it.each(shapes)('attention %s is equal, and so are its gradients', (_, { before = 0, ...shape }) => {
      const tensors = tf.memory().numTensors;
      const draw = (height: number, columns: number, seed: number) =>
        tf.randomNormal([height, columns], 0, 1, 'float32', seed) as Tensor2D;
      const { heads, keyHeads = heads } = shape;
      const inputs = new Map([
        ['query', draw(batch * sequence, heads * width, 1)],
        ['key', draw(batch * (sequence + before), keyHeads * width, 2)],
        ['value', draw(batch * (sequence + before), keyHeads * width, 3)],
      ]);
      const weights = draw(batch * sequence, heads * width, 4);
      const of = (trained: string[], more: object) => {
        const [query, key, value] = [...inputs.values()] as [Tensor2D, Tensor2D, Tensor2D];
        const some = new Map(trained.map((each) => [each, inputs.get(each)!]));
        const found = differentiate(some, () =>
          tf.sum(tf.mul(attention(query, key, value, { ...shape, batch, sequence, ...more }), weights)),
        );
        const host = [found.value, ...found.gradients.values()].map((tensor: Tensor) => Array.from(tensor.dataSync()));
        disposeGradients(found.gradients);
        found.value.dispose();
        return host.flat();
      };
      for (const trained of [['query', 'key', 'value'], ['query'], ['value'], ['key', 'value']]) {
        const [whole, chunked] = [of(trained, {}), of(trained, { rows })];
        const largest = Math.max(...whole.map(Math.abs));
        whole.forEach((value, at) => {
          expect(Math.abs(chunked[at]! - value)).toBeLessThan(1e-5 * largest);
        });
      }
      tf.dispose([...inputs.values(), weights]);
      expect(tf.memory().numTensors).toBe(tensors);
    });
  });

  const long = (architecture: string, sequence = 640): Setting => {
    const { model, ...task } = smallModels.find(({ model }) => model.architecture === architecture)!;
    return {
      ...nano,
      ...task,
      model: { ...model, contextLength: 704 } as Setting['model'],
      batchSize: 1,
      sequence,
    };
  };
  const cases = [
    { of: 'gpt2', label: 'lora' },
    { of: 'llama', label: 'full-ft' },
    { of: 'gemma', label: 'lora' },
    { of: 'bert', label: 'prefix-tuning' },
  ];
  it.each(name === 'wasm' ? cases : cases.slice(0, 1))(
    'a training of $label in $of on 640 tokens holds what is predicted',
    async ({ of, label }) => {
      const method = findMethod(label);
      for (const checkpointing of ['none', 'block'] as const) {
        const setting = { ...long(of), checkpointing, targets: ['query', 'key', 'value'], steps: 1 };
        const { peak } = await measured(engine, method, setting);
        const { total } = predicted(method, { ...setting, engine: name, accelerator: true });
        expect(Math.abs(total / peak.total - 1)).toBeLessThan(0.05);
        // Scores of one block at once, as they are multiplied and differentiated, would be more.
        if (checkpointing === 'block') expect(peak.activations + peak.workspace).toBeLessThan(4 * 3 * 4 * 640 * 640);
      }
    },
  );

  // Either length would have the other way by itself.
  it.each([
    ['whole', 640, 'chunked'],
    ['chunked', 256, 'whole'],
  ] as const)(
    'a training asks for %s attention on %d tokens, holds what is predicted, and learns as %s attention does',
    async (attention, sequence, usual) => {
      const method = findMethod('lora');
      const setting = { ...long('llama', sequence), targets: ['query', 'key', 'value'] };
      const [asked, other] = [
        await measured(engine, method, { ...setting, attention }),
        await measured(engine, method, setting),
      ];
      const of = (more: object) => predicted(method, { ...setting, engine: name, accelerator: true, ...more }).total;
      expect([of({}), of({ attention: usual })]).toEqual([of({ attention: usual }), of({})]);
      expect(Math.abs(of({ attention }) / asked.peak.total - 1)).toBeLessThan(0.05);
      expect(Math.sign(asked.peak.total - other.peak.total)).toBe(attention === 'whole' ? 1 : -1);
      expect(Math.abs(asked.validation!.loss! / other.validation!.loss! - 1)).toBeLessThan(1e-5);
    },
  );
});

it('begins above 512 tokens, or where it is asked for', () => {
  const rows = (attention?: AttentionChoice) =>
    [1, 64, 512, 513, 8192].map((sequence) => attentionRows(sequence, attention));
  expect([rows(), rows('auto'), rows('whole'), rows('chunked')]).toEqual([
    [1, 64, 512, 64, 64],
    [1, 64, 512, 64, 64],
    [1, 64, 512, 513, 8192],
    [1, 64, 64, 64, 64],
  ]);
});
