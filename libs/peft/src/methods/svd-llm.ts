/**
 * @file SVD-LLM: the two factors whose outputs are nearest to those of the kernel on calibration data. Source:
 * arXiv 2403.07378. There the inputs are whitened by a Cholesky factor; the product is the same for every root of their
 * second moment, and here no root is inverted.
 */
import { z } from 'zod';
import { defineMethod } from '../method.js';
import { keptFields } from '../parts/compression/kept.js';
import { bestOnInputs, keptFactors } from '../parts/compression/kept-factors.js';
import { secondMoment } from '../parts/compression/metric.js';
import { calibrationBatches, calibrationInputs, inputsRequest } from '../parts/init/calibrated.js';

const config = z.strictObject({
  ...keptFields,
  calibrationBatches: calibrationBatches(8),
  inputs: calibrationInputs,
});
type Config = z.infer<typeof config>;

export const svdLlm = defineMethod({
  ...keptFactors,
  name: 'svd-llm',
  title: 'SVD-LLM',
  paper: {
    title: 'SVD-LLM: Truncation-aware Singular Value Decomposition for Large Language Model Compression',
    arxiv: '2403.07378',
    year: 2024,
  },
  evidence: {
    level: 'partial',
    reason:
      'The factors are those of the paper; its recovery, which trains LoRA on one factor after the other, is not: here both factors are trained together',
  },
  summary: 'Replaces each kernel by the two factors that keep its outputs on calibration data best.',
  config,
  ...bestOnInputs<Config>(secondMoment),
  calibration: inputsRequest,
});
