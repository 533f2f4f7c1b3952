/** @file What a batch costs, for each objective. */
import type * as tfjs from '@tensorflow/tfjs-core';
import { crossEntropy, tiedCrossEntropy, tiedRowLosses } from '../engine/cross-entropy.js';
import { linear, meanPool } from '../engine/ops.js';
import type { ModelConfig } from '../models/config.js';
import { hiddenStates, type ModelAccess } from '../models/decoder.js';
import { tf } from '../tensor/tf.js';
import type { Batch, TaskData } from './data.js';

/** Scores of the examples of a batch, on the host. */
export interface BatchScores {
  /** `[size]`: mean token loss in nats, or cross-entropy. */
  losses: Float32Array;
  /** `[size]` predicted classes, for classification. */
  predictions?: Int32Array;
}

export interface Objective {
  /** How many targets of a batch count; losses are means over them. */
  count(batch: Batch): number;
  /** Sum of the losses of the counted targets, divided by `normalizer`. */
  loss(config: ModelConfig, batch: Batch, access: ModelAccess, normalizer: number): tfjs.Scalar;
  /** Loss of each example, and its prediction where there is one. */
  score(config: ModelConfig, batch: Batch, access: ModelAccess): Promise<BatchScores>;
}

const counted = (targets: Int32Array) => targets.reduce((count, target) => count + (target < 0 ? 0 : 1), 0);
const tokenTable = (access: ModelAccess) => access.tensor('embedding.tokens') as tfjs.Tensor2D;

const languageModelling: Objective = {
  count: ({ targets }) => counted(targets),
  loss(config, { inputs, targets, sequence }, access, normalizer) {
    const hidden = hiddenStates(config, inputs, sequence, access);
    return tiedCrossEntropy(hidden, tokenTable(access), targets, normalizer);
  },
  async score(config, { inputs, targets, sequence, size }, access) {
    const losses = await read(() =>
      tiedRowLosses(hiddenStates(config, inputs, sequence, access), tokenTable(access), targets),
    );
    return {
      losses: Float32Array.from({ length: size }, (_, example) => {
        const from = example * sequence;
        const sum = losses.subarray(from, from + sequence).reduce((total, loss) => total + loss, 0);
        return sum / counted(targets.subarray(from, from + sequence));
      }),
    };
  },
};

const classification: Objective = {
  count: ({ size }) => size,
  loss: (config, batch, access, normalizer) =>
    crossEntropy(classLogits(config, batch, access), batch.targets, normalizer),
  async score(config, batch, access) {
    const values = await read(() => classLogits(config, batch, access));
    const classes = values.length / batch.size;
    const losses = new Float32Array(batch.size);
    const predictions = new Int32Array(batch.size);
    for (let example = 0; example < batch.size; example++) {
      const logits = values.subarray(example * classes, (example + 1) * classes);
      const largest = Math.max(...logits);
      const logSumExp = largest + Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit - largest), 0));
      losses[example] = logSumExp - logits[batch.targets[example]!]!;
      predictions[example] = logits.indexOf(largest);
    }
    return { losses, predictions };
  },
};

export const objectives: Record<TaskData['objective'], Objective> = {
  'language-modelling': languageModelling,
  classification,
};

/** `[size, classes]` from the mean of the hidden states of an example's real tokens. */
function classLogits(config: ModelConfig, { inputs, lengths, sequence }: Batch, access: ModelAccess): tfjs.Tensor2D {
  const pooled = meanPool(hiddenStates(config, inputs, sequence, access), lengths, sequence);
  return linear(pooled, access.tensor('head.kernel') as tfjs.Tensor2D, access.tensor('head.bias') as tfjs.Tensor1D);
}

async function read(compute: () => tfjs.Tensor): Promise<Float32Array> {
  const tensor = tf.tidy(compute);
  try {
    return (await tensor.data()) as Float32Array;
  } finally {
    tensor.dispose();
  }
}
