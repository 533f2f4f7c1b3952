/** @file A GGUF file of the models folder: where it lies, and its digest. */
import { realpath, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { sha256Of } from './convert.js';

export interface GgufFile {
  /** Real path of the file. */
  path: string;
  fileSha256: string;
}

/** Digests by what a file looks like: reading gigabytes again for each trial takes longer than the trial. */
const known = new Map<string, Promise<string>>();

/**
 * Looks up a file that lies in the models folder itself. It is read whole the first time, and again after it changed.
 *
 * @param name of the file, without a folder
 * @throws Error where it is not there, is no file, or is a link to elsewhere
 */
export async function ggufDigest(modelsDir: string, name: string): Promise<GgufFile> {
  const folder = await realpath(modelsDir);
  const path = await realpath(join(folder, name)).catch((cause: NodeJS.ErrnoException) => {
    throw new Error(
      `there is no file ${name} in the models folder (${cause.code}): put it there, or \`rankforge base fetch --gguf\` does`,
      { cause },
    );
  });
  if (dirname(path) !== folder) {
    throw new Error(`${name} lies elsewhere than in the models folder: expected a file in it, and no link out of it`);
  }
  const facts = await stat(path);
  if (!facts.isFile()) throw new Error(`${name} in the models folder is no file`);
  const looks = [path, facts.ino, facts.size, facts.mtimeMs].join(' ');
  const digest = known.get(looks) ?? sha256Of(path);
  known.set(looks, digest);
  const fileSha256 = await digest.catch((error: Error) => {
    known.delete(looks);
    throw error;
  });
  return { path, fileSha256 };
}
