/** @file What differentiation holds: against tfjs's own gradients in value, and by itself in bytes. */
import type { Scalar, Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { addedEngines, engineOptions } from '../../../test/support/engines.js';
import { differentiate, disposeGradients, visitGradients } from '../src/engine/autograd.js';
import { type Engine, openEngine } from '../src/engine/engine.js';
import { partsAtPeak } from '../src/engine/meter.js';
import { matMul } from '../src/engine/ops.js';
import { chain } from '../src/tensor/chain.js';
import { tf } from '../src/tensor/tf.js';

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine('wasm');
});

describe('differentiate', () => {
  it('gives what tfjs gives for a function of built-in operations', () => {
    const a = tf.tensor1d([0.5, -1, 2]);
    const b = tf.tensor1d([3, 0.25, -0.5]);
    const f = () =>
      tf.sum(tf.mul(tf.div(a, tf.add(tf.square(b), 1)), tf.sub(tf.exp(a), b))) as ReturnType<typeof tf.scalar>;
    const ours = differentiate(
      new Map([
        ['a', a],
        ['b', b],
      ]),
      f,
    );
    const theirs = tf.grads((x, y) => tf.sum(tf.mul(tf.div(x, tf.add(tf.square(y), 1)), tf.sub(tf.exp(x), y))))([a, b]);
    expect(Array.from(ours.gradients.get('a')!.dataSync())).toEqual(Array.from(theirs[0]!.dataSync()));
    expect(Array.from(ours.gradients.get('b')!.dataSync())).toEqual(Array.from(theirs[1]!.dataSync()));
    disposeGradients(ours.gradients);
    tf.dispose([a, b, ours.value, theirs]);
  });

  it('gives zeros for a parameter that the value does not depend on', () => {
    const used = tf.tensor1d([2]);
    const unused = tf.tensor1d([1, 2, 3]);
    const { value, gradients } = differentiate(
      new Map([
        ['used', used],
        ['unused', unused],
      ]),
      () => tf.sum(tf.square(used)),
    );
    expect(Array.from(gradients.get('used')!.dataSync())).toEqual([4]);
    expect(Array.from(gradients.get('unused')!.dataSync())).toEqual([0, 0, 0]);
    disposeGradients(gradients);
    tf.dispose([used, unused, value]);
  });

  it('saves nothing for operations before the first trained tensor', () => {
    const x = tf.ones([100, 10]);
    const scale = tf.tensor1d([1]);
    engine.resetPeak();
    const before = engine.liveBytes();
    const { value, gradients } = differentiate(new Map([['scale', scale]]), () => {
      // Ten frozen steps: with tfjs's tape each would keep its 4,000 bytes.
      const frozen = chain(
        tf.exp(x),
        ...Array.from({ length: 9 }, () => (y: Tensor) => tf.tidy(() => tf.exp(tf.neg(y)))),
      );
      return tf.sum(tf.mul(frozen, scale));
    });
    expect(engine.peakBytes() - before).toBeLessThan(5 * 4000);
    disposeGradients(gradients);
    tf.dispose([x, scale, value]);
  });

  it('frees everything when the function throws, in the forward or the backward pass', () => {
    const w = tf.tensor2d([1, 2, 3, 4], [2, 2]);
    const tensors = tf.memory().numTensors;
    const bytes = engine.liveBytes();
    expect(() =>
      differentiate(new Map([['w', w]]), () => {
        tf.square(matMul(w, w));
        throw new Error('in the forward pass');
      }),
    ).toThrow('in the forward pass');
    const failing = tf.customGrad(() => ({
      value: tf.sum(tf.square(w)),
      gradFunc: () => {
        throw new Error('in the backward pass');
      },
    }));
    expect(() => differentiate(new Map([['w', w]]), () => tf.sum(tf.square(tf.mul(w, failing(w)))))).toThrow(
      'in the backward pass',
    );
    expect(tf.memory().numTensors).toBe(tensors);
    expect(engine.liveBytes()).toBe(bytes);
    const { value, gradients } = differentiate(new Map([['w', w]]), () => tf.sum(w));
    expect(Array.from(gradients.get('w')!.dataSync())).toEqual([1, 1, 1, 1]);
    disposeGradients(gradients);
    tf.dispose([w, value]);
  });

  it('cannot be nested', () => {
    const w = tf.tensor1d([1]);
    const parameters = new Map([['w', w]]);
    expect(() => differentiate(parameters, () => differentiate(parameters, () => tf.sum(w)).value)).toThrow('nested');
    w.dispose();
  });
});

describe('visitGradients', () => {
  it('gives what differentiate gives, one gradient at a time, last uses first', async () => {
    const x = tf.ones([50, 20]) as Tensor2D;
    const [a, b, c, unused] = [[20, 30], [30, 30], [30, 10], [7]].map((shape, seed) =>
      tf.randomNormal(shape, 0, 1, 'float32', seed),
    ) as [Tensor2D, Tensor2D, Tensor2D, Tensor];
    const parameters = new Map<string, Tensor>(Object.entries({ unused, a, b, c }));
    // `b` is used twice: its gradient is complete only after the first use.
    const f = () => tf.mean(tf.square(matMul(matMul(matMul(matMul(x, a), b), b), c))) as Scalar;
    const all = differentiate(parameters, f);
    const tensors = tf.memory().numTensors;
    const visited: string[] = [];
    engine.resetPeak();
    const bytes = engine.liveBytes();
    const value = await visitGradients(parameters, f, async (path, gradient) => {
      visited.push(path);
      expect(Array.from(await gradient.data()), path).toEqual(Array.from(await all.gradients.get(path)!.data()));
    });
    expect(visited).toEqual(['c', 'b', 'a', 'unused']);
    expect(value.dataSync()).toEqual(all.value.dataSync());
    value.dispose();
    expect(tf.memory().numTensors).toBe(tensors);
    expect(engine.liveBytes()).toBe(bytes);
    disposeGradients(all.gradients);
    tf.dispose([x, a, b, c, unused, all.value]);
  });

  it('frees everything when the visitor fails', async () => {
    const w = tf.tensor1d([1, 2]);
    const tensors = tf.memory().numTensors;
    const failing = visitGradients(
      new Map([['w', w]]),
      () => tf.sum(tf.square(w)),
      async () => {
        throw new Error('in the visitor');
      },
    );
    await expect(failing).rejects.toThrow('in the visitor');
    expect(tf.memory().numTensors).toBe(tensors);
    // And the next differentiation is not nested in the failed one.
    const { value, gradients } = differentiate(new Map([['w', w]]), () => tf.sum(w));
    disposeGradients(gradients);
    tf.dispose([w, value]);
  });
});

describe.each(['wasm', ...addedEngines] as const)('the meter on %s', (name) => {
  beforeAll(async () => {
    engine = await openEngine(name, engineOptions);
  });

  it('counts a shared buffer once and sees a peak between two readings', () => {
    const before = engine.liveBytes();
    const x = tf.zeros([250]);
    const view = tf.reshape(x, [25, 10]);
    expect(engine.liveBytes() - before).toBe(1000);
    engine.resetPeak();
    tf.tidy(() => {
      tf.add(x, x);
    });
    expect(engine.liveBytes() - before).toBe(1000);
    expect(engine.peakBytes() - before).toBe(2000);
    x.dispose();
    expect(engine.liveBytes() - before).toBe(1000);
    view.dispose();
    expect(engine.liveBytes()).toBe(before);
  });

  it('attributes a buffer that is saved as two views once', () => {
    const [w, ones] = [tf.tensor1d([3]), tf.ones([250])];
    engine.resetPeak();
    const { value, gradients } = differentiate(new Map([['w', w]]), () => {
      const x = tf.mul(ones, w);
      // Both squares read their operand when the gradient is made.
      return tf.add(tf.sum(tf.square(x)), tf.sum(tf.square(tf.reshape(x, [25, 10]))));
    });
    expect(partsAtPeak().activations).toBe(1000);
    disposeGradients(gradients);
    tf.dispose([w, ones, value]);
  });
});
