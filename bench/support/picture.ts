/** @file Where a bench writes its picture: beside others of this machine, unless that of the documentation is to be made anew. */
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const images = fileURLToPath(new URL('../../../docs/images', import.meta.url));

/**
 * Writes a picture to a temporary folder; with `RANKFORGE_BENCH_WRITE=1` over the one in docs/images.
 *
 * @param file such as `packs.svg`
 * @returns the note of the bench that says where it is
 */
export async function writePicture(file: string, svg: string): Promise<string> {
  const published = process.env.RANKFORGE_BENCH_WRITE === '1';
  const path = join(published ? images : await mkdtemp(join(tmpdir(), 'rankforge-picture-')), file);
  await writeFile(path, svg);
  return published
    ? `The picture is ${path}.`
    : `The picture is ${path}; RANKFORGE_BENCH_WRITE=1 writes it over docs/images/${file}.`;
}
