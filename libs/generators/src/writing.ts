/** @file What models that run in this process share: how a prompt is put, what fits, and where a text ends. */
import { createHash } from 'node:crypto';
import { createRandom, type Random } from '@rankforge/peft';
import canonicalize from 'canonicalize';

/** `plain`: a prompt is continued as it stands. `chatml`: it is a user's message, as models tuned on ChatML have it. */
export const promptTemplates = ['plain', 'chatml'] as const;
export type PromptTemplate = (typeof promptTemplates)[number];

export const templates: Readonly<Record<PromptTemplate, (prompt: string) => string>> = {
  plain: (prompt) => prompt,
  chatml: (prompt) => `<|im_start|>user\n${prompt}<|im_end|>\n<|im_start|>assistant\n`,
};

export const digestOf = (facts: object): string =>
  createHash('sha256')
    .update(canonicalize(facts) ?? '')
    .digest('hex');

/** @throws RangeError where a prompt has no token, or `most` more do not fit behind it */
export function checkFits(
  name: string,
  tokens: readonly unknown[],
  { most, contextLength }: { most: number; contextLength: number },
): void {
  if (tokens.length === 0) throw new RangeError(`${name}: the prompt has no token: expected some text`);
  if (tokens.length + most > contextLength) {
    throw new RangeError(
      `${name}: a prompt of ${tokens.length} tokens leaves no room for ${most} more: the model reads ${contextLength} in all; shorten the prompt, or let passages have fewer words`,
    );
  }
}

/**
 * The tokens of each continuation.
 * @throws RangeError where one has none
 */
export function encodeAll<Token>(
  name: string,
  continuations: readonly string[],
  encode: (text: string) => readonly Token[],
): (readonly Token[])[] {
  const encoded = continuations.map(encode);
  const empty = encoded.findIndex(({ length }) => length === 0);
  if (empty >= 0) throw new RangeError(`${name}: continuation ${empty} has no token: expected some text`);
  return encoded;
}

/** Tokens behind the prompt that scoring reads: the last of each continuation is only looked up. */
export const readToScore = (encoded: readonly (readonly unknown[])[]): number =>
  Math.max(...encoded.map(({ length }) => length)) - 1;

/** Where the first of `stop` begins in a text; -1 where none does. */
export const firstStop = (text: string, stop: readonly string[]): number =>
  stop.map((each) => text.indexOf(each)).reduce((first, at) => (at >= 0 && (first < 0 || at < first) ? at : first), -1);

/** The text before the first of `stop`. */
export function cutAt(text: string, stop: readonly string[]): string {
  const at = firstStop(text, stop);
  return at < 0 ? text : text.slice(0, at);
}

/** Draws of one answer: others for another seed or prompt. */
export const drawsOf = (prompt: string, seed: number): Random =>
  createRandom(seed).fork(`generate ${createHash('sha256').update(prompt).digest('hex')}`);

export const secondsSince = (started: number): number => (performance.now() - started) / 1000;
