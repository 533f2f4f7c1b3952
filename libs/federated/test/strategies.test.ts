/** @file Federated strategies against their oracles (test/oracle/strategies) and against Flower: rounds, messages, local steps. */
import { readdirSync, readFileSync } from 'node:fs';
import { createRandom, findMethod, findOptimizer, type HostTensor } from '@rankforge/peft';
import { tf } from '@rankforge/peft/engine';
import { products, stateToHost, type TrialPlan, toDevice, toHost } from '@rankforge/peft/extension';
import type { Tensor } from '@tensorflow/tfjs-core';
import { Matrix, solve } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { partOf } from '../../../test/support/part-of.js';
import { expectClose, flatten, type Nested } from '../../peft/test/support/close.js';
import { openedEngine } from '../../peft/test/support/opened-engine.js';
import { factorPairs, matrixOf, scaleOf } from '../src/factors.js';
import { layoutOf } from '../src/named.js';
import { participants } from '../src/participation.js';
import { findStrategy, strategies, strategyNames } from '../src/registry.js';
import type { Named, Received, Rounds, Subject } from '../src/strategy.js';

type Tensors = Record<string, Nested>;

interface Case {
  config: object;
  examples: number[];
  tensors: Tensors;
  rounds: {
    messages: Tensors[];
    /** The part of each client, where there are several. */
    roles?: string[];
    after: Tensors;
    kept?: Tensors;
    kernels?: Tensors;
    download?: Tensors;
    product?: Nested;
    error?: number;
    norm?: number;
  }[];
}

interface Vector {
  layer: { in: number; out: number };
  /** The name of the method. Default: LoRA. */
  of?: string;
  method: object;
  cases: Case[];
  local?: {
    config: object;
    received: Tensors;
    own: Tensors;
    role?: string;
    gradients: Tensors[];
    /** Factors of the values of parameters in gradients. Default: gradients do not depend on these. */
    slopes?: Tensors[];
    learningRate: number;
    trained: Tensors;
    sent: Tensors;
  }[];
  packed?: { density: number; tensors: Tensors; cut: Tensors; places: number[] }[];
}

const read = <T>(path: string) => JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8')) as T;
const namesIn = (folder: string, ending: string) =>
  readdirSync(new URL(folder, import.meta.url))
    .filter((name) => name.endsWith(ending))
    .map((name) => name.slice(0, -ending.length));
const withMessages = strategies.filter(({ sites }) => typeof sites !== 'string').map(({ name }) => name);

it('has a vector and its script for every strategy that sends messages', () => {
  expect(namesIn('vectors/strategies/', '.json').sort()).toEqual(withMessages.toSorted());
  expect(namesIn('oracle/strategies/', '.py').sort()).toEqual(withMessages.toSorted());
  expect(new Set(strategyNames).size).toBe(strategies.length);
});

it('describes every field of every configuration, and has defaults for all', () => {
  for (const { name, config } of strategies) {
    const { properties = {} } = config.toJSONSchema({ io: 'input' }) as { properties?: Record<string, object> };
    for (const [field, schema] of Object.entries(properties)) {
      expect(schema, `${name}.${field}`).toHaveProperty('description');
    }
    expect(config.safeParse({}).success, `defaults of ${name}`).toBe(true);
    expect(config.safeParse({ noSuchField: 1 }).success, `unknown fields of ${name}`).toBe(false);
  }
});

const tolerance = 1e-5;
const sidesOf = (nested: Nested): number[] =>
  typeof nested === 'number' ? [] : [nested.length as number, ...sidesOf((nested as Nested[])[0]!)];
const named = (tensors: Tensors): Map<string, HostTensor> =>
  new Map(
    Object.entries(tensors).map(([path, nested]) => [
      path,
      { shape: sidesOf(nested), values: Float32Array.from(flatten(nested)) },
    ]),
  );
function expectNamed(actual: Named, expected: Tensors, what: string): void {
  for (const [path, nested] of Object.entries(expected)) {
    expectClose(actual.get(path)!.values, nested, tolerance, `${path} ${what}`);
  }
}

/** `values · factors`, entry by entry. */
const times = (values: Tensor, { shape, values: factors }: HostTensor): Tensor =>
  tf.tidy(() => tf.mul(values, tf.tensor(factors, shape)));

/** A layer with a head beside it. */
function subjectOf({ layer, of = 'lora', method: fields }: Vector, clients: number): Subject {
  const method = findMethod(of);
  const config = method.config.parse(fields);
  const planned = { path: 'layer', name: 'query', shape: { ...layer, bias: false }, config };
  const adapters = Object.entries(method.weight!.tensors(planned.shape, config)).map(([name, spec]) => ({
    ...spec,
    path: `layer.${name}`,
    name,
    layer: 'layer',
    users: ['layer'],
  }));
  return { method, config, plan: partOf<TrialPlan>({ layers: [planned], adapters }), clients };
}

const receivedOf = (
  messages: Tensors[],
  examples: readonly number[],
  { subject, roles = [] }: { subject: Subject; roles?: string[] | undefined },
): Received[] => {
  const total = examples.reduce((sum, count) => sum + count, 0);
  return messages.map((tensors, client) => ({
    client,
    subject,
    role: roles[client],
    share: examples[client]! / total,
    shareOfAll: examples[client]! / total,
    tensors: named(tensors),
  }));
};

describe.each(withMessages)('%s', (name) => {
  openedEngine('cpu');
  const strategy = findStrategy(name);
  const rounds = strategy.sites as Rounds<unknown>;
  const vector = read<Vector>(`vectors/strategies/${name}.json`);

  it.each(vector.cases.map((testCase, index) => ({ testCase, label: `case ${index}` })))(
    'makes of two rounds of messages what its oracle makes: $label',
    ({ testCase }) => {
      const config = strategy.config.parse(testCase.config);
      const subject = subjectOf(vector, testCase.examples.length);
      expect(strategy.unfit?.(subject, config)).toBeUndefined();
      const tensors = named(testCase.tensors);
      let state = { tensors: tensors as Named, kept: rounds.start?.(tensors, { subject, config }) ?? new Map() };
      for (const [round, expected] of testCase.rounds.entries()) {
        const messages = receivedOf(expected.messages, testCase.examples, { subject, roles: expected.roles });
        state = rounds.aggregate(messages, state, { subject, config, round });
        expectNamed(state.tensors, expected.after, `after round ${round}`);
        expect([...state.tensors.keys()]).toEqual([...tensors.keys()]);
        if (expected.kept) expectNamed(state.kept, expected.kept, `kept after round ${round}`);
        if (expected.kernels) expectNamed(rounds.kernels!(state), expected.kernels, `update after round ${round}`);
        if (expected.download) {
          const download = rounds.download!(state, { subject, config, round: round + 1, client: subject });
          expectNamed(download, expected.download, `sent after round ${round}`);
          expect([...download.keys()].sort()).toEqual(Object.keys(expected.download).sort());
        }
        if (expected.product) {
          const [pair] = factorPairs(subject)!;
          const [a, b] = [pair!.a, pair!.b].map((path) => matrixOf(state.tensors.get(path)!));
          const product = a!.mmul(b!).mul(scaleOf(subject, pair!));
          expectClose(product.to1DArray(), expected.product, tolerance, `product after round ${round}`);
          for (const factor of [a!, b!]) expect(factor.norm('frobenius') ** 2).toBeCloseTo(expected.norm!, 4);
        }
      }
    },
  );

  it.each((vector.local ?? []).map((testCase, index) => ({ testCase, label: `case ${index}` })))(
    'trains a client and makes its message as its oracle does: $label',
    async ({ testCase }) => {
      const config = strategy.config.parse(testCase.config);
      const [received, own] = [named(testCase.received), named(testCase.own)];
      const { role, slopes } = testCase;
      const known = { subject: subjectOf(vector, 1), config, round: 0, received, own, role };
      const begun = rounds.begin?.({ ...known, fresh: () => new Map() }) ?? received;
      const sgd = findOptimizer('sgd');
      const part = rounds.optimizer!(sgd.build(sgd.config.parse({})), config, { received, own, role });
      const info = [...begun].map(([path, { shape }]) => ({ path, shape, role: 'kernel', decays: true }));
      const random = createRandom(0);
      const before = tf.memory().numTensors;
      const parameters = new Map<string, Tensor>([...begun].map(([path, tensor]) => [path, toDevice(tensor)]));
      let state = part.init(info, random);
      for (const [step, given] of testCase.gradients.entries()) {
        const at = (values: ReadonlyMap<string, Tensor>) =>
          new Map(
            [...named(given)].map(([path, tensor]) => [
              path,
              slopes ? times(values.get(path)!, tensor) : toDevice(tensor),
            ]),
          );
        const gradients = at(parameters);
        const gradientsBesides = part.besides && at(part.besides(state));
        const made = await part.update({
          gradients,
          ...(gradientsBesides && { gradientsBesides }),
          parameters,
          info,
          state,
          step: step + 1,
          learningRate: testCase.learningRate,
          random,
          products,
        });
        state = made.state;
        for (const [path, update] of made.updates) {
          const old = parameters.get(path)!;
          parameters.set(path, tf.add(old, update));
          tf.dispose([old, update]);
        }
        tf.dispose([...gradients.values(), ...(gradientsBesides?.values() ?? [])]);
      }
      const trained = await toHost(parameters);
      expectNamed(trained, testCase.trained, 'trained');
      const optimizer = await stateToHost(new Map(Object.entries(state)));
      const end = { ...known, begun, trained, optimizer, steps: testCase.gradients.length };
      const { sent } = rounds.upload?.({ ...end, ...rounds.told?.(end) }) ?? { sent: trained };
      expectNamed(sent, testCase.sent, 'sent');
      expect(layoutOf(sent)).toEqual(rounds.uploads?.(layoutOf(trained), role, known.subject) ?? layoutOf(trained));
      tf.dispose([...parameters.values(), ...Object.values(state)]);
      expect(tf.memory().numTensors, 'tensors left over').toBe(before);
    },
  );

  it.each((vector.packed ?? []).map((testCase) => ({ testCase, label: `density ${testCase.density}` })))(
    'sends the largest numbers and where they stand: $label',
    ({ testCase: { density, tensors, cut, places } }) => {
      const config = strategy.config.parse({ upload: density, download: density });
      const whole = named(tensors);
      for (const packing of [rounds.up!, rounds.down!]) {
        const packed = packing.pack(whole, config);
        expect([...packed.get('places')!.values]).toEqual(places);
        expectNamed(packing.unpack(packed, layoutOf(whole), config), cut, 'unpacked');
      }
    },
  );
});

describe('sites whose best models differ', () => {
  openedEngine('cpu');
  const [sites, inputs, rows, learningRate, steps, each] = [20, 5, 40, 0.05, 5, 5];
  const random = createRandom('least squares');
  const normals = (count: number) => Array.from({ length: count }, () => random.normal());
  /** Least squares with an optimum of each site's own. */
  const data = Array.from({ length: sites }, () => {
    const best = normals(inputs).map((value) => 2 * value);
    const x = Array.from({ length: rows }, () => normals(inputs));
    return { x, y: x.map((row) => row.reduce((sum, value, at) => sum + value * best[at]!, 0.1 * random.normal())) };
  });
  const gradientOf = (site: number, values: readonly number[], batch: readonly number[]) => {
    const gradient = new Float32Array(inputs);
    for (const row of batch) {
      const x = data[site]!.x[row]!;
      const error = x.reduce((sum, value, at) => sum + value * values[at]!, -data[site]!.y[row]!);
      for (let at = 0; at < inputs; at++) gradient[at]! += (error * x[at]!) / batch.length;
    }
    return gradient;
  };
  const all = Array.from({ length: rows }, (_, row) => row);
  const everyone = data.flatMap(({ x }) => x);
  const optimum = solve(new Matrix(everyone), Matrix.columnVector(data.flatMap(({ y }) => y))).to1DArray();

  /** How far from the best model of all data the rounds end, relative to it. */
  async function distanceAfter(name: string, rounds: number): Promise<number> {
    const strategy = findStrategy(name);
    const part = strategy.sites as Rounds<unknown>;
    const config = strategy.config.parse({});
    const sgd = findOptimizer('sgd');
    const info = [{ path: 'w', shape: [inputs], role: 'kernel', decays: false }];
    const subject = { clients: sites } as Subject;
    const draws = createRandom(name);
    const own = new Map<number, Named>();
    let state = { tensors: named({ w: new Array(inputs).fill(0) }) as Named, kept: new Map() as Named };
    for (let round = 0; round < rounds; round++) {
      const received = part.download?.(state, { subject, config, round, client: subject }) ?? state.tensors;
      const messages: Received[] = [];
      for (const client of participants(sites, round, { share: each / sites, sampling: 'fixed', random: draws })) {
        const stream = draws.fork(`${round}/${client}`);
        const mine = own.get(client) ?? new Map();
        const { role } = part.part?.({ config, own: mine, random: stream }) ?? {};
        const atOnce = role !== undefined && role === part.atOnce;
        const known = { subject, config, round, received, own: mine, role };
        const begun = part.begin?.({ ...known, fresh: () => new Map() }) ?? received;
        const built = sgd.build(sgd.config.parse({}));
        const optimizer = part.optimizer?.(built, config, known) ?? built;
        let kept = optimizer.init(info, stream);
        let w = toDevice(begun.get('w')!);
        for (let step = 1; step <= (atOnce ? 1 : steps); step++) {
          const batch = atOnce ? all : Array.from({ length: 8 }, () => stream.integer(rows));
          const at = (values: Tensor) => tf.tensor(gradientOf(client, Array.from(values.dataSync()), batch));
          const beside = optimizer.besides?.(kept).get('w');
          const given = {
            gradients: new Map([['w', at(w)]]),
            ...(beside && { gradientsBesides: new Map([['w', at(beside)]]) }),
          };
          const parameters = new Map([['w', w]]);
          const made = await optimizer.update({
            ...given,
            parameters,
            info,
            state: kept,
            step,
            learningRate,
            random: stream,
            products,
          });
          const next = tf.add(w, made.updates.get('w')!);
          const used = [made.updates, given.gradients, given.gradientsBesides ?? new Map()];
          tf.dispose([w, ...used.flatMap((tensors) => [...tensors.values()])]);
          w = next;
          kept = made.state;
        }
        const ended = {
          ...{ ...known, begun, trained: await toHost(new Map([['w', w]])), steps },
          optimizer: await stateToHost(new Map(Object.entries(kept))),
        };
        const told = part.told?.(ended) ?? ended;
        const { sent, own: keeps } = part.upload?.({ ...ended, ...told }) ?? { sent: told.trained };
        if (keeps) own.set(client, keeps);
        tf.dispose([w, ...Object.values(kept)]);
        messages.push({ client, subject, role, share: 1 / each, shareOfAll: 1 / sites, tensors: sent });
      }
      state = part.aggregate(messages, state, { subject, config, round });
    }
    const { values } = state.tensors.get('w')!;
    return Math.hypot(...optimum.map((value, at) => value - values[at]!)) / Math.hypot(...optimum);
  }

  it('keep FedAvg away from the best model of all, and do not keep FedAMD', async () => {
    expect(await distanceAfter('fedamd', 200)).toBeLessThan(1e-3);
    expect(await distanceAfter('fedavg', 60)).toBeGreaterThan(0.1);
  });
});

interface FlowerCase {
  strategy: string;
  config: object;
  examples: number[];
  messages: Tensors[];
  after: Tensors;
}

it.each(
  read<{ strategies: FlowerCase[] }>('../../peft/test/official/vectors/flower.json').strategies.map(
    (testCase, index) => ({
      testCase,
      label: `${testCase.strategy}, case ${index}`,
    }),
  ),
)('aggregates as Flower does: $label', ({ testCase: { strategy, config, examples, messages, after } }) => {
  const { sites, config: schema } = findStrategy(strategy);
  const subject = { clients: examples.length } as Subject;
  const state = { tensors: named(after), kept: new Map() };
  const received = receivedOf(messages, examples, { subject });
  const next = (sites as Rounds<unknown>).aggregate(received, state, {
    subject,
    config: schema.parse(config),
    round: 0,
  });
  for (const [path, nested] of Object.entries(after)) {
    expectClose(next.tensors.get(path)!.values, nested, 1e-6, path);
  }
});
