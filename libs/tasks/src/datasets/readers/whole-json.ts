/** @file A file that is one JSON value. */
import { readFile, stat } from 'node:fs/promises';
import { DatasetError } from '../dataset-error.js';
import { limits, type Source } from '../source.js';
import { requireFile } from './require-file.js';

/**
 * @param field what an error is about
 * @throws DatasetError where it is no file, too long, not UTF-8 or not JSON
 */
export async function wholeJson({ path, name }: Source, field: '/path' | '/file' = '/file'): Promise<unknown> {
  const refused = (problem: string, cause?: unknown) => new DatasetError(name, undefined, field, problem, { cause });
  await requireFile({ path, name });
  const { size } = await stat(path);
  if (size > limits.jsonBytes)
    throw refused(`is longer than ${limits.jsonBytes} bytes, which is the most of one JSON value`);
  const bytes = await readFile(path);
  if (bytes.length === 0) throw refused('the file is empty');
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw refused('not UTF-8; save the file as UTF-8', cause);
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw refused(`not JSON: ${(cause as Error).message.slice(0, 200)}`, cause);
  }
}
