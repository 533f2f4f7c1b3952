import type { Base } from '@rankforge/bases';

/** The base model that something was made on. */
export interface MadeOn {
  base: string;
  /** SHA-256 of the folder that it was made on; null where nobody noted it. */
  baseSha256: string | null;
}

/**
 * Why something that was made on a base model does not fit the folder that has its name now; undefined where it fits, where no such
 * folder can be read, and where nobody noted what it was made on.
 *
 * @param what begins the sentence
 * @param now the base model as it is
 */
export function replacedBase(what: string, { base, baseSha256 }: MadeOn, now: Base | undefined): string | undefined {
  if (baseSha256 === null || now === undefined || now.sha256 === baseSha256) return undefined;
  return (
    `${what} was made on another ${base} than there is now: the folder of the base model was replaced ` +
    `(its SHA-256 was ${baseSha256}, is ${now.sha256}). Put back the folder that it was made on, or make it again`
  );
}
