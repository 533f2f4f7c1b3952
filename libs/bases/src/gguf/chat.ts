/** @file The chat template in a GGUF file, and the tokens that stand for themselves in its texts. */
import type { BaseTokenizer } from '@rankforge/peft';
import { type BaseChat, chatIn } from '../chat/of-base.js';
import { readGgufHeader } from './header.js';
import { metadataOf } from './metadata.js';
import { addedTokens, TOKEN_TYPES, tokenizerConfig } from './tokenizer.js';

/** The facts about chats that a GGUF file tells. */
export interface GgufChat extends BaseChat, Required<Pick<BaseTokenizer, 'controls' | 'added'>> {}

/**
 * Reads `tokenizer.chat_template` of the metadata, with the special tokens that a template may name.
 *
 * @throws GgufError naming the key that is missing or wrong
 */
export async function ggufChat(file: string): Promise<GgufChat> {
  const header = await readGgufHeader(file);
  const keys = metadataOf(header);
  // llama.cpp runs a file without types, all of whose tokens are words to it.
  const added = keys.has(TOKEN_TYPES) ? addedTokens({ file, keys, tokens: keys.texts('tokenizer.ggml.tokens') }) : [];
  const named = (isSpecial: boolean) =>
    added.flatMap(({ content, special }) => (special === isSpecial && content !== '' ? [content] : []));
  return { ...chatIn(tokenizerConfig(header)), controls: named(true), added: named(false) };
}
