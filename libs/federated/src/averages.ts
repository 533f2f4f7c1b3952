/** @file Whether the mean of trained tensors is the mean of the models. */
import type { Subject } from './strategy.js';

/**
 * The kernels that averaged tensors make are the averages of the kernels: what is trained in a layer enters it linearly, or parameters
 * of the base are trained themselves.
 */
export const averagesExactly = ({ method, plan }: Subject): boolean =>
  method.sequence === undefined &&
  plan.layers.every(({ config }) => method.weight === undefined || (method.weight.linear?.(config) ?? false));
