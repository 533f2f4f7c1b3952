/** @file The shape of a decoder-only transformer, and what follows from it without a backend. */
import { z } from 'zod';
import type { BaseParameter, LayerShape } from '../method.js';

export const modelConfigSchema = z
  .object({
    architecture: z.literal('decoder').describe('GPT-2 shape: learned positions, pre-norm, GELU (tanh), tied head'),
    vocabularySize: z.int().positive(),
    contextLength: z.int().positive(),
    width: z.int().positive(),
    layers: z.int().positive(),
    heads: z.int().positive(),
    mlpWidth: z.int().positive(),
    normEpsilon: z.number().positive(),
  })
  .strict()
  .refine((config) => config.width % config.heads === 0, {
    path: ['heads'],
    error: 'width must be divisible by heads',
  });

export type ModelConfig = z.infer<typeof modelConfigSchema>;

export const presetNames = ['nano', 'micro', 'small'] as const;
export type PresetName = (typeof presetNames)[number];

const presets: Record<PresetName, { layers: number; width: number; heads: number; contextLength: number }> = {
  nano: { layers: 2, width: 64, heads: 2, contextLength: 64 },
  micro: { layers: 4, width: 128, heads: 4, contextLength: 128 },
  small: { layers: 6, width: 256, heads: 8, contextLength: 256 },
};

/** A model of a preset's size for a tokenizer's vocabulary. */
export function presetConfig(name: PresetName, vocabularySize: number): ModelConfig {
  const { width, ...rest } = presets[name];
  return modelConfigSchema.parse({
    architecture: 'decoder',
    vocabularySize,
    width,
    mlpWidth: 4 * width,
    normEpsilon: 1e-5,
    ...rest,
  });
}

/** Linear layers of a block, in model order; the names a trial's `targets` are made of. */
export const layerNames = ['query', 'key', 'value', 'output', 'fc_in', 'fc_out'] as const;
export type LayerName = (typeof layerNames)[number];

export interface LinearLayer {
  /** e.g. `blocks.0.attention.query` */
  path: string;
  name: LayerName;
  shape: LayerShape;
}

/** Every linear layer of the blocks, in model order. The tied head is not one of them. */
export function linearLayers({ layers, width, heads, mlpWidth }: ModelConfig): LinearLayer[] {
  return Array.from({ length: layers }, (_, block) => [
    ...(['query', 'key', 'value', 'output'] as const).map((name) => ({
      path: `blocks.${block}.attention.${name}`,
      name,
      shape: { in: width, out: width, bias: true, role: name, heads },
    })),
    {
      path: `blocks.${block}.mlp.fc_in`,
      name: 'fc_in' as const,
      shape: { in: width, out: mlpWidth, bias: true, role: 'up' as const },
    },
    {
      path: `blocks.${block}.mlp.fc_out`,
      name: 'fc_out' as const,
      shape: { in: mlpWidth, out: width, bias: true, role: 'down' as const },
    },
  ]).flat();
}

/** A parameter of the base model before anything is targeted. */
export type ParameterSpec = Omit<BaseParameter, 'targeted'>;

/** Every parameter of the base model, in model order. `classes` adds the classification head. */
export function baseParameters(config: ModelConfig, classes?: number): ParameterSpec[] {
  const { vocabularySize, contextLength, width, layers } = config;
  const norm = (path: string): ParameterSpec[] => [
    { path: `${path}.gain`, kind: 'norm-gain', shape: [width] },
    { path: `${path}.bias`, kind: 'norm-bias', shape: [width] },
  ];
  const linear = ({ path, shape }: LinearLayer): ParameterSpec[] => [
    { path: `${path}.kernel`, kind: 'kernel', shape: [shape.in, shape.out] },
    { path: `${path}.bias`, kind: 'bias', shape: [shape.out] },
  ];
  const all = linearLayers(config);
  const inBlock = (block: number, part: string) =>
    all.filter(({ path }) => path.startsWith(`blocks.${block}.${part}.`));
  return [
    { path: 'embedding.tokens', kind: 'embedding', shape: [vocabularySize, width] },
    { path: 'embedding.positions', kind: 'position-embedding', shape: [contextLength, width] },
    ...Array.from({ length: layers }, (_, block) => [
      ...norm(`blocks.${block}.norm_1`),
      ...inBlock(block, 'attention').flatMap(linear),
      ...norm(`blocks.${block}.norm_2`),
      ...inBlock(block, 'mlp').flatMap(linear),
    ]).flat(),
    ...norm('norm_final'),
    ...(classes === undefined ? [] : headParameters(config, classes)),
  ];
}

/** The classification head: always trained, and stored with the adapter. */
export function headParameters({ width }: ModelConfig, classes: number): ParameterSpec[] {
  return [
    { path: 'head.kernel', kind: 'head', shape: [width, classes] },
    { path: 'head.bias', kind: 'head', shape: [classes] },
  ];
}
