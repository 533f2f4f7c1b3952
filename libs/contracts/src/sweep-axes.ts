/**
 * @file Axes that have a field of their own on the request of a sweep, one entry each, in the order in which people are asked for
 * them. Whoever varies, extends or names one reads its record by its name.
 */
import { z } from 'zod';
import { whole } from './bounds.js';

interface AxisRecord {
  /** One value of it. */
  value: z.ZodNumber;
  /** Several of its values, within a sentence. */
  label: string;
  /** A method of the request may have values of its own, which stand in the place of the sweep's. */
  ofMethods: boolean;
  /** A board says where one value of it was tried alone: what it leads to differs too much between methods to be left untuned. */
  toBeTuned: boolean;
}

export const sweepAxes = {
  seed: { value: whole(0), label: 'seeds', ofMethods: false, toBeTuned: false },
  rank: { value: whole(1, 65_536), label: 'ranks', ofMethods: true, toBeTuned: false },
  learningRate: { value: z.number().positive().max(100), label: 'learning rates', ofMethods: true, toBeTuned: true },
  memoryBudgetMiB: {
    value: z
      .number()
      .positive()
      .max(2 ** 20),
    label: 'memory budgets (MiB)',
    ofMethods: false,
    toBeTuned: false,
  },
} satisfies Record<string, AxisRecord>;

export type SweepAxis = keyof typeof sweepAxes;
export const sweepAxisNames = Object.keys(sweepAxes) as SweepAxis[];

/** Whether a board says of an axis, by any name, that one value was tried alone. */
export const isToBeTuned = (axis: string): boolean =>
  Object.hasOwn(sweepAxes, axis) && sweepAxes[axis as SweepAxis].toBeTuned;
