/** @file What a batch costs, for each objective. */
import type * as tfjs from '@tensorflow/tfjs-core';
import { crossEntropy, tiedCrossEntropy, tiedRowLosses } from '../engine/cross-entropy.js';
import { squaredError } from '../engine/squared-error.js';
import type { ModelConfig } from '../models/config.js';
import { headOutputs, hiddenStates, type ModelAccess, vocabularyTable } from '../models/forward.js';
import { tf } from '../tensor/tf.js';
import type { Batch, ObjectiveName, TaskData } from './data.js';

/** Scores of the examples of a batch, on the host. */
export interface BatchScores {
  /** `[size]`: mean loss of the counted tokens or cross-entropy, in nats; squared error for regression. */
  losses: Float32Array;
  /** `[size]` what was predicted and what is true: classes, or numbers in the unit of a batch. */
  predictions?: ArrayLike<number>;
  labels?: ArrayLike<number>;
}

export interface Objective {
  /** Outputs of the head that the trial trains beside its adapter; undefined where the model's own head is used. */
  outputs(data: TaskData): number | undefined;
  /** How many targets of a batch count; losses are means over them. */
  count(batch: Batch): number;
  /** Sum of the losses of the counted targets, divided by `normalizer`. */
  loss(config: ModelConfig, batch: Batch, access: ModelAccess, normalizer: number): tfjs.Scalar;
  /** Loss of each example, and its prediction where there is one. */
  score(config: ModelConfig, batch: Batch, access: ModelAccess): Promise<BatchScores>;
}

const counted = (targets: Int32Array) => targets.reduce((count, target) => count + (target < 0 ? 0 : 1), 0);

const nextToken: Objective = {
  outputs: () => undefined,
  count: ({ targets }) => counted(targets),
  loss: (config, batch, access, normalizer) =>
    tiedCrossEntropy(hiddenStates(config, batch, access), vocabularyTable(config, access), batch.targets, normalizer),
  async score(config, batch, access) {
    const { targets, sequence, size } = batch;
    const losses = await read(() =>
      tiedRowLosses(hiddenStates(config, batch, access), vocabularyTable(config, access), targets),
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
  outputs({ classes }) {
    if (classes === undefined || classes < 2) {
      throw new Error(`Classification data must state at least 2 classes, got ${classes}`);
    }
    return classes;
  },
  count: ({ size }) => size,
  loss: (config, batch, access, normalizer) =>
    crossEntropy(headOutputs(config, batch, access), batch.targets, normalizer),
  async score(config, batch, access) {
    const values = await read(() => headOutputs(config, batch, access));
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
    return { losses, predictions, labels: batch.targets };
  },
};

const regression: Objective = {
  outputs: () => 1,
  count: ({ size }) => size,
  loss: (config, batch, access, normalizer) =>
    squaredError(headOutputs(config, batch, access), valuesOf(batch), normalizer),
  async score(config, batch, access) {
    const predictions = await read(() => headOutputs(config, batch, access));
    const labels = valuesOf(batch);
    return { losses: predictions.map((prediction, index) => (prediction - labels[index]!) ** 2), predictions, labels };
  },
};

export const objectives: Record<ObjectiveName, Objective> = {
  'language-modelling': nextToken,
  'instruction-tuning': nextToken,
  classification,
  regression,
  'image-classification': classification,
};

/** The head that a trial trains for a task, as injection and prediction name it. */
export function headOf(data: TaskData): { classes?: number } {
  const outputs = objectives[data.objective].outputs(data);
  return outputs === undefined ? {} : { classes: outputs };
}

function valuesOf({ values }: Batch): Float32Array {
  if (values === undefined) throw new Error('A batch for regression must hold values');
  return values;
}

async function read(compute: () => tfjs.Tensor): Promise<Float32Array> {
  const tensor = tf.tidy(compute);
  try {
    return (await tensor.data()) as Float32Array;
  } finally {
    tensor.dispose();
  }
}
