import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const vector = JSON.parse(
  readFileSync(new URL('../../libs/peft/test/vectors/io/hugging_face_folders.json', import.meta.url), 'utf8'),
) as { cases: { name: string; files: Record<string, string> }[] };

/** A tokenizer of 13 tokens, as many as the model knows. */
export const tokenizer = {
  version: '1.0',
  added_tokens: [],
  normalizer: null,
  pre_tokenizer: { type: 'Whitespace' },
  post_processor: null,
  decoder: null,
  model: {
    type: 'WordPiece',
    unk_token: '[UNK]',
    continuing_subword_prefix: '##',
    max_input_chars_per_word: 100,
    vocab: Object.fromEntries(['[UNK]', ...'abcdefghijkl'].map((token, id) => [token, id])),
  },
};

/** The files of a small GPT-2 as transformers wrote them, with a tokenizer: `single` file of weights, or `sharded`. */
export function gpt2Files(kind: 'single' | 'sharded' = 'single'): Map<string, Buffer> {
  const { files } = vector.cases.find(({ name }) => name.includes('several files') === (kind === 'sharded'))!;
  return new Map([
    ...Object.entries(files).map(([name, content]): [string, Buffer] => [name, Buffer.from(content, 'base64')]),
    ['tokenizer.json', Buffer.from(JSON.stringify(tokenizer))],
  ]);
}

export async function writeFiles(
  folder: string,
  files: Iterable<readonly [name: string, content: string | Buffer]>,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [name, content] of files) await writeFile(join(folder, name), content);
}
