/** @file An adapter folded to plain LoRA: `ΔW = A·B` of every module, scale 1. */
import type * as tfjs from '@tensorflow/tfjs-core';
import type { HostTensor } from '../method.js';
import type { LinearLayer } from '../models/config.js';
import { tf } from '../tensor/tf.js';
import { layerContext } from '../training/layers.js';
import type { TrialModel } from '../training/trial.js';
import { transpose } from './form.js';
import type { Route, TargetedModule } from './route.js';

type Folded = Extract<Route, { kind: 'folded' }>;

/** `a [in, k]` and `b [k, out]` on the host. */
export interface HostFactors {
  a: HostTensor;
  b: HostTensor;
}

/**
 * Factors of every targeted layer, by path. They are made before this returns, so of the tensors that the trial holds now.
 */
export function factorsOf(trial: TrialModel, { lowRank }: Folded): Promise<Map<string, HostFactors>> {
  const made = trial.plan.layers.map(({ path, shape, config }) => ({
    path,
    ...tf.tidy(() => {
      const { a, b } = lowRank.factors(shape, layerContext({ path, config }, trial.layerTensors(path)));
      return { a: a.clone(), b: b.clone() };
    }),
  }));
  return readAll(made);
}

async function readAll(made: readonly { path: string; a: tfjs.Tensor; b: tfjs.Tensor }[]) {
  const host = new Map<string, HostFactors>();
  for (const { path, a, b } of made) host.set(path, { a: await read(a), b: await read(b) });
  return host;
}

/**
 * Factors on the original base. Where training began from a part of the base kernel, which the trial's frozen kernel
 * lacks, the update is the difference to that part: `a·b − a₀·b₀ = [a | a₀]·[b ; −b₀]`, or `a·(b − b₀)` where a is fixed.
 */
export function onOriginalBase({ lowRank }: Folded, { a, b }: HostFactors, first: HostFactors): HostFactors {
  if (lowRank.frozenA)
    return { a, b: { shape: b.shape, values: b.values.map((value, i) => value - first.b.values[i]!) } };
  const negative = { shape: b.shape, values: first.b.values.map((value) => -value) };
  return {
    a: transpose(stacked([transpose(a), transpose(first.a)])),
    b: stacked([b, negative]),
  };
}

/**
 * `lora_A [r, in]` and `lora_B [out, r]` of a module. Layers that are one module there stand side by side: the rows of
 * A one below the other, and B block-diagonal, so that each layer's columns see its own rows alone.
 */
export function loraOfModule(
  { layers, targeted }: TargetedModule,
  factors: ReadonlyMap<string, HostFactors>,
): { lora_A: HostTensor; lora_B: HostTensor } {
  const parts = targeted.map(({ path }) => factors.get(path)!);
  const rank = parts.reduce((sum, { b }) => sum + b.shape[0]!, 0);
  const outputs = layers.reduce((sum, { shape }) => sum + shape.out, 0);
  const values = new Float32Array(outputs * rank);
  let column = 0;
  for (const [index, { b }] of parts.entries()) {
    const first = firstOutput(layers, targeted[index]!);
    const { shape, values: rows } = transpose(b);
    const [out, k] = shape as [number, number];
    for (let row = 0; row < out; row++) {
      values.set(rows.subarray(row * k, (row + 1) * k), (first + row) * rank + column);
    }
    column += k;
  }
  return { lora_A: stacked(parts.map(({ a }) => transpose(a))), lora_B: { shape: [outputs, rank], values } };
}

function firstOutput(layers: readonly LinearLayer[], { path }: LinearLayer): number {
  const index = layers.findIndex((layer) => layer.path === path);
  return layers.slice(0, index).reduce((sum, { shape }) => sum + shape.out, 0);
}

/** Matrices of equal width, one below the other. */
function stacked(parts: readonly HostTensor[]): HostTensor {
  const rows = parts.reduce((sum, { shape }) => sum + shape[0]!, 0);
  const columns = parts[0]!.shape[1]!;
  const values = new Float32Array(rows * columns);
  let offset = 0;
  for (const part of parts) {
    values.set(part.values, offset);
    offset += part.values.length;
  }
  return { shape: [rows, columns], values };
}

async function read(tensor: tfjs.Tensor): Promise<HostTensor> {
  try {
    return { shape: tensor.shape, values: Float32Array.from(await tensor.data()) };
  } finally {
    tensor.dispose();
  }
}
