/** @file Predicted products of a training step against those that the engine is asked for. */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { casesOf } from '../../../test/support/full.js';
import { type Engine, openEngine } from '../src/engine/engine.js';
import { predictProducts } from '../src/memory/step-products.js';
import { initialValues, LoadedBase } from '../src/models/base.js';
import { modelInput } from '../src/models/config.js';
import { findMethod, findOptimizer, methods } from '../src/registry.js';
import { createRandom } from '../src/tensor/random.js';
import { tf } from '../src/tensor/tf.js';
import { refusal } from '../src/training/refusals/refusal.js';
import { train } from '../src/training/trainer.js';
import { multiplyAdds } from './support/products.js';
import { everyTarget, randomData, smallModels } from './support/small-models.js';

const adamw = findOptimizer('adamw').build(findOptimizer('adamw').config.parse({}));
interface TorchCase {
  method: string;
  config: object;
  targets: string[];
  forward: number;
  backward: number;
}
const torch = JSON.parse(readFileSync(new URL('vectors/memory/products.json', import.meta.url), 'utf8')) as {
  batchSize: number;
  sequence: number;
  cases: TorchCase[];
};

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine('wasm');
});

interface Trial {
  model: (typeof smallModels)[number]['model'];
  classes?: number | undefined;
  method: string;
  targets?: readonly string[];
  accumulate?: number;
}

const sequence = 12;
const batchSize = 2;

function inputOf({ model, classes, method: name, targets, accumulate = 1 }: Trial) {
  const method = findMethod(name);
  const config = method.config.parse(method.usesRank ? { rank: 4 } : {});
  const of = targets ?? everyTarget(model, method);
  return { model, method, config, targets: [...of], accumulate, ...(classes === undefined ? {} : { classes }) };
}

const predicted = (trial: Trial) => predictProducts({ ...inputOf(trial), optimizer: adamw, batchSize, sequence });

/**
 * Products that the last step of a run asks the engine for: all else is done by a run that is a step shorter too. What a rank part
 * multiplies between steps comes round as often in seven steps as in eight.
 */
async function counted(trial: Trial): Promise<number> {
  const { method, config, targets, accumulate, model: of } = inputOf(trial);
  const data = randomData({ model: of, sequence, ...(trial.classes ? { classes: trial.classes } : {}) });
  const run = async (steps: number) => {
    const model = new LoadedBase({ config: of, values: initialValues(of, createRandom(1)), tokenizer: null });
    const options = { steps, batchSize, accumulate, targets, learningRate: 1e-3 };
    const { kernels } = await tf.profile(async () => {
      await train({ engine, model, method, config, optimizer: adamw, data, options });
      return [];
    });
    model.dispose();
    return kernels.reduce((sum, kernel) => sum + multiplyAdds(kernel), 0);
  };
  const steps = method.rank ? 8 : 2;
  return (await run(steps)) - (await run(steps - 1));
}

describe('products of a training step', () => {
  test.each(smallModels.map(({ model, classes }) => [model.architecture, { model, classes }] as const))(
    'are those that the engine is asked for on %s',
    async (_, of) => {
      const isTable = modelInput(of.model).kind === 'fields';
      const targets = isTable ? ['fc_1', 'fc_3'] : undefined;
      for (const method of ['lora', 'full-ft', 'bitfit']) {
        const trial = { ...of, method, ...(method === 'lora' && targets ? { targets } : {}) };
        if (refusal(inputOf(trial)) !== undefined) continue;
        const { forward, backward } = predicted(trial)!;
        expect(await counted(trial), method).toBeCloseTo(forward + backward, 3);
      }
    },
  );

  test('counts products once for each batch that is accumulated', async () => {
    const trial = { ...smallModels[0]!, method: 'lora' };
    const [one, two] = [predicted(trial)!, predicted({ ...trial, accumulate: 2 })!];
    expect(two).toEqual({ forward: 2 * one.forward, backward: 2 * one.backward });
    expect(await counted({ ...trial, accumulate: 2 })).toBeCloseTo(two.forward + two.backward, 3);
  });

  test('counts products of a penalty once in a step', async () => {
    const trial = { ...smallModels[0]!, method: 'adalora', accumulate: 2 };
    const { forward, backward } = predicted(trial)!;
    expect(await counted(trial)).toBeCloseTo(forward + backward, 3);
  });

  /** On a model of language, or classes where there is nothing to train on text. */
  const trialOf = (name: string): Trial | undefined =>
    smallModels.map((of) => ({ ...of, method: name })).find((trial) => refusal(inputOf(trial)) === undefined);
  const said = methods.flatMap(({ name }) => {
    const trial = trialOf(name);
    return trial && predicted(trial) ? [[name, trial] as const] : [];
  });
  /** Methods that multiply by the same factors stand for each other. */
  const shape = { in: 64, out: 64, bias: true };
  const factorsOf = (name: string) => {
    const { method, config } = inputOf({ ...smallModels[0]!, method: name });
    return JSON.stringify([
      method.weight?.multiplies?.(shape, config as never, { dropout: 0 }),
      method.weight?.replacesKernel,
    ]);
  };
  const first = said.filter(([name], at) => said.findIndex(([other]) => factorsOf(other) === factorsOf(name)) === at);
  test.each(casesOf('products of methods', said, first))(
    'are those that the engine is asked for by %s',
    async (_, trial) => {
      const { forward, backward } = predicted(trial)!;
      expect(await counted(trial)).toBeCloseTo(forward + backward, 3);
    },
  );

  test.each(torch.cases.map((one) => [`${one.method} on ${one.targets}`, one] as const))(
    'are those that torch counts by %s',
    (_, { method: name, config, targets, ...flops }) => {
      const model = smallModels.find((of) => of.model.architecture === 'llama')!.model;
      const method = findMethod(name);
      const { batchSize, sequence } = torch;
      const said = predictProducts({ model, method, config, targets, optimizer: adamw, batchSize, sequence })!;
      expect({ forward: 2 * said.forward, backward: 2 * said.backward }).toEqual(flops);
    },
  );

  test('predicts many methods, and none with products of its own', () => {
    expect(said.length).toBeGreaterThanOrEqual(40);
    // Nobody says products of noise, of a rank that is drawn in each step, and of ranks that the data decides.
    for (const method of ['lora-ggpo', 'dylora', 'eva']) {
      expect(predicted({ ...smallModels[0]!, method }), method).toBeUndefined();
    }
  });
});
