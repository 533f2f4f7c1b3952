import { buffer } from 'node:stream/consumers';
import { extract } from 'tar-stream';

/** The files of a tar archive, by the last part of their path. */
export async function filesOf(tar: Buffer): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  const archive = extract();
  archive.end(tar);
  for await (const entry of archive) files.set(entry.header.name.split('/').at(-1)!, await buffer(entry));
  return files;
}
