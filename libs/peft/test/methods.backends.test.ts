/** @file A training step gives the same losses on every backend, within the tolerance the backend states. */
import { beforeAll, describe, it } from 'vitest';
import { addedEngines, engineOptions } from '../../../test/support/engines.js';
import { casesOf } from '../../../test/support/full.js';
import { openEngine } from '../src/engine/engine.js';
import type { BackendName } from '../src/engine/traits.js';
import type { Method } from '../src/method.js';
import { findOptimizer, methods, optimizers } from '../src/registry.js';
import { train } from '../src/training/trainer.js';
import { capabilitiesOf, oneOfEach, optimizerCapabilitiesOf, slotsOf } from './support/capabilities.js';
import { expectClose } from './support/close.js';
import { dataFor, suitedTo, targets, tinyBase, tinyCompanions } from './support/tiny-model.js';
import { readVector } from './support/vectors.js';

/** The third loss shows what two updates did, and the state between them. */
const steps = 2;
const rank = 4;

interface Trial {
  label: string;
  method: Method;
  optimizer: (typeof optimizers)[number];
  config: object;
}
const trials: Trial[] = [
  ...methods.map((method) => ({ label: method.name, method, optimizer: findOptimizer('adamw'), config: {} })),
  ...optimizers.map((optimizer) => {
    const { config } = readVector('optimizers', optimizer.name).cases[0]!;
    return {
      label: `by ${optimizer.name}`,
      method: suitedTo(optimizer.build(optimizer.config.parse(config))),
      optimizer,
      config,
    };
  }),
];

/** On a software device a training takes a second: one method for each slot. */
const onWebgpu = kindsOf('trainings on webgpu', oneOfEach(methods, slotsOf));
const onAdded = kindsOf('trainings on engines that were added', oneOfEach(methods, capabilitiesOf));

/** Trials with these methods, and one optimizer of each kind. */
function kindsOf(what: string, kinds: readonly object[]): readonly Trial[] {
  const chosen = [...kinds, ...oneOfEach(optimizers, optimizerCapabilitiesOf)];
  return casesOf(
    what,
    trials,
    trials.filter(({ label, method, optimizer }) => chosen.includes(label === method.name ? method : optimizer)),
  );
}

const trialsOn = (backend: BackendName) => ({ webgpu: onWebgpu, wasm: trials })[backend as string] ?? onAdded;

/** Losses of trials, by their label. */
async function losses(backend: BackendName, trials: readonly Trial[]): Promise<Map<string, number[]>> {
  const engine = await openEngine(backend, engineOptions);
  const base = tinyBase();
  const all = new Map<string, number[]>();
  for (const { label, method, optimizer, config } of trials) {
    const seen: number[] = [];
    const companions = tinyCompanions(method);
    await train({
      ...companions.input,
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
    companions.dispose();
    all.set(label, seen);
  }
  base.dispose();
  return all;
}

// WebGPU is a software device where there is no GPU.
describe('losses of the first steps', () => {
  let reference: Map<string, number[]>;
  beforeAll(async () => {
    reference = await losses('cpu', trials);
  });

  it.for(['wasm', 'webgpu', ...addedEngines] as const)('agree on %s with those on cpu', async (backend, { skip }) => {
    const engine = await openEngine(backend, engineOptions).catch((error: Error) => error);
    if (engine instanceof Error) {
      // wasm is always there, and an engine that was added; webgpu needs a Vulkan device, and the error says how to get a software one.
      if (backend !== 'webgpu') throw engine;
      console.warn(`NOT TESTED on ${backend}: ${engine.message}`);
      skip(engine.message);
      return;
    }
    const compared = await losses(backend, trialsOn(backend));
    for (const [label, found] of compared) {
      expectClose(found, reference.get(label)!, engine.tolerance, `losses of ${label}`);
    }
  });
});
