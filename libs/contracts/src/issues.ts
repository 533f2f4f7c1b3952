import type { z } from 'zod';

/** What is wrong at a place of a value. */
export interface FlatIssue {
  path: readonly PropertyKey[];
  message: string;
}

/** Issues of zod, flat: one for each unknown key, and of a union the branch that got furthest. */
export function flatIssues(issues: readonly z.core.$ZodIssue[], prefix: readonly PropertyKey[] = []): FlatIssue[] {
  return issues.flatMap((issue): FlatIssue[] => {
    const path = [...prefix, ...issue.path];
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({ path: [...path, key], message: 'unknown key' }));
    }
    if (issue.code === 'invalid_union' && issue.errors.length > 0) {
      const depth = (branch: readonly z.core.$ZodIssue[]) =>
        Math.max(0, ...branch.map(({ path: inner }) => inner.length));
      const deepest = [...issue.errors].sort((a, b) => depth(b) - depth(a))[0]!;
      if (depth(deepest) > 0) return flatIssues(deepest, path);
      const messages = new Set(issue.errors.flatMap((branch) => branch.map(({ message }) => message)));
      return [{ path, message: [...messages].join(', or ') }];
    }
    return [{ path, message: issue.message }];
  });
}
