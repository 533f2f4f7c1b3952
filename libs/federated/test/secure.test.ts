/** @file Masked messages: the sum is told and no message, and the masks of clients that are lost are undone by shares. */
import { readFileSync } from 'node:fs';
import { createRandom } from '@rankforge/peft';
import { describe, expect, it } from 'vitest';
import { relativeError } from '../../peft/test/support/close.js';
import { masked, maskedSum, numbersOf as numbersOfSum, roundKeys, roundMasks } from '../src/secure.js';
import { fromBytes, PRIME, recovered, type Share, shared, toBytes } from '../src/shamir.js';
import { ShareHolder, unmaskedSum } from '../src/shares.js';
import { numbersOf, targets, tinyFederation, valuesOf } from './support/tiny-federation.js';

const on = tinyFederation();
const small = { batchSize: 4, schedule: 'constant', seed: 3, clipNorm: null, targets } as const;

describe('shares of a secret', () => {
  interface Case {
    needed: number;
    coefficients: string[];
    shares: string[];
    fewer: string;
  }
  const vector = JSON.parse(readFileSync(new URL('vectors/privacy/shamir.json', import.meta.url), 'utf8')) as {
    prime: string;
    cases: Case[];
  };

  it.each(vector.cases)('are those of the script where $needed are needed, and give the secret', (given) => {
    expect(PRIME).toBe(BigInt(vector.prime));
    const [secret, ...coefficients] = given.coefficients.map(BigInt);
    const { needed } = given;
    const expected = given.shares.map((value, index): Share => [index + 1, BigInt(value)]);
    const made = shared(secret!, { needed, holders: expected.length }, () => coefficients.shift()!);
    expect(made).toEqual(expected);
    expect(recovered(made.slice(0, needed))).toBe(secret);
    expect(recovered(made.slice(-needed).toReversed())).toBe(secret);
    expect(recovered(made)).toBe(secret);
    // One share less gives another number.
    const fewer = needed === 1 ? [] : made.slice(-(needed - 1));
    expect(recovered(fewer)).toBe(BigInt(given.fewer));
    expect(BigInt(given.fewer)).not.toBe(secret);
  });

  it('differ each time, and give every byte of the secret back', () => {
    const secret = Uint8Array.of(0, 0, 7, ...Array.from({ length: 29 }, () => 255));
    const terms = { needed: 2, holders: 3 };
    const [one, other] = [shared(fromBytes(secret), terms), shared(fromBytes(secret), terms)];
    expect(one).not.toEqual(other);
    expect(toBytes(recovered(one.slice(1)), 32)).toEqual(secret);
    expect(() => toBytes(PRIME, 32)).toThrow('a number of 65 hexadecimal digits, expected 64');
  });
});

describe('a masked sum', () => {
  const values = [Float32Array.of(1.5, -2), Float32Array.of(0.25, 3), Float32Array.of(-1, 0), Float32Array.of(4, 1)];
  const layout = new Map([['a', [2]]]);
  const round = 3;
  const keys = values.map((_, client) => roundKeys(client));
  const clients = new Map(keys.map(({ client, public: open }) => [client, open]));
  const sent = values.map((own, client) =>
    masked(new Map([['a', { shape: [2], values: own }]]), {
      masks: roundMasks(keys[client]!, clients),
      round,
      weight: 0.5,
      random: createRandom(client),
    }),
  );
  const holders = keys.map((own) => new ShareHolder(own, clients, round));
  for (const [from, holder] of holders.entries()) {
    for (const [to, sealed] of holder.deal(2)) holders[to]!.receive(from, sealed);
  }
  const plain = (came: readonly number[]) =>
    [0, 1].map((at) => came.reduce((sum, client) => sum + values[client]![at]! / 2, 0));
  const messagesOf = (came: readonly number[]) => came.map((client) => sent[client]!);

  it.each([
    ['nobody', []],
    ['one', [1]],
    ['the first and the last', [0, 3]],
  ])('is that of the messages that came where %s is lost', (_, lost) => {
    const came = [0, 1, 2, 3].filter((client) => !lost.includes(client as never));
    const ends = { came, lost };
    const told = new Map(came.map((client) => [client, holders[client]!.tell(ends)]));
    const sum = unmaskedSum(messagesOf(came), layout, { clients, ends, told, round });
    expect([...numbersOfSum(sum).get('a')!.values]).toEqual(plain(came));
    // Too few shares undo nothing.
    const [first] = told;
    const fewer = unmaskedSum(messagesOf(came), layout, { clients, ends, told: new Map([first!]), round });
    for (const at of [0, 1]) {
      expect(Math.abs(numbersOfSum(fewer).get('a')!.values[at]! - plain(came)[at]!)).toBeGreaterThan(1e-3);
    }
  });

  it('says nothing before masks are undone, of all or of fewer', () => {
    for (const came of [[0, 1, 2, 3], [0, 1], [2]]) {
      const sum = numbersOfSum(maskedSum(messagesOf(came), layout)).get('a')!.values;
      for (const at of [0, 1]) expect(Math.abs(sum[at]! - plain(came)[at]!)).toBeGreaterThan(1e-3);
    }
    expect(() => maskedSum([new Map()], layout)).toThrow('a masked message has no a of [2]');
  });

  it('refuses a server that calls a client lost whose message it has, and shares that were changed', () => {
    expect(() => holders[0]!.tell({ came: [0, 1, 2], lost: [1, 3] })).toThrow(
      'client 1 is said to have sent and to be lost: its shares are not told',
    );
    const [holder, other] = keys.map((own) => new ShareHolder(own, clients, round));
    const sealed = holder!.deal(2).get(1)!;
    sealed[20]! ^= 1;
    expect(() => other!.receive(0, sealed)).toThrow('the shares of client 0 for client 1 were changed on their way');
  });

  it.each([1, 0.25])('refuses numbers whose weighted sum may not fit, at a weight of %d', (weight) => {
    // Four clients that change by 64 at a quarter each send 16, and the sum of these is too large for 32 bits with a sign.
    const large = new Map([['a', { shape: [1], values: Float32Array.of(64) }]]);
    const given = { masks: [], round: 0, weight, random: createRandom(0) };
    expect(() => masked(large, given)).toThrow('a changed by 64: secure sums take changes below 32 in size');
  });

  it.each([10, 100, 1000])('is right for the smallest numbers of %d clients', (clients) => {
    const entries = 400;
    const layout = new Map([['a', [entries]]]);
    for (const value of [1e-6, -4e-5, 2e-4]) {
      const own = new Map([['a', { shape: [entries], values: new Float32Array(entries).fill(value) }]]);
      const sent = Array.from({ length: clients }, (_, client) =>
        masked(own, { masks: [], round: 0, weight: 1 / clients, random: createRandom(client) }),
      );
      const means = numbersOfSum(maskedSum(sent, layout)).get('a')!.values;
      // A sum of roundings to 2⁻²⁵ deviates by at most √n/2 of them. Limits are five deviations.
      const deviation = (Math.sqrt(clients) / 2) * 2 ** -25;
      for (const mean of means) expect(Math.abs(mean - value)).toBeLessThan(5 * deviation);
      const total = means.reduce((sum, mean) => sum + mean, 0) / entries;
      expect(Math.abs(total - value)).toBeLessThan((5 * deviation) / Math.sqrt(entries) + 1e-12);
    }
  });

  it('holds the largest changes of many clients, rounded up', () => {
    const clients = 1000;
    const almost = 31.999998;
    const own = new Map([['a', { shape: [2], values: Float32Array.of(almost, -almost) }]]);
    const upwards = { ...createRandom(0), uniform: () => 0 };
    const sent = Array.from({ length: clients }, () =>
      masked(own, { masks: [], round: 0, weight: 1 / clients, random: upwards }),
    );
    const [up, down] = numbersOfSum(maskedSum(sent, new Map([['a', [2]]]))).get('a')!.values;
    expect(Math.abs(up! - almost)).toBeLessThan(clients * 2 ** -25);
    expect(Math.abs(down! + almost)).toBeLessThan(clients * 2 ** -25);
  });
});

describe('secure aggregation', () => {
  const federation = { rounds: 2, localSteps: 1, secureAggregation: true };

  it('makes the model that messages in the clear make, the same bits each time', async () => {
    const [masked, again] = [await on.run('fedavg', { federation }), await on.run('fedavg', { federation })];
    expect(valuesOf(again.adapter)).toEqual(valuesOf(masked.adapter));
    const clear = await on.run('fedavg', { federation: { rounds: 2, localSteps: 1 } });
    expect(relativeError(numbersOf(masked.adapter), numbersOf(clear.adapter))).toBeLessThan(1e-5);
    // Keys are messages as well, of each client alike.
    expect(masked.bytes.up).toBeGreaterThan(clear.bytes.up);
    const { north, east, west } = masked.bytes.byClient;
    expect([east, west, 3 * north!.up, 3 * north!.down]).toEqual([north, north, masked.bytes.up, masked.bytes.down]);
    expect(masked.history.map(({ aggregationError }) => aggregationError)).toEqual([undefined, undefined]);
  });

  it('keeps changes that are small beside the model, also where few of the clients are asked', async () => {
    // The factor B begins with zeros, and changes by some 10⁻⁶ a round.
    const factors = async (secureAggregation: boolean) => {
      const asked = { rounds: 3, localSteps: 1, participation: { share: 0.67 }, secureAggregation };
      const { adapter } = await on.run('fedavg', { federation: asked, options: { ...small, learningRate: 1e-4 } });
      return valuesOf(adapter).flatMap(([path, values]) => (path.endsWith('lora_B') ? [...values] : []));
    };
    const [masked, clear] = [await factors(true), await factors(false)];
    for (const [at, value] of masked.entries()) expect(Math.abs(value - clear[at]!)).toBeLessThan(3 * 2 * 2 ** -25);
  });

  it('makes the model of the clients that are left where one is lost and the quorum allows it', async () => {
    const lossy = { rounds: 3, localSteps: 1, participation: { quorum: 0.6 } };
    const lost = ({ round, client }: { round: number; client: string }) => round === 2 && client === 'east';
    const clear = await on.run('fedavg', { federation: lossy, lost });
    const masked = await on.run('fedavg', { federation: { ...lossy, secureAggregation: true }, lost });
    expect(masked.history[1]).toMatchObject({ participants: ['north', 'west'], lost: ['east'] });
    expect(masked.history.map(({ failed }) => failed)).toEqual([undefined, undefined, undefined]);
    expect(relativeError(numbersOf(masked.adapter), numbersOf(clear.adapter))).toBeLessThan(1e-5);
    const all = await on.run('fedavg', { federation: { ...lossy, secureAggregation: true } });
    expect(relativeError(numbersOf(all.adapter), numbersOf(masked.adapter))).toBeGreaterThan(1e-3);
  });

  it('fails a round with fewer messages than it takes shares, and keeps its model', async () => {
    const lossy = { ...federation, participation: { quorum: 0.3 } };
    const lost = ({ round, client }: { round: number; client: string }) => round === 2 && client !== 'east';
    const { history, adapter } = await on.run('fedavg', { federation: lossy, lost });
    expect(history[1]!.failed).toBe(
      '1 of 3 clients sent a message, and it takes shares of 2 to undo the masks of those that were lost',
    );
    const before = await on.run('fedavg', { federation: { ...lossy, rounds: 1 } });
    expect(valuesOf(adapter)).toEqual(valuesOf(before.adapter));
  });

  const afterItsMessage = ({ round, client }: { round: number; client: string }) => round === 2 && client === 'east';

  it('counts the message of a client that is lost once it came, where the others tell shares enough', async () => {
    const lossy = { ...federation, rounds: 3, participation: { quorum: 0.6 } };
    const all = await on.run('fedavg', { federation: lossy });
    const { history, bytes, adapter } = await on.run('fedavg', { federation: lossy, silent: afterItsMessage });
    expect(history[1]).toMatchObject({ participants: ['north', 'east', 'west'], silent: ['east'] });
    expect(history.map(({ failed }) => failed)).toEqual([undefined, undefined, undefined]);
    expect(valuesOf(adapter)).toEqual(valuesOf(all.adapter));
    // It is asked for shares, and sends none.
    expect(bytes.down).toBe(all.bytes.down);
    expect(bytes.up).toBeLessThan(all.bytes.up);
  });

  it('fails a round whose masks too few clients are left to undo, and keeps its model', async () => {
    const { history, adapter } = await on.run('fedavg', { federation, silent: afterItsMessage });
    expect(history[1]).toMatchObject({
      silent: ['east'],
      failed: '2 of the 3 clients whose messages came told shares, and it takes those of 3 to undo masks',
    });
    const before = await on.run('fedavg', { federation: { ...federation, rounds: 1 } });
    expect(valuesOf(adapter)).toEqual(valuesOf(before.adapter));
    const both = ({ round, client }: { round: number; client: string }) => round === 1 && client !== 'east';
    const rest = await on.run('fedavg', {
      federation: { ...federation, participation: { quorum: 0.3 } },
      silent: both,
    });
    expect(rest.history.map(({ failed }) => failed)).toEqual([
      '1 of the 3 clients whose messages came told shares, and it takes those of 2 to undo masks',
      undefined,
    ]);
  });

  it('leaves the model as it is where a client is alone in a round', async () => {
    const sampled = { ...federation, rounds: 6, participation: { share: 0.34, sampling: 'poisson' as const } };
    const { history, adapter } = await on.run('fedavg', { federation: sampled });
    const sizes = history.map(({ participants }) => participants.length);
    expect(sizes).toContain(1);
    const until = sizes.findIndex((size) => size > 1);
    const first = until < 0 ? 6 : until;
    const before = await on.run('fedavg', { federation: { ...sampled, rounds: Math.max(1, first) } });
    if (first > 0) expect(valuesOf(before.adapter)).toEqual(valuesOf((await on.whole(0)).adapter));
    expect(adapter).toBeDefined();
  });
});
