/** @file The answers of a trained head: numbers in a unit, classes with names, or scores. */
import type { TaskData } from '../data/task-data.js';
import type { HostTensor } from '../method.js';
import type { DataFacts } from '../objectives/data.js';
import type { AdapterInfo } from './adapter.js';

export type Unit = NonNullable<DataFacts['unit']>;

/** Facts of data, or of an adapter, that say what a head answers. */
export type Answers = Pick<DataFacts, 'unit' | 'labels'>;

/** The unit of a head that answers with the numbers themselves. */
export const ownUnit: Unit = { mean: 0, deviation: 1 };

/** Facts of the data that say what a head answers, as an adapter with one keeps them. */
export function headAnswers({ objective, unit, labels }: TaskData): Pick<AdapterInfo, 'objective' | 'unit' | 'labels'> {
  return { objective, ...(unit && { unit }), ...(labels && { labels: [...labels] }) };
}

/**
 * Tensors with a head that gives the answers of `to` where it gave those of `from`: numbers in their unit, `W·(d/d′)` and
 * `b·(d/d′) + (m − m′)/d′`, and classes in their order. They stay as they are where both are alike or one is not known, where the two
 * do not name the same classes, or where there is no head.
 *
 * @param tensors of an adapter, by path
 * @example
 * headAnswering(tensors, { unit: { mean: 100, deviation: 5 } }, { unit: ownUnit }); // answered 0.4, answers 102
 * headAnswering(tensors, { labels: ['ham', 'spam'] }, { labels: ['spam', 'ham'] }); // its outputs change places
 */
export function headAnswering(
  tensors: ReadonlyMap<string, HostTensor>,
  from: Answers,
  to: Answers,
): Map<string, HostTensor> {
  const given = new Map(tensors);
  const [kernel, bias] = [given.get('head.kernel'), given.get('head.bias')];
  if (!kernel || !bias) return given;
  const places = placesIn(from.labels, to.labels);
  const { scale, shift } = between(from.unit, to.unit);
  if (places === undefined && scale === 1 && shift === 0) return given;
  const answering = ({ shape, values }: HostTensor, added: number): HostTensor => {
    const outputs = bias.values.length;
    const next = Float32Array.from(values, (_, at) => {
      const output = at % outputs;
      return values[at - output + (places?.[output] ?? output)]! * scale + added;
    });
    return { shape, values: next };
  };
  given.set('head.kernel', answering(kernel, 0));
  given.set('head.bias', answering(bias, shift));
  return given;
}

/** For each class of `to` its place in `from`; undefined where they do not name the same classes, or name them in the same order. */
function placesIn(from: Answers['labels'], to: Answers['labels']): number[] | undefined {
  if (!from || !to || from.length !== to.length) return undefined;
  const places = to.map((name) => from.indexOf(name));
  const isMoved = places.some((place, at) => place !== at);
  return isMoved && !places.includes(-1) ? places : undefined;
}

function between(from: Unit | undefined, to: Unit | undefined): { scale: number; shift: number } {
  if (!from || !to) return { scale: 1, shift: 0 };
  return { scale: from.deviation / to.deviation, shift: (from.mean - to.mean) / to.deviation };
}
