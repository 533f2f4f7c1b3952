/** @file A federation of three clients on the tiny model, and what tests read of its adapters. */
import { findMethod, findOptimizer, readAdapter, train } from '@rankforge/peft';
import { openedBase } from '../../../peft/test/support/opened-engine.js';
import { tinyData } from '../../../peft/test/support/tiny-model.js';
import type { Traffic } from '../../src/counted.js';
import { federate } from '../../src/federate.js';
import { type FederateInput, settleFederation } from '../../src/federation.js';
import { findStrategy } from '../../src/registry.js';

export const targets = ['query', 'value'];
export const options = {
  batchSize: 4,
  learningRate: 0.3,
  schedule: 'constant',
  seed: 3,
  clipNorm: null,
  targets,
} as const;

/** Whole numbers, one after another. */
export const from = (first: number, size: number) => Array.from({ length: size }, (_, index) => first + index);

const clients = new Map([
  ['north', from(0, 16)],
  ['east', from(16, 10)],
  ['west', from(26, 6)],
]);

/** An optimizer with its defaults. */
export function built(name: string) {
  const { build, config } = findOptimizer(name);
  return build(config.parse({}));
}

/** Values of an adapter, by path. */
export const valuesOf = (adapter: Uint8Array | undefined) =>
  [...readAdapter(adapter!).tensors].map(([path, { values }]) => [path, values] as const);

/** All values of an adapter, one after another. */
export const numbersOf = (adapter: Uint8Array | undefined) => valuesOf(adapter).flatMap(([, values]) => [...values]);

/** Bytes without whose they are, as they are predicted. */
export const inTotal = ({ down, up }: Traffic): Traffic => ({ down, up });

/** An error of an aggregation that is exact is below this in float32. */
export const exactly = 1e-5;

/**
 * Opens an engine and the base for the tests of a file.
 *
 * @example const on = tinyFederation(); // in its tests: await on.run('fedavg')
 */
export function tinyFederation() {
  const on = openedBase();

  const input = (strategy: string, more: Partial<FederateInput> = {}): FederateInput => ({
    engine: on.engine,
    model: on.base,
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
  return {
    get base() {
      return on.base;
    },
    input,
    /** Two rounds of two steps under a strategy, unless `more` says otherwise. */
    run: (strategy: string, more?: Partial<FederateInput>) => federate(input(strategy, more)),
    /** The same, before anything runs. */
    settled: (strategy: string, more?: Partial<FederateInput>) => settleFederation(input(strategy, more)),
    /** A training on the data of all clients. */
    whole(steps: number) {
      const { engine, model, method, config, optimizer, data } = input('pooled');
      return train({ engine, model, method, config, optimizer, data, options: { ...options, steps } });
    },
  };
}
