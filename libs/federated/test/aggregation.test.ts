/** @file How far an aggregation is from the mean of the models. */
import { createRandom, findMethod, methods, readAdapter } from '@rankforge/peft';
import { tf } from '@rankforge/peft/engine';
import { planTrial } from '@rankforge/peft/extension';
import { Matrix, solve } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { partOf } from '../../../test/support/part-of.js';
import { relativeError } from '../../peft/test/support/close.js';
import { OneLayer } from '../../peft/test/support/one-layer.js';
import { tinyConfig } from '../../peft/test/support/tiny-model.js';
import { readVector } from '../../peft/test/support/vectors.js';
import { averagesExactly } from '../src/averages.js';
import { nearestDirection } from '../src/nearest-direction.js';
import { findStrategy, strategies } from '../src/registry.js';
import type { Subject } from '../src/strategy.js';
import { exactly, from, numbersOf, targets, tinyFederation } from './support/tiny-federation.js';

const on = tinyFederation();

describe('an aggregation', () => {
  const methods = ['lora', 'ffa-lora', 'lora-sb'];
  const subject = (name: string) => {
    const method = findMethod(name);
    const config = method.config.parse({ rank: 2 });
    return { method, config, plan: planTrial({ model: tinyConfig, method, config, targets }), clients: 3 };
  };
  const measured = strategies.filter(({ sites }) => typeof sites !== 'string' && !sites.uploads && !sites.up);
  // LoRA is enough for a strategy that errs whatever the method.
  const pairs = measured.flatMap((strategy) =>
    (strategy.exact(subject('ffa-lora')) ? methods : ['lora']).flatMap((name) =>
      strategy.unfit?.(subject(name), strategy.config.parse({})) ? [] : [[strategy.name, name]],
    ),
  );

  it.each(pairs as [string, string][])('is exact where its strategy says so: %s of %s', async (strategy, method) => {
    const { exact } = findStrategy(strategy);
    const federation = { rounds: exact(subject(method)) ? 2 : 1, localSteps: 2 };
    const { history } = await on.run(strategy, { method: findMethod(method), federation });
    const errors = history.map(({ aggregationError }) => aggregationError!);
    if (exact(subject(method))) expect(Math.max(...errors)).toBeLessThan(exactly);
    else if (strategy !== 'fedavgm') expect(Math.min(...errors)).toBeGreaterThan(exactly);
  });

  it('errs least by an SVD, then by corrected factors, then by their average', async () => {
    const [best, fair, average] = await Promise.all(['svd', 'lora-fair', 'fedavg'].map(errorOf));
    expect(best).toBeLessThanOrEqual(fair!);
    expect(fair).toBeLessThan(average!);
    async function errorOf(strategy: string) {
      const { history } = await on.run(strategy, { federation: { rounds: 1, localSteps: 2 } });
      return history[0]!.aggregationError!;
    }
  });

  it('turns a product towards the mean update by the cosine, and not where there is no better direction', () => {
    const random = createRandom('directions');
    const gaussian = (rows: number, columns: number) =>
      Matrix.from1DArray(
        rows,
        columns,
        Array.from({ length: rows * columns }, () => random.normal()),
      );
    const cosine = (one: Matrix, other: Matrix) =>
      Matrix.mul(one, other).sum() / (one.norm('frobenius') * other.norm('frobenius'));
    for (const rank of [1, 4, 8]) {
      const [a, right] = [gaussian(40, rank), gaussian(rank, 30)];
      const left = Matrix.add(a, gaussian(40, rank).mul(0.5));
      const b = Matrix.add(right, gaussian(rank, 30).mul(0.5));
      const update = left.mmul(right);
      const given = { a, b, left, right };
      // The projection on the columns of A has the largest cosine that there is.
      const best = cosine(a.mmul(solve(a, update)), update);
      const mean = cosine(a.mmul(b), update);
      const [free, held] = [1e-6, 1e-3].map((lambda) => nearestDirection({ ...given, lambda }));
      expect(cosine(a.mmul(free!), update), `rank ${rank}`).toBeCloseTo(best, 6);
      expect(cosine(a.mmul(held!), update)).toBeGreaterThan(mean);
      expect(cosine(a.mmul(held!), update)).toBeLessThan(best);
      expect(nearestDirection({ ...given, lambda: 10 })).toBe(b);
      const nothing = Matrix.zeros(rank, 30);
      expect(nearestDirection({ ...given, b: nothing, lambda: 1e-3 })).toBe(nothing);
      expect(nearestDirection({ ...given, right: nothing, lambda: 1e-3 })).toBe(b);
      const opposite = Matrix.mul(right, -1);
      expect(nearestDirection({ ...given, b: opposite, lambda: 1e-3 })).toBe(opposite);
    }
  });

  it.each(['stack', 'svd'])('is as good where clients have ranks of their own: %s', async (strategy) => {
    const ranks = { north: 4, east: 2, west: 1 };
    const given = { config: { rank: 4, alpha: 4 }, federation: { rounds: 2, localSteps: 2 } };
    const [own, alike] = [await on.run(strategy, { ...given, ranks }), await on.run(strategy, given)];
    expect(own.bytes.up).toBeLessThan(alike.bytes.up);
    expect(own.bytes.down).toBeLessThan(alike.bytes.down);
    expect(own.adapter).not.toEqual(alike.adapter);
    const errors = own.history.map(({ aggregationError }) => aggregationError!);
    if (findStrategy(strategy).exact(subject('lora'))) expect(Math.max(...errors)).toBeLessThan(exactly);
    // Seven columns in all, of which four are kept.
    else expect(Math.max(...errors)).toBeLessThan(0.5);
  });

  it('leaves columns that a round filled with nothing to be trained by the next: svd', async () => {
    const ranks = { north: 8, east: 2, west: 2 };
    const senders = ['east', 'north'];
    const { adapter, history } = await on.run('svd', {
      ...{ config: { rank: 8, alpha: 8 }, ranks },
      federation: { rounds: 2, localSteps: 2, participation: { quorum: 0 } },
      lost: ({ round, client }) => client !== senders[round - 1],
    });
    expect(history.map(({ participants }) => participants)).toEqual([['east'], ['north']]);
    for (const { aggregationError } of history) expect(aggregationError).toBeLessThan(exactly);
    for (const [path, { shape, values }] of readAdapter(adapter!).tensors) {
      if (!path.endsWith('lora_B')) continue;
      const [rows, width] = shape as [number, number];
      const norms = Array.from({ length: rows }, (_, row) =>
        Math.hypot(...values.subarray(row * width, (row + 1) * width)),
      );
      expect(Math.min(...norms) / Math.max(...norms), path).toBeGreaterThan(1e-3);
    }
  });

  it('gives the same model where all clients have the rank of the configuration', async () => {
    for (const strategy of ['stack', 'svd']) {
      const [named, unnamed] = [
        await on.run(strategy, { ranks: { north: 2, east: 2, west: 2 } }),
        await on.run(strategy),
      ];
      expect(relativeError(numbersOf(named.adapter), numbersOf(unnamed.adapter)), strategy).toBeLessThan(1e-5);
    }
  });

  it('changes nothing where there is one client', async () => {
    const alone = new Map([['all', from(0, 32)]]);
    for (const strategy of ['fedavg', 'svd', 'median', 'krum', 'trimmed-mean', 'stack']) {
      const { history } = await on.run(strategy, { clients: alone, federation: { rounds: 1, localSteps: 2 } });
      expect(history[0]!.aggregationError, strategy).toBeLessThan(exactly);
    }
  });
});

describe('kernels of averaged tensors', () => {
  const layered = methods.filter(({ weight, rank }) => weight && !rank);

  it.each(layered.map((method) => ({ method, name: method.name })))(
    'are the averages of kernels where the weight part says so: $name',
    ({ method }) => {
      const [testCase] = readVector('methods', method.name).cases;
      if (testCase!.kernel === undefined) return;
      const layer = new OneLayer(method, testCase!);
      const random = createRandom(5);
      const moved = () =>
        new Map(
          [...layer.trained].map(([path, tensor]) => [
            path,
            Float32Array.from(tensor.dataSync(), (value) => value + 0.5 * random.normal()),
          ]),
        );
      const [one, other] = [moved(), moved()];
      const middle = new Map(
        [...one].map(([path, values]) => [path, values.map((value, at) => (value + other.get(path)![at]!) / 2)]),
      );
      const kernelOf = (values: ReadonlyMap<string, Float32Array>) => {
        for (const [path, tensor] of layer.trained) layer.replace(path, tf.tensor(values.get(path)!, tensor.shape));
        return tf.tidy(() => Array.from(layer.merged().kernel.dataSync()));
      };
      const [first, second, mean] = [one, other, middle].map(kernelOf);
      const size = Math.max(...mean!.map(Math.abs));
      const error = Math.max(...mean!.map((value, at) => Math.abs(value - (first![at]! + second![at]!) / 2))) / size;
      layer.dispose();
      const subject = partOf<Subject>({ method, plan: { layers: [{ config: layer.config }] } });
      if (averagesExactly(subject)) expect(error).toBeLessThan(1e-5);
      else expect(error, `${method.name} is linear and does not say so`).toBeGreaterThan(1e-4);
    },
  );
});
