/**
 * @file Formulas of activations, norms, attention, losses, rotary positions and Adam. An engine may have a kernel of its own for each, which reads its operands once and holds
 * nothing but the result; elsewhere they are made of operations, one after another.
 */
import type * as tfjs from '@tensorflow/tfjs-core';
import { chain } from '../tensor/chain.js';
import { tf } from '../tensor/tf.js';

/**
 * How many tensors each gives. The operations in `apps/cli/engines/tensorflow/kernels` are named like these.
 */
const outputs = {
  Adam: 3,
  AddBias: 1,
  AddScaled: 1,
  Attention: 1,
  AttentionGradient: 3,
  Gelu: 1,
  GeluGradient: 1,
  GeluTanh: 1,
  GeluTanhGradient: 1,
  GeluTanhGated: 1,
  GeluTanhGatedGradient: 1,
  GeluTanhGatedGradients: 2,
  SiluGated: 1,
  SiluGatedGradient: 1,
  SiluGatedGradients: 2,
  LayerNorm: 3,
  LayerNormGradient: 1,
  RmsNorm: 2,
  RmsNormGradient: 1,
  Rotary: 1,
  SquaredSum: 1,
  TokenLoss: 2,
} as const;
type FormulaName = keyof typeof outputs;

/** The first tensor that these give is their first operand's with other numbers in it. */
const inPlace: ReadonlySet<string> = new Set<FormulaName>(['AddBias', 'TokenLoss']);

/** A formula as a kernel: tfjs calls it so, and a backend may have one of that name. */
export const formulaKernels = Object.entries(outputs).map(([name, gives]) => ({
  name: kernelName(name),
  outputs: gives,
  isInPlace: inPlace.has(name),
}));

function kernelName(name: string): string {
  return `Rankforge${name}`;
}

/**
 * @param composed of operations, for engines without such a kernel
 * @returns the formula, of its operands in the order in which the kernel takes them
 */
function formula<Operands extends tfjs.Tensor[], Result extends tfjs.Tensor | tfjs.Tensor[]>(
  name: FormulaName,
  composed: (...operands: Operands) => Result,
): (...operands: Operands) => Result {
  return (...operands) => kernelResult<Result>(name, operands) ?? composed(...operands);
}

/** A number that a norm adds to what it divides by the root of. */
type Epsilon = number;

function normFormula<Operands extends tfjs.Tensor[], Result extends tfjs.Tensor[]>(
  name: FormulaName,
  composed: (epsilon: Epsilon, ...operands: Operands) => Result,
): (epsilon: Epsilon, ...operands: Operands) => Result {
  return (epsilon, ...operands) =>
    kernelResult<Result>(name, operands, { floats: { eps: epsilon } }) ?? composed(epsilon, ...operands);
}

/** Numbers that a kernel is made for: it is kept for each of their values, so they are few. */
export interface FormulaAttributes {
  floats?: Readonly<Record<string, number>>;
  integers?: Readonly<Record<string, number>>;
}

/** Undefined where the open engine has no kernel of this name. */
export function kernelResult<Result>(
  name: FormulaName,
  operands: readonly tfjs.Tensor[],
  attributes: FormulaAttributes = {},
): Result | undefined {
  if (!hasKernel(name)) return undefined;
  return tf
    .engine()
    .runKernel(
      kernelName(name),
      { ...operands } as unknown as tfjs.NamedTensorMap,
      attributes as unknown as tfjs.NamedAttrMap,
    ) as Result;
}

/** Whether the open engine has a kernel of this name. */
export const hasKernel = (name: FormulaName): boolean => tf.getKernel(kernelName(name), tf.getBackend()) !== undefined;

/** Numbers of a step of Adam. Those that change with the step are no attributes: TensorFlow keeps a kernel for each value of these. */
export interface AdamNumbers {
  beta1: number;
  beta2: number;
  /** Is added to the root of the second moments. */
  epsilon: number;
  /** The direction is multiplied by it. */
  correction: number;
}

/**
 * `m ← β₁m + (1−β₁)g`, `v ← β₂v + (1−β₂)g²` and the direction `c·m / (√v + ε)` of a gradient g (arXiv 1412.6980). By operations five
 * tensors of its size are there at the most, by a kernel the three that it gives.
 */
export function adamOf(
  { gradient, m, v }: Record<'gradient' | 'm' | 'v', tfjs.Tensor>,
  numbers: AdamNumbers,
): [direction: tfjs.Tensor, m: tfjs.Tensor, v: tfjs.Tensor] {
  if (!hasKernel('Adam')) return adamByOperations({ gradient, m, v }, numbers);
  const { beta1, beta2, epsilon, correction } = numbers;
  const given = tf.tensor1d([beta1, 1 - beta1, beta2, 1 - beta2, epsilon, correction]);
  const made = kernelResult<[tfjs.Tensor, tfjs.Tensor, tfjs.Tensor]>('Adam', [gradient, m, v, given])!;
  given.dispose();
  return made;
}

function adamByOperations(
  { gradient, m: oldM, v: oldV }: Record<'gradient' | 'm' | 'v', tfjs.Tensor>,
  { beta1, beta2, epsilon, correction }: AdamNumbers,
): [direction: tfjs.Tensor, m: tfjs.Tensor, v: tfjs.Tensor] {
  const m = tf.tidy(() => tf.add(tf.mul(oldM, beta1), tf.mul(gradient, 1 - beta1)));
  const v = tf.tidy(() => tf.add(tf.mul(oldV, beta2), tf.mul(tf.square(gradient), 1 - beta2)));
  const ratio = tf.tidy(() =>
    tf.div(
      m,
      tf.tidy(() => tf.add(tf.sqrt(v), epsilon)),
    ),
  );
  const direction = tf.tidy(() => tf.mul(ratio, correction));
  ratio.dispose();
  return [direction, m, v];
}

/** `x + factor · y` of tensors of one shape. By operations the product is there too. */
export const scaledAdded = (x: tfjs.Tensor, y: tfjs.Tensor, factor: number): tfjs.Tensor =>
  tf.tidy(() =>
    hasKernel('AddScaled')
      ? kernelResult<tfjs.Tensor>('AddScaled', [x, y, tf.scalar(factor)])!
      : tf.add(x, tf.mul(y, factor)),
  );

/** The sum of the squares of all entries of some tensors. By operations the squares of one are there. */
export function squaredSum(tensors: readonly tfjs.Tensor[]): tfjs.Scalar {
  const byKernel = kernelResult<tfjs.Scalar>('SquaredSum', tensors, { integers: { N: tensors.length } });
  if (byKernel) return byKernel;
  return tf.tidy(() =>
    tensors.map((tensor) => tf.tidy(() => tf.sum(tf.square(tensor)))).reduce((total, square) => tf.add(total, square)),
  ) as tfjs.Scalar;
}

/** `product + bias` of `product [rows, n]` and `bias [n]`. A kernel writes the sum where the product lies, which nothing reads any more. */
export const biasAdded = formula(
  'AddBias',
  (product: tfjs.Tensor2D, bias: tfjs.Tensor1D): tfjs.Tensor2D => tf.add(product, bias),
);

/** `x·Φ(x)` with the normal distribution Φ (arXiv 1606.08415). */
export const geluOf = formula('Gelu', (x: tfjs.Tensor) => chain(normalDistribution(x), (t) => tf.mul(t, x)));

/** `dy·(Φ(x) + x·φ(x))` of `x` and `dy`. */
export const geluGradient = formula('GeluGradient', (x: tfjs.Tensor, dy: tfjs.Tensor) => {
  const density = chain(
    tf.square(x),
    (t) => tf.mul(t, -0.5),
    (t) => tf.exp(t),
    (t) => tf.mul(t, 1 / Math.sqrt(2 * Math.PI)),
    (t) => tf.mul(t, x),
  );
  const distribution = normalDistribution(x);
  const slope = tf.add(distribution, density);
  tf.dispose([density, distribution]);
  return chain(slope, (t) => tf.mul(t, dy));
});

function normalDistribution(x: tfjs.Tensor): tfjs.Tensor {
  return chain(
    tf.mul(x, Math.SQRT1_2),
    (t) => tf.erf(t),
    (t) => tf.add(t, 1),
    (t) => tf.mul(t, 0.5),
  );
}

/** `½·x·(1 + tanh(√(2/π)(x + 0.044715·x³)))`, GPT-2's form, computed as the equal `x·sigmoid(2u)`. */
export const geluTanhOf = formula('GeluTanh', (x: tfjs.Tensor) => chain(tanhGate(x), (s) => tf.mul(s, x)));

/** Of `x` and `dy`. */
export const geluTanhGradient = formula('GeluTanhGradient', (x: tfjs.Tensor, dy: tfjs.Tensor) =>
  chain(geluTanhSlope(x), (t) => tf.mul(t, dy)),
);

/** `geluTanh(gate)·up` of `gate` and `up`. */
export const geluTanhGatedOf = formula('GeluTanhGated', (gate: tfjs.Tensor, up: tfjs.Tensor) =>
  chain(
    tanhGate(gate),
    (s) => tf.mul(s, gate),
    (t) => tf.mul(t, up),
  ),
);

/** The gradient of the gate, of `gate`, `up` and `dy`. */
export const geluTanhGatedGradient = formula(
  'GeluTanhGatedGradient',
  (gate: tfjs.Tensor, up: tfjs.Tensor, dy: tfjs.Tensor) =>
    chain(
      geluTanhSlope(gate),
      (t) => tf.mul(t, up),
      (t) => tf.mul(t, dy),
    ),
);

/** `s + s·(1 − s)·x·(linear + 3·cubic·x²)`, holding four tensors of x's size at most. */
function geluTanhSlope(x: tfjs.Tensor): tfjs.Tensor {
  const s = tanhGate(x);
  const slope = chain(
    tf.square(x),
    (t) => tf.mul(t, 3 * GELU_CUBIC),
    (t) => tf.add(t, GELU_LINEAR),
    (t) => tf.mul(t, x),
  );
  const opposite = tf.sub(1, s);
  const bend = tf.mul(slope, opposite);
  tf.dispose([slope, opposite]);
  const whole = chain(
    bend,
    (t) => tf.add(t, 1),
    (t) => tf.mul(t, s),
  );
  s.dispose();
  return whole;
}

const GELU_LINEAR = 2 * Math.sqrt(2 / Math.PI);
const GELU_CUBIC = GELU_LINEAR * 0.044715;

/** `sigmoid(2u)`, holding two tensors of x's size at most. */
function tanhGate(x: tfjs.Tensor): tfjs.Tensor {
  return chain(
    tf.square(x),
    (t) => tf.mul(t, GELU_CUBIC),
    (t) => tf.add(t, GELU_LINEAR),
    (t) => tf.mul(t, x),
    (t) => tf.sigmoid(t),
  );
}

/**
 * The gradients of gate and up of a gated activation at once.
 *
 * @returns undefined where the open engine has no kernel for it
 */
export const gatedGradients = (
  name: 'GeluTanhGatedGradients' | 'SiluGatedGradients',
  operands: [gate: tfjs.Tensor, up: tfjs.Tensor, dy: tfjs.Tensor],
): [dGate: tfjs.Tensor, dUp: tfjs.Tensor] | undefined => kernelResult(name, operands);

/** `silu(gate)·up` with `silu(t) = t·sigmoid(t)`, of `gate` and `up`. */
export const siluGatedOf = formula('SiluGated', (gate: tfjs.Tensor, up: tfjs.Tensor) =>
  chain(
    tf.sigmoid(gate),
    (s) => tf.mul(s, gate),
    (t) => tf.mul(t, up),
  ),
);

/** The gradient of the gate, of `gate`, `up` and `dy`: `d silu(t)/dt = s·(1 + t·(1 − s))`. */
export const siluGatedGradient = formula('SiluGatedGradient', (gate: tfjs.Tensor, up: tfjs.Tensor, dy: tfjs.Tensor) => {
  const s = tf.sigmoid(gate);
  const slope = chain(
    tf.sub(1, s),
    (t) => tf.mul(t, gate),
    (t) => tf.add(t, 1),
    (t) => tf.mul(t, s),
  );
  s.dispose();
  return chain(
    slope,
    (t) => tf.mul(t, up),
    (t) => tf.mul(t, dy),
  );
});

/** `(x − mean)·scale·gain + bias` of `x [rows, width]`, with mean and scale of each row, `[rows, 1]`: `scale = 1 / √(variance + ε)`. */
export const layerNormOf = normFormula(
  'LayerNorm',
  (
    epsilon,
    x: tfjs.Tensor,
    gain: tfjs.Tensor,
    bias: tfjs.Tensor,
  ): [y: tfjs.Tensor, mean: tfjs.Tensor, scale: tfjs.Tensor] => {
    const mean = tf.mean(x, 1, true);
    const centred = tf.sub(x, mean);
    const variance = tf.tidy(() => tf.mean(tf.square(centred), 1, true));
    const scale = reciprocalRoot(variance, epsilon);
    const y = chain(
      centred,
      (t) => tf.mul(t, scale),
      (t) => tf.mul(t, gain),
      (t) => tf.add(t, bias),
    );
    return [y, mean, scale];
  },
);

/** The gradient of x from that of y. */
export const layerNormGradient = formula(
  'LayerNormGradient',
  (dy: tfjs.Tensor, x: tfjs.Tensor, mean: tfjs.Tensor, scale: tfjs.Tensor, gain: tfjs.Tensor) => {
    const unit = unitOf(x, mean, scale);
    const g = tf.mul(dy, gain);
    const along = tf.tidy(() => tf.mean(tf.mul(g, unit), 1, true));
    const projected = chain(unit, (t) => tf.mul(t, along));
    const centred = chain(g, (t) => tf.sub(t, tf.mean(t, 1, true)));
    const difference = tf.sub(centred, projected);
    tf.dispose([centred, projected]);
    return chain(difference, (t) => tf.mul(t, scale));
  },
);

/** `(x − mean)·scale` */
export const unitOf = (x: tfjs.Tensor, mean: tfjs.Tensor, scale: tfjs.Tensor): tfjs.Tensor =>
  chain(tf.sub(x, mean), (t) => tf.mul(t, scale));

/** `x·scale·gain` of `x [rows, width]`, with the scale of each row, `[rows, 1]`: `1 / √(mean(x²) + ε)`. */
export const rmsNormOf = normFormula(
  'RmsNorm',
  (epsilon, x: tfjs.Tensor, gain: tfjs.Tensor): [y: tfjs.Tensor, scale: tfjs.Tensor] => {
    const scale = reciprocalRoot(
      tf.tidy(() => tf.mean(tf.square(x), 1, true)),
      epsilon,
    );
    return [chain(tf.mul(x, scale), (t) => tf.mul(t, gain)), scale];
  },
);

/** The gradient of x from that of y. */
export const rmsNormGradient = formula(
  'RmsNormGradient',
  (dy: tfjs.Tensor, x: tfjs.Tensor, scale: tfjs.Tensor, gain: tfjs.Tensor) => {
    const unit = tf.mul(x, scale);
    const g = tf.mul(dy, gain);
    const along = tf.tidy(() => tf.mean(tf.mul(g, unit), 1, true));
    const projected = chain(unit, (t) => tf.mul(t, along));
    const difference = tf.sub(g, projected);
    tf.dispose([g, projected]);
    return chain(difference, (t) => tf.mul(t, scale));
  },
);

function reciprocalRoot(x: tfjs.Tensor, epsilon: Epsilon): tfjs.Tensor {
  return chain(
    x,
    (t) => tf.add(t, epsilon),
    (t) => tf.rsqrt(t),
  );
}

/**
 * Unit `i` and unit `i + d/2` of every head of width d of `x [rows, heads · d]`, turned by the angle of the row's position. Rows of all
 * positions follow one another.
 *
 * @param cosines `[positions, d / 2]`, as `sines`
 */
export const turnedHeads = formula(
  'Rotary',
  (x: tfjs.Tensor2D, cosines: tfjs.Tensor2D, sines: tfjs.Tensor2D): tfjs.Tensor2D => {
    const [positions, half] = cosines.shape;
    const [left, right] = tf.split(tf.reshape(x, [-1, positions, x.shape[1] / (2 * half), 2 * half]), 2, 3) as [
      tfjs.Tensor,
      tfjs.Tensor,
    ];
    const [cos, sin] = [cosines, sines].map((table) => tf.reshape(table, [positions, 1, half])) as [
      tfjs.Tensor,
      tfjs.Tensor,
    ];
    const turned = [
      tf.tidy(() => tf.sub(tf.mul(left, cos), tf.mul(right, sin))),
      tf.tidy(() => tf.add(tf.mul(right, cos), tf.mul(left, sin))),
    ];
    tf.dispose([left, right]);
    return tf.reshape(tf.concat(turned, 3), x.shape);
  },
);
