import { z } from 'zod';
import { namesOf } from './wording.js';

/** What is wrong at a place of a value. */
export interface FlatIssue {
  path: readonly PropertyKey[];
  message: string;
}

/** Issues of zod, flat: one for each unknown key, of which the first says what is known, and of a union the branch that got furthest. */
export function flatIssues(issues: readonly z.core.$ZodIssue[], prefix: readonly PropertyKey[] = []): FlatIssue[] {
  return issues.flatMap((issue): FlatIssue[] => {
    const path = [...prefix, ...issue.path];
    if (issue.code === 'unrecognized_keys') {
      const message = issue.message.replace(namesOf(issue.keys), '');
      return issue.keys.map((key, i) => ({ path: [...path, key], message: i === 0 ? message : 'unknown key' }));
    }
    if (issue.code === 'invalid_union' && issue.errors.length > 0) {
      const depth = (branch: readonly z.core.$ZodIssue[]) =>
        Math.max(0, ...branch.map(({ path: inner }) => inner.length));
      const deepest = [...issue.errors].sort((a, b) => depth(b) - depth(a))[0]!;
      if (depth(deepest) > 0) return flatIssues(deepest, path);
      return [{ path, message: anyOf(issue.errors.flat()) }];
    }
    return [{ path, message: issue.message }];
  });
}

/** Says what is wrong with one value by the branches of a union: what they expect in one sentence, or else the sentences of all. */
function anyOf(issues: readonly z.core.$ZodIssue[]): string {
  const first = issues.find((issue) => issue.code === 'invalid_type');
  const expected = new Set(issues.map(expectedBy));
  if (!first || expected.has(undefined)) return [...new Set(issues.map(({ message }) => message))].join(', or ');
  return first.message.replace(first.expected, [...expected].join(' or '));
}

function expectedBy(issue: z.core.$ZodIssue): string | undefined {
  if (issue.code === 'invalid_value') return z.core.util.joinValues(issue.values, ' or ');
  return issue.code === 'invalid_type' ? issue.expected : undefined;
}
