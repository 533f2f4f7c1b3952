/** @file Clients that take their turns in other processes than the server: the same bits as in one, lost clients, and what is refused. */
import { findMethod } from '@rankforge/peft';
import { describe, expect, it } from 'vitest';
import { tinyData } from '../../peft/test/support/tiny-model.js';
import { takeTurnApart } from '../src/apart.js';
import type { FederateInput, FederationEvent } from '../src/federation.js';
import { strategies } from '../src/registry.js';
import { piecewise } from './support/piecewise.js';
import { tinyFederation, valuesOf } from './support/tiny-federation.js';

const on = tinyFederation();
const inPieces = piecewise(on);

/** Strategies whose clients send something, with a method each that it takes. */
const exchanging = strategies
  .filter(({ sites }) => typeof sites !== 'string')
  .map(({ name }) => [name, name === 'frl' ? 'supermask' : 'lora'] as const);

const configOf = (method: string) => (method === 'lora' ? { rank: 2 } : {});

describe('clients in processes of their own', () => {
  it.each(exchanging)('give the bits of one process under %s, with %s', async (strategy, method) => {
    const more = { method: findMethod(method), config: configOf(method), federation: { rounds: 2, localSteps: 2 } };
    const events: FederationEvent[] = [];
    const together = await on.run(strategy, { ...more, onEvent: (event) => void events.push(event) });
    const { pieces, ...apart } = await inPieces(strategy, more);
    expect(pieces).toBe(3);
    expect(valuesOf(apart.adapter)).toEqual(valuesOf(together.adapter));
    expect(apart).toMatchObject({
      outcome: 'completed',
      history: together.history,
      bytes: together.bytes,
      setUp: together.setUp,
      validation: together.validation,
    });
    const lossesOf = (all: readonly FederationEvent[]) =>
      all.flatMap((event) =>
        event.type === 'client' && event.event.type === 'step'
          ? [[event.round, event.client, event.event.step, event.event.loss, event.event.gradientNorm]]
          : [],
      );
    expect(lossesOf(apart.events)).toEqual(lossesOf(events));
  });

  it('give the bits of one process for first values that clients found out together, attacked and with noise', async () => {
    const sb = { method: findMethod('lora-sb'), config: { rank: 2 } };
    const privacy = { clip: 0.1, noise: 0.5, delta: 1e-5 };
    const poisson = { share: 0.6, sampling: 'poisson' } as const;
    const cases: Partial<FederateInput>[] = [
      sb,
      { federation: { rounds: 4, localSteps: 1, participation: poisson, privacy } },
      { federation: { rounds: 2, localSteps: 2, adversaries: { attack: 'sign-flip', share: 0.34 } } },
    ];
    for (const more of cases) {
      const together = await on.run('fedavg', more);
      const apart = await inPieces('fedavg', more);
      expect(valuesOf(apart.adapter)).toEqual(valuesOf(together.adapter));
      expect(apart.history).toEqual(together.history);
    }
  });

  it('lose a client that left nothing, as one process does that loses it', async () => {
    const federation = { rounds: 3, localSteps: 2, participation: { quorum: 0.5 } };
    const lost: FederateInput['lost'] = ({ round, client }) => round === 2 && client === 'east';
    const together = await on.run('scaffold', { federation, lost });
    const apart = await inPieces('scaffold', { federation }, { lost: ['1/1'] });
    expect(apart.history[1]!.lost).toEqual(['east']);
    expect(apart.history).toEqual(together.history);
    expect(valuesOf(apart.adapter)).toEqual(valuesOf(together.adapter));
  });

  it('lose the turns that the seed draws, in either way, and ask nobody for them', async () => {
    const federation = { rounds: 6, localSteps: 1, lost: 0.5, participation: { quorum: 0.3 } };
    const together = await on.run('fedavg', { federation });
    const apart = await inPieces('fedavg', { federation });
    const lost = together.history.map((round) => round.lost ?? []);
    // Of eighteen turns: some of them, none twice in a round, and not the same in every round.
    expect(lost.flat().length).toBeGreaterThan(3);
    expect(lost.flat().length).toBeLessThan(15);
    expect(new Set(lost.map(String)).size).toBeGreaterThan(1);
    expect(apart.history).toEqual(together.history);
    expect(valuesOf(apart.adapter)).toEqual(valuesOf(together.adapter));
    const other = await on.run('fedavg', { federation: { ...federation, lost: 0 } });
    expect(valuesOf(other.adapter)).not.toEqual(valuesOf(together.adapter));
  });

  it('refuse the turn of another round, and what needs clients that speak with each other', async () => {
    const waits = await on.run('fedavg', { apart: { round: -1, turns: new Map() } });
    const resume = waits.checkpoint!;
    const turn = (more: Partial<FederateInput>, round = 0, client = 0) =>
      takeTurnApart(on.input('fedavg', { resume, ...more }), { round, client });
    await expect(turn({}, 1)).rejects.toThrow('a turn of round 2 begins with the checkpoint of round 1, got 0');
    await expect(turn({ config: { rank: 3 } })).rejects.toThrow('The checkpoint was taken of another federation');
    const mistaken = new Map([[0, (await turn({}, 0, 1))!]]);
    await expect(on.run('fedavg', { resume, apart: { round: 0, turns: mistaken } })).rejects.toThrow(
      'the turn is of client 1, and that of 0 is waited for',
    );
    const apart = { round: -1, turns: new Map() };
    const colluding = { rounds: 2, localSteps: 2, adversaries: { attack: 'inner-product', share: 0.5 } };
    await expect(on.run('fedavg', { apart, federation: colluding })).rejects.toThrow(
      /^federation.adversaries: attackers of inner-product agree on what they send/,
    );
    const secureAggregation = { rounds: 2, localSteps: 2, secureAggregation: true };
    await expect(on.run('fedavg', { apart, federation: secureAggregation })).rejects.toThrow(
      /^federation.secureAggregation: clients without keys of their own exchange some before they send/,
    );
  });

  const validation = new Map([
    ['north', [0, 3, 4]],
    ['east', [1, 6]],
    ['west', [2, 5, 7]],
  ]);

  it.each(['fedavg', 'stack'])(
    'score validation where each has its own of it, as one process does under %s',
    async (strategy) => {
      expect(tinyData.validation.size).toBe(8);
      const together = await on.run(strategy, { validation });
      const { pieces, ...apart } = await inPieces(strategy, { validation }, { validates: true });
      expect(pieces).toBe(4);
      expect(valuesOf(apart.adapter)).toEqual(valuesOf(together.adapter));
      expect(apart).toMatchObject({ outcome: 'completed', history: together.history, validation: together.validation });
      expect(apart.events.filter(({ type }) => type === 'validation')).toHaveLength(1);
    },
  );

  it('end with the name of a client that leaves no scores', async () => {
    await expect(inPieces('fedavg', { validation }, { lost: ['2/1'], validates: true })).rejects.toThrow(
      'east left no scores of its 2 examples',
    );
  });

  it('refuse what would need examples that lie with others', async () => {
    const apart = { round: -1, turns: new Map(), validates: true };
    const refused = (strategy: string, more: Partial<FederateInput> = {}) =>
      expect(on.run(strategy, { apart, validation, ...more })).rejects;
    await refused('pooled').toThrow(/^strategy: pooled trains on the examples of all in one place/);
    await refused('local-only').toThrow(/^strategy: local-only has clients train in one process/);
    await refused('fedavg', { method: findMethod('lora-sb') }).toThrow(
      /^method: lora-sb makes its first values of gradients that the server takes/,
    );
    await refused('fedavg', { federation: { rounds: 2, localSteps: 2, evalEvery: 1 } }).toThrow(
      /^federation.evalEvery:/,
    );
  });
});
