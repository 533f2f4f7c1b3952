/** @file Every architecture trains alike on every backend, within the tolerance the backend states. */
import { beforeAll, describe, it } from 'vitest';
import { addedEngines, engineOptions } from '../../../test/support/engines.js';
import { casesOf } from '../../../test/support/full.js';
import { openEngine } from '../src/engine/engine.js';
import type { BackendName } from '../src/engine/traits.js';
import { initialValues, LoadedBase } from '../src/models/base.js';
import { findMethod, findOptimizer } from '../src/registry.js';
import { createRandom } from '../src/tensor/random.js';
import { train } from '../src/training/trainer.js';
import { expectClose } from './support/close.js';
import { everyTarget, randomData, smallModels } from './support/small-models.js';

const methods = ['lora', 'full-ft'];
/** On a software device a training takes a second; methods.backends trains adapters there. */
const onWebgpu = casesOf('architectures by methods on webgpu', methods, ['full-ft']);

/** Losses of the first steps by architecture and method, at examples of different lengths. */
async function losses(backend: BackendName, methods: readonly string[]): Promise<Map<string, number[]>> {
  const engine = await openEngine(backend, engineOptions);
  const all = new Map<string, number[]>();
  for (const small of smallModels) {
    const { model: config } = small;
    const model = new LoadedBase({ config, values: initialValues(config, createRandom(1)), tokenizer: null });
    for (const method of methods) {
      const seen: number[] = [];
      await train({
        engine,
        model,
        method: findMethod(method),
        config: {},
        optimizer: findOptimizer('adamw').build(findOptimizer('adamw').config.parse({})),
        data: randomData({ ...small, sequence: 12, lengths: [12, 7, 3, 9] }),
        options: {
          steps: 2,
          batchSize: 4,
          learningRate: 1e-3,
          targets: everyTarget(config, findMethod(method)),
          seed: 5,
          clipNorm: 1,
        },
        onEvent(event) {
          if (event.type === 'step') seen.push(event.loss);
        },
      });
      all.set(`${method} on ${config.architecture}`, seen);
    }
    model.dispose();
  }
  return all;
}

describe('losses of the first steps', () => {
  let reference: Map<string, number[]>;
  beforeAll(async () => {
    reference = await losses('cpu', methods);
  });

  it.for(['wasm', 'webgpu', ...addedEngines] as const)('agree on %s with those on cpu', async (backend, { skip }) => {
    const engine = await openEngine(backend, engineOptions).catch((error: Error) => error);
    if (engine instanceof Error) {
      if (backend !== 'webgpu') throw engine;
      console.warn(`NOT TESTED on ${backend}: ${engine.message}`);
      skip(engine.message);
      return;
    }
    const compared = await losses(backend, backend === 'webgpu' ? onWebgpu : methods);
    for (const [label, found] of compared) {
      expectClose(found, reference.get(label)!, engine.tolerance, `losses of ${label}`);
    }
  });
});
