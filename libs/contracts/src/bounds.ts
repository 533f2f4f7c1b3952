/** @file Building blocks of requests: text, whole numbers and JSON as Postgres takes them. */
import { z } from 'zod';
import { isMisleading, misleading, printable } from './shown-text.js';

/** A sweep that expands beyond this many trials is refused with the count. */
export const maxTrialsPerSweep = 100_000;

/** The largest number of a column of four bytes, as counts, steps, ranks and seeds have. */
export const largestInt = 2 ** 31 - 1;

/** What is wrong with a text that is not storable. */
export const unstorable = 'must not hold the character U+0000 or half of a surrogate pair: a database cannot keep them';
// biome-ignore lint/suspicious/noControlCharactersInRegex: the character is what is refused.
const withoutNul = /^[^\u0000]*$/;

const halfPair = /\p{Surrogate}/u;

/** Whether Postgres keeps a text as it is. */
export const isStorable = (text: string) => withoutNul.test(text) && !halfPair.test(text);

/** A text as Postgres keeps it: with U+FFFD in the place of each letter that it refuses, so that foreign words lose no more. */
export const storable = (text: string) => text.replaceAll('\0', '\ufffd').replace(/\p{Surrogate}/gu, '\ufffd');

/** The first so many characters of a text, as `text` counts them; a letter of two that would be cut in half is left out. */
export const cutText = (text: string, longest: number) => text.slice(0, longest).replace(/\p{Surrogate}$/u, '');

/**
 * Text of so many characters at most. Every text of a request is one of these, a name with a pattern of its own, or one
 * of a list.
 * @example text(200).trim().min(1)
 */
export function text(longest: number) {
  return z
    .string()
    .max(longest)
    .regex(withoutNul, unstorable)
    .refine((value) => !halfPair.test(value), unstorable);
}

/** What is not storable is refused for that already. */
const isPlain = (value: string) => !isStorable(value) || !isMisleading(value);

/** A text that is shown on one line: nothing in it changes how what stands beside it is read. */
export const shownText = (longest: number) => text(longest).refine(isPlain, misleading);

/**
 * A name of so many characters at most: of a sweep, a key, a board, a method.
 * @example nameText(200)
 */
export const nameText = (longest: number) => text(longest).trim().min(1).refine(isPlain, misleading);

/** A text of several lines, as a note has; each ends with a newline alone. */
export const linesText = (longest: number) =>
  text(longest)
    .overwrite((value) => value.replaceAll(/\r\n?/g, '\n'))
    .trim()
    .refine((value) => !isStorable(value) || printable(value) === value, misleading);

/** Characters of an address. */
export const longestUrl = 2000;

/** A whole number in a range, by default of those that a column of four bytes holds. */
export function whole(least: number, most = largestInt) {
  return z.number().int().min(least).max(most);
}

/** The same, of a query or a variable, where numbers are written as text. */
export function wholeText(least: number, most = largestInt) {
  return z.coerce.number().int().min(least).max(most);
}

/** A list of up to 256 different values. */
export const unique = <T extends z.ZodType>(item: T) =>
  z
    .array(item)
    .min(1)
    .max(256)
    .superRefine((values, context) => {
      const seen = new Set<string>();
      values.forEach((value, index) => {
        const key = JSON.stringify(value);
        if (seen.has(key)) {
          context.addIssue({
            code: 'custom',
            path: [index],
            message: `duplicate value ${key}: each value of an axis may stand once`,
          });
        }
        seen.add(key);
      });
    });

/** Lists and objects within each other, at most. */
export const deepestJson = 64;

/** Any JSON whose texts Postgres keeps, nested no deeper than anything that is meant. */
export const Json = z.unknown().superRefine((value, context) => {
  const fault = faultOf(value);
  if (fault) context.addIssue({ code: 'custom', message: fault });
});

/** An object of any JSON, with the bounds of `Json`. */
export const JsonObject = z.record(text(256), Json);

function faultOf(value: unknown): string | undefined {
  if (isTooDeep(value)) return `must not be nested deeper than ${deepestJson}`;
  return holdsStorable(value) ? undefined : unstorable;
}

/** Whether lists and objects stand within each other so deep that what walks through them may meet the end of the stack. */
export const isTooDeep = (value: unknown, left = deepestJson): boolean =>
  typeof value === 'object' &&
  value !== null &&
  (left === 0 || membersOf(value).some((inner) => isTooDeep(inner, left - 1)));

/** The values that stand directly in a list or an object: a list is not copied, since it may be long. */
export const membersOf = (value: object): readonly unknown[] => (Array.isArray(value) ? value : Object.values(value));

const holdsStorable = (value: unknown): boolean => {
  if (typeof value === 'string') return isStorable(value);
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every(([key, inner]) => isStorable(key) && holdsStorable(inner));
};
