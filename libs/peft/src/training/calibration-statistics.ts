/** @file The statistics of a calibration, layer by layer: gradients of kernels, or moments of inputs. */
import type * as tfjs from '@tensorflow/tfjs-core';
import { Matrix } from 'ml-matrix';
import type { TaskData } from '../data/task-data.js';
import { visitGradients } from '../engine/autograd.js';
import { lookup } from '../engine/fields.js';
import { linear } from '../engine/ops.js';
import { transposedTimes } from '../engine/products.js';
import { runAgain } from '../engine/recording.js';
import type { InputMoments, LayerCalibration, Replacements } from '../method.js';
import { type Apart, tokenRanges } from '../models/apart.js';
import type { ModelConfig } from '../models/config.js';
import { hiddenStates, type ModelAccess } from '../models/forward.js';
import type { Batch } from '../objectives/data.js';
import { hostTensor } from '../parts/init/host.js';
import { toDevice } from '../tensor/host.js';
import { lastingMatrix } from '../tensor/linalg.js';
import { tf } from '../tensor/tf.js';
import type { Checkpointing } from './checkpointing.js';
import type { MergedLayer } from './inject.js';
import { objectiveOf } from './loss.js';
import type { TrialModel } from './trial.js';

/** The statistics that were found, by path of the targeted layer. */
export type Statistics = ReadonlyMap<string, Omit<LayerCalibration, 'firstStep'>>;

export interface GatherInput {
  /** The base model with nothing in it. */
  trial: TrialModel;
  model: ModelConfig;
  data: TaskData;
  /** The same each time. */
  batches(): AsyncIterable<Batch>;
}

/** Mean over the batches of the gradient of every targeted kernel. One gradient at a time is on the device. */
export const gatherGradients = (checkpointing: Checkpointing) => (input: GatherInput) =>
  gradients(input, checkpointing);

async function gradients({ trial, model, data, batches }: GatherInput, checkpointing: Checkpointing) {
  const objective = objectiveOf(data.objective);
  const access: ModelAccess = { ...trial.access(), ...(checkpointing === 'block' && { again: runAgain }) };
  const kernels = new Map(trial.layers.map(({ path }) => [path, access.tensor(`${path}.kernel`)]));
  const sums = new Map(trial.layers.map(({ path, shape }) => [path, new Float64Array(shape.in * shape.out)]));
  let count = 0;
  for await (const batch of batches()) {
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

/**
 * Moments of the rows that flow into every targeted layer, but for those into which none flowed that counts. One input's
 * moments at a time are on the device.
 */
export async function gatherInputs({ trial, model, batches }: GatherInput): Promise<Statistics> {
  const moments = new Map<string, InputMoments>();
  const targeted = new Set(trial.layers.map(({ path }) => path));
  const heights = heightsOf(trial);
  for await (const batch of batches()) {
    const forward = (access: ModelAccess) => hiddenStates(model, batch, access);
    await addMoments(
      moments,
      heights,
      batch,
      observeInputs(trial.access(), (path) => targeted.has(path), forward),
    );
  }
  return lasting(moments);
}

type Moments = Map<string, InputMoments>;

const heightsOf = (trial: TrialModel): Heights => new Map(trial.layers.map(({ path, shape }) => [path, shape.in]));

/** A layer as the method's init makes it of what is known of its inputs. The caller disposes it. */
type Made = (path: string, known: Statistics) => MergedLayer;

/**
 * Works as `gatherInputs`, layer after layer: the inputs of a layer come out of those before it as they are `made`. Layers that
 * read the same tensor are made after one pass. It ends where a layer sees no row that counts.
 */
export const gatherInTurn = (made: Made) => (input: GatherInput) => inTurn(input, made);

async function inTurn({ trial, model, batches }: GatherInput, made: Made): Promise<Statistics> {
  const moments: Moments = new Map();
  const own = new Map<string, MergedLayer>();
  const heights = heightsOf(trial);
  const access = replacing(trial, own);
  try {
    for (const [index, { path: first }] of trial.layers.entries()) {
      if (moments.has(first)) continue;
      const targeted = new Set(trial.layers.slice(index).map(({ path }) => path));
      for await (const batch of batches()) {
        const forward = (observing: ModelAccess) => hiddenStates(model, batch, observing);
        let shared: number | undefined;
        // No table waits for another: what is read of all of them is seen at once.
        const reads = (path: string, x?: tfjs.Tensor2D) => {
          if (path === first) shared = x?.id;
          return targeted.has(path) && x?.id === shared;
        };
        await addMoments(moments, heights, batch, observeInputs(access, reads, forward));
      }
      if (!moments.has(first)) break;
      if (trial.layers.every(({ path }) => moments.has(path))) break;
      const known = lasting(moments);
      for (const { path } of trial.layers) {
        if (moments.has(path) && !own.has(path)) own.set(path, made(path, known));
      }
    }
  } finally {
    tf.dispose([...own.values()].flatMap(({ kernel, bias }) => (bias ? [kernel, bias] : [kernel])));
  }
  return lasting(moments);
}

/**
 * Works as `gatherInputs`, then takes the loss with one layer replaced, for each of its replacements. One replacement at a time
 * is on the device.
 *
 * @param kernel `[in, out]`, of a layer of the base
 */
export const gatherLosses =
  (replacements: Replacements, kernel: (path: string) => Matrix) =>
  async (input: GatherInput): Promise<Statistics> => {
    const found = new Map<string, Omit<LayerCalibration, 'firstStep'>>();
    for (const [path, { inputs }] of await gatherInputs(input)) {
      const layer = { kernel: kernel(path), inputs: inputs! };
      const { shape } = input.trial.layers.find((one) => one.path === path)!;
      const losses = new Map<number, number>();
      for (const rank of replacements.ranks(shape)) {
        const own = toDevice(hostTensor(replacements.kernel(layer, rank))) as tfjs.Tensor2D;
        try {
          losses.set(
            rank,
            await meanLoss(input, replacing(input.trial, new Map([[path, { kernel: own, bias: undefined }]]))),
          );
        } finally {
          own.dispose();
        }
      }
      found.set(path, { inputs: inputs!, losses });
    }
    return found;
  };

/** NaN where there is no batch: the pass was stopped. */
async function meanLoss({ model, data, batches }: GatherInput, access: ModelAccess): Promise<number> {
  const objective = objectiveOf(data.objective);
  let [sum, count] = [0, 0];
  for await (const batch of batches()) {
    const loss = tf.tidy(() => objective.loss(model, batch, access, objective.count(batch)));
    sum += (await loss.data())[0]!;
    loss.dispose();
    count++;
  }
  return sum / count;
}

/** The base model, with these in the place of layers of their path. */
function replacing(trial: TrialModel, own: ReadonlyMap<string, MergedLayer>): ModelAccess {
  const plain = trial.access();
  return {
    ...plain,
    linear(path, x) {
      const layer = own.get(path);
      return layer ? linear(x, layer.kernel, layer.bias ?? biasOf(trial, plain, path)) : plain.linear(path, x);
    },
    lookup(path, ids) {
      const table = own.get(path);
      return table ? lookup(table.kernel, ids) : plain.lookup(path, ids);
    },
  };
}

function biasOf(trial: TrialModel, access: ModelAccess, path: string): tfjs.Tensor1D | undefined {
  const { shape } = trial.layers.find((layer) => layer.path === path)!;
  return shape.bias ? (access.tensor(`${path}.bias`) as tfjs.Tensor1D) : undefined;
}

const lasting = (moments: Moments): Statistics =>
  new Map(
    [...moments].map(([path, inputs]) => [
      path,
      { inputs: { ...inputs, ...(inputs.scatter && { scatter: lastingMatrix(inputs.scatter) }) } },
    ]),
  );

/** The input of layers: rows, of which each layer with its own path sees all, or ids that a table is read at. */
interface Observed {
  x: tfjs.Tensor2D;
  paths: string[];
}
interface Reads {
  path: string;
  ids: Int32Array;
}
interface Seen {
  rows: Observed[];
  reads: Reads[];
  /** How rows of the batch were encoded. */
  apart: Apart | undefined;
}

/** Adds the rows of a batch that count to the moments of the layers that they flow into; disposes them. */
async function addMoments(
  moments: Moments,
  heights: Heights,
  batch: Batch,
  { rows: inputs, reads, apart }: Seen,
): Promise<void> {
  for (const { path, ids } of reads) {
    const known = moments.get(path);
    const seen = momentsOfReads(ids, heights.get(path)!);
    moments.set(path, known ? combined(known, seen) : seen);
  }
  try {
    for (const { x, paths } of inputs) {
      const rows = countedRows(batch, x.shape[0], apart);
      if (rows.length === 0) continue;
      const seen = await batchMoments(x, rows);
      const known = moments.get(paths[0]!);
      const together = known ? combined(known, seen) : seen;
      for (const path of paths) moments.set(path, together);
    }
  } finally {
    tf.dispose(inputs.map(({ x }) => x));
  }
}

/** Ids of each table. */
type Heights = ReadonlyMap<string, number>;

/** Inputs of layers in one forward pass; layers that read the same tensor are named together. */
function observeInputs(
  access: ModelAccess,
  observes: (path: string, x?: tfjs.Tensor2D) => boolean,
  forward: (access: ModelAccess) => tfjs.Tensor,
): Seen {
  const seen = new Map<number, Observed>();
  const reads: Reads[] = [];
  const observing: ModelAccess = {
    ...access,
    linear(path, x) {
      if (observes(path, x)) {
        const found = seen.get(x.id) ?? { x: tf.keep(x.clone()), paths: [] };
        found.paths.push(path);
        seen.set(x.id, found);
      }
      return access.linear(path, x);
    },
    lookup(path, ids) {
      if (observes(path)) reads.push({ path, ids });
      return access.lookup(path, ids);
    },
  };
  tf.dispose(tf.tidy(() => forward(observing)));
  return { rows: [...seen.values()], reads, apart: access.apart };
}

/** Indices of the rows that count: not padding, and with a target where every token has one. */
function countedRows(batch: Batch, rows: number, apart: Apart | undefined): Int32Array {
  const { sequence, targets } = batch;
  const all = Int32Array.from({ length: rows }, (_, row) => row);
  if (sequence === 0) return all;
  const perToken = targets.length === rows;
  const ofTokens = tokenRanges(batch, apart).map(([start, end]) => all.subarray(start, end));
  return Int32Array.from(ofTokens.flatMap((range) => Array.from(range)))
    .filter((row) => !perToken || targets[row]! >= 0)
    .sort();
}

async function batchMoments(x: tfjs.Tensor2D, rows: Int32Array): Promise<InputMoments> {
  const width = x.shape[1];
  const counted = tf.tidy(() => tf.gather(x, tf.tensor1d(rows, 'int32')));
  const mean = tf.mean(counted, 0);
  const absoluteMean = tf.tidy(() => tf.mean(tf.abs(counted), 0));
  const centred = tf.sub(counted, mean) as tfjs.Tensor2D;
  counted.dispose();
  const scatter = tf.tidy(() => transposedTimes(centred, centred));
  centred.dispose();
  try {
    return {
      rows: rows.length,
      mean: Float64Array.from(await mean.data()),
      absoluteMean: Float64Array.from(await absoluteMean.data()),
      scatter: Matrix.from1DArray(width, width, Float64Array.from(await scatter.data())),
    };
  } finally {
    tf.dispose([mean, absoluteMean, scatter]);
  }
}

/** Moments of rows that are 1 at an id and 0 elsewhere. */
function momentsOfReads(ids: Int32Array, height: number): InputMoments {
  const mean = new Float64Array(height);
  for (const id of ids) mean[id]! += 1 / ids.length;
  return { rows: ids.length, mean, absoluteMean: mean };
}

/** Moments of two sets of rows from those of each: Chan, Golub and LeVeque, 1983. */
function combined(a: InputMoments, b: InputMoments): InputMoments {
  const rows = a.rows + b.rows;
  const shift = a.mean.map((value, index) => b.mean[index]! - value);
  const means = {
    rows,
    mean: a.mean.map((value, index) => value + (shift[index]! * b.rows) / rows),
    absoluteMean: a.absoluteMean.map((value, index) => (value * a.rows + b.absoluteMean[index]! * b.rows) / rows),
  };
  if (!a.scatter || !b.scatter) return means;
  const column = Matrix.columnVector(Array.from(shift));
  const between = column.mmul(column.transpose()).mul((a.rows * b.rows) / rows);
  return { ...means, scatter: Matrix.add(a.scatter, b.scatter).add(between) };
}

function addTo(sum: Float64Array, terms: ArrayLike<number>): void {
  for (let index = 0; index < sum.length; index++) sum[index]! += terms[index]!;
}
