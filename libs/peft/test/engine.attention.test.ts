/** @file Attention at once, against torch in float64 under every mask, and by a kernel as by operations. */
import { readFileSync } from 'node:fs';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { addedEngines, engineOptions } from '../../../test/support/engines.js';
import { type AttentionShape, attention } from '../src/engine/attention.js';
import { differentiate, disposeGradients } from '../src/engine/autograd.js';
import { openEngine } from '../src/engine/engine.js';
import type { RowPart } from '../src/engine/heads.js';
import { findMethod } from '../src/registry.js';
import { tf } from '../src/tensor/tf.js';
import { byOperations } from './support/by-operations.js';
import { expectClose } from './support/close.js';
import { measured, nano, predicted } from './support/peaks.js';
import { smallModels } from './support/small-models.js';

type Matrix = number[][];
const names = ['query', 'key', 'value'] as const;
type Operands<T> = Record<(typeof names)[number], T>;
interface Case {
  shape: Omit<AttentionShape, 'mask'> & {
    mask: 'causal' | 'none' | (Omit<RowPart, 'lengths'> & { lengths: number[] })[];
  };
  inputs: Operands<Matrix>;
  dy: Matrix;
  value: Matrix;
  gradients: Operands<Matrix>;
}
const { cases } = JSON.parse(readFileSync(new URL('vectors/engine/attention.json', import.meta.url), 'utf8')) as {
  cases: Record<string, Case>;
};

const shapeOf = ({ shape: { mask, ...shape } }: Case): AttentionShape => ({
  ...shape,
  mask: typeof mask === 'string' ? mask : mask.map((part) => ({ ...part, lengths: Int32Array.from(part.lengths) })),
});

/** Value and gradients of `Σ dy · attention`, and nothing else is left. */
function differentiated(inputs: Operands<Tensor2D>, dy: Tensor2D, shape: AttentionShape, trained = [...names]) {
  const tensors = tf.memory().numTensors;
  let value: Float32Array | undefined;
  const found = differentiate(new Map(trained.map((name) => [name, inputs[name]])), () => {
    const result = attention(inputs.query, inputs.key, inputs.value, shape);
    value = result.dataSync() as Float32Array;
    return tf.sum(tf.mul(result, dy));
  });
  const gradients = Object.fromEntries(
    [...found.gradients].map(([name, tensor]) => [name, tensor.dataSync() as Float32Array]),
  );
  disposeGradients(found.gradients);
  found.value.dispose();
  expect(tf.memory().numTensors).toBe(tensors);
  return { value: value!, gradients };
}

describe.each(['cpu', 'wasm', ...addedEngines] as const)('on %s', (name) => {
  beforeAll(async () => {
    await openEngine(name, { ...engineOptions, threads: 2 });
  });

  it.each(Object.entries(cases))('attention %s, its value and gradients', (of, vector) => {
    const inputs = Object.fromEntries(
      names.map((each) => [each, tf.tensor2d(vector.inputs[each])]),
    ) as Operands<Tensor2D>;
    const dy = tf.tensor2d(vector.dy);
    for (const trained of [[...names], ['query'], ['key'], ['value']] as (typeof names)[number][][]) {
      const { value, gradients } = differentiated(inputs, dy, shapeOf(vector), trained);
      expectClose(value, vector.value, 1e-6, `the value of attention ${of}`);
      for (const each of trained) {
        expectClose(gradients[each]!, vector.gradients[each], 2e-6, `the gradient of the ${each} of attention ${of}`);
      }
    }
    tf.dispose([...Object.values(inputs), dy]);
  });
});

describe.each(addedEngines)('by the kernel of %s', (name) => {
  beforeAll(async () => {
    await openEngine(name, { ...engineOptions, threads: 2 });
  });

  // Longer than the queries, and wider than the numbers, that it takes together; a whole number of both, and not.
  const sizes = { batch: 2, heads: 6, keyHeads: 3 } as const;
  const lengths = Int32Array.of(70, 33);
  it.each([
    ['causal', 96, 64, 0, { mask: 'causal' }],
    ['in a window that leaves whole blocks out', 150, 40, 0, { mask: 'causal', window: 20 }],
    ['after a prefix and earlier tokens', 70, 40, 45, { mask: 'causal', window: 40, earlier: 40 }],
    ['with padding', 70, 33, 0, { mask: [{ first: 0, count: 70, lengths }] }],
    ['of bent scores', 65, 32, 0, { mask: 'causal', softCap: 2 }],
  ] as [string, number, number, number, Pick<AttentionShape, 'mask'> & Partial<AttentionShape>][])(
    'attention %s of %d tokens and width %d gives what operations give',
    (_, sequence, width, before, more) => {
      const shape = { ...sizes, sequence, ...more };
      const draw = (rows: number, columns: number, seed: number) =>
        tf.randomNormal([rows, columns], 0, 1, 'float32', seed) as Tensor2D;
      const keys = sizes.batch * (sequence + before);
      const inputs = {
        query: draw(sizes.batch * sequence, sizes.heads * width, 1),
        key: draw(keys, sizes.keyHeads * width, 2),
        value: draw(keys, sizes.keyHeads * width, 3),
      };
      const dy = draw(sizes.batch * sequence, sizes.heads * width, 4);
      const ours = differentiated(inputs, dy, shape);
      const giveBack = byOperations(name);
      const theirs = differentiated(inputs, dy, { ...shape, rows: sequence });
      giveBack();
      expectClose(ours.value, theirs.value, 2e-6, 'the value');
      for (const each of names) expectClose(ours.gradients[each]!, theirs.gradients[each]!, 5e-6, each);
      tf.dispose([...Object.values(inputs), dy]);
    },
  );

  it('a query that sees nothing gets zeros, and gives no gradient', () => {
    const draw = (seed: number) => tf.randomNormal([6, 4], 0, 1, 'float32', seed) as Tensor2D;
    const inputs = { query: draw(1), key: draw(2), value: draw(3) };
    const mask = [{ first: 0, count: 3, lengths: Int32Array.of(0, 3) }];
    const { value, gradients } = differentiated(inputs, draw(4), { batch: 2, sequence: 3, heads: 2, mask });
    for (const numbers of [value, ...Object.values(gradients)]) {
      expect([...numbers.subarray(0, 12)]).toEqual(Array(12).fill(0));
      expect(numbers.subarray(12).some((each) => each !== 0)).toBe(true);
    }
  });

  it.each(['whole', 'chunked'] as const)(
    'a training that asks for %s attention holds what is predicted, which is the same',
    async (asked) => {
      const engine = await openEngine(name, engineOptions);
      const { model, ...task } = smallModels.find(({ model }) => model.architecture === 'llama')!;
      const long = { ...nano, ...task, model: { ...model, contextLength: 704 }, batchSize: 1, sequence: 640 };
      const setting = { ...long, targets: ['query', 'key', 'value'], steps: 1 };
      const lora = findMethod('lora');
      const { peak } = await measured(engine, lora, { ...setting, attention: asked });
      const of = (more: object) => predicted(lora, { ...setting, engine: name, ...more }).total;
      expect(of({ attention: asked })).toBe(of({}));
      expect(Math.abs(of({}) / peak.total - 1)).toBeLessThan(0.01);
    },
  );
});
