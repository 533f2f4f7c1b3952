/**
 * @file LoRA-FA: the factor A of a low-rank update stays as it was drawn, and the gradient of B is corrected so that the
 * update of the kernel comes as near as it can to the full gradient. Source: arXiv 2308.03303, and the optimizer of Python
 * peft. That one rounds the correction to bfloat16 where the device can, and decays after a step, not before it.
 */
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { inverse, Matrix } from 'ml-matrix';
import { z } from 'zod';
import { defineOptimizer, type GradientPart, type OptimizerState, type ParameterInfo } from '../method.js';
import { scaleByAdam } from '../parts/gradient/adam.js';
import { decayWeights, descend } from '../parts/gradient/scale.js';
import { adamFields, decayField } from '../parts/gradient/settings.js';
import { chain, everyParameter, sizeOf } from '../parts/gradient/transform.js';
import { tf } from '../tensor/tf.js';

/** Added to the diagonal of AᵀA before it is inverted. */
const ridge = 1e-8;

/** Finds them by name, not by side: the correction is that of `s·A·B`, which other factors of low-rank updates need not be. */
const isFrozen = ({ role }: ParameterInfo) => role === 'lora_A';
const isCorrected = ({ role }: ParameterInfo) => role === 'lora_B';
const trained = (parameters: readonly ParameterInfo[]) => parameters.filter((info) => !isFrozen(info));
/** Path of the factor A beside a B. */
const otherFactor = ({ path }: ParameterInfo) => path.replace(/lora_B$/, 'lora_A');

/** `(AᵀA)⁻¹ [r, r]` of `A [in, r]`, found on the host. */
async function inverseGram(a: Tensor2D): Promise<Tensor2D> {
  const rank = a.shape[1];
  const gram = tf.matMul(a, a, true, false);
  const values = await gram.data();
  gram.dispose();
  const host = Matrix.add(Matrix.from1DArray(rank, rank, values), Matrix.eye(rank, rank).mul(ridge));
  return tf.tensor2d(Float32Array.from(inverse(host).to1DArray()), [rank, rank]);
}

/** `∂B ← (AᵀA)⁻¹·∂B / s²`, with `inner` for every step that is then made. */
function frozenA(inner: GradientPart, scaling: number): GradientPart {
  return {
    // The update of a B follows from its A.
    scope: 'tree',
    trains: trained,
    active: trained,
    activeSets: (parameters) => [trained(parameters)],
    unfit(parameters) {
      const pair = parameters.filter(isCorrected).flatMap((info) => {
        return parameters.filter(({ path, role }) => role === 'lora_A' && path === otherFactor(info));
      });
      const [first] = parameters;
      if (pair.length === 0) {
        return `it keeps the factor lora_A of low-rank updates and corrects the gradient of lora_B, and no such pair is trained (${first?.path} [${first?.shape}] is a ${first?.role}): choose a method that trains both, such as LoRA, or another optimizer`;
      }
      const wide = pair.find(({ shape }) => shape[1]! > shape[0]!);
      return (
        wide &&
        `rank: ${wide.shape[1]} is more than the ${wide.shape[0]} inputs of ${wide.path}: its AᵀA has no inverse`
      );
    },
    init: (parameters, random) => inner.init(trained(parameters), random),
    async update(input) {
      const { gradients, parameters, info: infos, products } = input;
      const updates = new Map<string, Tensor>();
      let state: OptimizerState = input.state;
      for (const info of trained(infos)) {
        const gradient = gradients.get(info.path)!;
        const a = isCorrected(info) ? parameters.get(otherFactor(info)) : undefined;
        let corrected = gradient;
        if (a) {
          const inverted = await inverseGram(a as Tensor2D);
          corrected = tf.tidy(() => tf.mul(products.matMul(inverted, gradient as Tensor2D), 1 / scaling ** 2));
          inverted.dispose();
        }
        const result = await inner.update({
          ...input,
          gradients: new Map([[info.path, corrected]]),
          info: [info],
          state,
        });
        if (corrected !== gradient) corrected.dispose();
        state = result.state;
        updates.set(info.path, result.updates.get(info.path)!);
      }
      return { updates, state };
    },
    memory(parameters, on) {
      const { bytesPerFloat } = on;
      let updates = 0;
      let workspace = 0;
      for (const info of trained(parameters)) {
        const { shape } = info;
        const size = sizeOf(shape);
        // The corrected gradient stays while a step is made of it.
        const kept = isCorrected(info) ? size : 0;
        // Before it, its product with the inverse, which the factor 1/s² then replaces.
        const making = isCorrected(info) ? shape[0]! ** 2 + 2 * size : 0;
        const own = inner.memory([info], on).workspace;
        workspace = Math.max(workspace, bytesPerFloat * (updates + making), bytesPerFloat * (updates + kept) + own);
        updates += size;
      }
      return { state: inner.memory(trained(parameters), on).state, workspace };
    },
  };
}

export const loraFa = defineOptimizer({
  name: 'lora-fa',
  title: 'LoRA-FA',
  paper: {
    title: 'LoRA-FA: Memory-efficient Low-rank Adaptation for Large Language Models Fine-tuning',
    arxiv: '2308.03303',
    year: 2023,
  },
  evidence: {
    level: 'partial',
    reason: "The correction of B's gradient follows Python peft; the paper's results were not checked",
  },
  config: z.strictObject({
    scaling: z
      .number()
      .positive()
      .default(1)
      .describe(
        'The gradient of B is divided by its square: alpha / rank of the method, as in Python peft. Adam divides a factor of all gradients out again, but for epsilon',
      ),
    ...adamFields,
    ...decayField,
  }),
  usesRank: false,
  stateFormula: '2·size',
  ignoresScale: true,
  build({ scaling, weightDecay, ...adam }) {
    return frozenA(everyParameter(chain(scaleByAdam(adam), decayWeights(weightDecay), descend())), scaling);
  },
});
