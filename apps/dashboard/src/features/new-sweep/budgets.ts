/** @file Memory budgets that follow from the predicted bytes. */
import type { PreviewRow, SweepPreview } from '@rankforge/contracts';
import { useEffect, useRef } from 'react';
import { standInBudget } from './start-values.js';
import type { SweepForm } from './use-sweep-form.js';

export interface SuggestedBudget {
  mib: number;
  /** Configurations that fit. */
  fits: number;
  of: number;
}

const mebibyte = 2 ** 20;
/** What a run may need beyond the prediction, which was at most 0.7 % off. */
const margin = 1.02;

/**
 * The smallest round budget for all configurations, and, where they differ, those for half of them and for the smallest.
 * None where the training itself is fitted to the budget.
 */
export function suggestedBudgets(rows: readonly Pick<PreviewRow, 'predicted' | 'fitted'>[]): SuggestedBudget[] {
  if (rows.length === 0 || rows.some(({ fitted }) => fitted !== undefined && fitted.length > 0)) return [];
  const needed = rows.map(({ predicted }) => predicted.total).sort((a, b) => a - b);
  const budgets = [needed.length - 1, Math.ceil(needed.length / 2) - 1, 0].map((index) => roundUp(needed[index]!));
  return [...new Set(budgets)].map((mib) => ({
    mib,
    fits: needed.filter((bytes) => bytes <= mib * mebibyte).length,
    of: needed.length,
  }));
}

/** MiB with two digits, rounded up. @example roundUp(11.2 * 2 ** 20) // 12 */
function roundUp(bytes: number): number {
  const mib = (bytes * margin) / mebibyte;
  const unit = 10 ** (Math.floor(Math.log10(mib)) - 1);
  return Number((Math.ceil(mib / unit) * unit).toPrecision(3));
}

/**
 * Sets the budget that fits all, until the person chooses budgets. `follows` is false for a form that came with some.
 *
 * @returns whether the budgets are still the suggested ones
 */
export function useSuggestedBudget(form: SweepForm, preview: SweepPreview | undefined, follows: boolean): boolean {
  const set = useRef<readonly string[]>(standInBudget);
  const isUntouched = follows && form.values.memoryBudgetMiB.join() === set.current.join();
  const [all] = preview ? suggestedBudgets(preview.rows) : [];
  const mib = isUntouched && all ? String(all.mib) : undefined;
  const { setFieldValue } = form;
  useEffect(() => {
    if (mib === undefined || set.current.join() === mib) return;
    set.current = [mib];
    setFieldValue('memoryBudgetMiB', [mib]);
  }, [mib, setFieldValue]);
  return isUntouched;
}
