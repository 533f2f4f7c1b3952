/** @file Votes by rank on a mask (FRL): messages, what one client can do, and attackers against what averages. */
import { describe, expect, it } from 'vitest';
import { participants } from '../src/federated/participation.js';
import { findStrategy } from '../src/federated/registry.js';
import type { Named, Received, Rounds, Subject } from '../src/federated/strategy.js';
import type { HostTensor } from '../src/method.js';
import { findMethod } from '../src/registry.js';
import { createRandom, type Random } from '../src/tensor/random.js';
import type { TrialPlan } from '../src/training/plan.js';
import { from, numbersOf, tinyFederation, valuesOf } from './support/tiny-federation.js';

const frl = findStrategy('frl').sites as Rounds<unknown>;
const fedavg = findStrategy('fedavg').sites as Rounds<unknown>;

/** Tensors of these shapes, of which all are scores. */
function subjectOf(shapes: Record<string, number[]>, clients: number): Subject {
  const adapters = Object.entries(shapes).map(([path, shape]) => ({ path, shape, trained: true, ordered: true }));
  const plan = { adapters, info: adapters } as unknown as TrialPlan;
  return { method: findMethod('supermask'), config: {}, plan, clients };
}
const tensor = (shape: number[], values: ArrayLike<number>): HostTensor => ({
  shape,
  values: Float32Array.from(values),
});

/** The message of a client that ends with these scores. */
const messageOf = (subject: Subject, trained: Named): Named => {
  const known = { subject, config: {}, round: 0, received: trained, own: new Map(), optimizer: new Map(), steps: 1 };
  return frl.upload!({ ...known, begun: trained, trained }).sent;
};
const received = (subject: Subject, tensors: readonly Named[]): Received[] =>
  tensors.map((own, client) => {
    const share = 1 / tensors.length;
    return { client, subject, share, shareOfAll: share, tensors: own };
  });

describe('a vote by rank', () => {
  const subject = subjectOf({ s: [2, 3] }, 3);
  const start = new Map([['s', tensor([2, 3], [0.3, -0.1, 0.6, 0.2, -0.5, 0.4])]]);
  const kept = frl.start!(start, { subject, config: {} });
  const input = { subject, config: {}, round: 0 };
  const vote = (scores: number[][]) => {
    const sent = scores.map((own) => messageOf(subject, new Map([['s', tensor([2, 3], own)]])));
    return [...frl.aggregate(received(subject, sent), { tensors: start, kept }, input).tensors.get('s')!.values];
  };

  it('gives the order of one client, with the sizes of the first scores', () => {
    expect([...kept.get('first:s')!.values]).toEqual([...Float32Array.of(0.1, 0.2, 0.3, 0.4, 0.5, 0.6)]);
    const made = vote([[9, -8, 1, 2, 7, -3]]);
    expect(made).toEqual([...Float32Array.of(0.6, 0.5, 0.1, 0.2, 0.4, 0.3)]);
  });

  it('moves an entry by its places and no further, however large a score is said to be', () => {
    const honest = [
      [1, 2, 3, 4, 5, 6],
      [1, 2, 3, 4, 5, 6],
    ];
    const modest = vote([...honest, [6, 5, 4, 3, 2, 1]]);
    expect(vote([...honest, [6e9, 5e5, 4, 3, 2e-9, 0]])).toEqual(modest);
    expect(modest.toSorted()).toEqual([...kept.get('first:s')!.values]);
    expect(modest).toEqual(modest.toSorted((a, b) => a - b));
  });

  it('sends an order with as many bits as a place takes, and refuses what is no order', () => {
    const random = createRandom('places');
    const shape = [25, 40];
    const large = subjectOf({ s: shape }, 1);
    const scores = tensor(
      shape,
      Array.from({ length: 1000 }, () => random.normal()),
    );
    const sent = messageOf(large, new Map([['s', scores]]));
    const packed = frl.up!.pack(sent, {});
    // A place below 1,000 takes ten bits.
    expect(packed.get('places:s')!.values).toHaveLength(Math.ceil(10_000 / 32));
    const layout = frl.uploads!(new Map([['s', shape]]), undefined, large);
    expect(frl.up!.unpack(packed, layout, {})).toEqual(sent);
    const twice = new Map([
      [
        'places:s',
        tensor(
          shape,
          from(0, 1000).map((place) => Math.max(1, place)),
        ),
      ],
    ]);
    expect(() => frl.up!.unpack(frl.up!.pack(twice, {}), layout, {})).toThrow(
      'places:s is no order: it has place 1 twice',
    );
    const beyond = new Map([['places:s', tensor(shape, from(1, 1000))]]);
    expect(() => frl.up!.unpack(frl.up!.pack(beyond, {}), layout, {})).toThrow('it has place 1000 of 1000');
    const short = new Map([['places:s', { shape: [3], values: new Int32Array(3) }]]);
    expect(() => frl.up!.unpack(short, layout, {})).toThrow('places:s is to hold 1000 places of 10 bits, got 3 words');
    expect(() => frl.up!.unpack(new Map(), layout, {})).toThrow('a message of places has no places:s');
  });
});

describe('a federation that votes', () => {
  const on = tinyFederation();
  const mask = { method: findMethod('supermask'), config: {} };

  it('sends up a third of what scores take, and trains the same bits again', async () => {
    const [votes, again] = [await on.run('frl', mask), await on.run('frl', mask)];
    expect(valuesOf(again.adapter)).toEqual(valuesOf(votes.adapter));
    const average = await on.run('fedavg', mask);
    expect(votes.bytes.down).toBe(average.bytes.down);
    // Kernels of 256 entries: eight bits for each in the place of 32, and a header.
    expect(votes.bytes.up).toBeLessThan(average.bytes.up / 2);
    expect(numbersOf(votes.adapter)).not.toEqual(numbersOf((await on.whole(0)).adapter));
  });
});

/** Four classes of two clusters each, a perceptron without biases, and thirty clients with mixtures of classes of their own. */
describe('attackers against a mask', () => {
  const [inputs, hidden, classes, clients, each, rounds] = [20, 96, 4, 30, 10, 25];
  const shapes = { first: [inputs, hidden], second: [hidden, classes] };
  const paths = ['first', 'second'] as const;
  const subject = subjectOf(shapes, clients);

  interface Examples {
    x: Float64Array[];
    y: number[];
  }

  function world(random: Random) {
    const centres = Array.from({ length: 2 * classes }, () =>
      Array.from({ length: inputs }, () => 1.1 * random.normal()),
    );
    const drawn = (size: number): Examples => {
      const y = Array.from({ length: size }, () => random.integer(classes));
      const x = y.map((label) => {
        const centre = centres[2 * label + random.integer(2)]!;
        return Float64Array.from(centre, (value) => value + random.normal());
      });
      return { x, y };
    };
    const [train, test] = [drawn(3000), drawn(1000)];
    // Shares of a class by exponentials, which are Dirichlet's with concentration 1.
    const parts = Array.from({ length: clients }, (): number[] => []);
    for (let label = 0; label < classes; label++) {
      const weights = parts.map(() => -Math.log(1 - random.uniform()));
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      train.y.forEach((own, index) => {
        if (own !== label) return;
        const at = random.uniform() * total;
        let [client, sum] = [0, weights[0]!];
        while (sum <= at && client < clients - 1) sum += weights[++client]!;
        parts[client]!.push(index);
      });
    }
    return { train, test, parts };
  }

  type Layers = Record<(typeof paths)[number], Float32Array>;

  /** Logits of one example, and what flows through on the way. */
  function forward(kernels: Layers, x: Float64Array) {
    const h = new Float64Array(hidden);
    for (let i = 0; i < inputs; i++) for (let j = 0; j < hidden; j++) h[j]! += x[i]! * kernels.first[i * hidden + j]!;
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
    const random = createRandom(`mask/3`);
    const { train, test, parts } = world(random);
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

  it('leave votes at 0.85 or more where a fifth of the clients attack, and averages below 0.4', () => {
    expect(accuracy('frl', 0)).toBeGreaterThan(0.9);
    expect(accuracy('frl', 0.2)).toBeGreaterThan(0.85);
    expect(accuracy('fedavg', 0)).toBeGreaterThan(0.9);
    expect(accuracy('fedavg', 0.2)).toBeLessThan(0.4);
  });
});
