/** @file The form as it was left: kept in this window, so that another page, an outage or a reload does not lose it. */
import { type MethodValues, newMethod, type SweepValues } from './form-values.js';

const keyOf = (draft: string) => `rankforge.new-sweep.${draft}`;

/** What was left of the form that starts from `start`; undefined when there is nothing, or a form of another version. */
export function readDraft(draft: string, start: SweepValues): SweepValues | undefined {
  const text = sessionStorage.getItem(keyOf(draft));
  if (text === null) return undefined;
  try {
    const values = JSON.parse(text) as SweepValues;
    if (!areAlike({ ...values }, { ...start })) return undefined;
    return { ...values, ...countedAnew(values) };
  } catch {
    return undefined;
  }
}

/** Cards with keys of this page: they are counted from 1 again after a reload. Their order stays. */
function countedAnew({ methods, setAside }: SweepValues): Pick<SweepValues, 'methods' | 'setAside'> {
  const inOrder = [...methods, ...setAside].toSorted((a, b) => a.key - b.key);
  const keys = new Map(inOrder.map(({ key, name }) => [key, newMethod(name).key]));
  const renewed = (cards: MethodValues[]) => cards.map((card) => ({ ...card, key: keys.get(card.key)! }));
  return { methods: renewed(methods), setAside: renewed(setAside) };
}

/** Keeps the form, unless it is as it started. Budgets that follow the prediction are no change of a person: `start` has them too. */
export function keepDraft(draft: string, values: SweepValues, start: SweepValues): void {
  try {
    if (contentOf(values) === contentOf(start)) dropDraft(draft);
    else sessionStorage.setItem(keyOf(draft), JSON.stringify(values, withoutNaN));
  } catch {
    // A full or forbidden storage costs the draft, and nothing else.
  }
}

export function dropDraft(draft: string): void {
  sessionStorage.removeItem(keyOf(draft));
}

type Fields = Readonly<Record<string, unknown>>;

/** Whether both have the same fields, and groups of fields the same within them. Entries of lists are of the draft alone. */
function areAlike(values: Fields, start: Fields): boolean {
  const isGroup = (value: unknown): value is Fields =>
    typeof value === 'object' && value !== null && !Array.isArray(value);
  const names = Object.keys(values);
  return (
    names.sort().join() === Object.keys(start).sort().join() &&
    names.every((name) => {
      const [own, other] = [values[name], start[name]];
      return !isGroup(own) || !isGroup(other) || areAlike(own, other);
    })
  );
}

/** A text that is no number is typed again: JSON would make null of it, which means something in some fields. */
const withoutNaN = (_: string, value: unknown) => (Number.isNaN(value) ? '' : value);

/** The part of a form that can be sent, in one text. */
function contentOf({ methods, setAside: _, ...values }: SweepValues): string {
  return JSON.stringify({ ...values, methods: methods.map(({ key: _key, ...method }) => method) });
}
