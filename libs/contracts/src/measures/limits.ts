/** @file Limits of a sweep: how much of a measure a training may take by prediction, beside its memory. */
import { z } from 'zod';
import { text } from '../bounds.js';
import { MIB } from '../memory.js';
import type { AnyMeasure, Planned, Prediction, Unit } from './measure.js';
import { findMeasure, measures } from './registry.js';

/** Measures that a sweep may limit. */
export const predictedMeasures = measures.filter(({ predict }) => predict !== undefined);

const names = predictedMeasures.map(({ name }) => name);

/** The most that a training may take, by measure. */
export const Limits = z
  .record(z.string(), z.number())
  .meta({ description: 'The most that the training may take, by measure and in its unit.' });
export type Limits = z.infer<typeof Limits>;

/** The limits that a sweep asks for: a list for each measure, as memory has. */
export const limitsOf = <T extends z.ZodType<number[]>>(values: T) =>
  z.record(text(64), values).superRefine((limits, context) => {
    for (const name of Object.keys(limits).filter((name) => !names.includes(name))) {
      const message = `"${name}" is not predicted; predicted are ${names.join(', ')}`;
      context.addIssue({ code: 'custom', path: [name], message });
    }
  });

/** A limit that a training is above. */
export interface Excess extends Prediction {
  how: 'predicted' | 'measured';
  measure: AnyMeasure;
  most: number;
}

/** Predictions of a training by measure; undefined where nobody says it. */
export const predictionsOf = (planned: Planned, of: Iterable<string>): Map<string, Prediction | undefined> =>
  new Map([...of].map((name) => [name, findMeasure(name)?.predict?.(planned)]));

/** The first limit that a prediction is above. One that nobody predicts is above none. */
export function excessOver(
  predictions: ReadonlyMap<string, Prediction | undefined>,
  limits: Limits,
): Excess | undefined {
  for (const [name, most] of Object.entries(limits)) {
    const prediction = predictions.get(name);
    if (prediction && prediction.amount > most) {
      return { how: 'predicted', measure: findMeasure(name)!, ...prediction, most };
    }
  }
  return undefined;
}

/**
 * Says why a training does not fit, as `exceedsBudget` does of memory.
 * @example exceedsLimit(excess) // 'predicted FLOPs of a step: 2,400,000, above the limit of 2,000,000; largest part: backward pass (1,600,000)'
 */
export function exceedsLimit({ how, measure, amount, parts, most }: Excess): string {
  const says = (value: number) => inUnit(value, measure.unit);
  const [largest] = Object.entries(parts).sort(([, a], [, b]) => b - a);
  const part = largest ? `; largest part: ${largest[0]} (${says(largest[1])})` : '';
  return `${how} ${measure.title}: ${says(amount)}, above the limit of ${says(most)}${part}`;
}

/**
 * Limits of a sweep from texts; a number that is none is NaN, for the schema to refuse.
 * @example parseLimits(['flops=1e9', 'flops=2e9']) // { flops: [1e9, 2e9] }
 */
export function parseLimits(texts: readonly string[]): Record<string, number[]> {
  const limits: Record<string, number[]> = {};
  for (const text of texts) {
    const [name = '', most = ''] = text.split('=');
    limits[name] = [...(limits[name] ?? []), most.trim() === '' ? Number.NaN : Number(most)];
  }
  return limits;
}

/** The texts that `parseLimits` reads so. */
export const limitTexts = (limits: Readonly<Record<string, readonly number[] | undefined>> = {}): string[] =>
  Object.entries(limits).flatMap(([name, values = []]) => values.map((most) => `${name}=${most}`));

/** @example limitsText({ flops: 2e9 }) // 'flops ≤ 2,000,000,000' */
export const limitsText = (limits: Limits): string =>
  Object.entries(limits)
    .map(([name, most]) => `${name} ≤ ${inUnit(most, findMeasure(name)?.unit ?? 'count')}`)
    .join(', ');

function inUnit(value: number, unit: Unit): string {
  if (unit === 'bytes') return `${(value / MIB).toFixed(1)} MiB`;
  const number = value.toLocaleString('en-US', { maximumFractionDigits: value < 100 ? 3 : 0 });
  return unit === 'milliseconds' ? `${number} ms` : unit === 'MiB' ? `${number} MiB` : number;
}
