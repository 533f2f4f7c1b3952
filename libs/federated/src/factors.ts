/** @file Layers whose update is a product of two trained matrices: who averages such products has to know the pair and its scale. */
import type { HostTensor, LayerContext } from '@rankforge/peft';
import { tf } from '@rankforge/peft/engine';
import { type PlannedLayer, products, type SingularTriplets, toDevice } from '@rankforge/peft/extension';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import { Matrix } from 'ml-matrix';
import type { Named, Received, Subject } from './strategy.js';

/** The update of a layer is `scale · A · B`. */
export interface FactorPair {
  layer: PlannedLayer;
  /** Paths of the trained tensors `[in, r]` and `[r, out]`. */
  a: string;
  b: string;
  /** Columns of A. */
  rank: number;
}

/** The pairs of all targeted layers; undefined where a layer has other tensors than one pair. */
export function factorPairs({ method, plan }: Subject): readonly FactorPair[] | undefined {
  if (method.weight?.lowRank === undefined || method.sequence || plan.layers.length === 0) return undefined;
  const pairs = plan.layers.map((layer): FactorPair | undefined => {
    const own = plan.adapters.filter((adapter) => adapter.layer === layer.path);
    const [a, b] = own;
    if (own.length !== 2 || !a!.trained || !b!.trained) return undefined;
    const rank = a!.shape[1]!;
    if (a!.shape[0] !== layer.shape.in || b!.shape[0] !== rank || b!.shape[1] !== layer.shape.out) return undefined;
    return { layer, a: a!.path, b: b!.path, rank };
  });
  return plan.adapters.length === 2 * pairs.length && pairs.every((pair) => pair !== undefined)
    ? (pairs as FactorPair[])
    : undefined;
}

/** Everything that is trained besides the factors, such as a head. */
export function besidesFactors<T>(subject: Subject, tensors: ReadonlyMap<string, T>): Map<string, T> {
  const factors = new Set(factorPairs(subject)!.flatMap(({ a, b }) => [a, b]));
  return new Map([...tensors].filter(([path]) => !factors.has(path)));
}

/** Refuses a method that has no such pairs. */
export const withoutPairs = ({ method }: Subject): string =>
  `method: ${method.name} is no product of two trained matrices, which this strategy aggregates: choose one such as LoRA, or a strategy that averages tensors, such as FedAvg`;

/** A tensor as a matrix in float64. */
export const matrixOf = ({ shape, values }: HostTensor): Matrix => Matrix.from1DArray(shape[0]!, shape[1]!, values);

export const tensorOf = (matrix: Matrix): HostTensor => ({
  shape: [matrix.rows, matrix.columns],
  values: Float32Array.from(matrix.to1DArray()),
});

/** Side by side: `[a | b | …]`. */
function beside(matrices: readonly Matrix[]): Matrix {
  const whole = new Matrix(
    matrices[0]!.rows,
    matrices.reduce((sum, { columns }) => sum + columns, 0),
  );
  let column = 0;
  for (const matrix of matrices) {
    whole.setSubMatrix(matrix, 0, column);
    column += matrix.columns;
  }
  return whole;
}

/** One below the other. */
const below = (matrices: readonly Matrix[]): Matrix => beside(matrices.map((matrix) => matrix.transpose())).transpose();

/** Factors of a product that share its singular values evenly, with columns and rows of zeros up to the rank. */
export function balanced({ left, values, right }: SingularTriplets, rank: number): { a: Matrix; b: Matrix } {
  const roots = Matrix.diag(values.map((value) => Math.sqrt(value)));
  const widened = (matrix: Matrix) => Matrix.zeros(matrix.rows, rank).setSubMatrix(matrix.mmul(roots), 0, 0);
  return { a: widened(left), b: widened(right).transpose() };
}

/**
 * The mean update of a layer as the product of stacked factors: those of A beside each other, with shares and scales, and those of B one
 * below the other. Clients may have ranks of their own.
 */
export function stackedFactors(
  messages: readonly Received[],
  { a, b, layer }: FactorPair,
): { left: Matrix; right: Matrix } {
  const left = messages.map(({ subject, share, tensors }) => {
    const own = factorPairs(subject)!.find((pair) => pair.layer.path === layer.path)!;
    return matrixOf(tensors.get(a)!).mul(share * scaleOf(subject, own));
  });
  return { left: beside(left), right: below(messages.map(({ tensors }) => matrixOf(tensors.get(b)!))) };
}

/** The number that the update of a layer is multiplied by besides A and B, as its weight part has it. */
export function scaleOf({ method }: Subject, { layer, a, b, rank }: FactorPair): number {
  const names = [a, b].map((path) => path.slice(path.lastIndexOf('.') + 1));
  return tf.tidy(() => {
    const tensors = { [names[0]!]: tf.ones([layer.shape.in, rank]), [names[1]!]: tf.ones([rank, layer.shape.out]) };
    const made = method.weight!.lowRank!.factors(layer.shape, contextOf(layer, tensors));
    return made.a.dataSync()[0]! * made.b.dataSync()[0]!;
  });
}

/** Updates of the kernels of all targeted layers, whose weight part has them as a product; undefined of other methods. */
export async function updatesOf({ method, plan }: Subject, tensors: Named): Promise<Map<string, Matrix> | undefined> {
  const form = method.weight?.lowRank;
  if (form === undefined) return undefined;
  const updates = new Map<string, Matrix>();
  for (const layer of plan.layers) {
    const own = plan.adapters.filter(
      ({ layer: of, users }) => of === layer.path || (!of && users.includes(layer.path)),
    );
    const device = Object.fromEntries(own.map(({ name, path }) => [name, toDevice(tensors.get(path)!)]));
    const { a, b } = tf.tidy(() => {
      const made = form.factors(layer.shape, contextOf(layer, device));
      return { a: tf.keep(made.a.clone()), b: tf.keep(made.b.clone()) };
    });
    const [left, right] = [await onHost(a), await onHost(b)];
    tf.dispose([a, b, ...Object.values(device)]);
    updates.set(layer.path, left.mmul(right));
  }
  return updates;
}

const onHost = async (tensor: Tensor2D): Promise<Matrix> =>
  Matrix.from1DArray(tensor.shape[0], tensor.shape[1], await tensor.data());

const contextOf = (layer: PlannedLayer, tensors: LayerContext<unknown>['tensors']): LayerContext<unknown> => ({
  path: layer.path,
  config: layer.config,
  products,
  tensors,
  dropout: (x) => x,
});
