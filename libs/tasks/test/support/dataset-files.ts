/** @file Files of users, made for a test and removed with it. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatasetMapping, DatasetSplit } from '@rankforge/contracts';
import { afterAll, beforeAll } from 'vitest';
import { DatasetError, type Imported, importDataset, type ReadOptions } from '../../src/index.js';

export const classification = DatasetMapping.parse({ objective: 'classification', text: 'text', label: 'label' });
export const byHash = DatasetSplit.parse({ by: 'hash', validation: 0.2, test: 0.2 });
export const byColumn = DatasetSplit.parse({ by: 'column', column: 'split' });

/** A folder for the tests of one file. */
export function useFolder() {
  const folder = { path: '' };
  beforeAll(async () => {
    folder.path = await mkdtemp(join(tmpdir(), 'rankforge-datasets-'));
  });
  afterAll(() => rm(folder.path, { recursive: true, force: true }));
  return {
    at: (name: string) => join(folder.path, name),
    /** Imports a file with this content; what it wrote comes as lines. */
    async importing(
      content: string | Uint8Array,
      options: Partial<Omit<ReadOptions, 'source'>> = {},
    ): Promise<Imported & { lines: string[] }> {
      const path = join(folder.path, crypto.randomUUID());
      await writeFile(path, content);
      const source = { path, name: 'mine.csv' };
      const out = `${path}.out`;
      const imported = await importDataset(
        { source, format: 'csv', mapping: classification, split: byHash, ...options },
        out,
      );
      return { ...imported, lines: (await readFile(out, 'utf8')).trimEnd().split('\n') };
    },
  };
}

/** The error with which an import refuses a file; fails where the import succeeds, or for another reason. */
export async function refusalOf(importing: Promise<unknown>): Promise<DatasetError> {
  const error = await importing.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof DatasetError) return error;
  throw new Error(error === undefined ? 'the import was not refused' : 'the import failed otherwise', { cause: error });
}

/** Words that make texts unlike each other. */
export const words = [...'abcdefghijklmnopqrstuvwxyz'].flatMap((a) => [...'aeiou'].map((b) => `${a}${b}${a}`));

/** Rows `text,label` of so many texts, labels in turn. */
export function csvOf(rows: number, labels: readonly string[] = ['yes', 'no']): string {
  const lines = Array.from({ length: rows }, (_, i) => {
    const text = [0, 1, 2, 3].map((k) => words[(i * 7 + k * (i + 3)) % words.length]).join(' ');
    return `"${text} ${words[i % words.length]}",${labels[i % labels.length]}`;
  });
  return `text,label\n${lines.join('\n')}\n`;
}
