/** @file Rounds with clients that attack, with noise on changes, and with masked messages. */
import { readFileSync } from 'node:fs';
import { createRandom, type HostTensor, readStates } from '@rankforge/peft';
import { leadingQ } from '@rankforge/peft/extension';
import { Matrix } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { relativeError } from '../../peft/test/support/close.js';
import { epsilonOf } from '../src/accountant.js';
import { takeTurnApart } from '../src/apart.js';
import { findAttack } from '../src/attacks/registry.js';
import { matrixOf } from '../src/factors.js';
import { withNoise } from '../src/privacy.js';
import { from, numbersOf, tinyFederation, valuesOf } from './support/tiny-federation.js';

const on = tinyFederation();

describe('clients that attack', () => {
  const sites = new Map(from(0, 5).map((site) => [`site-${site}`, from(6 * site, 6)]));
  const federation = { rounds: 2, localSteps: 2 };
  const attacked = (strategy: string, strategyConfig: object, share = 0.2) =>
    on.run(strategy, {
      clients: sites,
      strategyConfig,
      federation: { ...federation, adversaries: { attack: 'sign-flip', share, factor: 20 } },
    });

  it('lead a mean astray, and no robust rule', async () => {
    const begun = numbersOf((await on.whole(0)).adapter);
    const honest = numbersOf((await on.run('fedavg', { clients: sites, federation })).adapter);
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

  it('make up more than half of the clients, or none, as asked', async () => {
    expect((await attacked('median', {}, 0.8)).attackers).toHaveLength(4);
    const none = await attacked('median', {}, 0);
    const honest = await on.run('median', { clients: sites, federation });
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

  it('turn the gradient of an anchor around, as they do a change', async () => {
    const gradientOf = async (adversaries?: { attack: string; share: number; factor: number }) => {
      const rounds = { ...federation, ...(adversaries && { adversaries }) };
      // In the first round all are anchors.
      const { checkpoint } = await on.run('fedamd', { federation: rounds, apart: { round: -1, turns: new Map() } });
      const turn = { round: 0, client: 0 };
      const left = await takeTurnApart(on.input('fedamd', { federation: rounds, resume: checkpoint! }), turn);
      const sent = [...readStates(left!, 'turn').tensors].filter(([path]) => path.startsWith('sent>gradient:'));
      return sent.flatMap(([, { values }]) => [...values]);
    };
    const honest = await gradientOf();
    expect(Math.hypot(...honest)).toBeGreaterThan(0.01);
    const flipped = await gradientOf({ attack: 'sign-flip', share: 1, factor: 4 });
    expect(flipped).toEqual(honest.map((value) => (value === 0 ? 0 : -4 * value)));
  });

  it('send one message together, of what all of them trained', () => {
    const change = (...values: number[]) => new Map([['a', { shape: [2], values: Float32Array.from(values) }]]);
    const changes = [change(1, 4), change(3, 4)];
    const sent = (name: string, participants: number, factor = 4) => [
      ...findAttack(name).together!({ changes, participants, factor }).get('a')!.values,
    ];
    expect(sent('inner-product', 5)).toEqual([-8, -16]);
    // Of fifty clients with two attackers 24 of 48 honest ones must be further off: none is to stand out.
    expect(sent('little-is-enough', 50)).toEqual([2, 4]);
    // Of five, one of three: 0.4307 deviations, below which two thirds of a normal distribution lie; the deviation is 1 and 0.
    expect(sent('little-is-enough', 5)[0]).toBeCloseTo(2 - 0.4307273, 6);
    expect(sent('little-is-enough', 5)[1]).toBe(4);
    // They are more than a half of three, and nothing but the factor bounds them.
    expect(sent('little-is-enough', 3)).toEqual([-2, 4]);
  });

  it('learn mirrored classes under a label flip', () => {
    const targets = Int32Array.of(0, 2, 1, -1);
    const batch = { size: 4, sequence: 0, inputs: new Int32Array(0), targets, lengths: new Int32Array(4) };
    const { examples } = findAttack('label-flip');
    const flipped = examples!({ size: 4, batch: () => batch }, { classes: 3 });
    expect([...flipped.batch([0]).targets]).toEqual([2, 0, 1, -1]);
    expect(() => examples!({ size: 4, batch: () => batch }, {})).toThrow('label-flip needs examples with classes');
  });
});

describe('clients that attack together', () => {
  const sites = new Map(from(0, 5).map((site) => [`site-${site}`, from(6 * site, 6)]));
  const rules = {
    fedavg: {},
    'trimmed-mean': { cut: 0.2 },
    krum: { attackers: 2, keep: 1 },
    median: {},
  };
  const shares = [0, 0.2, 0.4, 0.6];
  const run = (strategy: keyof typeof rules, share: number, attack = 'inner-product') =>
    on.run(strategy, {
      clients: sites,
      strategyConfig: rules[strategy],
      federation: { rounds: 1, localSteps: 1, adversaries: { attack, share } },
    });
  const modelOf = async (...given: Parameters<typeof run>) => numbersOf((await run(...given)).adapter);
  const distance = (one: number[], other: number[]) => Math.hypot(...one.map((value, at) => value - other[at]!));

  it('lead a rule astray once there are more of them than it bears', async () => {
    const begun = numbersOf((await on.whole(0)).adapter);
    const way = distance(await modelOf('fedavg', 0), begun);
    /** How far a rule ends from where it would be without attackers, for each share of them; in ways of an honest round. */
    const astray = async (strategy: keyof typeof rules) => {
      const attacked: number[][] = [];
      for (const share of shares) {
        const { adapter, attackers } = await run(strategy, share);
        expect(attackers).toHaveLength(5 * share);
        attacked.push(numbersOf(adapter));
      }
      return attacked.map((model) => distance(model, attacked[0]!) / way);
    };
    const [mean, trimmed, krum, median] = [
      await astray('fedavg'),
      await astray('trimmed-mean'),
      await astray('krum'),
      await astray('median'),
    ];
    expect(mean[1]).toBeGreaterThan(3);
    // One of five is cut off at each end, and two are not.
    expect(trimmed[1]).toBeLessThan(1);
    expect(trimmed[2]).toBeGreaterThan(3);
    // Two who send the same are nobody's neighbours but each other's, and of five clients Krum asks for two neighbours less.
    expect(krum[1]).toBeLessThan(1);
    expect(krum[2]).toBeGreaterThan(3);
    expect(median[2]).toBeLessThan(2);
    for (const rule of [mean, trimmed, krum, median]) expect(rule[3]).toBeGreaterThan(3);
    // Near the others, Krum takes what they send although it drops what one of them sends far off.
    const near = distance(await modelOf('krum', 0.4, 'little-is-enough'), await modelOf('krum', 0)) / way;
    expect(near).toBeGreaterThan(1);
    expect(near).toBeLessThan(krum[2]!);
  });

  it('agree with those alone who have the same rank', async () => {
    const ranks = { 'site-0': 1, 'site-1': 1 };
    const federation = { rounds: 1, localSteps: 1, adversaries: { attack: 'inner-product', share: 1 } };
    const { history, attackers } = await on.run('svd', { clients: sites, ranks, federation });
    expect(attackers).toEqual([...sites.keys()]);
    expect(history[0]!.participants).toEqual([...sites.keys()]);
  });

  it('mask their messages and send nothing before all have trained, in the order of clients', async () => {
    const federation = { rounds: 2, localSteps: 1, adversaries: { attack: 'inner-product', share: 0.4, factor: 1 } };
    const given = { clients: sites, federation };
    const clear = await on.run('fedavg', given);
    const masked = await on.run('fedavg', { ...given, federation: { ...federation, secureAggregation: true } });
    expect(relativeError(numbersOf(masked.adapter), numbersOf(clear.adapter))).toBeLessThan(1e-4);
    expect(clear.attackers).toHaveLength(2);
    expect(clear.history.map(({ participants }) => participants)).toEqual([[...sites.keys()], [...sites.keys()]]);
    expect(clear.bytes).toEqual(
      (await on.run('fedavg', { clients: sites, federation: { rounds: 2, localSteps: 1 } })).bytes,
    );
  });
});

describe('privacy', () => {
  const participation = { share: 0.5, sampling: 'poisson' } as const;
  const rounds = { rounds: 3, localSteps: 1, participation };
  const privacy = { clip: 0.05, noise: 1.5, delta: 1e-5 };

  it('costs what the accountant says, round by round', async () => {
    const { history, adapter } = await on.run('fedavg', { federation: { ...rounds, privacy } });
    const costs = [1, 2, 3].map((done) => epsilonOf({ sampling: 0.5, noise: 1.5, rounds: done }, 1e-5).epsilon);
    expect(history.map(({ epsilon }) => epsilon)).toEqual(costs);
    const again = await on.run('fedavg', { federation: { ...rounds, privacy } });
    expect(valuesOf(again.adapter)).toEqual(valuesOf(adapter));
  });

  it('adds its noise in a round that nobody takes part in, too', async () => {
    const nobody = { rounds: 1, localSteps: 1, participation: { share: 1e-9, sampling: 'poisson' } } as const;
    const { history, adapter } = await on.run('fedavg', {
      federation: { ...nobody, privacy: { clip: 1e-9, noise: 1 } },
    });
    expect(history[0]!.participants).toEqual([]);
    expect(numbersOf(adapter)).not.toEqual(numbersOf((await on.whole(0)).adapter));
  });

  it('has no ε without noise, before and after a resume', async () => {
    const federation = { ...rounds, rounds: 2, checkpointEvery: 1, privacy: { clip: 0.05, noise: 0 } };
    let resume: Uint8Array | undefined;
    const { history } = await on.run('fedavg', {
      federation,
      onEvent(event) {
        if (event.type === 'checkpoint') resume = event.bytes;
      },
    });
    expect(history.map(({ epsilon }) => epsilon)).toEqual([undefined, undefined]);
    expect((await on.run('fedavg', { federation, resume: resume! })).history).toEqual(history);
  });

  it('bounds how far a client moves the model', async () => {
    const federation = { rounds: 1, localSteps: 2, participation: { share: 1, sampling: 'poisson' } } as const;
    const begun = numbersOf((await on.whole(0)).adapter);
    const moved = async (clip: number) => {
      const { adapter } = await on.run('fedavg', { federation: { ...federation, privacy: { clip, noise: 0 } } });
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

describe('the accountant of privacy', () => {
  interface Spent {
    sampling: number;
    noise: number;
    rounds: number;
    delta: number;
    epsilon: number;
    order: number;
  }
  const accountant = JSON.parse(readFileSync(new URL('vectors/privacy/epsilon.json', import.meta.url), 'utf8')) as {
    cases: Spent[];
  };

  it.each(accountant.cases)(
    'gives the ε of dp-accounting: q $sampling, σ $noise, $rounds rounds, δ $delta',
    ({ delta, epsilon, order, ...spent }) => {
      const found = epsilonOf(spent, delta);
      expect(Math.abs(found.epsilon - epsilon)).toBeLessThanOrEqual(1e-6 * Math.max(1, epsilon));
      expect(found.order).toBe(order);
    },
  );

  it('spends nothing without a round, and all without noise', () => {
    expect(epsilonOf({ sampling: 0.1, noise: 1, rounds: 0 }, 1e-5).epsilon).toBe(0);
    expect(epsilonOf({ sampling: 0.1, noise: 0, rounds: 1 }, 1e-5).epsilon).toBe(Number.POSITIVE_INFINITY);
    expect(() => epsilonOf({ sampling: 1.1, noise: 1, rounds: 1 }, 1e-5)).toThrow(
      'sampling: expected a probability, got 1.1',
    );
    expect(() => epsilonOf({ sampling: 1, noise: 1, rounds: 1 }, 0)).toThrow(
      'delta: expected a number between 0 and 1',
    );
  });
});
