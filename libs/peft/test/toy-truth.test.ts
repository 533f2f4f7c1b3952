/**
 * @file A task whose best loss is known: the weights of one layer are changed by a matrix M of rank 3, inputs are whitened,
 * and the loss is the mean squared error of the outputs. With an update of rank r on a frozen kernel F no loss is below
 * `Σ_{i>r} σᵢ² / out`, where σ are the singular values of `W + M − F` (Eckart and Young), and the truncated SVD reaches it.
 */
import type { Scalar, Tensor2D } from '@tensorflow/tfjs-core';
import { Matrix, QrDecomposition, SingularValueDecomposition } from 'ml-matrix';
import { beforeAll, describe, expect, it } from 'vitest';
import { casesOf } from '../../../test/support/full.js';
import { differentiate } from '../src/engine/autograd.js';
import { openEngine } from '../src/engine/engine.js';
import type { Method } from '../src/method.js';
import { findOptimizer, methods } from '../src/registry.js';
import { createRandom } from '../src/tensor/random.js';
import { tf } from '../src/tensor/tf.js';
import { capabilitiesOf, oneOfEach } from './support/capabilities.js';
import { initialized, OneLayer, products, valuesOf } from './support/one-layer.js';
import type { MethodCase } from './support/vectors.js';

const layer = { in: 24, out: 16, bias: true };
const teacherRank = 3;
/** Of the loss before training. */
const tolerance = 1e-4;

const random = createRandom('toy truth');
const gaussianMatrix = (rows: number, columns: number) =>
  new Matrix(Array.from({ length: rows }, () => Array.from({ length: columns }, () => random.normal())));
const orthonormal = (rows: number, columns: number) =>
  new QrDecomposition(gaussianMatrix(rows, rows)).orthogonalMatrix.subMatrix(0, rows - 1, 0, columns - 1);

const kernel = gaussianMatrix(layer.in, layer.out).mul(0.3);
const bias = gaussianMatrix(1, layer.out).to1DArray();
const change = orthonormal(layer.in, teacherRank)
  .mmul(Matrix.diag([1.5, 1, 0.6]))
  .mmul(orthonormal(layer.out, teacherRank).transpose());
const teacher = Matrix.add(kernel, change);
/** `XᵀX = rows · I`, with as many rows as inputs. */
const inputs = orthonormal(layer.in, layer.in).mul(Math.sqrt(layer.in));
const targets = inputs.mmul(teacher).addRowVector(bias);

/** What a trainer would have found out on the task: `∂loss/∂W` at the base, and the moments of whitened inputs. */
const calibration = {
  learningRate: 0.01,
  gradient: Matrix.mul(change, -2 / layer.out).to2DArray(),
  inputs: {
    rows: layer.in,
    mean: inputs.mean('column'),
    absoluteMean: Matrix.abs(inputs).mean('column'),
    scatter: inputs.clone().center('column').transpose().mmul(inputs.clone().center('column')).to2DArray(),
  },
};

function caseOf(method: Method, rank: number): MethodCase {
  const testCase = {
    layer,
    config: method.usesRank ? { rank } : {},
    base: { kernel: kernel.to2DArray(), bias },
    calibration,
    inputs: inputs.to2DArray(),
    targets: targets.to2DArray(),
  };
  return testCase as unknown as MethodCase;
}

/** Steps of one run of the learning rate from its top to 0, each run from half the rate of the one before. */
const run = 300;

/** A training without penalty, schedule of ranks and dropout, which ends when the loss is below `goal(target)`. */
async function trained(method: Method, rank: number, steps: number, goal: (target: Matrix, config: never) => number) {
  const testCase = caseOf(method, rank);
  const first = initialized(method, testCase, 3);
  const student = new OneLayer(method, testCase, valuesOf(first.tensors), first.kernel);
  const [x, y] = [tf.tensor2d(inputs.to2DArray()), tf.tensor2d(targets.to2DArray())];
  const adamw = findOptimizer('adamw');
  const optimizer = adamw.build(adamw.config.parse({ weightDecay: 0 }));
  let state = optimizer.init(student.info, createRandom(0));
  const config = student.config as never;
  const target = Matrix.sub(teacher, kernelMatrix(first.kernel));
  const losses: number[] = [];
  for (let step = 1; step <= steps; step += 1) {
    const { value, gradients } = differentiate(
      student.trained,
      () => tf.mean(tf.square(tf.sub(student.forward(x as Tensor2D), y))) as Scalar,
    );
    losses.push(value.dataSync()[0]!);
    const learningRate = 0.1 * 0.5 ** Math.floor((step - 1) / run) * (1 - ((step - 1) % run) / run) ** 2;
    const parameters = student.trained;
    const result = await optimizer.update({
      gradients,
      parameters,
      info: student.info,
      state,
      step,
      learningRate,
      random: createRandom(0),
      products,
    });
    state = result.state;
    for (const [name, update] of result.updates) student.replace(name, tf.add(student.trained.get(name)!, update));
    tf.dispose([value, ...gradients.values(), ...result.updates.values()]);
    if (losses.at(-1)! < goal(target, config)) break;
  }
  const update = tf.tidy(() => tf.sub(student.merged().kernel, kernelTensor(first.kernel)).dataSync().slice());
  tf.dispose([x, y, state] as never);
  student.dispose();
  return { losses, config, target, update };
}

const kernelMatrix = (values: readonly number[]) => Matrix.from1DArray(layer.in, layer.out, [...values]);
const kernelTensor = (values: readonly number[]) => tf.tensor2d([...values], [layer.in, layer.out]);
const singularValues = (matrix: Matrix) => new SingularValueDecomposition(matrix, { autoTranspose: true }).diagonal;

/** The best loss of an update of this rank. */
const bestLoss = (target: Matrix, rank: number) =>
  singularValues(target)
    .slice(rank)
    .reduce((sum, value) => sum + value ** 2, 0) / layer.out;

const trainsEveryKernel = (method: Method) =>
  method.trainsBase?.({ path: 'layer.kernel', kind: 'kernel', shape: [layer.in, layer.out], targeted: true }, {}) ??
  false;

describe('on a task whose best loss is known', () => {
  beforeAll(async () => {
    await openEngine('cpu');
  });

  const ranks = [teacherRank - 1, teacherRank, teacherRank + 1];
  /** Its kernel is there to be looked at. */
  const fits = ({ method, rank }: { method: Method; rank: number }) => {
    const config = method.config.parse(method.usesRank ? { rank } : {}) as never;
    return method.unfit?.(layer, config, [layer]) === undefined && method.weight?.unmergeable?.(config) === undefined;
  };
  const cases = methods
    .filter(({ weight, trainsBase }) => weight ?? trainsBase)
    .flatMap((method) => (method.usesRank ? ranks : [0]).map((rank) => ({ method, rank, name: method.name })))
    .filter(fits);
  const full = Math.min(layer.in, layer.out);
  /** One rank more than the change has: methods of each kind stand for the others. */
  const beyond = oneOfEach(methods, capabilitiesOf);
  const chosen = casesOf(
    'best losses of methods by ranks',
    cases,
    cases.filter(({ method, rank }) => rank <= teacherRank || beyond.includes(method)),
  );

  it.each(chosen)('$name at rank $rank finds what it can and no more', async ({ method, rank }) => {
    const reaches = trainsEveryKernel(method) ? () => full : method.weight?.reaches;
    const slack = (start: number) => tolerance * start;
    const start = bestLoss(change, 0);
    const goal = (target: Matrix, config: never) =>
      reaches ? bestLoss(target, reaches(layer, config)) + slack(start) : 0;
    const { losses, config, target, update } = await trained(method, rank, reaches ? 6 * run : 60, goal);

    const most = method.weight?.lowRank?.rank(layer, config) ?? full;
    // Float32 sums may end a little below the bound.
    expect(Math.min(...losses), `best loss of rank ${most}`).toBeGreaterThan(
      bestLoss(target, most) - slack(start) / 10,
    );
    const made = singularValues(Matrix.from1DArray(layer.in, layer.out, [...update]));
    for (const value of made.slice(most))
      expect(value, 'rank of the update').toBeLessThan(1e-5 * Math.max(1, made[0]!));
    if (reaches) expect(losses.at(-1), `loss at rank ${reaches(layer, config)}`).toBeLessThan(goal(target, config));
  });

  it('has these methods that promise to reach the best update of their rank', () => {
    const promising = new Set(cases.flatMap(({ method }) => (method.weight?.reaches ? [method.name] : [])));
    expect([...promising].sort()).toEqual([
      'adalora',
      'ba-lora',
      'codyra',
      'dora',
      'dylora',
      'eora',
      'eva',
      'gradnormlorp',
      'hydra',
      'increlora',
      'lora',
      'lora-ga',
      'lora-ggpo',
      'lora-pretrain',
      'loram',
      'loraprune',
      'muscle',
      'olora',
      'pissa',
      'rslora',
      'sora',
      'trans-lora',
    ]);
  });

  it('is unsolvable below the rank of the change, and solvable from it on', () => {
    expect(bestLoss(change, teacherRank - 1)).toBeCloseTo(0.6 ** 2 / layer.out, 12);
    expect(bestLoss(change, teacherRank)).toBeCloseTo(0, 12);
  });
});
