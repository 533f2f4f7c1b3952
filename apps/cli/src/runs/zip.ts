/** @file Texts out of a zip, whose entries may be compressed by deflate or, as newer Pythons write them, by Zstandard. */
import type { Readable } from 'node:stream';
import { Decompress } from 'fzstd';
import yauzl, { type Entry, type ZipFile } from 'yauzl';
import { usage } from '../exit-codes.js';

const zstandard = 93;

/**
 * @param names of entries that are read
 * @param mostBytes of an entry, unpacked
 * @returns texts by name; an entry that is not there is left out
 * @throws CommandError naming file and entry, where it is larger, or nothing that can be unpacked
 * @example (await textsIn('a.eval', ['header.json'], 2 ** 28)).get('header.json')
 */
export async function textsIn(
  file: string,
  names: readonly string[],
  mostBytes: number,
): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  let zip: ZipFile | undefined;
  try {
    zip = await yauzl.openPromise(file, { lazyEntries: true, validateEntrySizes: true });
    for await (const entry of zip.eachEntry()) {
      if (names.includes(entry.fileName)) found.set(entry.fileName, await textOf(zip, entry, { file, mostBytes }));
    }
  } catch (cause) {
    if (cause instanceof TooLarge) throw usage(cause.message);
    throw usage(`${file} cannot be unpacked: ${(cause as Error).message}`);
  } finally {
    zip?.close();
  }
  return found;
}

class TooLarge extends Error {}

async function textOf(
  zip: ZipFile,
  entry: Entry,
  { file, mostBytes }: { file: string; mostBytes: number },
): Promise<string> {
  const refuse = () => new TooLarge(`${file}: ${entry.fileName} unpacks to more than ${mostBytes} bytes`);
  if (entry.uncompressedSize > mostBytes) throw refuse();
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  // The size that an entry states is not believed.
  const keep = (chunk: Uint8Array) => {
    bytes += chunk.length;
    if (bytes > mostBytes) throw refuse();
    chunks.push(chunk);
  };
  if (entry.compressionMethod === zstandard) {
    const unpacking = new Decompress(keep);
    const packed: Readable = await zip.openReadStreamPromise(entry, { decodeFileData: false });
    for await (const chunk of packed) unpacking.push(chunk as Uint8Array);
    unpacking.push(new Uint8Array(), true);
  } else {
    for await (const chunk of await zip.openReadStreamPromise(entry)) keep(chunk as Uint8Array);
  }
  return Buffer.concat(chunks).toString('utf8');
}
