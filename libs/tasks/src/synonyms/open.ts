/** @file Synonym sets by what a configuration calls them. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readSynonymSets, type SynonymSets } from '@rankforge/evaluators';
import { wordnetSynonyms } from './wordnet.js';

/**
 * WordNet, or the sets of a file of the user's own, which lies in a folder under the SHA-256 of what it holds.
 *
 * @param name `wordnet`, or the digest of the file
 * @throws Error naming the file that is not there, holds something else, or holds no sets
 */
export async function openSynonyms(name: string, folder: string): Promise<SynonymSets> {
  if (name === 'wordnet') return wordnetSynonyms();
  const file = join(folder, `${name}.txt`);
  const bytes = await readFile(file).catch((cause: Error) => {
    throw new Error(`the synonym sets ${name} are not here: expected ${file} (${cause.message})`, { cause });
  });
  const digest = createHash('sha256').update(bytes).digest('hex');
  if (digest !== name) {
    throw new Error(`${file} holds other synonym sets than its name says: their SHA-256 is ${digest}`);
  }
  try {
    return readSynonymSets(bytes.toString('utf8'));
  } catch (cause) {
    throw new Error(`${file}: ${(cause as Error).message}`, { cause });
  }
}
