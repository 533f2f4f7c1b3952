/** @file Votes by rank on a mask (FRL): messages, what one client can do, and attackers against what averages. */
import { createRandom, findMethod, type Random } from '@rankforge/peft';
import { describe, expect, it } from 'vitest';
import { frl, messageOf, perceptrons, received, subjectOf, tensor } from './support/perceptrons.js';
import { from, numbersOf, tinyFederation, valuesOf } from './support/tiny-federation.js';

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
  const [inputs, classes] = [20, 4];

  /** Classes of two clusters each. */
  function clusters(random: Random) {
    const centres = Array.from({ length: 2 * classes }, () =>
      Array.from({ length: inputs }, () => 1.1 * random.normal()),
    );
    const drawn = (size: number) => {
      const y = Array.from({ length: size }, () => random.integer(classes));
      const x = y.map((label) => {
        const centre = centres[2 * label + random.integer(2)]!;
        return Float64Array.from(centre, (value) => value + random.normal());
      });
      return { x, y };
    };
    return { train: drawn(3000), test: drawn(1000) };
  }

  const small = { inputs, classes, hidden: 96, clients: 30, each: 10, rounds: 25 };
  const accuracy = perceptrons({ ...small, seed: 'mask/3', made: clusters });

  it('leave votes at 0.85 or more where a fifth of the clients attack, and averages below 0.4', () => {
    expect(accuracy('frl', 0)).toBeGreaterThan(0.9);
    expect(accuracy('frl', 0.2)).toBeGreaterThan(0.85);
    expect(accuracy('fedavg', 0)).toBeGreaterThan(0.9);
    expect(accuracy('fedavg', 0.2)).toBeLessThan(0.4);
  });
});
