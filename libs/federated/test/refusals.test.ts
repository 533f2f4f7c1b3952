/** @file Federations and messages that are refused. */
import { findMethod } from '@rankforge/peft';
import { sizeOf } from '@rankforge/peft/extension';
import { describe, expect, it } from 'vitest';
import type { FederateInput } from '../src/federation.js';
import { encodeMessage, readMessage } from '../src/message.js';
import { requireLayout } from '../src/named.js';
import { findStrategy, strategyNames } from '../src/registry.js';
import { receive } from '../src/turn.js';
import { options, tinyFederation } from './support/tiny-federation.js';

const on = tinyFederation();

type Sent = Map<string, { shape: number[]; values: Float32Array }>;

describe('what a federation refuses', () => {
  const refused: [title: string, strategy: string, more: Partial<FederateInput>, message: RegExp][] = [
    [
      'ranks that change',
      'fedavg',
      { method: findMethod('adalora'), config: {} },
      /adalora changes .* frozen would differ between clients: choose another method, or train each client alone or on pooled data/,
    ],
    [
      'rotations that are shortened between steps',
      'fedavg',
      { method: findMethod('oft'), config: { constraint: 1e-3 } },
      /oft changes ranks or tensors between steps/,
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
    [
      'votes on tensors whose values count',
      'frl',
      {},
      /method: lora trains \S+lora_A, whose values count and not their order: choose .* such as supermask/,
    ],
    [
      'updates in the backward pass where a step takes two gradients',
      'fedamd',
      { options: { ...options, execution: 'perLayer' } },
      /strategy: a client of fedamd takes two gradients in a step, .* or execution tree/,
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
      'more clients than there are examples for',
      'fedavg',
      { clients: new Map(Array.from({ length: 33 }, (_, client) => [`c${client}`, client < 32 ? [client] : []])) },
      /clients: c32 has no example: leave it out, or divide the examples otherwise/,
    ],
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
      'mirrored classes where there are none',
      'fedavg',
      { federation: { rounds: 1, localSteps: 1, adversaries: { attack: 'label-flip', share: 0.5 } } },
      /^federation\.adversaries: label-flip needs examples with classes, and those of the objective language-modelling have none: choose another attack$/,
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
    await expect(on.run(strategy, more)).rejects.toThrow(message);
  });

  it('refuses a strategy that nobody knows', () => {
    expect(() => findStrategy('fedsgd')).toThrow(
      `Unknown strategy 'fedsgd' (did you mean fedamd?): use one of ${strategyNames.join(', ')}`,
    );
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

  it('takes no message of another version of the protocol', () => {
    const bytes = encodeMessage(header, tensors);
    const other = new TextDecoder('latin1').decode(bytes).replace('rankforge-message-1', 'rankforge-message-2');
    expect(() =>
      readMessage(
        Uint8Array.from(other, (letter) => letter.charCodeAt(0)),
        header,
      ),
    ).toThrow(/message.*metadata field message/);
  });

  const place = { round: 1, client: 1, direction: 'up' as const };
  const unwelcome: [title: string, wrong: { header?: object; change?: (sent: Sent) => void }, message: RegExp][] = [
    [
      'a number that is none',
      { change: (sent) => sent.values().next().value!.values.fill(Number.NaN, 1) },
      /^east, in round 2, sent \S+ with NaN at 1: every number must be finite/,
    ],
    [
      'a tensor of another shape',
      { change: (sent) => sent.set([...sent.keys()][0]!, { shape: [2], values: new Float32Array(2) }) },
      /^east, in round 2, sent \S+ as \[2\], expected \[16,2\]/,
    ],
    [
      'a tensor too few',
      { change: (sent) => sent.delete([...sent.keys()][0]!) },
      /^east, in round 2, sent \S+ as nothing, expected \[16,2\]/,
    ],
    [
      'what it sent in the round before',
      { header: { round: 0 } },
      /of round 0 \(client 1, round 0\), and 1 is waited for: it is not taken/,
    ],
    ['what another client sent', { header: { client: 2 } }, /of client 2 \(client 2, round 1\), and 1 is waited for/],
    ['what was sent to it', { header: { direction: 'down' } }, /of direction down/],
    ['what it sent to another federation', { header: { federation: 'f' } }, /of federation f/],
  ];
  it.each(unwelcome)('takes from a client no message with %s', (_, { header, change }, message) => {
    const federation = on.settled('fedavg');
    const { identity, rounds, plan } = federation;
    const sent: Sent = new Map(
      plan.info.map(({ path, shape }) => [path, { shape: [...shape], values: new Float32Array(sizeOf(shape)) }]),
    );
    const taken = (given: object) => {
      const bytes = encodeMessage({ federation: identity, ...place, ...given }, sent);
      return receive(federation, rounds!, { bytes, ...place, role: undefined });
    };
    expect([...taken({}).keys()]).toEqual(plan.info.map(({ path }) => path));
    change?.(sent);
    expect(() => taken(header ?? {})).toThrow(message);
  });

  it('lets rotations be averaged that nothing shortens', () => {
    const { plan } = on.settled('fedavg', { method: findMethod('oft'), config: {} });
    expect(plan.info.map(({ path }) => path)).toContain('blocks.0.attention.query.oft_R');
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])('refuses %d in a message', (value) => {
    const broken = new Map([['a', { shape: [2], values: Float32Array.of(1, value) }]]);
    expect(() => requireLayout('site', broken, new Map([['a', [2]]]))).toThrow(`site sent a with ${value} at 1`);
  });
});
