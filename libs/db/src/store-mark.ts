/** @file The mark by which programs know that they see the same folder of artifacts: a nonce in a file there, and in the database. */
import { randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Database } from './client.js';

const markOf = (folder: string) => join(resolve(folder), 'store-id');

/**
 * Marks the folder of artifacts where no folder is marked yet. One API of an installation does, once.
 * @throws the file system's error where the mark can't be written; then nothing is marked
 */
export async function markStore(db: Database, folder: string, host: string): Promise<void> {
  await db.$transaction(async (sql) => {
    const nonce = randomUUID();
    const made = await sql.$executeRaw`
      INSERT INTO "Store" ("nonce", "host", "folder") VALUES (${nonce}, ${host}, ${resolve(folder)}) ON CONFLICT DO NOTHING`;
    if (made > 0) await writeFile(markOf(folder), `${nonce}\n`);
  });
}

/** Whether a folder is the marked one: `unmarked` while no folder is; else why it isn't, and what to do. */
export async function lookAtStore(db: Database, folder: string): Promise<'same' | 'unmarked' | { trouble: string }> {
  const store = await db.store.findFirst();
  if (!store) return 'unmarked';
  const trouble = await troubleOfMark(store, folder);
  return trouble === undefined ? 'same' : { trouble };
}

/** Why a folder is not the one that was marked, and what to do; undefined where it is. */
export async function troubleOfMark(
  store: { nonce: string; host: string; folder: string },
  folder: string,
): Promise<string | undefined> {
  const file = markOf(folder);
  const found = await readFile(file, 'utf8').then(
    (text) => text.trim(),
    (error: NodeJS.ErrnoException) => error,
  );
  if (found === store.nonce) return undefined;
  const came = typeof found === 'string' ? `it holds ${found.slice(0, 36)}` : `it can't be read (${found.code})`;
  return (
    `${resolve(folder)} is not the folder of artifacts of this platform: expected ${file} to hold ${store.nonce}, as the API on ` +
    `${store.host} wrote it into ${store.folder}, but ${came}. Mount the folder that the API uses, or set RANKFORGE_DATA_DIR to it; ` +
    'where the files were moved here on purpose, write that line into the file'
  );
}
