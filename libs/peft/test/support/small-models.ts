import { type ModelConfig, modelConfigSchema } from '../../src/models/config.js';
import { presetConfig } from '../../src/models/presets.js';
import { createRandom } from '../../src/tensor/random.js';
import type { Split, TaskData } from '../../src/training/data.js';

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
];

interface RandomData {
  model: ModelConfig;
  classes?: number;
  sequence: number;
  /** Real tokens of the examples of a batch, in turn; omitted: all of the sequence. */
  lengths?: number[];
}

/** Tokens and targets that mean nothing: the same draws for each call. */
export function randomData({ model, sequence, classes, lengths = [sequence] }: RandomData): TaskData {
  const random = createRandom(7);
  const split: Split = {
    size: 4,
    batch(indices) {
      const draw = (length: number, bound: number) => Int32Array.from({ length }, () => random.integer(bound));
      const tokens = indices.length * sequence;
      return {
        size: indices.length,
        sequence,
        inputs: draw(tokens, model.vocabularySize),
        targets: classes ? draw(indices.length, classes) : draw(tokens, model.vocabularySize),
        lengths: Int32Array.from(indices, (_, row) => lengths[row % lengths.length]!),
      };
    },
  };
  const splits = { train: split, validation: split, test: split };
  return classes ? { objective: 'classification', classes, ...splits } : { objective: 'language-modelling', ...splits };
}
