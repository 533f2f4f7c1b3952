/** @file A training step gives the same losses on every backend, within the tolerance the backend states. */
import { beforeAll, describe, it } from 'vitest';
import { type EngineName, openEngine } from '../src/engine/engine.js';
import { findOptimizer, methods, optimizers } from '../src/registry.js';
import { train } from '../src/training/trainer.js';
import { expectClose } from './support/close.js';
import { dataFor, targets, tinyBase } from './support/tiny-model.js';
import { readVector } from './support/vectors.js';

const steps = 5;
const rank = 4;
const trials = [
  ...methods.map((method) => ({ label: method.name, method, optimizer: findOptimizer('adamw'), config: {} })),
  ...optimizers.map((optimizer) => ({
    label: `every weight by ${optimizer.name}`,
    method: methods.find(({ trainsBase }) => trainsBase)!,
    optimizer,
    config: readVector('optimizers', optimizer.name).cases[0]!.config,
  })),
];

/** Losses of every trial, by its label. */
async function losses(backend: EngineName): Promise<Map<string, number[]>> {
  const engine = await openEngine(backend);
  const base = tinyBase();
  const all = new Map<string, number[]>();
  for (const { label, method, optimizer, config } of trials) {
    const seen: number[] = [];
    await train({
      engine,
      model: base,
      method,
      config: method.usesRank ? { rank } : {},
      optimizer: optimizer.build(optimizer.config.parse(config)),
      data: dataFor(method),
      options: { steps, batchSize: 4, learningRate: 1e-3, targets, seed: 5, clipNorm: 1 },
      onEvent(event) {
        if (event.type === 'step') seen.push(event.loss);
      },
    });
    all.set(label, seen);
  }
  base.dispose();
  return all;
}

describe('losses of the first steps', () => {
  let reference: Map<string, number[]>;
  beforeAll(async () => {
    reference = await losses('cpu');
  }, 60_000);

  it.for(['wasm', 'webgpu'] as const)('on %s are those on cpu', async (backend, { skip }) => {
    const engine = await openEngine(backend).catch((error: Error) => error);
    if (engine instanceof Error) {
      // wasm is always there; webgpu needs a Vulkan device, and the error says how to get a software one.
      if (backend === 'wasm') throw engine;
      console.warn(`NOT TESTED on ${backend}: ${engine.message}`);
      skip(engine.message);
      return;
    }
    const compared = await losses(backend);
    for (const [label, expected] of reference) {
      expectClose(compared.get(label)!, expected, engine.tolerance, `losses of ${label}`);
    }
  });
});
