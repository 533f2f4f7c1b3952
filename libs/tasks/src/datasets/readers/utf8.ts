/** @file Text of a file, and nothing that is not UTF-8. */
import { createReadStream } from 'node:fs';
import { DatasetError } from '../dataset-error.js';
import type { Source } from '../source.js';
import { requireFile } from './require-file.js';

/**
 * Chunks of a file's text; a byte order mark is left out.
 * @throws DatasetError for what is no file, is empty or is not UTF-8
 */
export async function* utf8(source: Source): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let bytes = 0;
  await requireFile(source);
  for await (const chunk of createReadStream(source.path) as AsyncIterable<Buffer>) {
    yield decode(chunk);
    bytes += chunk.length;
  }
  if (bytes === 0) throw new DatasetError(source.name, undefined, '/file', 'the file is empty');
  yield decode();

  function decode(chunk?: Buffer): string {
    try {
      return decoder.decode(chunk, { stream: chunk !== undefined });
    } catch (cause) {
      const where = `between bytes ${bytes} and ${bytes + (chunk?.length ?? 0)}`;
      throw new DatasetError(source.name, where, '/file', 'not UTF-8; save the file as UTF-8', { cause });
    }
  }
}
