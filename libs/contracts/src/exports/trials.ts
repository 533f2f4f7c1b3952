/** @file Trials as a table for programs: a column for every field of a listing. */
import { TrialView } from '../trial.js';
import type { ExportColumn, ExportValue } from './column.js';

/** Columns in the order of the listing; a value that is not single is JSON. */
export const trialExportColumns: readonly ExportColumn<TrialView>[] = Object.keys(TrialView.shape).map((name) => ({
  name,
  value: (trial) => single((trial as Record<string, unknown>)[name]),
}));

function single(value: unknown): ExportValue {
  if (value === undefined || value === null) return null;
  return typeof value === 'object' ? JSON.stringify(value) : (value as string | number | boolean);
}
