import { stat } from 'node:fs/promises';
import { DatasetError } from '../dataset-error.js';
import type { Source } from '../source.js';

/** @throws DatasetError for a folder, and for a pipe or a device, which may have no end */
export async function requireFile({ path, name }: Source): Promise<void> {
  const found = await stat(path);
  if (found.isFile()) return;
  const problem = found.isDirectory() ? 'is a folder; expected a file' : 'is no plain file';
  throw new DatasetError(name, undefined, '/path', problem);
}
