/**
 * @file Files beside a base model that other programs read: how its tokenizer is asked, how images are brought to its
 * size, how a conversation is laid out, and how answers are drawn. They are in no digest of a base: what a trial is to read of them stands in its spec.
 */
import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Names as transformers writes them. None of them needs to be there. */
export const companionFiles = [
  'chat_template.jinja',
  'generation_config.json',
  'preprocessor_config.json',
  'special_tokens_map.json',
  'tokenizer_config.json',
] as const;

/** Bytes that a companion has at most: those of a list of many thousands of added tokens. */
const BYTES = 16 * 2 ** 20;

/** Says why a companion of this size is refused; undefined where it is not. */
export const companionProblem = (bytes: number): string | undefined =>
  bytes > BYTES ? `${bytes} bytes, and such a file has at most ${BYTES}` : undefined;

/**
 * The companions in the folder of a base model, by name.
 *
 * @throws Error naming a file that is larger than any companion
 * @example for (const [name, bytes] of await companionsOf('models/smollm2')) await writeFile(join(merged, name), bytes);
 */
export async function companionsOf(folder: string): Promise<Map<string, Uint8Array>> {
  const found = new Map<string, Uint8Array>();
  for (const name of companionFiles) {
    const path = join(folder, name);
    if (!existsSync(path)) continue;
    const problem = companionProblem((await stat(path)).size);
    if (problem !== undefined) throw new Error(`${path}: ${problem}`);
    found.set(name, await readFile(path));
  }
  return found;
}
