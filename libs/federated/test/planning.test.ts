/** @file What is said of a federation before it runs: bytes of its messages, its ε, and the field that a refusal names. */
import { evaluate, findMethod, objectiveNames, readAdapter } from '@rankforge/peft';
import { describe, expect, it } from 'vitest';
import { tinyConfig, tinyData } from '../../peft/test/support/tiny-model.js';
import { encodeAdapterSet, readAdapterSet } from '../src/adapter-set.js';
import { hasClasses } from '../src/divide.js';
import { concerning, planFederation } from '../src/plan.js';
import { findStrategy, strategyNames } from '../src/registry.js';
import { meanEvaluation, metricsByClient } from '../src/scores.js';
import { inTotal, targets, tinyFederation } from './support/tiny-federation.js';

const on = tinyFederation();
const rounds = { rounds: 2, localSteps: 2 };
type Input = Parameters<typeof planFederation>[0];

const plan = (
  strategy: string,
  { method = 'lora', federation = rounds, ...more }: Partial<Omit<Input, 'method'>> & { method?: string } = {},
) => {
  const found = findMethod(method);
  const input = {
    model: tinyConfig,
    method: found,
    config: found.config.parse(found.usesRank ? { rank: 2 } : {}),
    targets,
    clients: 3,
  };
  return planFederation({ ...input, strategy: findStrategy(strategy), federation, ...more });
};
const trafficOf = (planned: ReturnType<typeof planFederation>) => {
  if ('reason' in planned) throw new Error(planned.reason);
  return planned.traffic;
};

describe('bytes before a run', () => {
  it.each(strategyNames)('are those of the messages of %s', async (strategy) => {
    // Votes are on masks alone.
    const method = 'reason' in plan(strategy) ? 'supermask' : 'lora';
    const config = method === 'lora' ? { rank: 2 } : {};
    const { bytes, setUp } = await on.run(strategy, { method: findMethod(method), config });
    const predicted = trafficOf(plan(strategy, { method }));
    expect(predicted.setUp).toEqual(inTotal(setUp));
    // FedAMD draws who sends a gradient, whose names are longer than those of changes.
    if (strategy === 'fedamd') expect(predicted.up / bytes.up).toBeCloseTo(1, 1);
    else expect(predicted.up).toBe(bytes.up);
    expect(predicted.down).toBe(bytes.down);
  });

  it('count gradients, frozen tensors, keys and the clients that take part', async () => {
    const sb = await on.run('fedavg', { method: findMethod('lora-sb') });
    expect(trafficOf(plan('fedavg', { method: 'lora-sb' }))).toEqual({
      ...inTotal(sb.bytes),
      setUp: inTotal(sb.setUp),
    });
    const secure = { ...rounds, secureAggregation: true };
    expect(trafficOf(plan('fedavg', { federation: secure }))).toMatchObject(
      inTotal((await on.run('fedavg', { federation: secure })).bytes),
    );
    const two = { ...rounds, participation: { share: 0.6 } };
    expect(trafficOf(plan('stack', { federation: two }))).toMatchObject(
      inTotal((await on.run('stack', { federation: two })).bytes),
    );
  });

  it('know the digits of the places of many clients where all take part, and are near where some do', async () => {
    const clients = new Map(Array.from({ length: 12 }, (_, client) => [`c${client}`, [2 * client, 2 * client + 1]]));
    const both = async (share: number, secureAggregation: boolean) => {
      const federation = { rounds: 1, localSteps: 1, secureAggregation, participation: { share } };
      const { bytes } = await on.run('fedavg', { clients, federation });
      return [trafficOf(plan('fedavg', { federation, clients: 12 })), inTotal(bytes)] as const;
    };
    for (const secure of [false, true]) {
      const [predicted, sent] = await both(1, secure);
      expect(predicted).toMatchObject(sent);
    }
    // A digit more may take a header to the next multiple of eight.
    const [predicted, { up, down }] = await both(0.75, false);
    expect(Math.abs(predicted.up - up)).toBeLessThanOrEqual(8 * 9);
    expect(Math.abs(predicted.down - down)).toBeLessThanOrEqual(8 * 9);
  });

  it('predicts the expected bytes where each client takes part by itself', () => {
    const all = trafficOf(plan('fedavg'));
    const half = { ...rounds, participation: { share: 0.5, sampling: 'poisson' as const } };
    expect(trafficOf(plan('fedavg', { federation: half }))).toMatchObject({ up: all.up / 2, down: all.down / 2 });
  });
});

it('says the ε of all rounds, and none without noise', () => {
  const privately = (noise: number) =>
    plan('fedavg', {
      federation: {
        rounds: 100,
        localSteps: 1,
        participation: { share: 0.1, sampling: 'poisson' },
        privacy: { clip: 1, noise },
      },
    });
  expect(privately(1)).toMatchObject({ epsilon: expect.closeTo(7.904, 3) });
  expect(privately(0)).not.toHaveProperty('epsilon');
});

it('names the field of a refusal', () => {
  const masked = { ...rounds, secureAggregation: true };
  expect(plan('stack', { method: 'pissa' })).toMatchObject({ field: 'method' });
  expect(plan('krum', { strategyConfig: { keep: 9 } })).toEqual({
    field: 'strategyConfig.keep',
    reason: '9 is more than the 3 clients',
  });
  expect(plan('median', { federation: masked })).toMatchObject({ field: 'federation.secureAggregation' });
});

it('leaves out what concerns only clients that send, where nobody does', () => {
  const federation = { ...rounds, participation: { share: 0.5 }, adversaries: { attack: 'scaled', share: 0.2 } };
  expect(concerning(findStrategy('pooled'), federation)).toEqual(rounds);
  expect(concerning(findStrategy('median'), federation)).toBe(federation);
  expect(trafficOf(plan('local-only', { federation }))).toMatchObject({ up: 0, down: 0 });
});

it('keeps the adapters of clients in one file, which is refused where one adapter is asked for', async () => {
  const adapters = (await on.run('local-only')).adapters!;
  const file = encodeAdapterSet(adapters);
  expect(Object.fromEntries(readAdapterSet(file))).toEqual(adapters);
  expect(() => readAdapter(file)).toThrow(
    'it holds an adapter for each client of a federation, and one adapter is asked for',
  );
  expect(() => readAdapterSet(adapters.north!)).toThrow('adapters: metadata lacks the field adapters');
});

it('plans mirrored classes where a head has an output for each class', () => {
  const adversaries = { attack: 'label-flip', share: 0.5 };
  const fits = objectiveNames.filter(
    (objective) => !('reason' in plan('fedavg', { objective, federation: { ...rounds, adversaries } })),
  );
  expect(fits).toEqual(['classification', 'image-classification']);
  expect(plan('fedavg', { objective: 'binary-classification', federation: { ...rounds, adversaries } })).toEqual({
    field: 'federation.adversaries',
    reason:
      'label-flip needs examples with classes, and those of the objective binary-classification have none: choose another attack',
  });
});

it('plans one step over the batches of several where a loss is a sum over units', () => {
  expect(plan('fedamd', { objective: 'retrieval' })).toEqual({
    field: 'strategy',
    reason:
      'a client of fedamd may take one step over the batches of 2 local steps, and the loss of retrieval compares the units of a batch with each other: choose another strategy, or set federation.localSteps to 1',
  });
  expect(plan('fedamd', { objective: 'retrieval', federation: { rounds: 2, localSteps: 1 } })).toHaveProperty(
    'traffic',
  );
  expect(plan('fedamd', { objective: 'ranking' })).toHaveProperty('traffic');
  expect(plan('fedavg', { objective: 'retrieval' })).toHaveProperty('traffic');
});

it('divides by mixtures of classes where each example has one', () => {
  expect(objectiveNames.filter(hasClasses)).toEqual([
    'classification',
    'image-classification',
    'binary-classification',
  ]);
});

it('scores the mean over several models unit by unit, and one model on the units of each client', async () => {
  const adapters = Object.values((await on.run('local-only')).adapters!);
  const of = { model: on.base, method: findMethod('lora'), data: tinyData, split: 'validation' as const };
  const each = await Promise.all(adapters.map((adapter) => evaluate({ ...of, adapter })));
  const { metrics, examples } = meanEvaluation(each);
  const unit = (place: number) => each.reduce((sum, { columns }) => sum + columns.loss![place]! / each.length, 0);
  expect(examples.perplexity![3]).toBeCloseTo(unit(3), 9);
  const losses = Array.from({ length: tinyData.validation.size }, (_, place) => unit(place));
  const mean = losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
  expect(metrics.loss).toBeCloseTo(mean, 6);
  // The board computes it of the units in the same way.
  expect(metrics.perplexity).toBeCloseTo(Math.exp(mean), 5);
  // So does the federation on validation.
  const { validation, history } = await on.run('local-only', { validation: new Map([['north', [0, 2]]]) });
  expect(validation!.perplexity).toBeCloseTo(Math.exp(validation!.loss), 6);
  expect(validation!.perplexity).toBeCloseTo(metrics.perplexity!, 5);
  const { north } = history.at(-1)!.byClient!;
  expect(north!.perplexity).toBeCloseTo(Math.exp(north!.loss), 6);
  const parts = new Map([
    ['north', [0, 2]],
    ['south', []],
  ]);
  const byClient = metricsByClient(each[0]!, parts);
  expect(Object.keys(byClient)).toEqual(['north']);
  const [first, third] = [each[0]!.columns.loss![0]!, each[0]!.columns.loss![2]!];
  expect(byClient.north!.loss).toBeCloseTo((first + third) / 2, 9);
});
