/** @file Every architecture against transformers or torch with the same random weights, in float64. */
import { readdirSync } from 'node:fs';
import type { Tensor } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { addedEngines, engineOptions } from '../../../test/support/engines.js';
import { differentiate, disposeGradients } from '../src/engine/autograd.js';
import { type Engine, openEngine } from '../src/engine/engine.js';
import type { HostTensor } from '../src/method.js';
import { architectures, linearLayers, sourcedParameters } from '../src/models/config.js';
import { hiddenStates } from '../src/models/forward.js';
import { parametersOf } from '../src/models/tensors.js';
import { findMethod } from '../src/registry.js';
import { createRandom } from '../src/tensor/random.js';
import { tf } from '../src/tensor/tf.js';
import { inject } from '../src/training/inject.js';
import { objectiveOf } from '../src/training/loss.js';
import type { TrialModel } from '../src/training/trial.js';
import { expectClose, relativeError } from './support/close.js';
import { baseOf, batchOf, hostTensor, hostTensors, type ModelCase, readModelVector } from './support/model-vectors.js';

const names = architectures.map(({ name }) => name);

it('has a vector for every architecture and an architecture for every vector', () => {
  const vectors = readdirSync(new URL('vectors/models', import.meta.url)).map((file) => file.replace('.json', ''));
  expect(vectors.sort()).toEqual([...names].sort());
});

const cases = names.flatMap((name) =>
  readModelVector(name).cases.map((testCase) => ({ label: `${name}, ${testCase.name}`, testCase })),
);

describe.each(['cpu', 'wasm', 'webgpu', ...addedEngines] as const)('on %s', (backend) => {
  let engine: Engine | Error;
  beforeAll(async () => {
    engine = await openEngine(backend, engineOptions).catch((error: Error) => error);
  });

  it.for(cases)('$label', async ({ testCase }, { skip }) => {
    if (engine instanceof Error) {
      // webgpu needs a Vulkan device, and the error says how to get a software one.
      if (backend !== 'webgpu') throw engine;
      console.warn(`NOT TESTED on ${backend}: ${engine.message}`);
      skip(engine.message);
      return;
    }
    const before = tf.memory().numTensors;
    const base = baseOf(testCase);
    const classes = testCase.head ? { classes: hostTensor(testCase.head['head.bias']!).shape[0]! } : {};
    const random = createRandom(1);

    const everyWeight = findMethod('full-ft');
    const config = everyWeight.config.parse({});
    const targets = [linearLayers(base.config)[0]!.name];
    const whole = inject({ base, method: everyWeight, config, targets, random, ...classes });
    putHead(whole, testCase);
    await compareHidden(whole, base.config, testCase, engine.tolerance);
    const gradientsOf = parametersOf(base.config, hostTensors(testCase.gradients));
    for (const { path, source } of sourcedParameters(base.config)) {
      const { shape, values } = gradientsOf.get(path)!;
      // A gain and what a file holds of it have one gradient.
      gradientsOf.set(path, { shape, values: values.map((value) => value - (source.lessBy ?? 0)) });
    }
    const expected = new Map([...gradientsOf, ...hostTensors(testCase.headGradients ?? {})]);
    await compareStep(whole, base.config, testCase, { loss: testCase.loss, gradients: expected }, engine.tolerance);
    whole.dispose();

    const lora = findMethod('lora');
    const layers = linearLayers(base.config);
    const moduleOf = new Map(
      sourcedParameters(base.config).map(({ path, source }) => [path, source.name.replace(/\.weight$/, '')]),
    );
    const theirs = (path: string, of: 'tensors' | 'gradients') =>
      Object.entries(testCase.lora[of]).find(([name]) => name.endsWith(moduleOf.get(`${path}.kernel`)!))?.[1];
    const adapted = layers.filter(({ path }) => theirs(path, 'tensors'));
    const trial = inject({
      base,
      method: lora,
      config: lora.config.parse(testCase.lora.config),
      targets: [...new Set(adapted.map(({ name }) => name))],
      random,
      ...classes,
    });
    const byPath = (of: 'tensors' | 'gradients') =>
      new Map(
        adapted.flatMap(({ path }) =>
          Object.entries(theirs(path, of)!).map(([name, values]) => [`${path}.${name}`, hostTensor(values)] as const),
        ),
      );
    for (const [path, { shape, values }] of byPath('tensors')) trial.replace(path, tf.tensor(values, shape));
    putHead(trial, testCase);
    const gradients = new Map([
      ...byPath('gradients'),
      ...Object.keys(testCase.head ?? {}).map((path) => [path, undefined] as const),
    ]);
    await compareStep(trial, base.config, testCase, { loss: testCase.lora.loss, gradients }, engine.tolerance);
    trial.dispose();
    base.dispose();
    expect(tf.memory().numTensors, 'tensors left over').toBe(before);
  });
});

type Config = Parameters<typeof hiddenStates>[0];

function putHead(trial: TrialModel, { head = {} }: ModelCase): void {
  for (const [path, values] of Object.entries(head)) {
    const { shape, values: flat } = hostTensor(values);
    trial.replace(path, tf.tensor(flat, shape));
  }
}

/** Hidden states of the real tokens; what stands at padding is nobody's business. */
async function compareHidden(trial: TrialModel, config: Config, testCase: ModelCase, tolerance: number): Promise<void> {
  const batch = batchOf(testCase);
  const states = tf.tidy(() => hiddenStates(config, batch, trial.access()));
  const values = (await states.data()) as Float32Array;
  const rows = states.shape[0] / batch.size;
  testCase.hidden.forEach((example, index) => {
    const real = batch.sequence === 0 ? rows : batch.lengths[index]!;
    const width = states.shape[1];
    const own = values.subarray(index * rows * width, (index * rows + real) * width);
    expectClose(own, (example as number[]).slice(0, real), tolerance, `hidden states of example ${index}`);
  });
  states.dispose();
}

/** Gradients whose expected value is undefined are not compared: they are zero or not the file's. */
async function compareStep(
  trial: TrialModel,
  config: Config,
  testCase: ModelCase,
  expected: { loss: number; gradients: ReadonlyMap<string, HostTensor | undefined> },
  tolerance: number,
): Promise<void> {
  const objective = objectiveOf(testCase.batch.objective);
  const batch = batchOf(testCase);
  const { value, gradients } = differentiate(trial.trained(), () =>
    objective.loss(config, batch, trial.access(), objective.count(batch)),
  );
  expectClose([(await value.data())[0]!], [expected.loss], tolerance, 'loss');
  expect([...gradients.keys()].sort()).toEqual([...expected.gradients.keys()].sort());
  const largest = Math.max(
    ...[...expected.gradients.values()].flatMap((tensor) => Array.from(tensor?.values ?? [], Math.abs)),
  );
  for (const [path, gradient] of gradients) {
    const theirs = expected.gradients.get(path);
    if (theirs === undefined) continue;
    const own = (await (gradient as Tensor).data()) as Float32Array;
    // Gradients that are zero in exact arithmetic, such as that of a key's bias, are held to the size of the others.
    const error = relativeError(own, theirs.values, 1e-3 * largest);
    expect(error, `relative error of the gradient of ${path}`).toBeLessThanOrEqual(1e-4);
  }
  disposeGradients(gradients);
  value.dispose();
}
