/** @file Names that people give to what they bring in. */
import { Slug } from '@rankforge/contracts';

/** A name from that of a file, or from what was typed. @example nameOf('My Reviews (2).csv') // 'my-reviews-2' */
export function nameOf(fileName: string): string {
  const base = fileName.replace(/(\.tar)?\.[^.]*$/, '').toLowerCase();
  return base
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 64);
}

/**
 * Says in words why a name cannot be taken; undefined where it can.
 *
 * @param example of a good one, where none can be made of `name`
 */
export function wrongName(name: string, example: string): string | undefined {
  if (Slug.safeParse(name).success) return undefined;
  return `name it in lower-case words joined by dashes, at most 64 characters, e.g. "${nameOf(name) || example}"`;
}
