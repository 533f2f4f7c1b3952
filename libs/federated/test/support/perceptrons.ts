/**
 * @file A federation of perceptrons in plain arithmetic: clients vote on a mask of a network drawn at random (FRL), or are averaged, and some
 * attack. The strategies' own functions make and aggregate the messages.
 */

import { createRandom, findMethod, type HostTensor, type Random } from '@rankforge/peft';
import type { TrialPlan } from '@rankforge/peft/extension';
import { partOf } from '../../../../test/support/part-of.js';
import { participants } from '../../src/participation.js';
import { findStrategy } from '../../src/registry.js';
import type { Named, Received, Rounds, Subject } from '../../src/strategy.js';

export const frl = findStrategy('frl').sites as Rounds<unknown>;
const fedavg = findStrategy('fedavg').sites as Rounds<unknown>;
const from = (first: number, size: number) => Array.from({ length: size }, (_, index) => first + index);

/** Tensors of these shapes, of which all are scores. */
export function subjectOf(shapes: Record<string, number[]>, clients: number): Subject {
  const adapters = Object.entries(shapes).map(([path, shape]) => ({
    path,
    shape,
    trained: true,
    ordered: true as const,
  }));
  const plan = partOf<TrialPlan>({ adapters, info: adapters });
  return { method: findMethod('supermask'), config: {}, plan, clients };
}
export const tensor = (shape: number[], values: ArrayLike<number>): HostTensor => ({
  shape,
  values: Float32Array.from(values),
});

/** The message of a client that ends with these scores. */
export const messageOf = (subject: Subject, trained: Named): Named => {
  const known = { subject, config: {}, round: 0, received: trained, own: new Map(), optimizer: new Map(), steps: 1 };
  return frl.upload!({ ...known, begun: trained, trained }).sent;
};
export const received = (subject: Subject, tensors: readonly Named[]): Received[] =>
  tensors.map((own, client) => {
    const share = 1 / tensors.length;
    return { client, subject, share, shareOfAll: share, tensors: own };
  });

export interface Examples {
  x: Float64Array[];
  y: number[];
}

interface Setting {
  inputs: number;
  classes: number;
  /** The examples. */
  made(random: Random): { train: Examples; test: Examples };
  hidden: number;
  clients: number;
  /** Clients of a round. */
  each: number;
  rounds: number;
  seed: string;
}

/** A function that says the accuracy on test examples after all rounds, with a share of clients that attack. */
export function perceptrons({ inputs, hidden, classes, clients, each, rounds, seed, made }: Setting) {
  const shapes = { first: [inputs, hidden], second: [hidden, classes] };
  const paths = ['first', 'second'] as const;
  const subject = subjectOf(shapes, clients);

  /** Shares of a class by exponentials, which are Dirichlet's with concentration 1. */
  function dealt({ y }: Examples, random: Random): number[][] {
    const parts = Array.from({ length: clients }, (): number[] => []);
    for (let label = 0; label < classes; label++) {
      const weights = parts.map(() => -Math.log(1 - random.uniform()));
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      y.forEach((own, index) => {
        if (own !== label) return;
        const at = random.uniform() * total;
        let [client, sum] = [0, weights[0]!];
        while (sum <= at && client < clients - 1) sum += weights[++client]!;
        parts[client]!.push(index);
      });
    }
    return parts;
  }

  type Layers = Record<(typeof paths)[number], Float32Array>;

  /** Logits of one example, and what flows through on the way. */
  function forward(kernels: Layers, x: Float64Array) {
    const h = new Float64Array(hidden);
    for (let i = 0; i < inputs; i++) {
      if (x[i] === 0) continue;
      for (let j = 0; j < hidden; j++) h[j]! += x[i]! * kernels.first[i * hidden + j]!;
    }
    for (let j = 0; j < hidden; j++) h[j] = Math.max(0, h[j]!);
    const z = new Float64Array(classes);
    for (let j = 0; j < hidden; j++)
      for (let c = 0; c < classes; c++) z[c]! += h[j]! * kernels.second[j * classes + c]!;
    return { h, z };
  }

  function gradients(kernels: Layers, { x, y }: Examples, batch: readonly number[]): Layers {
    const made = { first: new Float32Array(inputs * hidden), second: new Float32Array(hidden * classes) };
    for (const index of batch) {
      const { h, z } = forward(kernels, x[index]!);
      const most = Math.max(...z);
      const e = z.map((value) => Math.exp(value - most));
      const sum = e.reduce((total, value) => total + value, 0);
      const g = e.map((value, c) => (value / sum - (c === y[index] ? 1 : 0)) / batch.length);
      for (let j = 0; j < hidden; j++) {
        if (h[j] === 0) continue;
        let back = 0;
        for (let c = 0; c < classes; c++) {
          made.second[j * classes + c]! += h[j]! * g[c]!;
          back += g[c]! * kernels.second[j * classes + c]!;
        }
        for (let i = 0; i < inputs; i++) made.first[i * hidden + j]! += x[index]![i]! * back;
      }
    }
    return made;
  }

  const masked = (weights: Float32Array, scores: Float32Array) => {
    const least = scores.map(Math.abs).sort()[scores.length / 2]!;
    return weights.map((weight, at) => (Math.abs(scores[at]!) >= least ? weight : 0));
  };
  const layersOf = (named: Named): Layers => ({
    first: named.get('first')!.values.slice(),
    second: named.get('second')!.values.slice(),
  });
  const namedOf = (layers: Layers): Named => new Map(paths.map((path) => [path, tensor(shapes[path], layers[path])]));
  const over = (make: (path: (typeof paths)[number]) => Float32Array): Layers => ({
    first: make('first'),
    second: make('second'),
  });

  /** Accuracy after the rounds, with a share of clients that attack. */
  function accuracy(strategy: 'frl' | 'fedavg', share: number): number {
    const random = createRandom(seed);
    const { train, test } = made(random);
    const parts = dealt(train, random);
    const sides = { first: inputs, second: hidden };
    const signs = over((path) =>
      Float32Array.from({ length: shapes[path][0]! * shapes[path][1]! }, () => {
        return (random.uniform() < 0.5 ? -1 : 1) * Math.sqrt(2 / sides[path] / 0.5);
      }),
    );
    const votes = strategy === 'frl';
    const begun = over((path) =>
      signs[path].map(() =>
        votes ? random.uniform() / Math.sqrt(sides[path]) : random.normal() * Math.sqrt(2 / sides[path]),
      ),
    );
    const used = (layers: Layers) => (votes ? over((path) => masked(signs[path], layers[path])) : layers);
    const trained = (start: Layers, examples: readonly number[], stream: Random): Layers => {
      const layers = over((path) => start[path].slice());
      const velocity = over((path) => new Float32Array(start[path].length));
      for (let epoch = 0; epoch < 2; epoch++) {
        const order = [...examples];
        for (let last = order.length - 1; last > 0; last--) {
          const other = stream.integer(last + 1);
          [order[last], order[other]] = [order[other]!, order[last]!];
        }
        for (let at = 0; at < order.length; at += 16) {
          const made = gradients(used(layers), train, order.slice(at, at + 16));
          for (const path of paths) {
            layers[path].forEach((value, entry) => {
              if (!votes) {
                layers[path][entry] = value - 0.05 * made[path][entry]!;
                return;
              }
              const gradient = made[path][entry]! * signs[path][entry]! * Math.sign(value);
              velocity[path][entry] = 0.9 * velocity[path][entry]! + gradient + 1e-4 * value;
              layers[path][entry] = value - 0.4 * velocity[path][entry]!;
            });
          }
        }
      }
      return layers;
    };
    const part = votes ? frl : fedavg;
    let state = { tensors: namedOf(begun), kept: part.start?.(namedOf(begun), { subject, config: {} }) ?? new Map() };
    const attackers = Math.round(share * clients);
    for (let round = 0; round < rounds; round++) {
      const before = layersOf(state.tensors);
      const taking = participants(clients, round, { share: each / clients, sampling: 'fixed', random });
      const ends = taking.map((client) => trained(before, parts[client]!, random.fork(`${round}/${client}`)));
      const bad = taking.flatMap((client, place) => (client < attackers ? [place] : []));
      const sent = ends.map((end) => (votes ? messageOf(subject, namedOf(end)) : namedOf(end)));
      if (bad.length > 0) {
        const together = paths.map((path): [string, HostTensor] => {
          const length = begun[path].length;
          if (!votes) {
            const change = (at: number) =>
              ends.reduce((sum, end) => sum + end[path][at]! - before[path][at]!, 0) / ends.length;
            return [
              path,
              tensor(
                shapes[path],
                from(0, length).map((at) => before[path][at]! - 10 * change(at)),
              ),
            ];
          }
          // The sum of the attackers' own votes, turned around.
          const own = bad.map((place) => sent[place]!.get(`places:${path}`)!.values);
          const sums = from(0, length).map((at) => own.reduce((sum, places) => sum + places[at]!, 0));
          const order = from(0, length).sort((one, other) => sums[other]! - sums[one]!);
          const places = new Float32Array(length);
          order.forEach((at, place) => {
            places[at] = place;
          });
          return [`places:${path}`, tensor(shapes[path], places)];
        });
        for (const place of bad) sent[place] = new Map(together);
      }
      state = part.aggregate(received(subject, sent), state, { subject, config: {}, round });
    }
    const kernels = used(layersOf(state.tensors));
    const right = test.y.filter((label, index) => {
      const { z } = forward(kernels, test.x[index]!);
      return z.indexOf(Math.max(...z)) === label;
    });
    return right.length / test.y.length;
  }

  return accuracy;
}
