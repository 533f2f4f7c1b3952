/** @file Federations on the tiny model: what they train, send, hold and score, and how they resume. */
import { baseParameters, evaluate, findMethod, type GradientPart, LoadedBase, readAdapter } from '@rankforge/peft';
import { tf } from '@rankforge/peft/engine';
import { describe, expect, it } from 'vitest';
import { relativeError } from '../../peft/test/support/close.js';
import { tinyBase, tinyConfig, tinyData } from '../../peft/test/support/tiny-model.js';
import { nothingYet, readStanding, writeStanding } from '../src/checkpoint.js';
import type { FederationEvent } from '../src/federation.js';
import { encodeMessage } from '../src/message.js';
import { predictFederated } from '../src/predict.js';
import { findStrategy } from '../src/registry.js';
import { built, from, inTotal, numbersOf, targets, tinyFederation, valuesOf } from './support/tiny-federation.js';

const on = tinyFederation();

describe('a federation', () => {
  it('trains as one training does where the data is pooled, to the bit', async () => {
    const trained = await on.whole(4);
    const pooled = await on.run('pooled');
    expect(valuesOf(pooled.adapter)).toEqual(valuesOf(trained.adapter));
    expect(pooled.validation).toEqual(trained.validation);
    expect(inTotal(pooled.bytes)).toEqual({ down: 0, up: 0 });
  });

  it('scores the mean of the models of clients that train alone', async () => {
    const { adapters, validation, adapter } = await on.run('local-only');
    expect(adapter).toBeUndefined();
    expect(Object.keys(adapters!)).toEqual(['north', 'east', 'west']);
    const losses = await Promise.all(
      Object.values(adapters!).map(async (own) => {
        const scores = await evaluate({
          model: on.base,
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

  it('gives what FedAvg gives where a strategy adds nothing to it', async () => {
    const average = await on.run('fedavg');
    const proximal = await on.run('fedprox', { strategyConfig: { mu: 0 } });
    expect(valuesOf(proximal.adapter)).toEqual(valuesOf(average.adapter));
    const even = new Map([
      ['a', from(0, 16)],
      ['b', from(16, 16)],
    ]);
    const one = numbersOf((await on.run('fedavg', { clients: even })).adapter);
    for (const [strategy, strategyConfig] of [
      ['sparse', { upload: 1, download: 1 }],
      ['trimmed-mean', { cut: 0 }],
      ['fedavgm', { momentum: 0 }],
      ['lora-fair', { lambda: 1e6 }],
      ['lora-fair', { discrepancy: 'cosine', lambda: 1e6 }],
    ] as const) {
      const { adapter } = await on.run(strategy, { clients: even, strategyConfig });
      expect(relativeError(numbersOf(adapter), one), strategy).toBeLessThan(1e-5);
    }
  });

  it('leaves what clients merged into their bases as an adapter of the base', async () => {
    const { adapter, validation } = await on.run('stack');
    const { info } = readAdapter(adapter!);
    // Two rounds of three clients at rank 2.
    expect(info.config).toMatchObject({ rank: 12 });
    const given = { model: on.base, method: findMethod('lora'), data: tinyData, split: 'validation' as const };
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
    } = await on.run('fedavg', { validation, federation: { rounds: 2, localSteps: 1, evalEvery: 1 } });
    const scores = await evaluate({
      model: on.base,
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
    const { adapter, setUp, history, bytes } = await on.run('fedavg', { method: findMethod('lora-sb') });
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
    // A round sends the cores alone: r² numbers of each layer, and their names.
    const core = encodeMessage(
      { federation: 'x'.repeat(32), round: 0, client: 0, direction: 'up' },
      new Map([...readAdapter(adapter!).tensors].filter(([path]) => path.endsWith('lora_R'))),
    );
    expect(history[0]!.bytes.up).toBe(3 * core.length);
    // A client alone: its gradient before the first round, and a core in each.
    expect(Object.keys(bytes.byClient)).toEqual(['north', 'east', 'west']);
    expect(bytes.byClient.east!.up).toBe(gradient.length + 2 * core.length);
  });

  it.each([
    { share: 0.34, sampling: 'fixed', expected: [1, 1, 1, 1] },
    { share: 1, sampling: 'poisson', expected: [3, 3, 3, 3] },
  ] as const)('asks $share of the clients, $sampling', async ({ share, sampling, expected }) => {
    const federation = { rounds: 4, localSteps: 1, participation: { share, sampling } };
    const { history } = await on.run('fedavg', { federation });
    expect(history.map(({ participants }) => participants.length)).toEqual(expected);
  });

  it('keeps its model in a round that nobody takes part in', async () => {
    const federation = { rounds: 3, localSteps: 1, participation: { share: 1e-9, sampling: 'poisson' } } as const;
    const { history, adapter, bytes } = await on.run('fedavg', { federation });
    expect(history.map(({ participants }) => participants)).toEqual([[], [], []]);
    expect(inTotal(bytes)).toEqual({ down: 0, up: 0 });
    const begun = await on.whole(0);
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
    const { peak } = await on.run(name, { optimizer, strategyConfig, federation: { rounds: 2, localSteps: 2 } });
    const method = findMethod('lora');
    const config = method.config.parse({ rank: 2 });
    const trial = { model: tinyConfig, method, config, optimizer, targets, batchSize: 4, sequence: 8 };
    const predicted = predictFederated({ ...trial, strategy: findStrategy(name) });
    expect(Math.abs(peak.total / predicted.total - 1), `${peak.total} of ${predicted.total}`).toBeLessThan(0.01);
  });

  it('moves miners of FedAMD along the clipped gradients of anchors in their first step', async () => {
    // The first round has anchors alone, the second miners alone, whose gradients at what they received cancel.
    const clipNorm = 0.01;
    const options = { batchSize: 4, learningRate: 0.3, schedule: 'constant', seed: 3, clipNorm, targets } as const;
    const federation = { rounds: 2, localSteps: 1 };
    const { adapter } = await on.run('fedamd', { options, federation, strategyConfig: { anchors: 1e-9 } });
    const begun = numbersOf((await on.whole(0)).adapter);
    const moved = Math.hypot(...numbersOf(adapter).map((value, at) => value - begun[at]!));
    expect(moved).toBeGreaterThan(0);
    expect(moved).toBeLessThanOrEqual(0.3 * clipNorm * (1 + 1e-4));
  });

  it('ends over its budget with the part that dominates', async () => {
    const { outcome, overBudget } = await on.run('fedavg', { budgetBytes: 40_000 });
    expect(outcome).toBe('over-budget');
    expect(overBudget).toMatchObject({ budgetBytes: 40_000, part: expect.any(String) });
  });
});

describe('a federation that is killed', () => {
  const federation = { rounds: 3, localSteps: 2, checkpointEvery: 1, evalEvery: 1, participation: { share: 0.67 } };
  it.each(['fedavgm', 'scaffold', 'fedamd', 'stack', 'pooled', 'local-only'])(
    'goes on to the same bits: %s',
    async (name) => {
      const uninterrupted = await on.run(name, { federation });
      const abort = new AbortController();
      let kept: Uint8Array | undefined;
      const cut = await on.run(name, {
        federation,
        signal: abort.signal,
        onEvent(event: FederationEvent) {
          if (event.type === 'checkpoint') kept = event.bytes;
          if (event.type === 'client' && event.round === 2 && event.event.type === 'step') abort.abort();
        },
      });
      expect([cut.outcome, cut.rounds]).toEqual(['stopped', 1]);
      const { identity } = on.settled(name, { federation });
      const stands = (bytes: Uint8Array | undefined) => ({ ...readStanding(bytes!, identity), seconds: 0 });
      expect(stands(cut.checkpoint)).toEqual(stands(kept));
      const resumed = await on.run(name, { federation, resume: cut.checkpoint! });
      expect(resumed.history).toEqual(uninterrupted.history);
      expect(resumed.validation).toEqual(uninterrupted.validation);
      expect(resumed.bytes).toEqual(uninterrupted.bytes);
      expect(resumed.peak).toEqual(uninterrupted.peak);
      const all = ({ adapter, adapters = {} }: typeof uninterrupted) =>
        [adapter, ...Object.values(adapters)].flatMap((one) => (one ? valuesOf(one) : []));
      expect(all(resumed)).toEqual(all(uninterrupted));
      await expect(
        on.run(name, { federation: { ...federation, localSteps: 1 }, resume: cut.checkpoint! }),
      ).rejects.toThrow(/checkpoint was taken of another federation/);
      await expect(on.run(name, { federation, optimizer: built('sgdm'), resume: cut.checkpoint! })).rejects.toThrow(
        /checkpoint was taken of another federation/,
      );
    },
  );
});

it('keeps in a checkpoint a score that is infinite, the largest peak and the time of all rounds', () => {
  const peak = { weights: 1, adapters: 2, gradients: 3, optimizer: 4, activations: 5, workspace: 6, total: 21 };
  const metrics = { loss: 800, perplexity: Number.POSITIVE_INFINITY };
  const history = [
    { round: 1, participants: ['north'], bytes: { down: 1, up: 2, byClient: { north: { down: 1, up: 2 } } }, metrics },
  ];
  const sent = history[0]!.bytes;
  const standing = { ...nothingYet(), round: 1, history, sent, peak, seconds: 7.5 };
  expect(readStanding(writeStanding('one', standing), 'one')).toEqual(standing);
  // One that was written before bytes were told by client.
  const bytes = { down: 1, up: 2 };
  const older = { ...standing, history: [{ ...history[0]!, bytes }], sent: undefined as never };
  expect(readStanding(writeStanding('one', older), 'one').sent).toEqual({ ...bytes, byClient: {} });
});

it('belongs to one base model: the fingerprint of other weights is another', () => {
  const base = tinyBase();
  const values = new Map(baseParameters(base.config).map(({ path }) => [path, structuredClone(base.host(path))]));
  const made = () => new LoadedBase({ config: base.config, values, tokenizer: null }).fingerprint();
  expect(made()).toBe(base.fingerprint());
  values.get('embedding.tokens')!.values[0]! += 1;
  expect(made()).not.toBe(base.fingerprint());
});

describe('a federation that loses clients', () => {
  const losing =
    (...names: string[]) =>
    ({ round, client }: { round: number; client: string }) =>
      round === 2 && names.includes(client);
  const rounds = { rounds: 3, localSteps: 1 };
  const half = { ...rounds, participation: { quorum: 0.5 } };

  it('goes on with those that are left, and says who was lost', async () => {
    const { history, adapter } = await on.run('fedavg', { federation: half, lost: losing('east') });
    expect(history.map(({ participants, lost }) => [participants, lost])).toEqual([
      [['north', 'east', 'west'], undefined],
      [['north', 'west'], ['east']],
      [['north', 'east', 'west'], undefined],
    ]);
    expect(history.map(({ failed }) => failed)).toEqual([undefined, undefined, undefined]);
    // It got what the round begins with, and sent nothing; the mean is that of those who did.
    expect(history[1]!.bytes.down).toBe(history[0]!.bytes.down);
    expect(history[1]!.bytes.up).toBe((2 / 3) * history[0]!.bytes.up);
    expect(history[1]!.bytes.byClient!.east).toEqual({ ...history[0]!.bytes.byClient!.east, up: 0 });
    expect(history[1]!.aggregationError).toBeGreaterThan(0);
    const all = await on.run('fedavg', { federation: half });
    expect(numbersOf(adapter)).not.toEqual(numbersOf(all.adapter));
  });

  it.each([
    ['too many', half, ['north', 'east'], '1 of 3 clients sent a message, and participation.quorum asks for 2'],
    ['all', half, ['north', 'east', 'west'], '0 of 3 clients sent a message, and participation.quorum asks for 2'],
    [
      'one, where it waits for all',
      rounds,
      ['west'],
      '2 of 3 clients sent a message, and participation.quorum asks for 3',
    ],
  ])('fails a round that loses %s, and keeps its model', async (_, federation, names, failed) => {
    const { history, adapter } = await on.run('fedavg', {
      federation: { ...federation, rounds: 2 },
      lost: losing(...names),
    });
    expect(history[1]).toMatchObject({ lost: names, failed });
    expect(history[1]!.participants).toEqual(['north', 'east', 'west'].filter((name) => !names.includes(name)));
    const before = await on.run('fedavg', { federation: { ...federation, rounds: 1 } });
    expect(valuesOf(adapter)).toEqual(valuesOf(before.adapter));
    expect(history[1]!.aggregationError).toBeUndefined();
  });

  it('keeps its model where all vanish and it waits for none', async () => {
    const federation = { ...rounds, participation: { quorum: 0 } };
    const { history, adapter } = await on.run('fedavg', { federation, lost: () => true });
    expect(history.map(({ participants, lost, failed }) => [participants, lost, failed])).toEqual(
      Array.from({ length: 3 }, () => [[], ['north', 'east', 'west'], undefined]),
    );
    expect(valuesOf(adapter)).toEqual(valuesOf((await on.whole(0)).adapter));
  });

  it('lets a client of SCAFFOLD go on with what it kept before a round that failed, and from its checkpoint', async () => {
    const federation = { ...rounds, checkpointEvery: 1 };
    const lost = losing('north');
    const kept: Uint8Array[] = [];
    const { history, adapter } = await on.run('scaffold', {
      federation,
      lost,
      onEvent(event) {
        if (event.type === 'checkpoint') kept.push(event.bytes);
      },
    });
    expect(history.map(({ failed }) => failed !== undefined)).toEqual([false, true, false]);
    const own = (bytes: Uint8Array) => readStanding(bytes, on.settled('scaffold', { federation }).identity).own;
    expect(own(kept[1]!)).toEqual(own(kept[0]!));
    const resumed = await on.run('scaffold', { federation, lost, resume: kept[1]! });
    expect(resumed.history).toEqual(history);
    expect(valuesOf(resumed.adapter)).toEqual(valuesOf(adapter));
  });
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
  await expect(on.run('fedavg', { optimizer })).rejects.toThrow(/^north, in round 1: Training diverged at step \d/);
});
