/** @file The answers of a trained head: numbers in a unit, classes with names, or scores. */
import type { TaskData } from '../data/task-data.js';
import type { HostTensor } from '../method.js';
import type { DataFacts } from '../objectives/data.js';
import type { AdapterInfo } from './adapter.js';

export type Unit = NonNullable<DataFacts['unit']>;

/** The unit of a head that answers with the numbers themselves. */
export const ownUnit: Unit = { mean: 0, deviation: 1 };

/** Facts of the data that say what a head answers, as an adapter with one keeps them. */
export function headAnswers({ objective, unit, labels }: TaskData): Pick<AdapterInfo, 'objective' | 'unit' | 'labels'> {
  return { objective, ...(unit && { unit }), ...(labels && { labels: [...labels] }) };
}

/**
 * Tensors with a head that answers in the unit `to` what it answered in `from`: `W·(d/d′)` and `b·(d/d′) + (m − m′)/d′`. They stay as
 * they are where the units are equal, where one is not known, or where there is no head.
 *
 * @param tensors of an adapter, by path
 * @example
 * headInUnit(tensors, { mean: 100, deviation: 5 }, ownUnit); // answered 0.4, answers 102
 */
export function headInUnit(
  tensors: ReadonlyMap<string, HostTensor>,
  from: Unit | undefined,
  to: Unit | undefined,
): Map<string, HostTensor> {
  const given = new Map(tensors);
  const [kernel, bias] = [given.get('head.kernel'), given.get('head.bias')];
  if (!from || !to || !kernel || !bias) return given;
  if (from.mean === to.mean && from.deviation === to.deviation) return given;
  const scale = from.deviation / to.deviation;
  const shift = (from.mean - to.mean) / to.deviation;
  given.set('head.kernel', { shape: kernel.shape, values: kernel.values.map((value) => value * scale) });
  given.set('head.bias', { shape: bias.shape, values: bias.values.map((value) => value * scale + shift) });
  return given;
}
