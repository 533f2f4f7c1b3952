/** @file Adam with moments of 8 bits. Any other state is kept so by the same codec: see `coded`. */
import { z } from 'zod';
import { defineOptimizer } from '../method.js';
import { scaleByAdam } from '../parts/gradient/adam.js';
import { blockwise8, coded, keptWhole } from '../parts/gradient/codec.js';
import { adam8bitInTorch, blockOfBitsandbytes } from '../parts/gradient/packages.js';
import { decayWeights, descend } from '../parts/gradient/scale.js';
import { adamFields, blockwiseFields, decayField } from '../parts/gradient/settings.js';
import { chain, everyParameter, sizeOf } from '../parts/gradient/transform.js';

export const adam8bit = defineOptimizer({
  name: 'adam-8bit',
  title: '8-bit Adam',
  paper: { title: '8-bit Optimizers via Block-wise Quantization', arxiv: '2110.02861', year: 2021 },
  config: z.strictObject({ ...adamFields, ...blockwiseFields, ...decayField }),
  paperClaims: [
    {
      text: 'C4, LLaMA of 7 B after 150,000 steps: perplexity 14.61; 8-bit GaLore 14.65',
      source: 'arXiv 2403.03507',
      compare: {
        scale: { parameters: 7e9, steps: 150_000 },
        on: 'full-ft',
        optimizer: 'galore-8bit',
        measure: 'score',
        kind: 'pretrain',
        size: { ratio: 14.61 / 14.65 },
      },
    },
  ],
  usesRank: false,
  stateFormula: '2·⌈size / 4⌉ + 2·⌈size / blockSize⌉ (whole: 2·size)',
  stateCase: ({ shape, role }, { minSize }) => (keptWhole(sizeOf(shape), role, minSize) ? 'whole' : undefined),
  inTorch({ weightDecay, blockSize, ...settings }) {
    if (blockSize !== blockOfBitsandbytes) {
      return `bitsandbytes scales ${blockOfBitsandbytes} entries at a time, and blockSize is ${blockSize}: set it to ${blockOfBitsandbytes}`;
    }
    return { name: 'adamw-8bit', weightDecay, settings };
  },
  heldInTorch: () => adam8bitInTorch,
  build: (config) =>
    everyParameter(chain(coded(scaleByAdam(config), blockwise8(config)), decayWeights(config.weightDecay), descend())),
});
