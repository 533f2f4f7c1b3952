import type { FactorSide } from './layer.js';

/** The facts of a parameter that an optimizer may know without its values. */
export interface ParameterInfo {
  path: string;
  shape: number[];
  /** Adapter tensors carry the name they have in `tensors()`; base parameters carry their kind. */
  role: string;
  /** The side of a factor of a low-rank update: see `TensorSpec`. */
  side?: FactorSide;
  /** True where weight decay applies: rank-2 tensors. */
  decays: boolean;
}
