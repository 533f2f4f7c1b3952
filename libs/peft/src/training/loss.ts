/** @file Runs an objective on tensors: what a batch costs, and how its units score. */
import type * as tfjs from '@tensorflow/tfjs-core';
import type { TaskData } from '../data/task-data.js';
import type { OutputKind } from '../method.js';
import type { ModelConfig } from '../models/config.js';
import type { ModelAccess } from '../models/forward.js';
import type { Batch, DataFacts } from '../objectives/data.js';
import type { Columns } from '../objectives/metrics/metric.js';
import type { Objective } from '../objectives/objective.js';
import { outputs } from '../objectives/outputs.js';
import { findObjective, type ObjectiveName } from '../objectives/registry.js';
import { tensorLossGraph } from '../objectives/tensors.js';
import { tf } from '../tensor/tf.js';

export interface RunningObjective {
  /** How many terms of a batch count; losses are means over them. */
  count(batch: Batch): number;
  /** Sum of the terms of the batch, divided by `normalizer`. */
  loss(model: ModelConfig, batch: Batch, access: ModelAccess, normalizer: number): tfjs.Scalar;
  /** The answers that a row of `logits` is over. */
  kind: OutputKind;
  /** Logits of at most `rows` counted tokens at equal distances, or of the head for every row. */
  logits(model: ModelConfig, batch: Batch, access: ModelAccess, rows: number): tfjs.Tensor2D;
  /** The right answers in the rows of `logits`: `[rows]` tokens or classes; none where the head gives a number. */
  targets(batch: Batch, rows: number): Int32Array;
  /** `loss` and `logits` from one forward pass. */
  lossAndLogits(
    model: ModelConfig,
    batch: Batch,
    access: ModelAccess,
    options: { normalizer: number; rows: number },
  ): { value: tfjs.Scalar; outputs: tfjs.Tensor2D };
  /** What scores are made of, on the host. */
  read(model: ModelConfig, batch: Batch, access: ModelAccess): Promise<Float32Array>;
  /** Scores of each unit by column. */
  score(model: ModelConfig, batch: Batch, access: ModelAccess, facts?: DataFacts): Promise<Columns>;
}

/** The objective of a name on tensors. */
export const objectiveOf = (name: ObjectiveName): RunningObjective => onTensors(findObjective(name));

/** An objective on tensors. */
export function onTensors(objective: Objective): RunningObjective {
  const { kind, of, logits, targets, scored } = outputs[objective.on];
  const scalar = (loss: tfjs.Tensor): tfjs.Scalar => loss as tfjs.Scalar;
  const read: RunningObjective['read'] = async (model, batch, access) => {
    const tensor = tf.tidy(() => {
      const graph = tensorLossGraph(model, batch, access, 1);
      return scored(graph, of(graph, model));
    });
    try {
      return (await tensor.data()) as Float32Array;
    } finally {
      tensor.dispose();
    }
  };
  return {
    kind,
    targets,
    count: objective.count,
    loss(model, batch, access, normalizer) {
      const graph = tensorLossGraph(model, batch, access, normalizer);
      return scalar(objective.loss(graph, of(graph, model)));
    },
    logits(model, batch, access, rows) {
      const graph = tensorLossGraph(model, batch, access, 1);
      return logits(graph, of(graph, model), rows);
    },
    lossAndLogits(model, batch, access, { normalizer, rows }) {
      const graph = tensorLossGraph(model, batch, access, normalizer);
      const read = of(graph, model);
      return { value: scalar(objective.loss(graph, read)), outputs: logits(graph, read, rows) };
    },
    read,
    async score(model, batch, access, facts = {}) {
      return objective.score(await read(model, batch, access), batch, facts);
    },
  };
}

/** The head that a trial trains for a task, as injection and prediction name it. */
export function headOf(data: TaskData): { classes?: number } {
  const outputs = findObjective(data.objective).outputs(data);
  return outputs === undefined ? {} : { classes: outputs };
}
