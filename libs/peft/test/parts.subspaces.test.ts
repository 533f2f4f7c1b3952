/** @file Laws of the subspaces that gradients are projected into. */
import type { Tensor2D } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { openEngine } from '../src/engine/engine.js';
import { engineTraits } from '../src/engine/traits.js';
import type { OptimizerState, ParameterInfo } from '../src/method.js';
import { estimateScale, scaledByNormRatio } from '../src/parts/gradient/norm-ratio.js';
import { projected } from '../src/parts/gradient/projected.js';
import { every } from '../src/parts/gradient/refresh.js';
import { signOfResidual } from '../src/parts/gradient/sign-residual.js';
import { coordinateSubspace, keptSubspace, twoSidedSubspace } from '../src/parts/gradient/subspace.js';
import { trace } from '../src/parts/gradient/trace.js';
import { everyParameter, type Transform } from '../src/parts/gradient/transform.js';
import { createRandom } from '../src/tensor/random.js';
import { tf } from '../src/tensor/tf.js';
import { relativeError } from './support/close.js';
import { adam, full, growth, info, run, subspaces } from './support/gradient-parts.js';
import { inFloatsOf } from './support/in-floats.js';
import { products } from './support/one-layer.js';

beforeAll(async () => {
  await openEngine('wasm');
});

describe.each(subspaces)('$label', ({ subspace, orthonormal }) => {
  it(`${orthonormal ? 'gives' : 'need not give'} back what was lifted`, async () => {
    for (const { path, shape } of info) {
      const own = info.find((each) => each.path === path)!;
      const gradient = tf.randomNormal(shape as [number, number], 0, 1, 'float32', 3) as Tensor2D;
      const names = Object.entries(subspace.state(own));
      let state: OptimizerState = Object.fromEntries(
        names.map(([name, { shape, type }]) => [name, tf.zeros(shape, type ?? 'float32')]),
      );
      const input = { info: own, gradient, state, step: 1, random: createRandom(2), products };
      const moved = (await subspace.refresh?.(input)) ?? {};
      for (const name of Object.keys(moved)) state[name]!.dispose();
      state = { ...state, ...moved };
      const open = await subspace.open({ ...input, state });
      const low = open.down(gradient);
      expect(low.shape).toEqual(subspace.low(own).shape);
      const lifted = open.up(low);
      expect(lifted.shape).toEqual(shape);
      const again = open.down(lifted);
      const error = relativeError([...again.dataSync()], [...low.dataSync()]);
      if (orthonormal) expect(error, path).toBeLessThan(1e-5);
      else expect(Number.isFinite(error), path).toBe(true);
      open.close();
      tf.dispose([gradient, low, lifted, again, ...Object.values(state)]);
    }
  });
});

describe.each(subspaces)('a vector in $label', ({ subspace }) => {
  const vector: ParameterInfo = { path: 'norm.gain', shape: [9], role: 'norm-gain', decays: false };
  const ways = [
    projected(adam, { subspace }),
    projected(adam, { subspace, residual: signOfResidual(1) }),
    estimateScale(adam, { subspace, per: 'tensor', gain: 1, ...growth }),
  ];

  it('refuses it by name, before a state is made and in a step', async () => {
    const reason =
      'norm.gain [9] is no matrix, and a gradient is projected along a side of one: give it another transformation';
    for (const transform of ways) {
      expect(() => everyParameter(transform).init([vector], createRandom(1))).toThrow(reason);
      expect(() => everyParameter(transform).memory([vector], inFloatsOf(4))).toThrow(reason);
      const tensors = tf.memory().numTensors;
      const update = tf.ones([9]);
      const input = { update, parameter: () => update, info: vector, state: {}, step: 1, learningRate: 1 };
      await expect(transform.apply({ ...input, random: createRandom(1), products })).rejects.toThrow(reason);
      update.dispose();
      expect(tf.memory().numTensors).toBe(tensors);
    }
  });
});

describe('a subspace that is the whole space', () => {
  const square = { ...info[2]!, shape: [full, full] };
  const whole = [
    keptSubspace({ rank: full, refresh: every(2) }),
    keptSubspace({ rank: full, refresh: every(2), subspace: 'random' }),
    twoSidedSubspace({ rank: full, gap: 2 }),
    coordinateSubspace({ density: 1, gap: 2 }),
  ];
  const residuals = [signOfResidual(1), scaledByNormRatio(growth)];

  it.each(whole.map((subspace, index) => ({ index, subspace })))(
    'leaves no residual, whatever becomes of one (#$index)',
    async ({ subspace }) => {
      expect(subspace.lossless(square)).toBe(true);
      const squares = info.map((each) => ({ ...each, shape: square.shape }));
      const plain = projected(adam, { subspace });
      const updates = await run(everyParameter(plain), { of: squares });
      for (const residual of residuals) {
        const either = projected(adam, { subspace, residual });
        expect(await run(everyParameter(either), { of: squares })).toEqual(updates);
        expect(either.state(square)).toEqual(plain.state(square));
        expect(either.workspace(square, engineTraits.wasm)).toBe(plain.workspace(square, engineTraits.wasm));
      }
    },
  );

  it('moves by SGD as without it', async () => {
    const sgd = trace({ momentum: 0.5, nesterov: false });
    const sides = info.map((each) => ({ ...each, shape: [full, full] }));
    const [turned, straight] = [projected(sgd, { subspace: keptSubspace({ rank: full, refresh: every(99) }) }), sgd];
    const update = async (transform: Transform) => {
      const part = everyParameter(transform);
      const gradients = new Map(sides.map(({ path }) => [path, tf.randomNormal([full, full], 0, 1, 'float32', 4)]));
      const state = part.init(sides, createRandom(0));
      const input = { gradients, parameters: gradients, info: sides, state, step: 1, learningRate: 1 };
      const result = await part.update({ ...input, random: createRandom(0), products });
      const values = [...result.updates.values()].map((tensor) => [...tensor.dataSync()]);
      tf.dispose([...gradients.values(), ...result.updates.values(), ...Object.values(result.state)]);
      return values;
    };
    expect(relativeError(await update(turned), await update(straight))).toBeLessThan(1e-5);
  });
});
