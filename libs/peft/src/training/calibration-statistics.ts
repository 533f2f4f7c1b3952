/** @file What a calibration gathers, layer by layer: gradients of kernels, or moments of inputs. */
import type * as tfjs from '@tensorflow/tfjs-core';
import { Matrix } from 'ml-matrix';
import { visitGradients } from '../engine/autograd.js';
import { matMul } from '../engine/ops.js';
import type { InputMoments, LayerCalibration } from '../method.js';
import type { ModelConfig } from '../models/config.js';
import { hiddenStates, type ModelAccess } from '../models/forward.js';
import { lastingMatrix } from '../tensor/linalg.js';
import { tf } from '../tensor/tf.js';
import type { Batch, TaskData } from './data.js';
import type { TrialModel } from './inject.js';
import { objectives } from './loss.js';

/** What was found, by path of the targeted layer. */
export type Statistics = ReadonlyMap<string, Omit<LayerCalibration, 'learningRate'>>;

export interface GatherInput {
  /** The base model with nothing in it. */
  trial: TrialModel;
  model: ModelConfig;
  data: TaskData;
  batches: AsyncIterable<Batch>;
}

/** Mean over the batches of the gradient of every targeted kernel. One gradient at a time is on the device. */
export async function gatherGradients({ trial, model, data, batches }: GatherInput): Promise<Statistics> {
  const objective = objectives[data.objective];
  const access = trial.access();
  const kernels = new Map(trial.layers.map(({ path }) => [path, access.tensor(`${path}.kernel`)]));
  const sums = new Map(trial.layers.map(({ path, shape }) => [path, new Float64Array(shape.in * shape.out)]));
  let count = 0;
  for await (const batch of batches) {
    const loss = await visitGradients(
      kernels,
      () => objective.loss(model, batch, access, objective.count(batch)),
      async (path, gradient) => addTo(sums.get(path)!, await gradient.data()),
    );
    loss.dispose();
    count++;
  }
  return new Map(
    trial.layers.map(({ path, shape }) => {
      const gradient = lastingMatrix(Matrix.from1DArray(shape.in, shape.out, sums.get(path)!).div(count));
      return [path, { gradient }] as const;
    }),
  );
}

/** Moments of the rows that flow into every targeted layer. One input's moments at a time are on the device. */
export async function gatherInputs({ trial, model, batches }: GatherInput): Promise<Statistics> {
  const moments = new Map<string, InputMoments>();
  for await (const batch of batches) {
    const inputs = observeInputs(trial, (access) => hiddenStates(model, batch, access));
    try {
      for (const { x, paths } of inputs) {
        const seen = await batchMoments(x, countedRows(batch, x.shape[0]));
        const known = moments.get(paths[0]!);
        const together = known ? combined(known, seen) : seen;
        for (const path of paths) moments.set(path, together);
      }
    } finally {
      tf.dispose(inputs.map(({ x }) => x));
    }
  }
  return new Map(
    [...moments].map(([path, inputs]) => [path, { inputs: { ...inputs, scatter: lastingMatrix(inputs.scatter) } }]),
  );
}

/** The inputs of the targeted layers in one forward pass; layers that read the same tensor are named together. */
function observeInputs(
  trial: TrialModel,
  forward: (access: ModelAccess) => tfjs.Tensor,
): { x: tfjs.Tensor2D; paths: string[] }[] {
  const access = trial.access();
  const targeted = new Set(trial.layers.map(({ path }) => path));
  const seen = new Map<number, { x: tfjs.Tensor2D; paths: string[] }>();
  const observing: ModelAccess = {
    ...access,
    linear(path, x) {
      if (targeted.has(path)) {
        const found = seen.get(x.id) ?? { x: tf.keep(x.clone()), paths: [] };
        found.paths.push(path);
        seen.set(x.id, found);
      }
      return access.linear(path, x);
    },
  };
  tf.dispose(tf.tidy(() => forward(observing)));
  return [...seen.values()];
}

/** Indices of the rows that count: not padding, and with a target where every token has one. */
function countedRows({ sequence, lengths, targets }: Batch, rows: number): Int32Array {
  const perToken = targets.length === rows;
  const counts = (row: number) =>
    sequence === 0 || (row % sequence < lengths[Math.floor(row / sequence)]! && (!perToken || targets[row]! >= 0));
  return Int32Array.from({ length: rows }, (_, row) => row).filter(counts);
}

async function batchMoments(x: tfjs.Tensor2D, rows: Int32Array): Promise<InputMoments> {
  const width = x.shape[1];
  const counted = tf.tidy(() => tf.gather(x, tf.tensor1d(rows, 'int32')));
  const mean = tf.mean(counted, 0);
  const centred = tf.sub(counted, mean) as tfjs.Tensor2D;
  counted.dispose();
  const scatter = tf.tidy(() => matMul(tf.transpose(centred), centred));
  centred.dispose();
  try {
    return {
      rows: rows.length,
      mean: Float64Array.from(await mean.data()),
      scatter: Matrix.from1DArray(width, width, Float64Array.from(await scatter.data())),
    };
  } finally {
    tf.dispose([mean, scatter]);
  }
}

/** Moments of two sets of rows from those of each: Chan, Golub and LeVeque, 1983. */
function combined(a: InputMoments, b: InputMoments): InputMoments {
  const rows = a.rows + b.rows;
  const shift = a.mean.map((value, index) => b.mean[index]! - value);
  const column = Matrix.columnVector(Array.from(shift));
  const between = column.mmul(column.transpose()).mul((a.rows * b.rows) / rows);
  return {
    rows,
    mean: a.mean.map((value, index) => value + (shift[index]! * b.rows) / rows),
    scatter: Matrix.add(a.scatter, b.scatter).add(between),
  };
}

function addTo(sum: Float64Array, terms: ArrayLike<number>): void {
  for (let index = 0; index < sum.length; index++) sum[index]! += terms[index]!;
}
