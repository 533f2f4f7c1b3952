/** @file Bytes that a GGUF file holds while llama.cpp runs it. */
import { stat } from 'node:fs/promises';
import { readGgufHeader } from './header.js';
import { metadataOf } from './metadata.js';

/** Keys and values are kept as float16. */
const KEPT_BYTES = 2;
/** Tokens that llama.cpp reads at once: it reserves float32 logits of each. */
const BATCH = 512;

/**
 * The file, keys and values of a whole context, and logits of a batch. What is between them in a pass is not counted.
 *
 * @param context most tokens; a model that reads fewer has no more
 * @throws GgufError naming the key or tensor that is missing or not supported
 */
export async function ggufBytes(file: string, context: number): Promise<number> {
  const header = await readGgufHeader(file);
  const keys = metadataOf(header);
  const architecture = keys.text('general.architecture');
  const own = (name: string) => `${architecture}.${name}`;
  const heads = keys.count(own('attention.head_count'));
  const width = keys.count(own('embedding_length')) / heads;
  const ofToken =
    keys.count(own('attention.head_count_kv'), heads) *
    (keys.count(own('attention.key_length'), width) + keys.count(own('attention.value_length'), width));
  const tokens = Math.min(context, keys.count(own('context_length')));
  const cache = keys.count(own('block_count')) * tokens * ofToken * KEPT_BYTES;
  const logits = Math.min(BATCH, tokens) * keys.texts('tokenizer.ggml.tokens').length * 4;
  return (await stat(file)).size + cache + logits;
}
