/** @file The tiny base models that adapters are exported for. Kernels are large, so that every adapter has an effect. */
import { createRandom, initialValues, LoadedBase } from '@rankforge/peft';
import { tf } from '@rankforge/peft/engine';
import { headOutputs, hiddenStates, logitCap, tiedLogits, vocabularyTable } from '@rankforge/peft/internals';

export const vocabularySize = 13;
export const sequence = 8;
export const imageSide = 8;
export const imageChannels = 3;

// Room for what a method puts before the tokens.
const contextLength = 2 * sequence;

const configs = {
  gpt2: {
    architecture: 'gpt2',
    vocabularySize,
    contextLength,
    width: 16,
    layers: 2,
    heads: 2,
    mlpWidth: 24,
    normEpsilon: 1e-5,
  },
};

const llama = (tied, biases, headNorms = false) => ({
  architecture: 'llama',
  vocabularySize,
  contextLength,
  width: 16,
  layers: 2,
  heads: 4,
  keyHeads: 2,
  headWidth: 4,
  mlpWidth: 24,
  normEpsilon: 1e-5,
  rotary: { base: 10_000, scaling: { kind: 'none' } },
  biases,
  headNorms,
  tied,
});

const gemma = (headNorms, caps) => ({
  architecture: 'gemma',
  vocabularySize,
  contextLength,
  width: 16,
  layers: 2,
  heads: 4,
  keyHeads: 2,
  headWidth: 4,
  mlpWidth: 24,
  normEpsilon: 1e-6,
  scoreWidth: 4,
  globalEvery: 2,
  // As long as all that a trial puts before the tokens and they: Python counts both, ours the tokens alone.
  window: contextLength,
  rotary: { base: headNorms ? 1_000_000 : 10_000, scaling: { kind: 'none' } },
  localRotary: { base: 10_000, scaling: { kind: 'none' } },
  headNorms,
  caps,
});

const encoder = (more) => ({
  vocabularySize,
  contextLength: 2 * sequence,
  types: 1,
  width: 16,
  layers: 2,
  heads: 2,
  mlpWidth: 24,
  normEpsilon: 1e-5,
  ...more,
});

/** Each with the sets of layers to target: modules that are one layer, modules that hold several, layers of one shape. */
export const bases = [
  {
    name: 'bert',
    config: encoder({ architecture: 'bert', pooler: true }),
    classes: 3,
    targets: [['query', 'value', 'fc_out']],
  },
  {
    name: 'roberta',
    config: encoder({ architecture: 'roberta', firstPosition: 2 }),
    classes: 3,
    targets: [['key', 'output', 'fc_in']],
  },
  {
    name: 'llama',
    config: llama(true, { projections: false, output: false, mlp: false }),
    targets: [['query', 'key', 'value', 'output', 'gate', 'up', 'down']],
  },
  {
    name: 'qwen2',
    config: llama(false, { projections: true, output: false, mlp: false }),
    targets: [['query', 'value', 'down']],
  },
  {
    name: 'qwen3',
    config: llama(true, { projections: false, output: false, mlp: false }, true),
    targets: [['query', 'key', 'output', 'up']],
  },
  {
    name: 'gemma2',
    config: gemma(false, { scores: 2, logits: 3 }),
    targets: [['query', 'key', 'value', 'output', 'gate', 'up', 'down']],
  },
  {
    name: 'gemma3',
    config: gemma(true, { scores: null, logits: null }),
    targets: [['query', 'value', 'down']],
  },
  {
    name: 'gpt2',
    config: configs.gpt2,
    targets: [['fc_in', 'fc_out', 'output'], ['query', 'value', 'fc_in'], ['output']],
  },
  {
    name: 'vit',
    config: {
      architecture: 'vit',
      imageSize: imageSide,
      patchSize: 4,
      channels: imageChannels,
      width: 16,
      layers: 2,
      heads: 2,
      mlpWidth: 24,
      normEpsilon: 1e-5,
      bias: true,
    },
    classes: 3,
    targets: [['query', 'value', 'fc_in', 'fc_out'], ['query']],
  },
];

export function tinyBase(config) {
  const values = initialValues(config, createRandom(3));
  for (const [path, { values: kernel }] of values) {
    if (!/gain$/.test(path)) {
      const random = createRandom(4).fork(path);
      kernel.forEach((_, index) => {
        kernel[index] = 0.2 * random.normal();
      });
    }
  }
  return new LoadedBase({ config, values, tokenizer: {} });
}

const everyLogit = (hidden, table, config) =>
  tiedLogits(
    hidden,
    table,
    Int32Array.from({ length: hidden.shape[0] }, (_, row) => row),
    logitCap(config),
  );

/** Logits of every example where the base has `classes`, otherwise of every position `[rows, vocabulary]`, row-major. */
export async function logits(base, trial, input, classes) {
  const access = trial.access();
  const tensor = tf.tidy(() =>
    classes
      ? headOutputs(base.config, input, access)
      : everyLogit(hiddenStates(base.config, input, access), vocabularyTable(base.config, access), base.config),
  );
  const values = Array.from(await tensor.data());
  tensor.dispose();
  return values;
}
