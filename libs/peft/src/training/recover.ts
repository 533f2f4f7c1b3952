/** @file Puts an adapter that was trained on a pruned base onto the whole one. */
import type { HostTensor, Method } from '../method.js';
import type { ModelConfig } from '../models/config.js';
import { type KeptSides, putBack } from '../models/pruning.js';
import { adapterPlan, encodeAdapter, readAdapter } from './adapter.js';
import { planTrial } from './plan.js';

/**
 * The adapter file for the whole base: what belongs to pruned inputs and outputs is 0, so that the update is 0 outside
 * the kept rows and columns and inside them what was trained. arXiv 2502.13533, equation 8.
 *
 * @param adapter file of a training on the pruned base
 * @throws Error naming a tensor whose axes the method does not state
 */
export function recoverAdapter(
  adapter: Uint8Array,
  { method, model, kept }: { method: Method; model: ModelConfig; kept: ReadonlyMap<string, KeptSides> },
): Uint8Array {
  const { info, tensors } = readAdapter(adapter);
  const plan = planTrial({ ...adapterPlan(info), model, method });
  const whole = new Map<string, HostTensor>(tensors);
  for (const { path, name, layer, shape } of plan.adapters) {
    const sides = layer === undefined ? undefined : kept.get(layer);
    if (sides === undefined) continue;
    const axes = method.pruning?.axes[name];
    if (axes === undefined) throw new Error(`${method.name} does not say what the axes of ${name} run over`);
    const indices = axes.map((axis) => (axis === 'own' ? undefined : sides[axis]));
    whole.set(path, putBack(tensors.get(path)!, shape, indices));
  }
  return encodeAdapter(whole, info);
}
