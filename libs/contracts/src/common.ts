/** @file Pieces that several nouns share: ids, pages, problems. */
import { z } from 'zod';
import { text, wholeText } from './bounds.js';
import { shown } from './wording.js';

export const Id = z.uuid().meta({ description: 'UUID, version 7: ids sort by creation time.' });

export const Timestamp = z.iso.datetime({ offset: true });

/** The name that differs from a text in case, blanks and underscores alone, for people; empty where there is none. */
function respelled(input: unknown): string {
  if (typeof input !== 'string' || !/^[a-z0-9]+(?:[-_ ]+[a-z0-9]+)*$/i.test(input.trim())) return '';
  return `; did you mean "${input
    .trim()
    .toLowerCase()
    .replace(/[-_ ]+/g, '-')}"?`;
}

/** Names of registries, tasks, bases: lower-case words joined by dashes. Never a path. */
export const Slug = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/, {
    error: ({ input }) =>
      `expected lower-case words joined by dashes, e.g. "moby-dick", got ${shown(input)}${respelled(input)}`,
  });

/** A page of a listing; `nextCursor` is absent on the last page. */
export function pageOf<T extends z.ZodType>(item: T) {
  return z.object({ items: z.array(item), nextCursor: z.string().optional() });
}

export const PageQuery = z.strictObject({
  cursor: text(512).optional().meta({ description: 'The `nextCursor` of the page before.' }),
  limit: wholeText(1, 500).default(50),
});

/** One rejected field of a request. `path` is a JSON pointer into the body, the query or the parameters. */
export const FieldError = z.object({
  path: z.string(),
  message: z.string(),
});
export type FieldError = z.infer<typeof FieldError>;

/** RFC 9457 problem details; served as `application/problem+json`. */
export const Problem = z
  .object({
    type: z
      .string()
      .meta({ description: 'URI reference that names the kind of problem, e.g. `/problems/validation`.' }),
    title: z.string(),
    status: z.number().int(),
    detail: z.string().optional(),
    instance: z.string().optional(),
    errors: z.array(FieldError).optional(),
  })
  .meta({ id: 'Problem' });
export type Problem = z.infer<typeof Problem>;

/** Kinds of problem the API answers with; the last segment of `type`. */
export const problemKinds = [
  'validation',
  'malformed-json',
  'malformed-http',
  'body-too-large',
  'unsupported-media-type',
  'unauthenticated',
  'forbidden',
  'cross-site',
  'not-found',
  'method-not-allowed',
  'conflict',
  'precondition-failed',
  'range-not-satisfiable',
  'too-many-trials',
  'idempotency-mismatch',
  'quota-exceeded',
  'rate-limited',
  'unavailable',
  'internal',
] as const;
export type ProblemKind = (typeof problemKinds)[number];
