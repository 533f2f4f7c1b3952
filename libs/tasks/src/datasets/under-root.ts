import { lstat, readdir, realpath } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { DatasetError } from './dataset-error.js';

/**
 * The real path of a file or folder below `root`. Symbolic links may point anywhere below the root and nowhere else; a
 * folder is searched for links that leave it.
 *
 * @param path absolute, or relative to the root
 * @throws DatasetError when it is outside, is not there, or holds a link that leaves the root
 */
export async function underRoot(root: string, path: string): Promise<string> {
  const wanted = resolve(root, path);
  const realRoot = await realpath(root);
  if (!within(resolve(root), wanted) && !within(realRoot, wanted)) throw outside(path);
  const real = await realpath(wanted).catch((cause: NodeJS.ErrnoException) => {
    throw new DatasetError(path, undefined, '/path', `cannot be opened (${cause.code})`, { cause });
  });
  if (!within(realRoot, real)) throw outside(path);
  if ((await lstat(real)).isDirectory()) {
    for (const entry of await readdir(real, { withFileTypes: true, recursive: true })) {
      const at = join(entry.parentPath, entry.name);
      if (entry.isSymbolicLink() && !within(realRoot, await realpath(at).catch(() => '/'))) {
        throw new DatasetError(path, relative(real, at), '/path', 'is a link out of the data folder');
      }
    }
  }
  return real;
}

function within(root: string, path: string): boolean {
  const from = relative(root, path);
  return from === '' || (!isAbsolute(from) && from !== '..' && !from.startsWith(`..${sep}`));
}

function outside(path: string): DatasetError {
  return new DatasetError(path, undefined, '/path', 'is outside of the data folder (RANKFORGE_DATA_DIR)');
}
