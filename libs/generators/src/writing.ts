/** @file What models that run in this process share: how a prompt is put, what fits, and where a text ends. */
import { createHash } from 'node:crypto';
import { type AskingLayout, createRandom, type Random, sharedStart } from '@rankforge/peft';
import canonicalize from 'canonicalize';

/**
 * How prompts are put. `plain`: they are continued as they stand. `chatml`: they are a user's messages, as models tuned on ChatML have it. A
 * layout: they are such messages by the chat template of the model itself.
 */
export type PromptTemplate = 'plain' | 'chatml' | AskingLayout;

/** The template of a generator as its digest names it. */
export interface TemplateFacts {
  /** `model`: its own. */
  template: 'plain' | 'chatml' | 'model';
  /** Digest of its own template, where it is asked by that. */
  chat?: { sha256: string } | undefined;
}

/** The facts of a template that are in digests. Those of the other templates are as before there was `model`. */
export const templateDigest = ({ template, chat }: TemplateFacts) => ({ template, ...(chat && { chat: chat.sha256 }) });

/**
 * A part of what a model reads: a control token by its name, text, in which no name stands for a token, or what a chat template laid out, in
 * which names stand for tokens.
 */
export type Part = { control: string } | { text: string } | { laidOut: string };

/** The texts of the parts, one behind the other. */
export const wordsOf = (parts: readonly Part[]): string =>
  parts.map((part) => ('control' in part ? part.control : 'text' in part ? part.text : part.laidOut)).join('');

/** Parts before the text that a model goes on from. */
const templates: Readonly<
  Record<Exclude<PromptTemplate, AskingLayout>, (prompt: string) => { before: readonly Part[]; last: string }>
> = {
  plain: (prompt) => ({ before: [], last: prompt }),
  chatml: (prompt) => ({
    before: [
      { control: '<|im_start|>' },
      { text: `user\n${prompt}` },
      { control: '<|im_end|>' },
      { text: '\n' },
      { control: '<|im_start|>' },
    ],
    last: 'assistant\n',
  }),
};

/**
 * A prompt as a template puts it, and how it goes on. Where the template ends with a line, no blank begins the next. No text names a control
 * token of the template: a tokenizer may have that among its tokens without marking it as one, and reads it in any text then.
 */
export function partsOf(template: PromptTemplate, prompt: string, continuation = ''): Part[] {
  if (typeof template !== 'string') return [{ laidOut: laidOut(template, prompt, continuation) }];
  const { before, last } = templates[template](prompt);
  const endsLine = templates[template]('').last.endsWith('\n');
  const text = last + (endsLine ? unspaced(continuation) : continuation);
  return withoutControls([...before, { text }], []);
}

/** A continuation is written as an answer: behind what the template writes before one, and no blank of its own. */
function laidOut(layout: AskingLayout, prompt: string, continuation: string): string {
  const asked = layout.prompt(withoutNames(prompt, layout.names));
  return continuation === '' ? asked : asked + layout.lead + withoutNames(unspaced(continuation), layout.names);
}

const unspaced = (continuation: string): string => continuation.replace(/^ /, '');

/** Parts whose texts name neither a control token that is among them nor one of some others. */
export function withoutControls(parts: readonly Part[], others: readonly string[]): Part[] {
  const names = [...others, ...parts.flatMap((part) => ('control' in part ? [part.control] : []))];
  return parts.map((part) => ('text' in part ? { text: withoutNames(part.text, names) } : part));
}

/**
 * A text in which no control token is named, so that none is read from a document: a blank stands for each name, again where what is around
 * it makes one.
 */
function withoutNames(text: string, names: readonly string[]): string {
  const found = names.find((name) => text.includes(name));
  return found === undefined ? text : withoutNames(text.replaceAll(found, found.length > 1 ? ' ' : ''), names);
}

/**
 * Raised where the same prompt or continuation becomes other tokens. It is in the digests of models that run here, so that neither answers
 * nor results that were kept before are taken for new ones.
 */
export const reading = 3;

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
 * The tokens of a prompt and of each continuation. Prompt and continuation are encoded as one text, in which a tokenizer may join letters
 * of both: a continuation begins behind the tokens that the prompt has before each of them.
 *
 * @throws RangeError where a continuation has no token
 */
export function encodeAll<Token>(
  name: string,
  { template, prompt, continuations }: { template: PromptTemplate; prompt: string; continuations: readonly string[] },
  encode: (parts: readonly Part[]) => readonly Token[],
): { shared: readonly Token[]; behind: (readonly Token[])[] } {
  const alone = encode(partsOf(template, prompt));
  const wholes = continuations.map((continuation) => encode(partsOf(template, prompt, continuation)));
  const alike = wholes.map((tokens) => sharedStart(alone, tokens));
  const empty = wholes.findIndex(({ length }, at) => length === alike[at]);
  if (empty >= 0) throw new RangeError(`${name}: continuation ${empty} has no token: expected some text`);
  const shared = Math.min(...alike);
  return { shared: alone.slice(0, shared), behind: wholes.map((tokens) => tokens.slice(shared)) };
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
