/** @file JSON that keeps every number: a metric may be infinite, for which JSON has no word. */
import { z } from 'zod';

/** Any number that `fromJson` gives back: `z.number()` refuses those that are not finite. */
export const anyNumber = z.custom<number>((value) => typeof value === 'number', 'expected a number');

const keeps = (value: unknown): boolean =>
  typeof value !== 'number' || (Number.isFinite(value) && !Object.is(value, -0));

/** The text of a value; `fromJson` gives the same value back. */
export const toJson = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) =>
    keeps(part) ? part : { $number: Object.is(part, -0) ? '-0' : String(part) },
  );

/** @throws SyntaxError if the text is no JSON */
export const fromJson = (text: string): unknown =>
  JSON.parse(text, (_, part: unknown) => {
    const number = (part as { $number?: unknown } | null)?.$number;
    return typeof number === 'string' ? Number(number) : part;
  });
