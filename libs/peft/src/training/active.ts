/** @file The part of a trial that a step trains. */
import type { ParameterMap } from '../method.js';
import type { StepInput } from './step-input.js';

/** Trained tensors by path: all, or those that the optimizer says are active. */
export function activeTensors({ trial, optimizer, step, random }: StepInput): ParameterMap {
  const all = trial.trained();
  const active = optimizer.active?.(trial.info, step, random);
  return active ? new Map(active.map(({ path }) => [path, all.get(path)!])) : all;
}
