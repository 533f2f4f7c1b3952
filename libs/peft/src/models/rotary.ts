/** @file Frequencies of a rotary position embedding, and how longer contexts are made of shorter ones. */
import { z } from 'zod';
import type { ConfigReader } from './config-reader.js';

export const rotaryConfig = z.strictObject({
  /** θ of arXiv 2104.09864. */
  base: z.number().positive(),
  scaling: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('none') }),
    z.strictObject({ kind: z.literal('linear'), factor: z.number().min(1) }),
    z.strictObject({
      kind: z.literal('llama3'),
      factor: z.number().min(1),
      lowFrequencyFactor: z.number().positive(),
      highFrequencyFactor: z.number().positive(),
      originalContextLength: z.int().positive(),
    }),
  ]),
});
export type RotaryConfig = z.infer<typeof rotaryConfig>;

/** `[headWidth / 2]` radians for each position: `base^(−2i / headWidth)`, scaled. */
export function rotaryFrequencies({ base, scaling }: RotaryConfig, headWidth: number): Float64Array {
  return Float64Array.from({ length: headWidth / 2 }, (_, index) =>
    scaled(base ** ((-2 * index) / headWidth), scaling),
  );
}

/**
 * Llama 3's rule ("The Llama 3 Herd of Models", arXiv 2407.21783, as released with Llama 3.1): frequencies that turn
 * often within the original context stay, slow ones are divided by the factor, and those between are blended.
 */
function scaled(frequency: number, scaling: RotaryConfig['scaling']): number {
  if (scaling.kind === 'none') {
    return frequency;
  }
  const slow = frequency / scaling.factor;
  if (scaling.kind === 'linear') {
    return slow;
  }
  const { lowFrequencyFactor: low, highFrequencyFactor: high, originalContextLength } = scaling;
  const turns = (originalContextLength * frequency) / (2 * Math.PI);
  const share = Math.min(1, Math.max(0, (turns - low) / (high - low)));
  return (1 - share) * slow + share * frequency;
}

/** From `rope_parameters` (transformers 5), or from `rope_theta` and `rope_scaling` (before). */
export function readRotary(reader: ConfigReader, defaultBase: number): RotaryConfig {
  const parameters = reader.section('rope_parameters');
  const section = parameters ?? reader.section('rope_scaling');
  return { base: (parameters ?? reader).number('rope_theta', defaultBase), scaling: readScaling(section) };
}

/** Scaling as a section with a `rope_type` (or `type`) says it; none where there is no section. */
export function readScaling(section: ConfigReader | undefined): RotaryConfig['scaling'] {
  const named = section?.has('rope_type') ? 'rope_type' : 'type';
  const kind = section?.require(named, ['default', 'linear', 'llama3'], 'default') ?? 'default';
  if (section === undefined || kind === 'default') {
    return { kind: 'none' };
  }
  const factor = section.number('factor');
  if (kind === 'linear') {
    return { kind, factor };
  }
  return {
    kind,
    factor,
    lowFrequencyFactor: section.number('low_freq_factor'),
    highFrequencyFactor: section.number('high_freq_factor'),
    originalContextLength: section.count('original_max_position_embeddings'),
  };
}

/** `rope_parameters` of transformers 5. */
export function rotaryParameters({ base, scaling }: RotaryConfig): Record<string, unknown> {
  return { rope_theta: base, ...(writeScaling(scaling) ?? { rope_type: 'default' }) };
}

/**
 * Fields that `readRotary` reads to the same, as versions of transformers before 5 write and read them, and servers that read
 * as these do: they pass over `rope_parameters`, and take a θ of 10,000 without scaling where these are missing.
 */
export function writeEarlierRotary({ base, scaling }: RotaryConfig) {
  return { rope_theta: base, rope_scaling: writeScaling(scaling) };
}

/** A section that `readScaling` reads to the same. */
function writeScaling(scaling: RotaryConfig['scaling']): Record<string, unknown> | null {
  if (scaling.kind === 'none') {
    return null;
  }
  const { kind: rope_type, factor } = scaling;
  if (scaling.kind === 'linear') {
    return { rope_type, factor };
  }
  return {
    rope_type,
    factor,
    low_freq_factor: scaling.lowFrequencyFactor,
    high_freq_factor: scaling.highFrequencyFactor,
    original_max_position_embeddings: scaling.originalContextLength,
  };
}
