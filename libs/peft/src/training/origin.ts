/** @file The weights that a training begins with: those of its base, or weights that a seed draws in their place. */
import { type LoadedBase, randomBase } from '../models/base.js';
import type { Initial } from './plan-options.js';

/** The start of a training, as its adapter has it. */
export interface Origin {
  initial?: Initial | undefined;
  seed: number;
}

/** The base that a seed drew in the place of the base's own weights, which is the caller's to dispose of; undefined where none was drawn. */
export const drawnBaseOf = (base: LoadedBase, { initial, seed }: Origin): LoadedBase | undefined =>
  initial === 'random' ? randomBase(base, seed) : undefined;

/** The start as identities and adapters have it: those of trainings from the base do without. */
export const saidInitial = (initial: Initial | undefined): { initial?: 'random' } =>
  initial === 'random' ? { initial } : {};
