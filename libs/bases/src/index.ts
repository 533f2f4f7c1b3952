/** @file Public names of @rankforge/bases: where base models come from, and what makes a folder one. */
export { HubError } from './hub/errors.js';
export { type BaseTokenizer, openTokenizer, TokenizerError } from './tokenizer.js';
