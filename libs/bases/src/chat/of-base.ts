/** @file The chat template of a base model, or one that a sweep names: which it is, and its hash. */
import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ChatTemplateName, TrialChat } from '@rankforge/contracts';
import { type AskingLayout, type BaseTokenizer, companionProblem, type TextOptions } from '@rankforge/peft';
import { ChatError } from './chat-error.js';
import { chatDate } from './date.js';
import { askingLayout, readingChats } from './layout.js';
import { templateCharacters } from './limited.js';
import { namedTemplates } from './named.js';
import { ChatTemplate, type SpecialTokens, specialTokens, type TemplateOptions } from './template.js';

/** The facts about chats that a base model's folder tells. */
export interface BaseChat {
  /** Absent: it brings none. */
  template?: string;
  tokens: SpecialTokens;
}

/** A template that can be laid out by, as a spec names it. */
export interface ChosenChat {
  facts: TrialChat;
  text: string;
  tokens: SpecialTokens;
}

/**
 * Reads `chat_template.jinja`, or else `chat_template` of `tokenizer_config.json`, as transformers does; of several templates, the one that is
 * called `default`. A template that is too long, or no text, is none.
 */
export async function chatOfFolder(folder: string): Promise<BaseChat> {
  const [file, config, map] = await Promise.all(
    ['chat_template.jinja', 'tokenizer_config.json', 'special_tokens_map.json'].map((name) =>
      textOf(join(folder, name)),
    ),
  );
  const [configured, mapped] = [objectOf(config), objectOf(map)];
  return chatIn({ ...configured, ...(file !== undefined && { chat_template: file }) }, mapped);
}

/**
 * @param configured what `tokenizer_config.json` says
 * @param mapped names of special tokens that it may lack
 */
export function chatIn(configured: Readonly<Record<string, unknown>>, mapped: typeof configured = {}): BaseChat {
  const template = templateIn(configured.chat_template);
  const tokens = Object.fromEntries(
    specialTokens.flatMap((name) => {
      const token = tokenText(configured[name]) ?? tokenText(mapped[name]);
      return token === undefined ? [] : [[name, token]];
    }),
  );
  return { ...(template !== undefined && template.length <= templateCharacters && { template }), tokens };
}

/**
 * The template of a sweep.
 *
 * @param name a template in place of the base model's
 * @returns undefined where the base model has none, and none is named
 */
export function chosenChat({ template, tokens }: BaseChat, name?: ChatTemplateName): ChosenChat | undefined {
  const text = name === undefined ? template : namedTemplates[name].text;
  if (text === undefined) return undefined;
  const used = specialTokens.filter((token) => text.includes(token));
  const named = Object.fromEntries(used.flatMap((token) => (tokens[token] ? [[token, tokens[token]]] : [])));
  const date = text.includes('strftime_now') ? chatDate : undefined;
  const sha256 = createHash('sha256')
    .update(JSON.stringify([text, named, date ?? null]))
    .digest('hex');
  return { facts: { ...(name && { template: name }), sha256, ...(date && { date }) }, text, tokens: named };
}

/**
 * How conversations are read with the base model of a folder.
 *
 * @param name a template in place of the base model's
 * @throws ChatError where there is no template, or it cannot be used with the tokenizer
 */
export async function readingOfFolder(folder: string, tokenizer: BaseTokenizer, name?: ChatTemplateName) {
  const chosen = chosenChat(await chatOfFolder(folder), name);
  if (chosen === undefined) throw new ChatError('the base model brings no chat template');
  return { facts: chosen.facts, reading: openChat(chosen, tokenizer) };
}

/**
 * How texts are read by a template.
 *
 * @throws ChatError where the template cannot be used with the tokenizer
 */
export function openChat(
  { facts: { template: name }, text, tokens }: ChosenChat,
  tokenizer: BaseTokenizer,
): Omit<TextOptions, 'sequenceLength'> {
  const lacking = (name ? namedTemplates[name].needs : []).filter((token) => !tokenizer.controls.includes(token));
  if (lacking.length > 0) {
    throw new ChatError(
      `the tokenizer of the base model has no ${lacking.join(' and no ')}, which the chat template ${name} writes: name the template lines`,
    );
  }
  return readingChats(tokenizer, new ChatTemplate(text, { tokens }));
}

/**
 * How a model is asked by a template.
 *
 * @param known tokens of its tokenizer; without them names of control tokens stay in messages, which is enough to try the template
 * @throws ChatError where the template cannot be read, or refuses a question with an answer
 */
export const openAsking = (
  { text, tokens }: ChosenChat,
  known: Pick<BaseTokenizer, 'controls' | 'added'> = { controls: [] },
  options: Omit<TemplateOptions, 'tokens'> = {},
): AskingLayout => askingLayout(new ChatTemplate(text, { ...options, tokens }), known);

/** Content of a file that other programs read, which may be missing. */
async function textOf(path: string): Promise<string | undefined> {
  try {
    if (companionProblem((await stat(path)).size) !== undefined) return undefined;
    return await readFile(path, 'utf8');
  } catch {
    return undefined;
  }
}

function objectOf(json: string | undefined): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(json ?? '{}');
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function templateIn(said: unknown): string | undefined {
  if (typeof said === 'string') return said;
  if (!Array.isArray(said)) return undefined;
  const named = said.find((one: { name?: unknown } | null) => one?.name === 'default') as
    | { template?: unknown }
    | undefined;
  return typeof named?.template === 'string' ? named.template : undefined;
}

/** @param said a token, or an object whose `content` is one */
function tokenText(said: unknown): string | undefined {
  const text = typeof said === 'object' && said !== null ? (said as { content?: unknown }).content : said;
  return typeof text === 'string' ? text : undefined;
}
