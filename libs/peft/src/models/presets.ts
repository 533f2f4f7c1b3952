/** @file Sizes of models to be trained from scratch, in GPT-2's shape. */
import { type Gpt2Config, gpt2Config } from './architectures/gpt2.js';

export const presetNames = ['nano', 'micro', 'small'] as const;
export type PresetName = (typeof presetNames)[number];

const presets: Record<PresetName, { layers: number; width: number; heads: number; contextLength: number }> = {
  nano: { layers: 2, width: 64, heads: 2, contextLength: 64 },
  micro: { layers: 4, width: 128, heads: 4, contextLength: 128 },
  small: { layers: 6, width: 256, heads: 8, contextLength: 256 },
};

/** A model of a preset's size for a tokenizer's vocabulary. */
export function presetConfig(name: PresetName, vocabularySize: number): Gpt2Config {
  const { width, ...rest } = presets[name];
  return gpt2Config.parse({
    architecture: 'gpt2',
    vocabularySize,
    width,
    mlpWidth: 4 * width,
    normEpsilon: 1e-5,
    ...rest,
  });
}
