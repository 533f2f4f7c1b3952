import type { FieldError } from '@rankforge/contracts';
import type { z } from 'zod';
import { jsonPointer } from './problem.js';

/** Field errors of zod's issues: one for each unknown key, and of a union the branch that got furthest. */
export function fieldErrors(issues: readonly z.core.$ZodIssue[], prefix: readonly PropertyKey[] = []): FieldError[] {
  return issues.flatMap((issue): FieldError[] => {
    const path = [...prefix, ...issue.path];
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({ path: jsonPointer([...path, key]), message: 'unknown key' }));
    }
    if (issue.code === 'invalid_union' && issue.errors.length > 0) {
      const depth = (branch: readonly z.core.$ZodIssue[]) =>
        Math.max(0, ...branch.map(({ path: inner }) => inner.length));
      const deepest = [...issue.errors].sort((a, b) => depth(b) - depth(a))[0]!;
      if (depth(deepest) > 0) return fieldErrors(deepest, path);
      const messages = new Set(issue.errors.flatMap((branch) => branch.map(({ message }) => message)));
      return [{ path: jsonPointer(path), message: [...messages].join(', or ') }];
    }
    return [{ path: jsonPointer(path), message: issue.message }];
  });
}
