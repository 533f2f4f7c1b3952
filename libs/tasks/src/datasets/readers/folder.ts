/** @file A folder that data comes in: as it is, or in an archive. */
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Source } from '../source.js';
import { unpack } from './archive.js';
import { requireFile } from './require-file.js';

/** A folder that is read, and the field of the request that its errors are about. */
export interface Folder extends Source {
  field: '/path' | '/file';
}

/** The folder itself; or that in an archive, which is unpacked until `close`. */
export async function openFolder(source: Source): Promise<{ folder: Folder; close(): Promise<void> }> {
  if ((await stat(source.path)).isDirectory()) return { folder: { ...source, field: '/path' }, close: async () => {} };
  await requireFile(source);
  const scratch = source.scratch ?? (await mkdtemp(join(tmpdir(), 'rankforge-folder-')));
  const close = () => rm(scratch, { recursive: true, force: true });
  try {
    await unpack(source, scratch);
    return { folder: { ...source, path: await withoutOuter(scratch), field: '/file' }, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The one folder that an archive was made of, where there are folders in it. */
async function withoutOuter(path: string): Promise<string> {
  const [only, ...others] = await readdir(path, { withFileTypes: true });
  if (!only?.isDirectory() || others.length > 0) return path;
  const inside = await readdir(join(path, only.name), { withFileTypes: true });
  return inside.some((entry) => entry.isDirectory()) ? join(path, only.name) : path;
}
