/** @file Synonym sets by name: WordNet, and files of users. */
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSynonyms } from '../src/synonyms/open.js';
import { wordsOfSynset } from '../src/synonyms/wordnet.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rankforge-synonyms-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('WordNet', () => {
  it('reads the single words of a synset, without markers', () => {
    const line = '00001740 00 s 04 big 0 large(p) 0 very_big 0 Great 1 001 & 00001740 a 0000 | of size';
    expect(wordsOfSynset(line)).toEqual(['big', 'large', 'great']);
    expect(wordsOfSynset('  1 This software and database is provided')).toEqual([]);
  });

  it('has synonyms of common words, and sets that are as large as asked for', async () => {
    const wordnet = await openSynonyms('wordnet', folder);
    expect(wordnet.of('car')).toEqual(expect.arrayContaining(['auto', 'automobile']));
    expect(wordnet.of('ship')).toContain('transport');
    expect(wordnet.of('zzzz')).toEqual([]);
    const near = wordnet.around('ship', 20);
    expect([near[0], near.length, new Set(near).size]).toEqual(['ship', 20, 20]);
    // All that are connected with it are fewer.
    expect(wordnet.around('car', 20)).toHaveLength(7);
    expect(await openSynonyms('wordnet', folder)).toBe(wordnet);
  });
});

describe('synonym sets of a user', () => {
  const digestOf = (text: string) => createHash('sha256').update(text).digest('hex');
  const add = (name: string, text: string) => writeFile(join(folder, `${name}.txt`), text);

  it('are found by the digest of their file', async () => {
    const text = 'ship boat\n';
    await add(digestOf(text), text);
    expect((await openSynonyms(digestOf(text), folder)).of('boat')).toEqual(['ship']);
  });

  it('are refused where they are not there, are others, or are empty', async () => {
    const missing = 'a'.repeat(64);
    await expect(openSynonyms(missing, folder)).rejects.toThrow(`the synonym sets ${missing} are not here: expected`);
    await add(missing, 'ship boat\n');
    await expect(openSynonyms(missing, folder)).rejects.toThrow('holds other synonym sets than its name says');
    await add(digestOf('\n'), '\n');
    await expect(openSynonyms(digestOf('\n'), folder)).rejects.toThrow('the synonym sets are empty');
  });
});
