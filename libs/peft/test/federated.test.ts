/** @file Federations on the tiny model: identities of strategies, what goes over the wire, memory, resumes and what is refused. */
import { Matrix } from 'ml-matrix';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Engine, openEngine } from '../src/engine/engine.js';
import { epsilonOf } from '../src/federated/accountant.js';
import { findAttack } from '../src/federated/attacks/registry.js';
import { matrixOf } from '../src/federated/factors.js';
import { federate } from '../src/federated/federate.js';
import type { FederateInput, FederationEvent } from '../src/federated/federation.js';
import { encodeMessage, readMessage } from '../src/federated/message.js';
import { requireLayout } from '../src/federated/named.js';
import { predictFederated } from '../src/federated/predict.js';
import { withNoise } from '../src/federated/privacy.js';
import { findStrategy, strategies, strategyNames } from '../src/federated/registry.js';
import { masked, roundKey, unmaskedSum } from '../src/federated/secure.js';
import type { GradientPart, HostTensor } from '../src/method.js';
import type { LoadedBase } from '../src/models/base.js';
import { findMethod, findOptimizer } from '../src/registry.js';
import { leadingQ } from '../src/tensor/linalg.js';
import { createRandom } from '../src/tensor/random.js';
import { tf } from '../src/tensor/tf.js';
import { readAdapter } from '../src/training/adapter.js';
import { evaluate } from '../src/training/evaluate.js';
import { planTrial } from '../src/training/plan.js';
import { train } from '../src/training/trainer.js';
import { relativeError } from './support/close.js';
import { tinyBase, tinyConfig, tinyData } from './support/tiny-model.js';

let engine: Engine;
let base: LoadedBase;
beforeAll(async () => {
  engine = await openEngine('wasm');
  base = tinyBase();
});
afterAll(() => {
  base.dispose();
  expect(tf.memory().numTensors, 'tensors left over').toBe(0);
});

const targets = ['query', 'value'];
const options = { batchSize: 4, learningRate: 0.3, schedule: 'constant', seed: 3, clipNorm: null, targets } as const;
const from = (first: number, size: number) => Array.from({ length: size }, (_, index) => first + index);
const clients = new Map([
  ['north', from(0, 16)],
  ['east', from(16, 10)],
  ['west', from(26, 6)],
]);
const built = (name: string) => {
  const { build, config } = findOptimizer(name);
  return build(config.parse({}));
};

const input = (strategy: string, more: Partial<FederateInput> = {}): FederateInput => ({
  engine,
  model: base,
  method: findMethod('lora'),
  config: { rank: 2 },
  optimizer: built('sgd'),
  data: tinyData,
  strategy: findStrategy(strategy),
  federation: { rounds: 2, localSteps: 2 },
  clients,
  options,
  ...more,
});

/** A training on the data of all clients. */
function whole(steps: number) {
  const { model, method, config, optimizer, data } = input('pooled');
  return train({ engine, model, method, config, optimizer, data, options: { ...options, steps } });
}

const run = (strategy: string, more?: Partial<FederateInput>) => federate(input(strategy, more));

const valuesOf = (adapter: Uint8Array | undefined) =>
  [...readAdapter(adapter!).tensors].map(([path, { values }]) => [path, values] as const);
const numbersOf = (adapter: Uint8Array | undefined) => valuesOf(adapter).flatMap(([, values]) => [...values]);
const exactly = 1e-5;

describe('an aggregation', () => {
  const methods = ['lora', 'ffa-lora', 'lora-sb'];
  const subject = (name: string) => {
    const method = findMethod(name);
    const config = method.config.parse({ rank: 2 });
    return { method, config, plan: planTrial({ model: tinyConfig, method, config, targets }), clients: 3 };
  };
  const measured = strategies.filter(({ sites }) => typeof sites !== 'string' && !sites.uploads && !sites.up);
  // Of what errs whatever the method, LoRA is enough.
  const pairs = measured.flatMap((strategy) =>
    (strategy.exact(subject('ffa-lora')) ? methods : ['lora']).flatMap((name) =>
      strategy.unfit?.(subject(name), strategy.config.parse({})) ? [] : [[strategy.name, name]],
    ),
  );

  it.each(pairs as [string, string][])('is exact where its strategy says so: %s of %s', async (strategy, method) => {
    const { exact } = findStrategy(strategy);
    const federation = { rounds: exact(subject(method)) ? 2 : 1, localSteps: 2 };
    const { history } = await run(strategy, { method: findMethod(method), federation });
    const errors = history.map(({ aggregationError }) => aggregationError!);
    if (exact(subject(method))) expect(Math.max(...errors)).toBeLessThan(exactly);
    else if (strategy !== 'fedavgm') expect(Math.min(...errors)).toBeGreaterThan(exactly);
  });

  it('errs least by an SVD, then by corrected factors, then by their average', async () => {
    const [best, fair, average] = await Promise.all(['svd', 'lora-fair', 'fedavg'].map(errorOf));
    expect(best).toBeLessThanOrEqual(fair!);
    expect(fair).toBeLessThan(average!);
    async function errorOf(strategy: string) {
      const { history } = await run(strategy, { federation: { rounds: 1, localSteps: 2 } });
      return history[0]!.aggregationError!;
    }
  });

  it.each(['stack', 'svd'])('is as good where clients have ranks of their own: %s', async (strategy) => {
    const ranks = { north: 4, east: 2, west: 1 };
    const given = { config: { rank: 4, alpha: 4 }, federation: { rounds: 2, localSteps: 2 } };
    const [own, alike] = [await run(strategy, { ...given, ranks }), await run(strategy, given)];
    expect(own.bytes.up).toBeLessThan(alike.bytes.up);
    expect(own.bytes.down).toBeLessThan(alike.bytes.down);
    expect(own.adapter).not.toEqual(alike.adapter);
    const errors = own.history.map(({ aggregationError }) => aggregationError!);
    if (findStrategy(strategy).exact(subject('lora'))) expect(Math.max(...errors)).toBeLessThan(exactly);
    // Seven columns in all, of which four are kept.
    else expect(Math.max(...errors)).toBeLessThan(0.5);
  });

  it('is the same where all clients have the rank of the configuration', async () => {
    for (const strategy of ['stack', 'svd']) {
      const [named, unnamed] = [await run(strategy, { ranks: { north: 2, east: 2, west: 2 } }), await run(strategy)];
      expect(relativeError(numbersOf(named.adapter), numbersOf(unnamed.adapter)), strategy).toBeLessThan(1e-5);
    }
  });

  it('changes nothing where there is one client', async () => {
    const alone = new Map([['all', from(0, 32)]]);
    for (const strategy of ['fedavg', 'svd', 'median', 'krum', 'trimmed-mean', 'stack']) {
      const { history } = await run(strategy, { clients: alone, federation: { rounds: 1, localSteps: 2 } });
      expect(history[0]!.aggregationError, strategy).toBeLessThan(exactly);
    }
  });
});

describe('a federation', () => {
  it('trains as one training does where the data is pooled, to the bit', async () => {
    const trained = await whole(4);
    const pooled = await run('pooled');
    expect(valuesOf(pooled.adapter)).toEqual(valuesOf(trained.adapter));
    expect(pooled.validation).toEqual(trained.validation);
    expect(pooled.bytes).toEqual({ down: 0, up: 0 });
  });

  it('scores the mean of the models of clients that train alone', async () => {
    const { adapters, validation, adapter } = await run('local-only');
    expect(adapter).toBeUndefined();
    expect(Object.keys(adapters!)).toEqual(['north', 'east', 'west']);
    const losses = await Promise.all(
      Object.values(adapters!).map(async (own) => {
        const scores = await evaluate({
          model: base,
          method: findMethod('lora'),
          adapter: own,
          data: tinyData,
          split: 'validation',
        });
        return scores.metrics.loss;
      }),
    );
    expect(new Set(losses).size).toBe(3);
    expect(validation!.loss).toBeCloseTo(losses.reduce((sum, loss) => sum + loss, 0) / 3, 6);
  });

  it('is FedAvg where a strategy adds nothing to it', async () => {
    const average = await run('fedavg');
    const proximal = await run('fedprox', { strategyConfig: { mu: 0 } });
    expect(valuesOf(proximal.adapter)).toEqual(valuesOf(average.adapter));
    const even = new Map([
      ['a', from(0, 16)],
      ['b', from(16, 16)],
    ]);
    const one = numbersOf((await run('fedavg', { clients: even })).adapter);
    for (const [strategy, strategyConfig] of [
      ['sparse', { upload: 1, download: 1 }],
      ['trimmed-mean', { cut: 0 }],
      ['fedavgm', { momentum: 0 }],
      ['lora-fair', { lambda: 1e6 }],
    ] as const) {
      const { adapter } = await run(strategy, { clients: even, strategyConfig });
      expect(relativeError(numbersOf(adapter), one), strategy).toBeLessThan(1e-5);
    }
  });

  it('leaves what clients merged into their bases as an adapter of the base', async () => {
    const { adapter, validation } = await run('stack');
    const { info } = readAdapter(adapter!);
    // Two rounds of three clients at rank 2.
    expect(info.config).toMatchObject({ rank: 12 });
    const given = { model: base, method: findMethod('lora'), data: tinyData, split: 'validation' as const };
    const { metrics } = await evaluate({ ...given, adapter: adapter! });
    expect(Math.abs(metrics.loss / validation!.loss - 1)).toBeLessThan(1e-5);
  });

  it('scores the global model on the part of each client', async () => {
    const validation = new Map([
      ['north', from(0, 3)],
      ['east', from(3, 3)],
      ['west', from(6, 2)],
    ]);
    const {
      history,
      adapter,
      validation: pooled,
    } = await run('fedavg', { validation, federation: { rounds: 2, localSteps: 1, evalEvery: 1 } });
    const scores = await evaluate({
      model: base,
      method: findMethod('lora'),
      adapter: adapter!,
      data: tinyData,
      split: 'validation',
    });
    const losses = [...scores.columns.loss!];
    const { byClient, metrics } = history.at(-1)!;
    expect(metrics).toEqual(pooled);
    expect(byClient!.west!.loss).toBeCloseTo((losses[6]! + losses[7]!) / 2, 9);
    expect(history[0]!.metrics!.loss).not.toBe(metrics!.loss);
  });

  it('makes the first values of all clients once, of the gradients that they send', async () => {
    const { adapter, setUp, history } = await run('fedavg', { method: findMethod('lora-sb') });
    const layers = 4;
    const factors = new Map([...readAdapter(adapter!).tensors].filter(([path]) => !path.endsWith('lora_R')));
    expect(factors.size).toBe(2 * layers);
    const gradient = encodeMessage(
      { federation: 'x'.repeat(32), round: 0, client: 0, direction: 'up' },
      new Map(
        [
          'blocks.0.attention.query',
          'blocks.0.attention.value',
          'blocks.1.attention.query',
          'blocks.1.attention.value',
        ].map((path) => [path, { shape: [16, 16], values: new Float32Array(256) }] as const),
      ),
    );
    expect(setUp.up).toBe(3 * gradient.length);
    expect(setUp.down).toBeGreaterThan(3 * 4 * 2 * layers * 16 * 2);
    // What a round sends is the cores alone: r² numbers of each layer, and their names.
    const core = encodeMessage(
      { federation: 'x'.repeat(32), round: 0, client: 0, direction: 'up' },
      new Map([...readAdapter(adapter!).tensors].filter(([path]) => path.endsWith('lora_R'))),
    );
    expect(history[0]!.bytes.up).toBe(3 * core.length);
  });

  it.each([
    { share: 0.34, sampling: 'fixed', expected: [1, 1, 1, 1] },
    { share: 1, sampling: 'poisson', expected: [3, 3, 3, 3] },
  ] as const)('asks $share of the clients, $sampling', async ({ share, sampling, expected }) => {
    const federation = { rounds: 4, localSteps: 1, participation: { share, sampling } };
    const { history } = await run('fedavg', { federation });
    expect(history.map(({ participants }) => participants.length)).toEqual(expected);
  });

  it('keeps its model in a round that nobody takes part in', async () => {
    const federation = { rounds: 3, localSteps: 1, participation: { share: 1e-9, sampling: 'poisson' } } as const;
    const { history, adapter, bytes } = await run('fedavg', { federation });
    expect(history.map(({ participants }) => participants)).toEqual([[], [], []]);
    expect(bytes).toEqual({ down: 0, up: 0 });
    const begun = await whole(0);
    expect(valuesOf(adapter)).toEqual(valuesOf(begun.adapter));
  });

  it.each([
    ['fedavg', {}],
    ['fedprox', {}],
    ['scaffold', {}],
    // Its second round has miners alone, which hold the most.
    ['fedamd', { anchors: 1e-9 }],
  ])('holds at its peak what one client is predicted to hold: %s', async (name, strategyConfig) => {
    const optimizer = built('adamw');
    const { peak } = await run(name, { optimizer, strategyConfig, federation: { rounds: 2, localSteps: 2 } });
    const method = findMethod('lora');
    const config = method.config.parse({ rank: 2 });
    const trial = { model: tinyConfig, method, config, optimizer, targets, batchSize: 4, sequence: 8 };
    const predicted = predictFederated({ ...trial, strategy: findStrategy(name) });
    expect(Math.abs(peak.total / predicted.total - 1), `${peak.total} of ${predicted.total}`).toBeLessThan(0.01);
  });

  it('ends over its budget with the part that dominates', async () => {
    const { outcome, overBudget } = await run('fedavg', { budgetBytes: 40_000 });
    expect(outcome).toBe('over-budget');
    expect(overBudget).toMatchObject({ budgetBytes: 40_000, part: expect.any(String) });
  });
});

describe('clients that attack', () => {
  const sites = new Map(from(0, 5).map((site) => [`site-${site}`, from(6 * site, 6)]));
  const federation = { rounds: 2, localSteps: 2 };
  const attacked = (strategy: string, strategyConfig: object, share = 0.2) =>
    run(strategy, {
      clients: sites,
      strategyConfig,
      federation: { ...federation, adversaries: { attack: 'sign-flip', share, factor: 20 } },
    });

  it('are borne by robust rules and not by a mean', async () => {
    const begun = numbersOf((await whole(0)).adapter);
    const honest = numbersOf((await run('fedavg', { clients: sites, federation })).adapter);
    const distance = (one: number[], other: number[]) => Math.hypot(...one.map((value, at) => value - other[at]!));
    /** How far the model ends from the honest one, in ways that the honest one went. */
    const astray = async (strategy: string, strategyConfig: object) => {
      const { adapter, attackers } = await attacked(strategy, strategyConfig);
      expect(attackers).toHaveLength(1);
      return distance(numbersOf(adapter), honest) / distance(honest, begun);
    };
    for (const [strategy, config] of [
      ['trimmed-mean', { cut: 0.2 }],
      ['krum', { attackers: 1, keep: 3 }],
      ['median', {}],
    ] as const) {
      expect(await astray(strategy, config), strategy).toBeLessThan(1);
    }
    expect(await astray('fedavg', {})).toBeGreaterThan(3);
  });

  it('may be more than half, or nobody', async () => {
    expect((await attacked('median', {}, 0.8)).attackers).toHaveLength(4);
    const none = await attacked('median', {}, 0);
    const honest = await run('median', { clients: sites, federation });
    expect(none.attackers).toEqual([]);
    expect(valuesOf(none.adapter)).toEqual(valuesOf(honest.adapter));
  });

  it('send what their attack says', () => {
    const [begun, trained] = [
      [1, 2],
      [1.5, 1],
    ].map((values) => new Map([['a', { shape: [2], values: Float32Array.from(values) }]]));
    const sent = (name: string) => [
      ...findAttack(name).trained!({ begun: begun!, trained: trained!, factor: 4 }).get('a')!.values,
    ];
    expect(sent('sign-flip')).toEqual([-1, 6]);
    expect(sent('scaled')).toEqual([3, -2]);
  });

  it('learn other classes than there are', () => {
    const targets = Int32Array.of(0, 2, 1, -1);
    const batch = { size: 4, sequence: 0, inputs: new Int32Array(0), targets, lengths: new Int32Array(4) };
    const { examples } = findAttack('label-flip');
    const flipped = examples!({ size: 4, batch: () => batch }, { classes: 3 });
    expect([...flipped.batch([0]).targets]).toEqual([2, 0, 1, -1]);
    expect(() => examples!({ size: 4, batch: () => batch }, {})).toThrow('label-flip needs examples with classes');
  });
});

describe('privacy', () => {
  const participation = { share: 0.5, sampling: 'poisson' } as const;
  const rounds = { rounds: 3, localSteps: 1, participation };
  const privacy = { clip: 0.05, noise: 1.5, delta: 1e-5 };

  it('costs what the accountant says, round by round', async () => {
    const { history, adapter } = await run('fedavg', { federation: { ...rounds, privacy } });
    const costs = [1, 2, 3].map((done) => epsilonOf({ sampling: 0.5, noise: 1.5, rounds: done }, 1e-5).epsilon);
    expect(history.map(({ epsilon }) => epsilon)).toEqual(costs);
    const again = await run('fedavg', { federation: { ...rounds, privacy } });
    expect(valuesOf(again.adapter)).toEqual(valuesOf(adapter));
  });

  it('adds its noise in a round that nobody takes part in, too', async () => {
    const nobody = { rounds: 1, localSteps: 1, participation: { share: 1e-9, sampling: 'poisson' } } as const;
    const { history, adapter } = await run('fedavg', { federation: { ...nobody, privacy: { clip: 1e-9, noise: 1 } } });
    expect(history[0]!.participants).toEqual([]);
    expect(numbersOf(adapter)).not.toEqual(numbersOf((await whole(0)).adapter));
  });

  it('bounds how far a client moves the model', async () => {
    const federation = { rounds: 1, localSteps: 2, participation: { share: 1, sampling: 'poisson' } } as const;
    const begun = numbersOf((await whole(0)).adapter);
    const moved = async (clip: number) => {
      const { adapter } = await run('fedavg', { federation: { ...federation, privacy: { clip, noise: 0 } } });
      return Math.hypot(...numbersOf(adapter).map((value, at) => value - begun[at]!));
    };
    expect(await moved(0.05)).toBeLessThanOrEqual(0.05 * (1 + 1e-6));
    expect(await moved(0.05)).toBeGreaterThan(0.01);
    expect(await moved(100)).toBeGreaterThan(0.05);
  });

  it('adds noise to updates of kernels as their factors say', () => {
    const random = createRandom('noise');
    const [inputs, outputs, rank, deviation, draws] = [12, 10, 3, 0.1, 1500];
    const gaussian = (rows: number, columns: number) =>
      new Map([
        ['t', { shape: [rows, columns], values: Float32Array.from({ length: rows * columns }, () => random.normal()) }],
      ]);
    const matrix = (named: ReadonlyMap<string, HostTensor>) => matrixOf(named.get('t')!);
    const [a, b] = [gaussian(inputs, rank), gaussian(rank, outputs)];
    const [left, right] = [
      leadingQ(matrix(gaussian(inputs, rank)), rank),
      leadingQ(matrix(gaussian(outputs, rank)), rank).transpose(),
    ];
    const core = new Map([['t', { shape: [rank, rank], values: new Float32Array(rank * rank) }]]);
    const noisy = (named: ReadonlyMap<string, HostTensor>) => matrix(withNoise(named, deviation, random));
    const energy = { lora: 0, ffa: 0, sb: 0 };
    const squared = (one: Matrix) => one.norm('frobenius') ** 2;
    for (let draw = 0; draw < draws; draw++) {
      const [noisyA, noisyB] = [noisy(a), noisy(b)];
      energy.lora += squared(Matrix.sub(noisyA.mmul(noisyB), matrix(a).mmul(matrix(b)))) / draws;
      energy.ffa += squared(matrix(a).mmul(Matrix.sub(noisyB, matrix(b)))) / draws;
      energy.sb += squared(left.mmul(noisy(core)).mmul(right)) / draws;
    }
    const [ofA, ofB] = [squared(matrix(a)), squared(matrix(b))];
    const both = deviation ** 2 * (outputs * ofA + inputs * ofB) + deviation ** 4 * inputs * outputs * rank;
    expect(Math.abs(energy.lora / both - 1)).toBeLessThan(0.03);
    expect(Math.abs(energy.ffa / (deviation ** 2 * outputs * ofA) - 1)).toBeLessThan(0.03);
    expect(Math.abs(energy.sb / (deviation ** 2 * rank ** 2) - 1)).toBeLessThan(0.03);
  });
});

describe('secure aggregation', () => {
  const federation = { rounds: 2, localSteps: 1, secureAggregation: true };

  it('makes the model that messages in the clear make, the same bits each time', async () => {
    const [masked, again] = [await run('fedavg', { federation }), await run('fedavg', { federation })];
    expect(valuesOf(again.adapter)).toEqual(valuesOf(masked.adapter));
    const clear = await run('fedavg', { federation: { rounds: 2, localSteps: 1 } });
    expect(relativeError(numbersOf(masked.adapter), numbersOf(clear.adapter))).toBeLessThan(1e-5);
    // Keys are messages as well.
    expect(masked.bytes.up).toBeGreaterThan(clear.bytes.up);
    expect(masked.history.map(({ aggregationError }) => aggregationError)).toEqual([undefined, undefined]);
  });

  it('tells the sum of all and of no fewer', () => {
    const values = [Float32Array.of(1.5, -2), Float32Array.of(0.25, 3), Float32Array.of(-1, 0)];
    const keys = values.map((_, client) => roundKey(client));
    const others = new Map(keys.map(({ client, public: raw }) => [client, raw]));
    const layout = new Map([['a', [2]]]);
    const sent = values.map((own, client) =>
      masked(new Map([['a', { shape: [2], values: own }]]), { key: keys[client]!, others, round: 3, weight: 0.5 }),
    );
    const sumOf = (messages: typeof sent) => [...unmaskedSum(messages, layout).get('a')!.values];
    expect(sumOf(sent)).toEqual([0.375, 0.5]);
    expect(sumOf(sent.toReversed())).toEqual([0.375, 0.5]);
    for (const left of [0, 1, 2]) {
      const fewer = sumOf(sent.filter((_, client) => client !== left));
      const plain = [0, 1].map((at) =>
        values.reduce((sum, own, client) => sum + (client === left ? 0 : own[at]! / 2), 0),
      );
      for (const at of [0, 1]) expect(Math.abs(fewer[at]! - plain[at]!)).toBeGreaterThan(1e-3);
    }
    const large = new Map([['a', { shape: [1], values: Float32Array.of(4096) }]]);
    const given = { key: keys[0]!, others, round: 0, weight: 1 };
    expect(() => masked(large, given)).toThrow('a holds 4096: secure sums take numbers below 2048 in size');
    expect(() => unmaskedSum([new Map()], layout)).toThrow('a masked message has no a of [2]');
  });

  it('leaves the model as it is where a client is alone in a round', async () => {
    const sampled = { ...federation, rounds: 6, participation: { share: 0.34, sampling: 'poisson' as const } };
    const { history, adapter } = await run('fedavg', { federation: sampled });
    const sizes = history.map(({ participants }) => participants.length);
    expect(sizes).toContain(1);
    const until = sizes.findIndex((size) => size > 1);
    const first = until < 0 ? 6 : until;
    const before = await run('fedavg', { federation: { ...sampled, rounds: Math.max(1, first) } });
    if (first > 0) expect(valuesOf(before.adapter)).toEqual(valuesOf((await whole(0)).adapter));
    expect(adapter).toBeDefined();
  });
});

describe('a federation that is killed', () => {
  const federation = { rounds: 3, localSteps: 2, checkpointEvery: 1, evalEvery: 1, participation: { share: 0.67 } };
  it.each(['fedavgm', 'scaffold', 'fedamd', 'stack', 'pooled', 'local-only'])(
    'goes on to the same bits: %s',
    async (name) => {
      const uninterrupted = await run(name, { federation });
      const abort = new AbortController();
      let kept: Uint8Array | undefined;
      const cut = await run(name, {
        federation,
        signal: abort.signal,
        onEvent(event: FederationEvent) {
          if (event.type === 'checkpoint') kept = event.bytes;
          if (event.type === 'client' && event.round === 2 && event.event.type === 'step') abort.abort();
        },
      });
      expect([cut.outcome, cut.rounds]).toEqual(['stopped', 1]);
      expect(cut.checkpoint).toEqual(kept);
      const resumed = await run(name, { federation, resume: cut.checkpoint! });
      expect(resumed.history).toEqual(uninterrupted.history);
      expect(resumed.validation).toEqual(uninterrupted.validation);
      expect(resumed.bytes).toEqual(uninterrupted.bytes);
      const all = ({ adapter, adapters = {} }: typeof uninterrupted) =>
        [adapter, ...Object.values(adapters)].flatMap((one) => (one ? valuesOf(one) : []));
      expect(all(resumed)).toEqual(all(uninterrupted));
      await expect(
        run(name, { federation: { ...federation, localSteps: 1 }, resume: cut.checkpoint! }),
      ).rejects.toThrow(/checkpoint was taken of another federation/);
    },
  );
});

it('names the client whose training diverged, and its round', async () => {
  const sgd = built('sgd');
  const optimizer: GradientPart = {
    ...sgd,
    async update(input) {
      const { updates, state } = await sgd.update(input);
      const broken = [...updates].map(([path, update]) => [path, tf.tidy(() => tf.mul(update, Number.NaN))] as const);
      tf.dispose([...updates.values()]);
      return { updates: new Map(broken), state };
    },
  };
  await expect(run('fedavg', { optimizer })).rejects.toThrow(/^north, in round 1: Training diverged at step \d/);
});

describe('what a federation refuses', () => {
  const refused: [title: string, strategy: string, more: Partial<FederateInput>, message: RegExp][] = [
    [
      'ranks that change',
      'fedavg',
      { method: findMethod('adalora'), config: {} },
      /adalora changes .* frozen would differ between clients: choose another method, or train each client alone or on pooled data/,
    ],
    [
      'first values of moments',
      'fedavg',
      { method: findMethod('eva'), config: {} },
      /eva makes its first values of more than a gradient/,
    ],
    [
      'a method without factors',
      'svd',
      { method: findMethod('ia3'), config: {} },
      /ia3 is no product of two trained matrices/,
    ],
    [
      'factors of which one is frozen',
      'lora-fair',
      { method: findMethod('ffa-lora') },
      /ffa-lora is no product of two trained matrices/,
    ],
    [
      'a base that first values change',
      'stack',
      { method: findMethod('pissa') },
      /pissa makes its factors of the base/,
    ],
    ['more messages than clients', 'krum', { strategyConfig: { keep: 4 } }, /keep: 4 is more than the 3 clients/],
    [
      'a client without an example',
      'fedavg',
      {
        clients: new Map([
          ['a', [0]],
          ['b', []],
        ]),
      },
      /clients: b has no example/,
    ],
    ['no client', 'fedavg', { clients: new Map() }, /expected at least one client/],
    [
      'an example that there is not',
      'fedavg',
      { clients: new Map([['a', [0, 32]]]) },
      /a has example 32, and there are 0 to 31/,
    ],
    [
      'scores of nobody',
      'fedavg',
      { validation: new Map([['south', [0]]]) },
      /validation: south is no client; there are north, east, west/,
    ],
    [
      'ranks of clients that have one',
      'fedavg',
      { ranks: { north: 1 } },
      /ranks: strategy fedavg aggregates tensors of one rank/,
    ],
    ['a rank of nobody', 'svd', { ranks: { south: 1 } }, /ranks: south is no client/],
    [
      'a rank above that of the configuration',
      'svd',
      { ranks: { north: 3 } },
      /ranks: expected a whole number from 1 to 2, .* got 3 for north/,
    ],
    [
      'a share of none',
      'fedavg',
      { federation: { rounds: 1, localSteps: 1, participation: { share: 0 } } },
      /participation/,
    ],
    [
      'privacy of a fixed number of clients',
      'fedavg',
      { federation: { rounds: 1, localSteps: 1, privacy: { clip: 1, noise: 1 } } },
      /privacy needs "poisson"/,
    ],
    [
      'privacy of more than a sum',
      'median',
      {
        federation: {
          rounds: 1,
          localSteps: 1,
          participation: { sampling: 'poisson' },
          privacy: { clip: 1, noise: 1 },
        },
      },
      /median makes its model of more than the sum/,
    ],
    [
      'privacy of gradients before the first round',
      'fedavg',
      {
        method: findMethod('lora-sb'),
        federation: {
          rounds: 1,
          localSteps: 1,
          participation: { sampling: 'poisson' },
          privacy: { clip: 1, noise: 1 },
        },
      },
      /lora-sb has clients send gradients/,
    ],
    [
      'masked messages of which more than the sum is needed',
      'median',
      { federation: { rounds: 1, localSteps: 1, secureAggregation: true } },
      /secureAggregation: strategy median needs more than the sum/,
    ],
    [
      'masked messages with noise on changes',
      'fedavg',
      {
        federation: {
          rounds: 1,
          localSteps: 1,
          participation: { sampling: 'poisson' },
          privacy: { clip: 1, noise: 1 },
          secureAggregation: true,
        },
      },
      /secureAggregation: noise is added to changes/,
    ],
    [
      'the sum of one client',
      'fedavg',
      { federation: { rounds: 1, localSteps: 1, participation: { share: 0.3 }, secureAggregation: true } },
      /secureAggregation: the sum of one client is its message/,
    ],
    [
      'attackers where nobody sends',
      'pooled',
      { federation: { rounds: 1, localSteps: 1, adversaries: { attack: 'scaled', share: 0.5 } } },
      /with strategy pooled nobody sends anything/,
    ],
    [
      'an attack that nobody knows',
      'fedavg',
      { federation: { rounds: 1, localSteps: 1, adversaries: { attack: 'sybil', share: 0.5 } } },
      /attack/,
    ],
    ['a field that strategies do not have', 'fedprox', { strategyConfig: { nu: 1 } }, /nu/],
  ];
  it.each(refused)('refuses %s', async (_, strategy, more, message) => {
    await expect(federate(input(strategy, more))).rejects.toThrow(message);
  });

  it('refuses a strategy that nobody knows', () => {
    expect(() => findStrategy('fedsgd')).toThrow(`Unknown strategy 'fedsgd': use one of ${strategyNames.join(', ')}`);
  });

  const header = { federation: 'f', round: 1, client: 2, direction: 'up' } as const;
  const tensors = new Map([['a', { shape: [2], values: Float32Array.of(1, 2) }]]);
  it.each([
    [{ round: 2 }, 'of round 1 (client 2, round 1), and 2 is waited for'],
    [{ client: 0 }, 'of client 2 (client 2, round 1), and 0 is waited for'],
    [{ federation: 'g' }, 'of federation f'],
    [{ direction: 'down' as const }, 'of direction up'],
  ])('takes no message of another place: %o', (other, message) => {
    const bytes = encodeMessage(header, tensors);
    expect(readMessage(bytes, header)).toEqual(tensors);
    expect(() => readMessage(bytes, { ...header, ...other })).toThrow(message);
  });

  it('takes no message that is cut short, and none of another kind', () => {
    const bytes = encodeMessage(header, tensors);
    expect(() => readMessage(bytes.subarray(0, bytes.length - 4), header)).toThrow('message');
    expect(() => readMessage(encodeMessage({ ...header, round: -1 }, tensors), header)).toThrow(
      'metadata field message',
    );
  });

  it.each([
    ['another shape', [['a', [3]]], 'site sent a as [2], expected [3]'],
    [
      'a missing tensor',
      [
        ['a', [2]],
        ['b', [1]],
      ],
      'site sent b as nothing, expected [1]',
    ],
    ['a tensor too many', [], 'site sent a, which nobody expects'],
  ] as [string, [string, number[]][], string][])('refuses %s', (_, layout, message) => {
    expect(() => requireLayout('site', tensors, new Map(layout))).toThrow(message);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])('refuses %d in a message', (value) => {
    const broken = new Map([['a', { shape: [2], values: Float32Array.of(1, value) }]]);
    expect(() => requireLayout('site', broken, new Map([['a', [2]]]))).toThrow(`site sent a with ${value} at 1`);
  });
});
