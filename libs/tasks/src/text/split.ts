import { createHash } from 'node:crypto';
import { groupNearDuplicates, normalise } from './near-duplicates.js';

export interface Fractions {
  validation: number;
  test: number;
}

export interface Splits<T> {
  train: T[];
  validation: T[];
  test: T[];
}

/** Least Jaccard similarity of word 3-grams at which two texts count as near-duplicates. */
export const NEAR_DUPLICATE = 0.5;

/**
 * Splits items by the content of their text. Near-duplicates form a group, a group stays in one split, and the split
 * follows from a hash of the group's content: no seed, no order, the same on every machine. Order within a split is the
 * order given.
 *
 * @param fractions expected shares; what is left is for training. They are met on average over groups, not exactly.
 *
 * @example splitByContent(paragraphs, (text) => text, { validation: 0.05, test: 0.05 })
 */
export function splitByContent<T>(items: readonly T[], textOf: (item: T) => string, fractions: Fractions): Splits<T> {
  const texts = items.map(textOf);
  const sides = sidesOfGroups(texts.map(normalise), groupNearDuplicates(texts, NEAR_DUPLICATE), fractions);
  const splits: Splits<T> = { train: [], validation: [], test: [] };
  items.forEach((item, i) => {
    splits[sides[i]!].push(item);
  });
  return splits;
}

/**
 * The split of every item, from its group alone: all of a group are on one side.
 *
 * @param contents what is hashed, one for each item; equal contents are in one group
 * @param groups for each item the index of the first of its group
 */
export function sidesOfGroups(
  contents: readonly string[],
  groups: readonly number[],
  fractions: Fractions,
): (keyof Splits<never>)[] {
  const hashes = contents.map(sha256);
  const contentOf = new Map<number, string>();
  groups.forEach((group, i) => {
    const known = contentOf.get(group);
    if (known === undefined || hashes[i]! < known) contentOf.set(group, hashes[i]!);
  });
  return groups.map((group) => splitOf(contentOf.get(group)!, fractions));
}

/** For each content the index of the first that equals it. */
export function equalGroups(contents: readonly string[]): number[] {
  const first = new Map<string, number>();
  return contents.map((content, index) => {
    const known = first.get(content);
    if (known === undefined) first.set(content, index);
    return known ?? index;
  });
}

/** Where a group stands from 0 to 1, from its contents. */
export const groupPlace = (contents: readonly string[]): number => placeOf(contents.map(sha256).sort()[0]!);

/** The smallest hash of a large group is small, so it is hashed again before it is read as a uniform number. */
const placeOf = (hash: string): number => Number.parseInt(sha256(hash).slice(0, 12), 16) / 2 ** 48;

function splitOf(hash: string, { validation, test }: Fractions): keyof Splits<never> {
  const uniform = placeOf(hash);
  if (uniform < test) return 'test';
  return uniform < test + validation ? 'validation' : 'train';
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
