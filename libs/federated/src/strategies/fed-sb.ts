/**
 * @file Fed-SB: FedAvg of LoRA-SB. Clients send the gradients that its frozen factors are made of once, whole or as sketches, and then r²
 * numbers a layer, whose mean is exact.
 */
import { z } from 'zod';
import { averagesExactly } from '../averages.js';
import { sketchedGradient, wholeGradient } from '../gradients.js';
import { defineStrategy } from '../strategy.js';
import { mean } from './fedavg.js';

export const fedSb = defineStrategy({
  name: 'fed-sb',
  title: 'Fed-SB',
  paper: {
    title:
      'Fed-SB: A Silver Bullet for Extreme Communication Efficiency and Performance in (Private) Federated LoRA Fine-Tuning',
    arxiv: '2502.15436',
    year: 2025,
  },
  evidence: {
    level: 'partial',
    reason:
      "Averages and their noise follow the paper's equations; its code was not read, and sketches of first gradients are ours",
  },
  summary: 'LoRA-SB whose clients share their first gradients, and then exchange r² numbers a layer.',
  config: z.strictObject({
    sketch: z
      .int()
      .min(0)
      .max(65_536)
      .default(0)
      .describe('Columns of the random sketch of its first gradients that a client sends; 0: whole gradients'),
  }),
  linear: true,
  exact: averagesExactly,
  unfit: ({ method, config }) =>
    method.calibration?.(config) === undefined
      ? `method: ${method.name} makes no first values of gradients: choose lora-sb, or the strategy fedavg`
      : undefined,
  sites: {
    gradient: ({ path, shape }, { sketch }) =>
      sketch === 0 ? wholeGradient(path, shape) : sketchedGradient(path, shape, sketch),
    aggregate: (messages, { kept }) => ({ tensors: mean(messages), kept }),
  },
});
