/** @file What the papers of PiSSA, LoRA-XS, DoRA, GradNormLoRP and AdaLoRA say must hold, whatever the numbers. */
import { Matrix } from 'ml-matrix';
import { beforeAll, describe, expect, it } from 'vitest';
import { differentiate } from '../src/engine/autograd.js';
import { type Engine, openEngine } from '../src/engine/engine.js';
import type { HostTensor, LayerShape, ParameterInfo, WeightPart } from '../src/method.js';
import { projected } from '../src/parts/gradient/projected.js';
import { every } from '../src/parts/gradient/refresh.js';
import { descend } from '../src/parts/gradient/scale.js';
import { keptSubspace } from '../src/parts/gradient/subspace.js';
import { trace } from '../src/parts/gradient/trace.js';
import { chain, everyParameter, partition, type Transform } from '../src/parts/gradient/transform.js';
import { orthonormalRows } from '../src/parts/weight/orthogonal.js';
import {
  constantLengths,
  followedLengths,
  type Lengths,
  outputMagnitude,
} from '../src/parts/weight/output-magnitude.js';
import { findMethod } from '../src/registry.js';
import { singularValues } from '../src/tensor/linalg.js';
import { createRandom } from '../src/tensor/random.js';
import { tf } from '../src/tensor/tf.js';
import { expectClose } from './support/close.js';
import { OneLayer, products } from './support/one-layer.js';
import { targets, tinyBase } from './support/tiny-model.js';
import { trainTiny } from './support/tiny-run.js';
import { readVector } from './support/vectors.js';

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine('wasm');
});

const matrixOf = ({ shape: [rows = 1, columns = 1], values }: HostTensor) => Matrix.from1DArray(rows, columns, values);
const shape: LayerShape = { in: 9, out: 7, bias: true };
const random = createRandom('invariants');
const kernel = Matrix.zeros(shape.in, shape.out).apply(function (this: Matrix, row, column) {
  this.set(row, column, random.normal());
});
const spectrum = singularValues(kernel);

function first(name: string, config: object) {
  const { init, config: schema } = findMethod(name);
  return init!.layer({
    shape,
    kernel,
    config: schema.parse(config),
    random: createRandom(1),
    layers: [shape],
    index: 0,
  });
}

/** Entries beside the diagonal. */
const beside = (matrix: Matrix) => Matrix.sub(matrix, Matrix.diag(matrix.diagonal())).norm();

describe('PiSSA', () => {
  it.each([
    { rank: 1, alpha: 1 },
    { rank: 3, alpha: 6 },
    { rank: 7, alpha: 7 },
  ])(
    'starts at the best approximation of rank $rank: the base keeps the smaller singular values',
    ({ rank, alpha }) => {
      const { tensors, kernel: rest } = first('pissa', { rank, alpha });
      const [a, b] = [matrixOf(tensors.lora_A!), matrixOf(tensors.lora_B!)];
      const square = spectrum.slice(rank).reduce((sum, value) => sum + value ** 2, 0);
      expect(rest!.norm() ** 2).toBeCloseTo(square, 5);
      expectClose(Matrix.add(rest!, a.mmul(b).mul(alpha / rank)).to2DArray(), kernel.to2DArray(), 1e-6, 'their sum');
      // Both halves carry the same share of the singular values.
      const [left, right] = [a.transpose().mmul(a), b.mmul(b.transpose())];
      expectClose(left.to2DArray(), right.to2DArray(), 1e-5, 'AᵀA and BBᵀ');
      expect(beside(left)).toBeLessThan(1e-5);
      expectClose(
        left.diagonal(),
        spectrum.slice(0, rank).map((value) => (value * rank) / alpha),
        1e-5,
        'singular values over the scale',
      );
    },
  );

  it('comes nearer to that with every power iteration of a randomized SVD, and the base keeps what is missed', () => {
    const best = Math.hypot(...spectrum.slice(3));
    const missed = [0, 1, 3, 40].map((iterations) => {
      const { tensors, kernel: rest } = first('pissa', { rank: 3, iterations });
      const product = matrixOf(tensors.lora_A!).mmul(matrixOf(tensors.lora_B!));
      expectClose(Matrix.add(rest!, product).to2DArray(), kernel.to2DArray(), 1e-6, 'their sum');
      return rest!.norm();
    });
    expect(missed[0]).toBeGreaterThan(1.01 * best);
    expect(missed).toEqual([...missed].sort((a, b) => b - a));
    expect(missed[3]).toBeCloseTo(best, 5);
  });
});

describe('LoRA-XS', () => {
  it('starts between frozen singular factors with a change that no one would see', () => {
    const rank = 4;
    const { tensors, kernel: replaced } = first('lora-xs', { rank });
    const [a, r, b] = ['lora_A', 'lora_R', 'lora_B'].map((name) => matrixOf(tensors[name]!)) as [
      Matrix,
      Matrix,
      Matrix,
    ];
    expect(replaced).toBeUndefined();
    expectClose(b.mmul(b.transpose()).to2DArray(), Matrix.eye(rank).to2DArray(), 1e-6, 'BBᵀ');
    const gram = a.transpose().mmul(a);
    expect(beside(gram)).toBeLessThan(1e-5);
    expectClose(
      gram.diagonal(),
      spectrum.slice(0, rank).map((value) => value ** 2),
      1e-5,
      'σ²',
    );
    // The largest singular value of rank² normals of deviation 1e-5 is about 2·√rank of it.
    expect(singularValues(a.mmul(r).mmul(b))[0]!).toBeLessThan(4e-5 * Math.sqrt(rank) * spectrum[0]!);
    expect(r.norm()).toBeGreaterThan(0);
  });

  it('trains its core alone, and so leaves the column space of the weight’s leading vectors never', async () => {
    const base = tinyBase();
    const { tensors } = await trainTiny({
      engine,
      base,
      method: 'lora-xs',
      config: { rank: 2 },
      options: { steps: 3, learningRate: 0.05 },
    });
    base.dispose();
    const [before, after] = [tensors[0]!, tensors.at(-1)!];
    const moved = [...after].filter(
      ([path, { values }]) => !Buffer.from(values.buffer).equals(bytesOf(before.get(path)!)),
    );
    expect(moved.length).toBeGreaterThan(0);
    expect(moved.every(([path]) => path.endsWith('.lora_R'))).toBe(true);
    expect([...after.keys()].filter((path) => /\.lora_[AB]$/.test(path))).toHaveLength(2 * moved.length);
  });
});

const bytesOf = ({ values }: HostTensor) => Buffer.from(values.buffer, values.byteOffset, values.byteLength);

describe.each(['dora', 'gradnormlorp'])('%s', (name) => {
  it.each(readVector('methods', name).cases.map((testCase, index) => [index, testCase] as const))(
    'merges to columns as long as their magnitudes say (case %i)',
    (_, testCase) => {
      const layer = new OneLayer(findMethod(name), testCase);
      const { kernel } = layer.merged();
      const lengths = tf.tidy(() => tf.norm(kernel, 2, 0).dataSync().slice());
      const magnitudes = layer.trained.get('lora_magnitude_vector')!.dataSync();
      expectClose([...lengths], [...magnitudes].map(Math.abs), 1e-5, 'lengths');
      layer.dispose();
    },
  );
});

describe('GradNormLoRP', () => {
  const [testCase] = readVector('methods', 'gradnormlorp').cases;
  /** The base kernel itself is the direction, and trained. */
  const whole: WeightPart<unknown> = {
    tensors: () => ({}),
    forward: (x, base) => base.forward(x),
    kernel: (base) => base.kernel,
    activations: () => ({ perRow: 0, fixed: 0 }),
  };
  const ofWholeKernel = (lengths: Lengths) =>
    new OneLayer(
      {
        ...findMethod('gradnormlorp'),
        trainsBase: ({ kind }) => kind === 'kernel',
        weight: outputMagnitude(whole, lengths),
      },
      testCase!,
    );
  /** Of each column: its length, and its product with that of the gradient over both lengths. */
  const columns = (layer: OneLayer) => {
    const gradients = layer.gradients();
    const found = tf.tidy(() => {
      const [v, g] = [layer.trained.get('kernel')!, gradients.kernel!];
      const cosines = tf.div(tf.sum(tf.mul(v, g), 0), tf.mul(tf.norm(v, 2, 0), tf.norm(g, 2, 0)));
      return { lengths: [...tf.norm(v, 2, 0).dataSync()], cosines: [...cosines.dataSync()] };
    });
    return { ...found, gradients };
  };

  it('has no gradient along the direction, and DoRA has one', () => {
    for (const [lengths, least, most] of [
      [followedLengths, 0, 1e-6],
      [constantLengths, 1e-3, 1],
    ] as const) {
      const layer = ofWholeKernel(lengths);
      const { cosines, gradients } = columns(layer);
      const largest = Math.max(...cosines.map(Math.abs));
      expect(largest).toBeGreaterThanOrEqual(least);
      expect(largest).toBeLessThanOrEqual(most);
      tf.dispose(gradients);
      layer.dispose();
    }
  });

  it('never shortens, by SGD, a direction that is trained whole', () => {
    const layer = ofWholeKernel(followedLengths);
    let before: number[] = columns(layer).lengths;
    for (let step = 0; step < 5; step++) {
      const { gradients } = columns(layer);
      for (const [name, value] of [...layer.trained]) {
        layer.replace(
          name,
          tf.tidy(() => tf.sub(value, tf.mul(gradients[name]!, 0.3))),
        );
      }
      tf.dispose(gradients);
      const { lengths, gradients: next } = columns(layer);
      tf.dispose(next);
      lengths.forEach((length, column) => {
        expect(length, `column ${column} after step ${step}`).toBeGreaterThan(before[column]!);
      });
      before = lengths;
    }
    layer.dispose();
  });

  it('moves as by SGD in subspaces of the full rank, at scale 1', async () => {
    const plain = trace({ momentum: 0, nesterov: false });
    const low = (info: ParameterInfo) =>
      projected(plain, { subspace: keptSubspace({ rank: Math.min(...info.shape), refresh: every(2) }) });
    const inSubspaces = partition((info) => (info.shape.length === 2 ? low(info) : plain));
    const trained = async (transform: Transform) => {
      const layer = new OneLayer(findMethod('gradnormlorp'), testCase!);
      const part = everyParameter(chain(transform, descend()));
      let state = part.init(layer.info, createRandom(0));
      for (let step = 1; step <= 4; step++) {
        const { inputs, ...gradients } = layer.gradients();
        const result = await part.update({
          gradients: new Map(Object.entries(gradients)),
          parameters: layer.trained,
          info: layer.info,
          state,
          step,
          learningRate: 0.1,
          random: createRandom(0),
          products,
        });
        state = result.state;
        for (const [name, update] of result.updates) {
          layer.replace(name, tf.add(layer.trained.get(name)!, update));
          update.dispose();
        }
        tf.dispose([inputs!, ...Object.values(gradients)]);
      }
      const values = Object.fromEntries([...layer.trained].map(([name, tensor]) => [name, [...tensor.dataSync()]]));
      tf.dispose(Object.values(state));
      layer.dispose();
      return values;
    };
    const [turned, straight] = [await trained(inSubspaces), await trained(plain)];
    for (const [name, values] of Object.entries(straight)) expectClose(turned[name]!, values, 1e-5, name);
  });
});

describe('AdaLoRA', () => {
  const [rank, warmup, settle, steps] = [2, 0.2, 0.3, 20];

  it('keeps to its budget, which only falls, and has the target in the mean at the end', async () => {
    const base = tinyBase();
    const { steps: events } = await trainTiny({
      engine,
      base,
      method: 'adalora',
      config: { rank, warmup, settle },
      options: { clipNorm: null, steps, learningRate: 0.05 },
    });
    base.dispose();
    const layers = Object.keys(events[0]!.ranks!).length;
    expect(layers).toBe(2 * targets.length);
    const kept = events.map(({ ranks }) => Object.values(ranks!).reduce((sum, rank) => sum + rank, 0));
    const [most, least] = [Math.ceil(1.5 * rank) * layers, rank * layers];
    const [begin, end] = [warmup * steps, steps - settle * steps];
    for (const [index, count] of kept.entries()) {
      // Equation 12 of the paper; steps count from 1.
      const step = index + 1;
      const part = Math.min(1, Math.max(0, (step - begin) / (end - begin)));
      const budget = Math.trunc(least + (most - least) * (1 - part) ** 3);
      expect(count, `after step ${step}`).toBeLessThanOrEqual(Math.max(budget, least));
      if (step <= begin) expect(count, `after step ${step}`).toBe(most);
      if (step >= end) expect(count, `after step ${step}`).toBe(least);
    }
    const settled = events.slice(end - 1).map(({ ranks }) => JSON.stringify(ranks));
    expect(new Set(settled).size).toBe(1);
  });

  it('begins with the rank that a file of peft names, whatever its target', () => {
    const { config, peft } = findMethod('adalora');
    const other: string[] = [];
    for (let target_r = 1; target_r <= 64; target_r++) {
      for (let init_r = target_r; init_r <= 256; init_r++) {
        const read = config.parse(peft!.config({ target_r, init_r, lora_alpha: 1 }, []));
        const written = peft!.settings(read, []).init_r;
        if (written !== init_r) other.push(`${init_r} over ${target_r}: ${written}`);
      }
    }
    expect(other).toEqual([]);
  });

  it('has no penalty between orthonormal factors, and no task gradient of them while E is zero', () => {
    const method = findMethod('adalora');
    const config = method.config.parse({ rank: 2 });
    const factors = { lora_A: tf.eye(5, 3), lora_E: tf.zeros([3]), lora_B: tf.eye(3, 4) };
    const penalty = tf.tidy(() => method.penalty!.penalty([factors], config, products).dataSync()[0]!);
    expect(penalty).toBeCloseTo(0, 6);
    tf.dispose(factors);

    const [testCase] = readVector('methods', 'adalora').cases;
    const ranks = testCase!.tensors.lora_E as number[];
    const layer = new OneLayer(method, testCase!, { ...testCase!.tensors, lora_E: ranks.map(() => 0) });
    const x = tf.tensor2d(testCase!.inputs as number[][]);
    const { value, gradients } = differentiate(layer.trained, () => tf.sum(tf.square(layer.forward(x))));
    expect(Math.max(...tf.abs(gradients.get('lora_A')!).dataSync())).toBe(0);
    expect(Math.max(...tf.abs(gradients.get('lora_B')!).dataSync())).toBe(0);
    expect(Math.max(...tf.abs(gradients.get('lora_E')!).dataSync())).toBeGreaterThan(0);
    tf.dispose([value, x, ...gradients.values()]);
    layer.dispose();
  });
});

describe('DEFT with orthonormal directions', () => {
  it('starts at the base with as many directions as there are outputs: all of the kernel is put back', () => {
    const { deft_P, deft_R } = first('deft', { rank: shape.out, decomposition: 'qr' }).tensors;
    const directions = tf.tidy(() => orthonormalRows(tf.tensor2d(deft_P!.values as Float32Array, [7, 7])).dataSync());
    const basis = matrixOf({ shape: [7, 7], values: directions } as HostTensor);
    expectClose(matrixOf(deft_R!).mmul(basis).to2DArray(), kernel.to2DArray(), 1e-5, 'R·Q');
  });
});
