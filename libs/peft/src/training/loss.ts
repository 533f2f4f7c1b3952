/** @file What a batch costs, for each objective. */
import type * as tfjs from '@tensorflow/tfjs-core';
import { binaryCrossEntropy } from '../engine/binary-cross-entropy.js';
import { crossEntropy, tiedCrossEntropy, tiedRowLosses } from '../engine/cross-entropy.js';
import { tiedLogits } from '../engine/logits.js';
import { squaredError } from '../engine/squared-error.js';
import type { OutputKind } from '../method.js';
import type { ModelConfig } from '../models/config.js';
import {
  eventLogits,
  headOutputs,
  hiddenStates,
  logitCap,
  type ModelAccess,
  vocabularyTable,
} from '../models/forward.js';
import { tf } from '../tensor/tf.js';
import type { Batch, ObjectiveName, TaskData } from './data.js';

/** Scores of the examples of a batch, on the host. */
export interface BatchScores {
  /** `[size]`: mean loss of the counted tokens or cross-entropy, in nats; squared error for regression. */
  losses: Float32Array;
  /** `[size]` what was predicted and what is true: classes, numbers in the unit of a batch, or logits and 0 or 1. */
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
  /** What a row of `logits` is over. */
  kind: OutputKind;
  /** Logits of at most `rows` counted tokens at equal distances, or of the head for every example. */
  logits(config: ModelConfig, batch: Batch, access: ModelAccess, rows: number): tfjs.Tensor2D;
  /** What is right in the rows of `logits`: `[rows]` tokens or classes; none where the head gives a number. */
  targets(batch: Batch, rows: number): Int32Array;
  /** `loss` and `logits` from one forward pass. */
  lossAndLogits(
    config: ModelConfig,
    batch: Batch,
    access: ModelAccess,
    options: { normalizer: number; rows: number },
  ): { value: tfjs.Scalar; outputs: tfjs.Tensor2D };
  /** Loss of each example, and its prediction where there is one. */
  score(config: ModelConfig, batch: Batch, access: ModelAccess): Promise<BatchScores>;
}

const counted = (targets: Int32Array) => targets.reduce((count, target) => count + (target < 0 ? 0 : 1), 0);

/** Indices of `rows` of the counted tokens, or of all where there are no more. */
function countedRows({ targets }: Batch, rows: number): Int32Array {
  const all = Int32Array.from(targets.keys()).filter((row) => targets[row]! >= 0);
  const taken = Math.min(rows, all.length);
  return Int32Array.from({ length: taken }, (_, index) => all[Math.floor((index * all.length) / taken)]!);
}

/** How an objective over a row of outputs for each example shares a forward pass with a penalty. */
function headLogits(
  lossOf: (outputs: tfjs.Tensor2D, batch: Batch, normalizer: number) => tfjs.Scalar,
  outputsOf = headOutputs,
): Pick<Objective, 'kind' | 'loss' | 'logits' | 'targets' | 'lossAndLogits'> {
  return {
    kind: 'classes',
    loss: (config, batch, access, normalizer) => lossOf(outputsOf(config, batch, access), batch, normalizer),
    logits: outputsOf,
    targets: ({ targets }) => targets,
    lossAndLogits(config, batch, access, { normalizer }) {
      const outputs = outputsOf(config, batch, access);
      return { value: lossOf(outputs, batch, normalizer), outputs };
    },
  };
}

const nextToken: Objective = {
  kind: 'tokens',
  logits: (config, batch, access, rows) =>
    tiedLogits(
      hiddenStates(config, batch, access),
      vocabularyTable(config, access),
      countedRows(batch, rows),
      logitCap(config),
    ),
  targets: (batch, rows) => countedRows(batch, rows).map((row) => batch.targets[row]!),
  lossAndLogits(config, batch, access, { normalizer, rows }) {
    const hidden = hiddenStates(config, batch, access);
    const table = vocabularyTable(config, access);
    const softCap = logitCap(config);
    return {
      value: tiedCrossEntropy(hidden, table, batch.targets, normalizer, softCap),
      outputs: tiedLogits(hidden, table, countedRows(batch, rows), softCap),
    };
  },
  outputs: () => undefined,
  count: ({ targets }) => counted(targets),
  loss: (config, batch, access, normalizer) =>
    tiedCrossEntropy(
      hiddenStates(config, batch, access),
      vocabularyTable(config, access),
      batch.targets,
      normalizer,
      logitCap(config),
    ),
  async score(config, batch, access) {
    const { targets, sequence, size } = batch;
    const losses = await read(() =>
      tiedRowLosses(hiddenStates(config, batch, access), vocabularyTable(config, access), targets, logitCap(config)),
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
  ...headLogits((outputs, { targets }, normalizer) => crossEntropy(outputs, targets, normalizer)),
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
  ...headLogits((outputs, batch, normalizer) => squaredError(outputs, valuesOf(batch), normalizer)),
  async score(config, batch, access) {
    const predictions = await read(() => headOutputs(config, batch, access));
    const labels = valuesOf(batch);
    return { losses: predictions.map((prediction, index) => (prediction - labels[index]!) ** 2), predictions, labels };
  },
};

const event: Objective = {
  outputs: () => undefined,
  count: ({ size }) => size,
  ...headLogits((outputs, { targets }, normalizer) => binaryCrossEntropy(outputs, targets, normalizer), eventLogits),
  async score(config, batch, access) {
    const predictions = await read(() => eventLogits(config, batch, access));
    const labels = batch.targets;
    return {
      losses: predictions.map((logit, index) => softplus(labels[index] === 1 ? -logit : logit)),
      predictions,
      labels,
    };
  },
};

export const objectives: Record<ObjectiveName, Objective> = {
  'language-modelling': nextToken,
  'instruction-tuning': nextToken,
  classification,
  regression,
  'image-classification': classification,
  'binary-classification': event,
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

/** `log(1 + exp(x))`, finite for every x. */
const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

async function read(compute: () => tfjs.Tensor): Promise<Float32Array> {
  const tensor = tf.tidy(compute);
  try {
    return (await tensor.data()) as Float32Array;
  } finally {
    tensor.dispose();
  }
}
