/** @file The form as it was left: kept in this window, so that another page, an outage or a reload does not lose it. */
import { newMethod, type SweepValues } from './form-values.js';

const keyOf = (draft: string) => `rankforge.new-sweep.${draft}`;

/** What was left of the form that starts from `start`; undefined when there is nothing, or a form of another version. */
export function readDraft(draft: string, start: SweepValues): SweepValues | undefined {
  const text = sessionStorage.getItem(keyOf(draft));
  if (text === null) return undefined;
  try {
    const values = JSON.parse(text) as SweepValues;
    if (shapeOf(values) !== shapeOf(start) || shapeOf(values.training) !== shapeOf(start.training)) return undefined;
    // Keys of the list are counted anew after a reload.
    return { ...values, methods: values.methods.map((method) => ({ ...method, key: newMethod(method.name).key })) };
  } catch {
    return undefined;
  }
}

/** Keeps the form, unless it is as it started. */
export function keepDraft(draft: string, values: SweepValues, start: SweepValues): void {
  try {
    if (contentOf(values) === contentOf(start)) dropDraft(draft);
    else sessionStorage.setItem(keyOf(draft), JSON.stringify(values));
  } catch {
    // A full or forbidden storage costs the draft, and nothing else.
  }
}

export function dropDraft(draft: string): void {
  sessionStorage.removeItem(keyOf(draft));
}

const shapeOf = (value: object) => Object.keys(value).sort().join();

/** Budgets follow the prediction until they are typed: by themselves they make no draft. */
function contentOf({ memoryBudgetMiB: _, methods, ...values }: SweepValues): string {
  return JSON.stringify({ ...values, methods: methods.map(({ key: __, ...method }) => method) });
}
