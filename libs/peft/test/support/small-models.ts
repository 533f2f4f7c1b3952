import type { TaskData } from '../../src/data/task-data.js';
import type { Method } from '../../src/method.js';
import { linearLayers, type ModelConfig, modelConfigSchema, modelInput } from '../../src/models/config.js';
import { presetConfig } from '../../src/models/presets.js';
import type { Split } from '../../src/objectives/data.js';
import { createRandom } from '../../src/tensor/random.js';

const encoder = {
  vocabularySize: 512,
  contextLength: 64,
  width: 64,
  layers: 2,
  heads: 4,
  mlpWidth: 128,
  normEpsilon: 1e-12,
};

/** A small model of every architecture, and what it is trained for. */
export const smallModels: readonly { model: ModelConfig; classes?: number }[] = [
  { model: presetConfig('nano', 512) },
  {
    model: modelConfigSchema.parse({
      architecture: 'llama',
      vocabularySize: 512,
      contextLength: 64,
      width: 64,
      layers: 2,
      heads: 4,
      keyHeads: 2,
      headWidth: 16,
      mlpWidth: 176,
      normEpsilon: 1e-5,
      rotary: { base: 10_000, scaling: { kind: 'none' } },
      biases: { projections: false, output: false, mlp: false },
      tied: false,
    }),
  },
  {
    model: modelConfigSchema.parse({
      architecture: 'gemma',
      vocabularySize: 512,
      contextLength: 64,
      width: 64,
      layers: 2,
      heads: 4,
      keyHeads: 2,
      headWidth: 16,
      mlpWidth: 176,
      normEpsilon: 1e-6,
      scoreWidth: 16,
      globalEvery: 2,
      window: 8,
      rotary: { base: 1_000_000, scaling: { kind: 'none' } },
      localRotary: { base: 10_000, scaling: { kind: 'none' } },
      headNorms: true,
      caps: { scores: 50, logits: 30 },
    }),
  },
  {
    model: modelConfigSchema.parse({ ...encoder, architecture: 'bert', types: 2, pooler: true }),
    classes: 3,
  },
  {
    model: modelConfigSchema.parse({ ...encoder, architecture: 'roberta', types: 1, firstPosition: 2 }),
    classes: 3,
  },
  {
    model: modelConfigSchema.parse({
      architecture: 'vit',
      imageSize: 28,
      patchSize: 4,
      channels: 1,
      width: 64,
      layers: 2,
      heads: 4,
      mlpWidth: 128,
      normEpsilon: 1e-12,
      bias: true,
    }),
    classes: 3,
  },
  {
    model: modelConfigSchema.parse({
      architecture: 'embedding-mlp',
      cardinalities: [6000, 600, 200, 60],
      embeddingWidth: 16,
      width: 64,
      layers: 8,
    }),
  },
  {
    model: modelConfigSchema.parse({ architecture: 'feature-mlp', features: 64, width: 64, layers: 8 }),
    classes: 3,
  },
];

/** Names of all layers that a method can be put on. */
export const everyTarget = (model: ModelConfig, { weight }: Pick<Method, 'weight'>): string[] => [
  ...new Set(
    linearLayers(model)
      .filter(({ shape }) => !shape.table || weight === undefined || weight.lookup !== undefined)
      .map(({ name }) => name),
  ),
];

interface RandomData {
  model: ModelConfig;
  classes?: number;
  sequence: number;
  /** Real tokens of the examples of a batch, in turn; omitted: all of the sequence. */
  lengths?: number[];
}

/** Tokens, pixels or ids, and targets, that mean nothing. Calls draw the same numbers one after another. */
export function randomData({ model, sequence, classes, lengths = [sequence] }: RandomData): TaskData {
  const random = createRandom(7);
  const input = modelInput(model);
  const draw = (length: number, bound: number) => Int32Array.from({ length }, () => random.integer(bound));
  const none = { sequence: 0, inputs: new Int32Array() };
  const inputs = (size: number) => {
    switch (input.kind) {
      case 'tokens':
        return { sequence, inputs: draw(size * sequence, input.vocabularySize) };
      case 'image': {
        const length = size * input.height * input.width * input.channels;
        return { ...none, pixels: Float32Array.from({ length }, () => random.uniform()) };
      }
      case 'fields': {
        const rows = Array.from({ length: size }, () => input.cardinalities.map((count) => random.integer(count)));
        return { ...none, fields: Int32Array.from(rows.flat()) };
      }
      case 'features':
        return { ...none, features: Float32Array.from({ length: size * input.count }, () => random.uniform()) };
    }
  };
  const targets = (size: number) => {
    if (classes !== undefined) return draw(size, classes);
    return input.kind === 'tokens' ? draw(size * sequence, input.vocabularySize) : draw(size, 2);
  };
  const split: Split = {
    // An example of fields or features is one row.
    size: input.kind === 'fields' || input.kind === 'features' ? 192 : 4,
    batch: (indices) => ({
      size: indices.length,
      ...inputs(indices.length),
      targets: targets(indices.length),
      lengths: Int32Array.from(indices, (_, row) => lengths[row % lengths.length]!),
    }),
  };
  const splits = { train: split, validation: split, test: split };
  if (classes !== undefined) {
    return { objective: input.kind === 'image' ? 'image-classification' : 'classification', classes, ...splits };
  }
  return { objective: input.kind === 'fields' ? 'binary-classification' : 'language-modelling', ...splits };
}
