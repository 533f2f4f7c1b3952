/** @file LoRA-XS: an r×r core is trained between the frozen singular factors of the base weight. */
import { Matrix } from 'ml-matrix';
import { z } from 'zod';
import { defineMethod, type InitPart } from '../method.js';
import { gaussian, hostTensor } from '../parts/init/host.js';
import { core, scaledCore } from '../parts/weight/core.js';
import { truncatedSvd } from '../tensor/linalg.js';

const config = z.strictObject({
  rank: z.int().min(1).default(8).describe('Size r of the trained core'),
  alpha: z
    .number()
    .positive()
    .optional()
    .describe('The update is multiplied by alpha / rank. Default: the rank, as in the authors’ script for mathematics'),
});
type Config = z.infer<typeof config>;

/** Standard deviation of the core's first values, as in the authors' code: not zero, but without effect at the start. */
const coreDeviation = 1e-5;

/** `A = U·Σ`, `B = Vᵀ` of the rank-r SVD of W; the base keeps all of W. Section 3.1. */
const singularFactors: InitPart<Config> = {
  layer({ kernel, config, random }) {
    const { left, values, right } = truncatedSvd(kernel, config.rank);
    return {
      tensors: {
        lora_A: hostTensor(left.mmul(Matrix.diag(values))),
        lora_R: gaussian([config.rank, config.rank], coreDeviation, random),
        lora_B: hostTensor(right.transpose()),
      },
    };
  },
};

export const loraXs = defineMethod({
  name: 'lora-xs',
  title: 'LoRA-XS',
  paper: {
    title: 'LoRA-XS: Low-Rank Adaptation with Extremely Small Number of Parameters',
    arxiv: '2405.17604',
    year: 2024,
  },
  evidence: {
    level: 'partial',
    reason: "The factors follow the authors' code; the paper's own tables of results were not checked",
  },
  paperClaims: [
    {
      text: 'More than 100 times fewer trained parameters than LoRA on a model of 7 B',
      source: 'arXiv 2405.17604, abstract',
      compare: { scale: { parameters: 7e9 }, method: 'lora', measure: 'trained', size: { ratio: 1 / 100 } },
    },
  ],
  summary: 'Trains r² numbers per layer between frozen singular vectors of the base weight.',
  parameterFormula: 'r²',
  memoryFormula: '4·trained + r·(in + out) + rows·r + r² + 1',
  config,
  usesRank: true,
  maxRank: (layer) => Math.min(layer.in, layer.out),
  startsAtBase: false,
  weight: core({ middle: scaledCore<Config>(({ rank, alpha = rank }) => alpha / rank) }),
  init: singularFactors,
  learningRates: [1e-3, 3e-3, 1e-2],
});
