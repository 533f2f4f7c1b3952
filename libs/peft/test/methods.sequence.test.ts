/** @file What stands before the tokens or beside them, in every architecture that reads tokens: it reaches them, padding does not. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEngine } from '../src/engine/engine.js';
import { initialValues, LoadedBase } from '../src/models/base.js';
import { type ModelConfig, modelInput } from '../src/models/config.js';
import { hiddenStates } from '../src/models/forward.js';
import { findMethod, methods } from '../src/registry.js';
import { createRandom, type Random } from '../src/tensor/random.js';
import { tf } from '../src/tensor/tf.js';
import { inject } from '../src/training/inject.js';
import { relativeError } from './support/close.js';
import { smallModels } from './support/small-models.js';

const [size, sequence, length] = [2, 6, 4];
const ofTokens = smallModels.filter(({ model }) => modelInput(model).kind === 'tokens');
const cases = ofTokens.flatMap(({ model }) =>
  methods
    .filter((method) => method.sequence)
    .map((method) => ({ method, model, label: `${method.name} in ${model.architecture}` })),
);

let tensorsBefore = 0;
beforeAll(async () => {
  await openEngine('cpu');
  tensorsBefore = tf.memory().numTensors;
});
afterAll(() => expect(tf.memory().numTensors, 'tensors left over').toBe(tensorsBefore));

/** A base whose attentions tell tokens apart. */
function baseOf(model: ModelConfig): LoadedBase {
  const values = initialValues(model, createRandom(3));
  for (const [path, { values: kernel }] of values) {
    if (path.endsWith('.kernel')) for (const index of kernel.keys()) kernel[index]! *= 5;
  }
  return new LoadedBase({ config: model, values, tokenizer: null });
}

const normals = (shape: number[], random: Random) =>
  tf.tensor(
    Array.from({ length: shape.reduce((product, side) => product * side, 1) }, () => random.normal()),
    shape,
  );

describe.each(cases)('$label', ({ method, model }) => {
  /** Hidden states of the real tokens, with this token as padding and these values. */
  function states(base: LoadedBase, padding: number, seed: number): number[] {
    const config = method.config.parse({});
    const trial = inject({ base, method, config, targets: ['query'], random: createRandom(seed) });
    // Some start as if they were not there.
    const random = createRandom(seed);
    for (const [path, { shape }] of trial.trained()) trial.replace(path, normals(shape, random));
    const inputs = Int32Array.from({ length: size * sequence }, (_, at) =>
      at % sequence < length ? 1 + (at % 7) : padding,
    );
    const input = { size, sequence, inputs, lengths: new Int32Array(size).fill(length) };
    const hidden = tf.tidy(() => hiddenStates(model, input, trial.access()));
    expect(hidden.shape).toEqual([size * sequence, model.width]);
    const rows = hidden.arraySync().filter((_, row) => row % sequence < length);
    hidden.dispose();
    trial.dispose();
    return rows.flat();
  }

  it('reaches the tokens, and padding does not', () => {
    const base = baseOf(model);
    const one = states(base, 0, 1);
    expect(relativeError(states(base, 9, 1), one)).toBeLessThan(1e-6);
    expect(relativeError(states(base, 0, 2), one)).toBeGreaterThan(1e-3);
    base.dispose();
  });

  it.runIf(method.sequence!.length(method.config.parse({})) > 0)(
    'refuses a sequence that the model has no positions for',
    () => {
      const base = baseOf(model);
      const input = modelInput(model) as { contextLength: number };
      const config = method.config.parse({ virtualTokens: input.contextLength });
      const trial = inject({ base, method, config, targets: ['query'], random: createRandom(1) });
      const inputs = new Int32Array(sequence);
      const run = () =>
        tf.tidy(() =>
          hiddenStates(model, { size: 1, sequence, inputs, lengths: Int32Array.of(length) }, trial.access()),
        );
      expect(run).toThrow(
        `A sequence of ${input.contextLength} + ${sequence} positions is longer than the ${input.contextLength} of the model`,
      );
      trial.dispose();
      base.dispose();
    },
  );
});

it('begins prompts with rows as Gemma reads them: times the root of its width', () => {
  const { model } = smallModels.find(({ model }) => model.architecture === 'gemma')!;
  const base = baseOf(model);
  const method = findMethod('prompt-tuning');
  const config = method.config.parse({ virtualTokens: 3, start: 'vocabulary' });
  const trial = inject({ base, method, config, targets: ['query'], random: createRandom(1) });
  const [prompts] = [...trial.trained().values()].map((tensor) => [...tensor.dataSync()]);
  const { values } = base.host('embedding.tokens');
  const { width } = model;
  const rows = Array.from({ length: values.length / width }, (_, row) =>
    [...values.subarray(row * width, (row + 1) * width)].map((value) => Math.fround(value * 8)),
  );
  expect(width).toBe(64);
  for (let at = 0; at < 3; at++) expect(rows).toContainEqual(prompts!.slice(at * width, (at + 1) * width));
  trial.dispose();
  base.dispose();
});
