import type { Tensor } from '@tensorflow/tfjs-core';
import type { Engine } from '../../src/engine/engine.js';
import type { GradientPart, OptimizerState, ParameterInfo } from '../../src/method.js';
import { findMethod } from '../../src/registry.js';
import { tf } from '../../src/tensor/tf.js';
import { flatten } from './close.js';
import { drawnByLabel } from './draws.js';
import { products } from './one-layer.js';
import type { OptimizerCase } from './vectors.js';

/** Sides of LoRA's factors by name: vectors name parameters as they are in a trial of LoRA. */
const factors = findMethod('lora').weight!.tensors({ in: 2, out: 2, bias: false }, { rank: 1, alpha: 1 });

/** An optimizer on the parameters of a case, fed its gradients. */
export class OptimizerRun {
  readonly parameters = new Map<string, Tensor>();
  readonly info: ParameterInfo[];
  state: OptimizerState;
  done = 0;

  constructor(
    readonly part: GradientPart,
    readonly testCase: OptimizerCase,
  ) {
    this.info = Object.entries(testCase.parameters).map(([path, { role, decays, shape, values }]) => {
      this.parameters.set(path, tf.tensor(flatten(values), shape));
      const side = factors[role]?.side;
      return { path, role, decays, shape, ...(side && { side }) };
    });
    this.state = part.init(this.info, drawnByLabel(testCase.draws ?? {}));
  }

  gradients(): Map<string, Tensor> {
    const { gradients } = this.testCase.steps[this.done]!;
    return new Map(this.info.map(({ path, shape }) => [path, tf.tensor(flatten(gradients[path]!), shape)]));
  }

  /** Paths of what the next step trains. */
  active(): ReadonlySet<string> {
    const { part, info, testCase } = this;
    const trained = part.active?.(info, this.done + 1, drawnByLabel(testCase.draws ?? {})) ?? info;
    return new Set(trained.map(({ path }) => path));
  }

  input(gradients: Map<string, Tensor>) {
    const { parameters, info, state, testCase } = this;
    const random = drawnByLabel(testCase.draws ?? {});
    return { gradients, parameters, info, state, learningRate: testCase.learningRate, random, products };
  }

  /** Returns the bytes the update held at its peak, beyond what was there before. */
  async step(engine?: Engine): Promise<number> {
    const gradients = this.gradients();
    const before = engine?.liveBytes() ?? 0;
    engine?.resetPeak();
    const { updates, state } = await this.part.update({ ...this.input(gradients), step: this.done + 1 });
    const peak = (engine?.peakBytes() ?? 0) - before;
    this.state = state;
    for (const [path, update] of updates) {
      const parameter = this.parameters.get(path)!;
      this.parameters.set(path, tf.add(parameter, update));
      tf.dispose([parameter, update]);
    }
    tf.dispose([...gradients.values()]);
    this.done += 1;
    return peak;
  }

  values(path: string): Float32Array {
    return this.parameters.get(path)!.dataSync() as Float32Array;
  }

  stored() {
    const copy = (tensor: Tensor) => ({ shape: tensor.shape, type: tensor.dtype, values: tensor.dataSync().slice() });
    return {
      done: this.done,
      parameters: new Map([...this.parameters].map(([path, tensor]) => [path, copy(tensor)])),
      state: new Map(Object.entries(this.state).map(([name, tensor]) => [name, copy(tensor)])),
    };
  }

  restore({ done, parameters, state }: ReturnType<OptimizerRun['stored']>): void {
    this.dispose();
    this.done = done;
    for (const [path, { shape, values }] of parameters) this.parameters.set(path, tf.tensor(values, shape));
    this.state = Object.fromEntries(
      [...state].map(([name, { shape, type, values }]) => [name, tf.tensor(values, shape, type)]),
    );
  }

  dispose(): void {
    tf.dispose([...this.parameters.values(), ...Object.values(this.state)]);
  }
}
