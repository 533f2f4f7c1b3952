/** @file Messages that are masked by keys which everybody knew before anything was trained: the sum is told, and no message. */
import { readStates } from '@rankforge/peft';
import { describe, expect, it } from 'vitest';
import { tinyConfig } from '../../peft/test/support/tiny-model.js';
import { takeTurnApart } from '../src/apart.js';
import { readStanding, writeStanding } from '../src/checkpoint.js';
import type { FederateInput } from '../src/federation.js';
import { planFederation } from '../src/plan.js';
import { findStrategy } from '../src/registry.js';
import { roundKeys } from '../src/secure.js';
import { siteSum } from '../src/site-masks.js';
import { piecewise } from './support/piecewise.js';
import { inTotal, numbersOf, targets, tinyFederation, valuesOf } from './support/tiny-federation.js';

const on = tinyFederation();
const inPieces = piecewise(on);

const names = ['north', 'east', 'west'];
const made = names.map((_, place) => roundKeys(place));
const open = new Map(names.map((name, place) => [name, made[place]!.public.mask]));
const keys = { public: open };
const own = (client: number): Partial<FederateInput> => ({
  keys: { public: open, own: { secret: made[client]!.mask, context: 'mail' } },
});
const federation = { rounds: 2, localSteps: 1, secureAggregation: true };

/** The round's checkpoint, and the messages of clients that begin with it. */
async function firstRound(more: Partial<FederateInput> = {}) {
  const { checkpoint } = await on.run('fedavg', { federation, keys, apart: { round: -1, turns: new Map() }, ...more });
  const resume = checkpoint!;
  const file = async (client: number, input: Partial<FederateInput> = {}) =>
    (await takeTurnApart(on.input('fedavg', { federation, ...more, resume, ...own(client), ...input }), {
      round: 0,
      client,
    }))!;
  return { resume, file };
}

/** Tensors that a client sent, by its turn's file. */
const sentIn = (file: Uint8Array) =>
  new Map(
    [...readStates(file, 'turn').tensors].flatMap(([name, value]) =>
      name.startsWith('sent>') ? [[name.slice('sent>'.length), value] as const] : [],
    ),
  );

describe('messages masked by keys of sites', () => {
  it.each(['fedavg', 'fedprox', 'fedavgm'])(
    'give the bits of masks that one process agrees on, by %s',
    async (strategy) => {
      const together = await on.run(strategy, { federation });
      const apart = await inPieces(strategy, { federation, keys }, { own });
      expect(valuesOf(apart.adapter)).toEqual(valuesOf(together.adapter));
      expect(apart.validation).toEqual(together.validation);
      const { method, config } = on.input(strategy);
      const asked = { strategy: findStrategy(strategy), federation, clients: 3, apart: true, keyed: true };
      const planned = planFederation({ model: tinyConfig, method, config, targets, ...asked });
      expect(planned).toMatchObject({ traffic: inTotal(apart.bytes) });
      // No key and no share is sent.
      expect(apart.bytes.up).toBeLessThan(together.bytes.up);
    },
  );

  it('give the model of messages in the clear where turns are drawn as lost', async () => {
    const half = { ...federation, rounds: 4, lost: 0.4, participation: { quorum: 0 } };
    const masked = await inPieces('fedavg', { federation: half, keys }, { own });
    const clear = await inPieces('fedavg', { federation: { ...half, secureAggregation: false } });
    const lost = masked.history.map((round) => round.lost?.length ?? 0);
    expect(lost).toContain(1);
    expect(masked.history.map((round) => round.failed)).toEqual([undefined, undefined, undefined, undefined]);
    const [one, other] = [numbersOf(masked.adapter), numbersOf(clear.adapter)];
    // Where one client is left its message is not taken, and nothing else differs by more than the fixed point.
    expect(lost).not.toContain(2);
    for (const [at, value] of one.entries()) expect(Math.abs(value - other[at]!)).toBeLessThan(1e-5);
  });

  it('say nothing of a message without those of all others', async () => {
    const { file } = await firstRound();
    const sent = await Promise.all([0, 1, 2].map(async (client) => sentIn(await file(client))));
    const layout = new Map(
      [...sent[0]!].flatMap(([path, { shape }]) => (path === 'check' ? [] : [[path, shape] as const])),
    );
    const words = [...layout.keys()].flatMap((path) => [...sent[0]!.get(path)!.values].map(Number));
    // Numbers below 16 would be words below 2²⁴, and of words that are drawn one of 128 is.
    expect(words.filter((word) => Math.abs(word) < 2 ** 24).length).toBeLessThan(words.length / 16);
    expect([...siteSum(sent, layout).keys()]).toEqual([...layout.keys()]);
    for (const fewer of [sent.slice(0, 2), sent.slice(1), sent.slice(0, 1)]) {
      expect(() => siteSum(fewer, layout)).toThrow('the masks of a round do not cancel');
    }
  });

  it('fail a round whose client is lost on its way, by its name', async () => {
    const quorum = { ...federation, participation: { quorum: 0 } };
    const { history } = await inPieces('fedavg', { federation: quorum, keys }, { own, lost: ['1/1'] });
    expect(history.map(({ failed }) => failed)).toEqual([
      undefined,
      'east sent nothing, and nobody can undo the masks that the others have with it',
    ]);
  });

  it('have other masks in another round, federation or model, and the same for the same', async () => {
    const { resume, file } = await firstRound();
    const wordsOf = (bytes: Uint8Array) => sentIn(bytes).get('check')!.values;
    const first = wordsOf(await file(0));
    expect(wordsOf(await file(0))).toEqual(first);
    const seeded = await firstRound({ options: { ...on.input('fedavg').options, seed: 4 } });
    expect(wordsOf(await seeded.file(0))).not.toEqual(first);
    const other = { public: open, own: { secret: made[0]!.mask, context: 'longer texts' } };
    expect(wordsOf(await file(0, { keys: other }))).not.toEqual(first);
    // A server would ask for this to subtract two messages: the same round of the same federation, from another model.
    const { identity } = on.settled('fedavg', { federation });
    const { server, ...standing } = readStanding(resume, identity);
    const tensors = new Map(server.tensors);
    const [path, { shape, values }] = [...tensors][0]!;
    tensors.set(path, { shape, values: values.map((value) => value + 1) });
    const changed = writeStanding(identity, { ...standing, server: { ...server, tensors } });
    expect(wordsOf(await file(0, { resume: changed }))).not.toEqual(first);
  });

  it('refuse what does not cancel: a key that others were not told of', async () => {
    const { resume, file } = await firstRound();
    const stranger = { keys: { public: open, own: { secret: roundKeys(0).mask, context: 'mail' } } };
    const turns = new Map([
      [0, await file(0, stranger)],
      [1, await file(1)],
      [2, await file(2)],
    ]);
    const summed = on.run('fedavg', { federation, keys, resume, apart: { round: 0, turns } });
    await expect(summed).rejects.toThrow('the masks of a round do not cancel: its clients were told of different keys');
  });

  it('refuse a client without a key or a secret', async () => {
    const apart = { round: -1, turns: new Map() };
    const without = { public: new Map([...open].slice(0, 2)) };
    await expect(on.run('fedavg', { federation, apart, keys: without })).rejects.toThrow(
      'keys: expected 32 bytes for west, got no key',
    );
    const { file } = await firstRound();
    await expect(file(0, { keys })).rejects.toThrow(
      'north masks its message by the secret of its site, and there is none',
    );
  });
});
