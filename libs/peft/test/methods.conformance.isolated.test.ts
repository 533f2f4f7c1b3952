/** @file Properties every method must have. The suite walks the registry and asks no method for its name. */
import type { Tensor2D } from '@tensorflow/tfjs-core';
import { describe, expect, it, vi } from 'vitest';
import { addedEngines } from '../../../test/support/engines.js';
import { differentiate } from '../src/engine/autograd.js';
import type { BaseLayer, Streams } from '../src/method.js';
import { findOptimizer, methodNames, methods } from '../src/registry.js';
import { createRandom } from '../src/tensor/random.js';
import { tf } from '../src/tensor/tf.js';
import { expectClose, relativeError } from './support/close.js';
import { drawn } from './support/draws.js';
import { evaluateFormula } from './support/formula.js';
import { initialized, OneLayer, products, valuesOf } from './support/one-layer.js';
import { openedEngine } from './support/opened-engine.js';
import { type MethodCase, namesWith, readVector, withoutOrigin } from './support/vectors.js';

/** Values that a method detaches from the backward pass, so that finite differences can hold them constant too. */
const held = vi.hoisted(() => ({ mode: 'off' as 'off' | 'record' | 'replay', values: [] as unknown[], next: 0 }));
vi.mock('../src/parts/autodiff.js', async (original) => {
  const { detached } = await original<typeof import('../src/parts/autodiff.js')>();
  return {
    detached(compute: () => never) {
      if (held.mode === 'replay') return tf.clone(held.values[held.next++] as never);
      const value = detached(compute);
      if (held.mode === 'record') held.values.push(tf.keep(tf.clone(value)));
      return value;
    },
  };
});

const tolerance = 1e-5;

it('has a vector and its script for every method, and a method for every vector', () => {
  expect(namesWith('methods', 'json')).toEqual([...methodNames].sort());
  expect(namesWith('methods', 'py')).toEqual([...methodNames].sort());
});

it('says in every vector what its numbers follow', () => {
  expect(withoutOrigin('methods')).toEqual([]);
});

it('describes every field of every configuration', () => {
  for (const { name, config } of methods) {
    const { properties = {} } = config.toJSONSchema({ io: 'input' }) as { properties?: Record<string, object> };
    for (const [field, schema] of Object.entries(properties)) {
      expect(schema, `${name}.${field}`).toHaveProperty('description');
    }
    expect(config.safeParse({}).success, `defaults of ${name}`).toBe(true);
    expect(config.safeParse({ noSuchField: 1 }).success, `unknown fields of ${name}`).toBe(false);
  }
});

const cases = methods.flatMap((method) =>
  readVector('methods', method.name).cases.map((testCase, index) => ({
    method,
    testCase,
    label: `${method.name} #${index}`,
  })),
);

it('has one α for all low-rank methods, 8 whatever the rank, but for those whose field says whose other one it is', () => {
  for (const { name, config, usesRank } of methods) {
    const { properties = {} } = config.toJSONSchema({ io: 'input' }) as {
      properties?: Record<string, { default?: unknown; description?: string }>;
    };
    const alpha = usesRank ? properties.alpha : undefined;
    if (!alpha || alpha.default === 8) continue;
    expect(alpha.description, name).toMatch(/paper|authors/);
  }
});

describe.each(['cpu', 'wasm', ...addedEngines] as const)('on %s', (backend) => {
  const on = openedEngine(backend);

  const read = (compute: () => Tensor2D) => {
    const tensor = tf.tidy(compute);
    const values = tensor.dataSync() as Float32Array;
    tensor.dispose();
    return values;
  };
  const inputsOf = (testCase: MethodCase) => tf.tensor2d(testCase.inputs as number[][]);

  describe.each(cases)('$label', ({ method, testCase }) => {
    it('starts as declared, with the first values of the reference', () => {
      const first = initialized(method, testCase, 1);
      const layer = new OneLayer(method, testCase, valuesOf(first.tensors), first.kernel);
      const output = read(() => layer.forward(inputsOf(testCase)));
      const unchanged = new OneLayer({ ...method, weight: undefined }, testCase, {}, testCase.base.kernel);
      const baseOutput = read(() => unchanged.base().forward(inputsOf(testCase)));
      if (method.startsAtBase) {
        expectClose(output, baseOutput, tolerance, 'output before training');
      } else {
        expect(relativeError(output, baseOutput), 'difference from the base before training').toBeGreaterThan(0);
      }
      for (const [name, values] of Object.entries(testCase.initial)) {
        expectClose(first.tensors[name]!.values, values, tolerance, `first value of ${name}`);
      }
      expectClose(first.kernel, testCase.frozenKernel, tolerance, 'frozen kernel');
      layer.dispose();
      unchanged.dispose();
    });

    it('draws first values from the seed alone', () => {
      const [one, again, other] = [1, 1, 2].map((seed) => initialized(method, testCase, seed).tensors);
      expect(again).toEqual(one);
      const found = testCase.found ?? [];
      for (const name of found) expect(other![name], name).toEqual(one![name]);
      const drawn = Object.keys(one!).filter((name) => !(name in testCase.initial) && !found.includes(name));
      for (const name of drawn) expect(other![name], name).not.toEqual(one![name]);
    });

    it('makes the tensors it declares, as many as its formula and the reference say', () => {
      const layer = new OneLayer(method, testCase);
      const declared = layer.declared();
      const first = initialized(method, testCase, 1).tensors;
      expect(Object.keys(first).sort()).toEqual(Object.keys(declared).sort());
      for (const [name, { shape, values }] of Object.entries(first)) {
        expect(shape, name).toEqual(declared[name]!.shape);
        expect(values.length, name).toBe(shape.reduce((size, dimension) => size * dimension, 1));
      }
      const sizes = (tensors: Iterable<{ size: number }>) => [...tensors].reduce((sum, { size }) => sum + size, 0);
      expect(sizes(layer.trained.values())).toBe(testCase.counts.trained);
      const values = { ...(layer.config as object), ...method.symbols?.(testCase.layer, layer.config as never) };
      expect(evaluateFormula(method.parameterFormula, testCase.layer, values)).toBe(testCase.counts.trained);
      const frozen = Object.entries(declared).filter(([, { trained }]) => !trained);
      expect(frozen.reduce((sum, [name]) => sum + first[name]!.values.length, 0)).toBe(testCase.counts.frozen);
      layer.dispose();
    });

    it('holds in a step what its formula says', () => {
      const layer = new OneLayer(method, testCase);
      const config = layer.config as never;
      const { layer: shape, counts } = testCase;
      const rows = 7;
      const values = { ...(layer.config as object), ...method.symbols?.(shape, config), trained: counts.trained, rows };
      const written = evaluateFormula(method.memoryFormula, shape, values);
      const kept = method.weight?.activations(shape, config) ?? { perRow: 0, fixed: 0 };
      const trainsKernel = layer.info.some(({ role }) => role === 'kernel');
      const input = kept.keepsInput || trainsKernel ? rows * shape.in : 0;
      const between = method.rank?.memory([{ path: 'layer', shape }], config).state ?? 0;
      // Without a weight part it is parameters of the base that are trained, which are held anyhow.
      const copies = method.weight ? 4 : 3;
      expect(written).toBe(copies * counts.trained + counts.frozen + rows * kept.perRow + kept.fixed + input + between);
      layer.dispose();
    });

    it('gives the output, kernel and bias of the reference, by activations and by weights alike', () => {
      const layer = new OneLayer(method, testCase);
      const output = read(() => layer.forward(inputsOf(testCase)));
      expectClose(output, testCase.output, tolerance, 'output');
      const nonlinear = method.weight?.unmergeable?.(layer.config as never);
      expect(nonlinear !== undefined, 'no kernel in the reference where none computes the output').toBe(
        testCase.kernel === undefined,
      );
      if (testCase.kernel === undefined || testCase.bias === undefined) {
        layer.dispose();
        return;
      }
      const kernel = read(() => layer.merged().kernel.clone());
      expectClose(kernel, testCase.kernel, tolerance, 'effective kernel');
      expectClose(
        read(() => layer.merged().bias.clone() as never),
        testCase.bias,
        tolerance,
        'effective bias',
      );
      const merged = read(() => {
        const { kernel, bias } = layer.merged();
        return tf.add(tf.matMul(inputsOf(testCase), kernel), bias) as Tensor2D;
      });
      expectClose(merged, output, tolerance, 'merged output');
      layer.dispose();
    });

    it('gives the penalty of the reference', () => {
      const layer = new OneLayer(method, testCase);
      const penalty = tf.tidy(() => layer.penalty()?.dataSync()[0] ?? 0);
      expect(Math.abs(penalty - testCase.penalty)).toBeLessThanOrEqual(tolerance * Math.max(1, testCase.penalty));
      layer.dispose();
    });

    it('gives the gradients of the reference', () => {
      const layer = new OneLayer(method, testCase);
      const gradients = layer.gradients();
      const { inputs, ...trained } = gradients;
      expect(Object.keys(trained).sort()).toEqual(Object.keys(testCase.gradients).sort());
      for (const [name, expected] of Object.entries(testCase.gradients)) {
        expectClose(gradients[name]!.dataSync() as Float32Array, expected, tolerance, `gradient of ${name}`);
      }
      expectClose(inputs!.dataSync() as Float32Array, testCase.inputGradient, tolerance, 'gradient of the input');
      tf.dispose(gradients);
      layer.dispose();
    });

    it('gives in training what the reference gives with the same draws', () => {
      const layer = new OneLayer(method, testCase);
      let draws = false;
      layer.streams = {
        fork(label) {
          draws = true;
          return createRandom(1).fork(label);
        },
      };
      read(() => layer.forward(inputsOf(testCase)));
      expect(testCase.training !== undefined, 'reference where training draws').toBe(draws);
      for (const { draws, output, gradients: expected, inputGradient } of testCase.training ?? []) {
        const what = `with ${JSON.stringify(draws).slice(0, 30)}`;
        layer.streams = drawn(draws);
        expectClose(
          read(() => layer.forward(inputsOf(testCase))),
          output,
          tolerance,
          `output ${what}`,
        );
        const { inputs, ...gradients } = layer.gradients();
        for (const [name, gradient] of Object.entries(gradients)) {
          expectClose(gradient.dataSync() as Float32Array, expected[name]!, tolerance, `gradient of ${name} ${what}`);
        }
        expectClose(inputs!.dataSync() as Float32Array, inputGradient, tolerance, `gradient of the input ${what}`);
        tf.dispose([inputs!, gradients] as never);
      }
      layer.dispose();
    });

    if (testCase.dropout) {
      const { mask, output, gradients: expected, inputGradient } = testCase.dropout;
      it('gives with dropout what the reference gives with the same mask', () => {
        const layer = new OneLayer(method, testCase);
        layer.mask = mask;
        expectClose(
          read(() => layer.forward(inputsOf(testCase))),
          output,
          tolerance,
          'output',
        );
        const { inputs, ...gradients } = layer.gradients();
        for (const [name, gradient] of Object.entries(gradients)) {
          expectClose(gradient.dataSync() as Float32Array, expected[name]!, tolerance, `gradient of ${name}`);
        }
        expectClose(inputs!.dataSync() as Float32Array, inputGradient, tolerance, 'gradient of the input');
        tf.dispose([inputs!, gradients] as never);
        layer.dispose();
      });
    }

    it('agrees with finite differences', () => {
      const layer = new OneLayer(method, testCase);
      const gradients = layer.gradients();
      const lossAt = () =>
        tf.tidy(() => layer.loss(inputsOf(testCase), tf.tensor2d(testCase.targets as number[][])).dataSync()[0]!);
      held.mode = 'record';
      lossAt();
      held.mode = 'replay';
      const distance = 1e-2;
      for (const [name, tensor] of [...layer.trained]) {
        // An estimate is no derivative; it is held to the reference's.
        if (layer.declared()[name]?.ordered) continue;
        const original = tensor.dataSync().slice() as Float32Array;
        const analytic = gradients[name]!.dataSync() as Float32Array;
        const scale = analytic.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
        original.forEach((value, index) => {
          const [above, below] = [value + distance, value - distance].map((moved) => {
            const values = original.slice();
            values[index] = moved;
            layer.replace(name, tf.tensor(values, tensor.shape));
            held.next = 0;
            return lossAt();
          });
          const numeric = (above! - below!) / (2 * distance);
          expect(Math.abs(numeric - analytic[index]!), `${name}[${index}]`).toBeLessThanOrEqual(
            0.01 * Math.max(scale, 0.1),
          );
        });
        layer.replace(name, tf.tensor(original, tensor.shape));
      }
      held.mode = 'off';
      tf.dispose(held.values as never);
      held.values.length = 0;
      tf.dispose(gradients);
      layer.dispose();
    });

    it('is where the reference is after its optimizer steps, with nothing frozen moved and no tensor left over', async () => {
      const layer = new OneLayer(method, testCase);
      const { optimizer, tensors, output } = testCase.afterSteps;
      const part = findOptimizer(optimizer.name).build(optimizer.config as never);
      const frozenBefore = [...layer.frozen.values()].map((tensor) => tensor.dataSync().slice());
      let state = part.init(layer.info, createRandom(0));
      const live: number[] = [];
      for (let step = 1; step <= optimizer.steps; step += 1) {
        const { inputs, ...gradients } = layer.gradients();
        inputs!.dispose();
        const result = await part.update({
          gradients: new Map(Object.entries(gradients)),
          parameters: layer.trained,
          info: layer.info,
          state,
          step,
          learningRate: optimizer.learningRate,
          random: createRandom(0),
          products,
        });
        state = result.state;
        for (const [name, update] of result.updates) {
          layer.replace(name, tf.add(layer.trained.get(name)!, update));
          update.dispose();
        }
        tf.dispose(gradients);
        live.push(tf.memory().numTensors);
      }
      expect(new Set(live).size, `live tensors after each step: ${live}`).toBe(1);
      for (const [name, expected] of Object.entries(tensors)) {
        expectClose(layer.trained.get(name)!.dataSync() as Float32Array, expected, tolerance, `${name} after steps`);
      }
      expectClose(
        read(() => layer.forward(inputsOf(testCase))),
        output,
        tolerance,
        'output after steps',
      );
      expect([...layer.frozen.values()].map((tensor) => tensor.dataSync())).toEqual(frozenBefore);
      tf.dispose(state);
      layer.dispose();
    });

    it('says whether it reads the kernel besides what comes out of the base layer', () => {
      if (!method.weight) return;
      const layer = new OneLayer(method, testCase);
      layer.streams = largestDraws;
      const base = layer.base();
      let readsKernel = false;
      const watched: BaseLayer = {
        shape: base.shape,
        bias: base.bias!,
        forward: base.forward,
        get kernel() {
          readsKernel = true;
          return base.kernel;
        },
      };
      read(() => method.weight!.forward(inputsOf(testCase), watched, layer.context()));
      expect(readsKernel).toBe(method.weight.readsKernel ?? false);
      layer.dispose();
    });

    it('keeps for the backward pass what it says', () => {
      if (!method.weight) return;
      const { weight } = method;
      const layer = new OneLayer(method, testCase);
      layer.streams = largestDraws;
      const rows = testCase.inputs.length;
      const source = inputsOf(testCase);
      const one = tf.scalar(1);
      let kept = 0;
      const { value, gradients } = differentiate(new Map([...layer.trained, ['one', one]]), () => {
        // An input that only the layer can keep alive, and that needs a gradient, as inside a model.
        const x = tf.mul(source, one) as Tensor2D;
        const before = on.engine.liveBytes() - bytesOf(x);
        const y = tf.tidy(() => layer.forward(x));
        x.dispose();
        kept = (on.engine.liveBytes() - before - bytesOf(y)) / 4;
        return tf.mean(y);
      });
      const { perRow, fixed, keepsInput } = weight.activations(testCase.layer, layer.config as never);
      expect(kept).toBe(rows * (perRow + (keepsInput ? testCase.layer.in : 0)) + fixed);
      tf.dispose([value, ...gradients.values(), source, one]);
      layer.dispose();
    });
  });
});

/** Streams whose integers are the largest possible ones. */
const largestDraws: Streams = {
  fork: (label) => ({ ...createRandom(1).fork(label), ...largestDraws, integer: (bound) => bound - 1 }),
};
const bytesOf = (tensor: Tensor2D) => tensor.size * 4;
