/**
 * @file EoRA: a low-rank branch beside a compressed kernel, in closed form the one that makes up for most of the error of
 * its outputs; it may be trained as LoRA is. Source: arXiv 2410.21271, equations, with the plain mean of `xᵀx`.
 */
import { Matrix } from 'ml-matrix';
import { z } from 'zod';
import { defineMethod, type InitPart, type InputMoments, type LayerShape, type StoredLayer } from '../method.js';
import { pruned, prunedCount, rounded } from '../parts/compression/compressors.js';
import { factorize } from '../parts/compression/factors.js';
import { identity, type Metric, magnitudes, secondMoment } from '../parts/compression/metric.js';
import { ratioRank } from '../parts/compression/ranks.js';
import { calibrationBatches, calibrationInputs, inputsRequest, rowsOf } from '../parts/init/calibrated.js';
import { hostTensor } from '../parts/init/host.js';
import { lowRank } from '../parts/weight/low-rank.js';

const config = z.strictObject({
  rank: z.int().min(1).default(8).describe('Rank r of the branch'),
  compressor: z
    .enum(['pruning', 'rounding', 'svd'])
    .default('pruning')
    .describe('What is done to the kernel: small entries set to 0, entries rounded, or the nearest of lower rank'),
  sparsity: z.number().gt(0).lt(1).default(0.5).describe('Share of the entries that pruning sets to 0'),
  bits: z.int().min(2).max(8).default(3).describe('Bits of an entry when it is rounded'),
  ratio: z.number().gt(0).lt(1).default(0.5).describe('Parameters that svd keeps, as a share of those of the kernel'),
  weighing: z
    .enum(['outputs', 'magnitudes', 'entries'])
    .default('outputs')
    .describe(
      'What of the error the branch makes up for: outputs, entries by the magnitude of their input, or entries alike, which is plain SVD of the error',
    ),
  calibrationBatches: calibrationBatches(8),
  inputs: calibrationInputs,
});
type Config = z.infer<typeof config>;

interface Compressor {
  /** `Ŵ` of a kernel `[in, out]`. */
  apply(kernel: Matrix, config: Config): Matrix;
  stored(layer: LayerShape, config: Config): Required<StoredLayer>;
  unfit?(layer: LayerShape, config: Config): string | undefined;
}

const FLOAT = 32;

const compressors: Record<Config['compressor'], Compressor> = {
  pruning: {
    apply: (kernel, { sparsity }) => pruned(kernel, sparsity),
    stored({ in: rows, out: columns }, { sparsity }) {
      const left = rows * columns - prunedCount({ rows, columns }, sparsity);
      // And a bit for each place.
      return { parameters: left, bits: FLOAT * left + rows * columns };
    },
  },
  rounding: {
    apply: (kernel, { bits }) => rounded(kernel, bits),
    stored: (layer, { bits }) => ({
      parameters: layer.in * layer.out + layer.out,
      bits: bits * layer.in * layer.out + FLOAT * layer.out,
    }),
  },
  svd: {
    apply(kernel, { ratio }) {
      const { a, b } = factorize(kernel, ratioRank(sidesOf(kernel), ratio), identity);
      return a.mmul(b);
    },
    stored(layer, { ratio }) {
      const parameters = ratioRank(layer, ratio) * (layer.in + layer.out);
      return { parameters, bits: FLOAT * parameters };
    },
    unfit: (layer, { ratio }) =>
      ratioRank(layer, ratio) < 1 ? `ratio: ${ratio} leaves a ${layer.in}×${layer.out} kernel no rank` : undefined,
  },
};

const sidesOf = ({ rows, columns }: Matrix) => ({ in: rows, out: columns });

const compressed = ({ kernel, config }: { kernel: Matrix; config: Config }): Matrix =>
  compressors[config.compressor].apply(kernel, config);

const metrics: Record<Config['weighing'], (inputs: InputMoments) => Metric> = {
  outputs: secondMoment,
  magnitudes: (inputs) => magnitudes(inputs, 1),
  entries: () => identity,
};

/** `ΔW = W − Ŵ` to rank r under the metric, and `Ŵ` in place of W. */
const compensation: InitPart<Config> = {
  changesKernel: true,
  layer({ kernel, config, calibration }) {
    const left = compressed({ kernel, config });
    const { a, b } = factorize(Matrix.sub(kernel, left), config.rank, metrics[config.weighing](rowsOf(calibration)));
    return { tensors: { lora_A: hostTensor(a), lora_B: hostTensor(b) }, kernel: left };
  },
  kernelFrom: compressed,
};

export const eora = defineMethod({
  name: 'eora',
  title: 'EoRA',
  paper: {
    title: 'EoRA: Training-free Compensation for Compressed LLM with Eigenspace Low-Rank Approximation',
    arxiv: '2410.21271',
    year: 2024,
  },
  evidence: {
    level: 'partial',
    reason:
      'The authors compensate SparseGPT, Wanda and GPTQ, here it is pruning by magnitude, rounding to nearest and truncated SVD. They gather inputs behind layers that are compensated already, which is `inputs: compressed`',
  },
  purposes: ['compress'],
  paperClaims: [
    {
      text: '4 bits and 2:4 sparsity: 31.31 % more on ARC-Easy and 12.88 % on ARC-Challenge',
      source: 'arXiv 2410.21271, abstract',
      untold: 'A board of compressions has no row of a model that is compressed and not repaired',
    },
  ],
  summary: 'Compresses each kernel and adds the low-rank branch that repairs its outputs best.',
  parameterFormula: 'r·(in + out)',
  memoryFormula: '4·trained + rows·(in + r) + r·out + 1',
  config,
  usesRank: true,
  maxRank: (layer) => Math.min(layer.in, layer.out),
  unfit: (layer, config) => compressors[config.compressor].unfit?.(layer, config),
  startsAtBase: false,
  weight: lowRank<Config>(() => 1),
  init: compensation,
  calibration: inputsRequest,
  stored(layer, config) {
    const { parameters, bits } = compressors[config.compressor].stored(layer, config);
    const branch = config.rank * (layer.in + layer.out);
    return { parameters: parameters + branch, bits: bits + FLOAT * branch };
  },
  learningRates: [3e-4, 1e-3, 3e-3],
});
