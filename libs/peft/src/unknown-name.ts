import { distance } from 'fastest-levenshtein';

/** Names longer than this are no slip of a finger. */
const longest = 64;
/** Letters that a slip changes, and their share of the name. */
const slip = { letters: 3, share: 0.6 };

/**
 * Known names that a mistyped one may stand for: those with the fewest letters to change, if most letters stay; three at most. A word with a
 * colon before a name, as in `dataset:reviews`, may be left out.
 */
export function likeNames(name: string, known: readonly string[]): string[] {
  if (name.length > longest) return [];
  const near = known.map((other) => ({
    other,
    letters: Math.min(apart(name, other), apart(name, other.replace(/^\w+:/, ''))),
  }));
  const fewest = Math.min(...near.map(({ letters }) => letters));
  return near
    .filter(({ letters }) => letters === fewest && letters <= slip.letters)
    .slice(0, 3)
    .map(({ other }) => other);
}

/** Letters to change, whatever their case; infinite where too few would stay. */
function apart(name: string, other: string): number {
  const letters = distance(name.toLowerCase(), other.toLowerCase());
  return letters < Math.max(name.length, other.length) * slip.share ? letters : Number.POSITIVE_INFINITY;
}

/** A name that a registry does not hold. */
export class UnknownNameError extends Error {
  constructor(
    readonly kind: 'method' | 'evaluator' | 'optimizer' | 'objective' | 'strategy' | 'recipe',
    readonly unknownName: string,
    readonly known: readonly string[],
  ) {
    super(`Unknown ${kind} '${unknownName}'${meant(unknownName, known)}: use one of ${known.join(', ')}`);
    this.name = 'UnknownNameError';
  }
}

/** Ends what says that a name is unknown with a question for the names that are like it; empty where none is. */
export function meant(name: string, known: readonly string[]): string {
  const like = likeNames(name, known);
  const last = like.pop();
  return last === undefined ? '' : ` (did you mean ${like.length > 0 ? `${like.join(', ')} or ` : ''}${last}?)`;
}
