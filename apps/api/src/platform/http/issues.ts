import { type FieldError, flatIssues } from '@rankforge/contracts';
import type { z } from 'zod';
import { jsonPointer } from './problem.js';

/** Field errors of zod's issues. */
export function fieldErrors(issues: readonly z.core.$ZodIssue[], prefix: readonly PropertyKey[] = []): FieldError[] {
  return flatIssues(issues, prefix).map(({ path, message }) => ({ path: jsonPointer(path), message }));
}

/** Each error once: many configurations may share what is wrong. */
export function distinct(errors: readonly FieldError[]): FieldError[] {
  return [...new Map(errors.map((error) => [`${error.path} ${error.message}`, error])).values()];
}
