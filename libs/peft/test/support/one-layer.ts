import type { Scalar, Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { Matrix } from 'ml-matrix';
import { differentiate } from '../../src/engine/autograd.js';
import { linear, products } from '../../src/engine/ops.js';
import type {
  BaseLayer,
  HostTensor,
  LayerCalibration,
  LayerContext,
  Method,
  ParameterInfo,
  Streams,
} from '../../src/method.js';
import { createRandom } from '../../src/tensor/random.js';
import { tf } from '../../src/tensor/tf.js';
import { flatten, type Nested } from './close.js';
import type { MethodCase } from './vectors.js';

export { products };

/** A method on the layer of a case, on the active backend. Base parameters it trains are called `kernel` and `bias`. */
export class OneLayer {
  readonly #trained = new Map<string, Tensor>();
  readonly #frozen = new Map<string, Tensor>();
  readonly info: ParameterInfo[];
  readonly config: unknown;
  /** Set: forward passes are those of training. */
  streams: Streams | undefined;
  /** Set: gets what backward passes observe. */
  observe: LayerContext<never>['observe'];

  /** What dropout multiplies its argument by; absent in evaluation. */
  mask?: Nested;

  constructor(
    readonly method: Method,
    readonly testCase: MethodCase,
    /** Values of the method's tensors; the case's non-zero ones unless given. */
    tensors: Record<string, Nested> = testCase.tensors,
    kernel: Nested = testCase.frozenKernel,
  ) {
    const { layer, base } = testCase;
    this.config = method.config.parse(testCase.config);
    const put = (name: string, trained: boolean, values: Nested, shape: number[]) =>
      (trained ? this.#trained : this.#frozen).set(name, tf.tensor(flatten(values), shape));
    const trains = (kind: 'kernel' | 'bias', shape: number[]) =>
      method.trainsBase?.({ path: `layer.${kind}`, kind, shape, targeted: true }, this.config) ?? false;
    put('kernel', trains('kernel', [layer.in, layer.out]), kernel, [layer.in, layer.out]);
    put('bias', trains('bias', [layer.out]), base.bias, [layer.out]);
    for (const [name, { shape, trained }] of Object.entries(this.declared())) put(name, trained, tensors[name]!, shape);
    this.info = [...this.#trained].map(([path, { shape }]) => ({
      path,
      shape,
      role: path,
      decays: shape.length === 2,
    }));
  }

  declared() {
    return this.method.weight?.tensors(this.testCase.layer, this.config as never) ?? {};
  }

  get trained(): ReadonlyMap<string, Tensor> {
    return this.#trained;
  }

  get frozen(): ReadonlyMap<string, Tensor> {
    return this.#frozen;
  }

  replace(name: string, value: Tensor): void {
    const tensors = this.#trained.has(name) ? this.#trained : this.#frozen;
    tensors.get(name)!.dispose();
    tensors.set(name, value);
  }

  #tensor(name: string): Tensor {
    return this.#trained.get(name) ?? this.#frozen.get(name)!;
  }

  base(): BaseLayer {
    const bias = this.#tensor('bias') as Tensor1D;
    const kernel = () => {
      if (this.method.weight?.replacesKernel) throw new Error(`${this.method.name} reads the kernel that it replaces`);
      return this.#tensor('kernel') as Tensor2D;
    };
    return {
      shape: this.testCase.layer,
      get kernel() {
        return kernel();
      },
      bias,
      forward: (x) => linear(x, kernel(), bias),
    };
  }

  context(): LayerContext<never> {
    const tensors = Object.fromEntries(Object.keys(this.declared()).map((name) => [name, this.#tensor(name)]));
    const random = this.streams && { random: this.streams };
    const observe = this.observe && { observe: this.observe };
    const dropout = (x: Tensor2D) => (this.mask ? (tf.mul(x, tf.tensor(flatten(this.mask), x.shape)) as Tensor2D) : x);
    return { path: 'layer', config: this.config as never, products, tensors, dropout, ...random, ...observe };
  }

  forward(x: Tensor2D): Tensor2D {
    return this.method.weight?.forward(x, this.base(), this.context()) ?? this.base().forward(x);
  }

  /** Effective kernel and bias, as merging stores them. */
  merged(): { kernel: Tensor2D; bias: Tensor1D } {
    const { weight } = this.method;
    return {
      kernel: weight?.kernel(this.base(), this.context()) ?? this.base().kernel,
      bias: weight?.bias?.(this.base(), this.context()) ?? this.base().bias!,
    };
  }

  penalty(): Scalar | undefined {
    return this.method.penalty?.penalty([this.context().tensors], this.config as never, products);
  }

  /** Mean squared error plus penalty. */
  loss(x: Tensor2D, target: Tensor2D): Scalar {
    const error = tf.mean(tf.square(tf.sub(this.forward(x), target))) as Scalar;
    const penalty = this.penalty();
    return penalty ? tf.add(error, penalty) : error;
  }

  /** Gradients of `loss` by the names of trained tensors, and of the input. */
  gradients(): Record<string, Tensor> {
    const { inputs, targets } = this.testCase;
    const x = tf.tensor2d(inputs as number[][]);
    const target = tf.tensor2d(targets as number[][]);
    const { value, gradients } = differentiate(new Map([...this.#trained, ['inputs', x]]), () => this.loss(x, target));
    tf.dispose([x, target, value]);
    return Object.fromEntries(gradients);
  }

  dispose(): void {
    tf.dispose([...this.#trained.values(), ...this.#frozen.values()]);
  }
}

/** The first step of a case whose method does not ask about it. */
export const untrained = { learningRate: 0, steps: 1, warmupSteps: 0 };

/** What the trainer would have found out for the layer of a case. */
function calibrationOf({ layer, calibration }: MethodCase): LayerCalibration | undefined {
  if (calibration === undefined) return undefined;
  const { firstStep = untrained, gradient, inputs } = calibration;
  return {
    firstStep,
    ...(gradient && { gradient: Matrix.from1DArray(layer.in, layer.out, flatten(gradient)) }),
    ...(inputs && {
      inputs: {
        rows: inputs.rows,
        mean: Float64Array.from(flatten(inputs.mean)),
        absoluteMean: Float64Array.from(flatten(inputs.absoluteMean)),
        scatter: Matrix.from1DArray(layer.in, layer.in, flatten(inputs.scatter)),
      },
    }),
  };
}

/** First values of a method on the layer of a case. */
export function initialized(method: Method, testCase: MethodCase, seed: number) {
  const { layer, base, config } = testCase;
  const kernel = Matrix.from1DArray(layer.in, layer.out, flatten(base.kernel));
  const parsed = method.config.parse(config) as never;
  const random = createRandom(seed);
  const calibration = calibrationOf(testCase);
  const first = method.init?.layer({
    shape: layer,
    kernel,
    bias: Float32Array.from(flatten(base.bias)),
    config: parsed,
    random,
    layers: [layer],
    index: 0,
    ...(calibration && { calibration }),
  });
  const shared = method.init?.model?.({ layers: [layer], config: parsed, random });
  return {
    tensors: { ...first?.tensors, ...shared } as Record<string, HostTensor>,
    kernel: first?.kernel ? first.kernel.to1DArray() : flatten(base.kernel),
  };
}

/** First values as numbers, for `OneLayer`. */
export function valuesOf(tensors: Record<string, HostTensor>): Record<string, Nested> {
  return Object.fromEntries(Object.entries(tensors).map(([name, { values }]) => [name, values]));
}
