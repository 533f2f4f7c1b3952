/** @file Method cards of the form when its kind of sweep changes. */
import type { MethodList, SweepKind } from '@rankforge/contracts';
import { type MethodValues, newMethod, type SweepValues } from './form-values.js';

type Known = Pick<MethodList['methods'][number], 'name' | 'kinds'>;

export interface KindChange {
  cards: Pick<SweepValues, 'methods' | 'setAside'>;
  /** The card that was put where no card of the form is of the kind. */
  standIn: MethodValues | undefined;
}

/**
 * Cards of other kinds are set aside, as they are, and come back with their kind. A stand-in that nobody has touched or put
 * another card beside goes for good.
 *
 * @example cardsFor('pretrain', { methods: [lora, full], setAside: [] }, known).cards // { methods: [full], setAside: [lora] }
 */
export function cardsFor(
  kind: SweepKind,
  { methods, setAside }: KindChange['cards'],
  known: readonly Known[],
  standIn?: MethodValues,
): KindChange {
  const kinds = new Map(known.map(({ name, kinds: its }) => [name, its]));
  const isStoodIn = methods.length === 1 && JSON.stringify(methods[0]) === JSON.stringify(standIn);
  const all = [...(isStoodIn ? [] : methods), ...setAside].toSorted((a, b) => a.key - b.key);
  const isOfKind = ({ name }: MethodValues) => kinds.get(name)?.includes(kind) ?? true;
  const cards = { methods: all.filter(isOfKind), setAside: all.filter((card) => !isOfKind(card)) };
  const first = known.find((method) => method.kinds.includes(kind));
  if (cards.methods.length > 0 || !first) return { cards, standIn: undefined };
  const added = newMethod(first.name);
  return { cards: { ...cards, methods: [added] }, standIn: added };
}
