/** @file Chooses the parameters of the base model that are trained besides adapters. */
import type { BaseParameter } from '../method.js';

/** Everything but the kernels of targeted layers: what pre-training in low rank leaves dense. */
export const besidesTargetedKernels = ({ kind, targeted }: BaseParameter): boolean => kind !== 'kernel' || !targeted;
