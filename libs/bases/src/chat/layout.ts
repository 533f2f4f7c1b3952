/** @file Conversations as texts of a base model, with the turns that are learned. */
import {
  type AskingLayout,
  assistant,
  type BaseTokenizer,
  type ChatLayout,
  type ChatMessage,
  type Conversation,
  learnedTurns,
  type Span,
  type TextOptions,
} from '@rankforge/peft';
import { ChatError } from './chat-error.js';
import type { ChatTemplate } from './template.js';

/** The tokens that end a turn of the assistant stand behind the answer of such a conversation. */
const probe: readonly ChatMessage[] = [
  { role: 'user', content: 'Question' },
  { role: assistant, content: 'Answer' },
];

/** How a template lays conversations out. */
export function chatLayout(template: ChatTemplate): ChatLayout {
  return {
    prompt: (of) => named(of, () => template.render(of.messages, true).text),
    conversation: (of) =>
      named(of, () => {
        const texts = template.marks ? 1 : 1 + 2 * learnedTurns(of).length;
        return template.together(texts, () => {
          const { text, generated } = template.render(of.messages, false);
          return { text, learned: template.marks ? marked(of, generated) : byPrefixes(of, text, template) };
        });
      }),
  };
}

/** @throws ChatError naming where the conversation stands */
function named<T>({ where }: Pick<Conversation, 'where'>, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (where === undefined || !(cause instanceof ChatError)) throw cause;
    throw new ChatError(`${where}: ${cause.message}`, { cause });
  }
}

/** Turns by the marks of the template, one for each of the assistant. */
function marked(of: Conversation, generated: readonly Span[]): Span[] {
  const turns = of.messages.flatMap(({ role }, at) => (role === assistant ? [at] : []));
  if (generated.length !== turns.length) {
    throw new ChatError(
      `the chat template marks ${generated.length} generations of a conversation with ${turns.length} turns of the assistant: ` +
        'its {% generation %} has to enclose each',
    );
  }
  const learned = new Set(learnedTurns(of));
  return generated.filter((_, index) => learned.has(turns[index]!));
}

/**
 * Turns as what the text of the conversation up to each has more than the prompt before it. White space at the end of a turn is not learned: it
 * stands behind the token that ends the turn.
 */
function byPrefixes(of: Conversation, text: string, template: ChatTemplate): Span[] {
  return learnedTurns(of).map((at): Span => {
    const before = template.render(of.messages.slice(0, at), true).text;
    const until = template.render(of.messages.slice(0, at + 1), false).text.trimEnd();
    if (text.startsWith(before) && text.startsWith(until) && until.length > before.length)
      return [before.length, until.length];
    const which = text.startsWith(before) ? 'that turn itself' : 'what stands before it';
    throw new ChatError(
      `the chat template lays out ${which} otherwise when more follows (message ${at + 1}), so that the turns to learn cannot be told: ` +
        'use a template with {% generation %} around these turns, learn the last turn alone ("turns": "last"), or name another template (chatTemplate)',
    );
  });
}

/**
 * The control token that a template writes behind an answer; undefined where it writes none there.
 *
 * @throws ChatError where the template refuses a question with an answer
 */
export function turnEnd(template: ChatTemplate, { encode, controls }: BaseTokenizer): number | undefined {
  const named = turnEndAmong(probed(template), controls);
  const tokens = named === undefined ? [] : encode(named);
  return tokens.length === 1 ? tokens[0] : undefined;
}

/** A question with its answer. @throws ChatError where the template refuses it */
const probed = (template: ChatTemplate): string => template.render(probe, false).text;

/** The longest of some names behind the answer. */
function turnEndAmong(text: string, names: readonly string[]): string | undefined {
  const behind = text.slice(text.lastIndexOf('Answer') + 'Answer'.length).trimStart();
  return names.filter((name) => behind.startsWith(name)).sort((a, b) => b.length - a.length)[0];
}

/**
 * How a model is asked by a template, of which it needs a user's message and the answer alone.
 *
 * @param tokens.added names of other tokens than control tokens: those that the template writes are kept out of messages too
 * @throws ChatError where the template refuses a question, or one with its answer
 */
export function askingLayout(
  template: ChatTemplate,
  { controls, added = [] }: Pick<BaseTokenizer, 'controls' | 'added'>,
): AskingLayout {
  const prompt = (content: string) => template.render([{ role: 'user', content }], true).text;
  const [asked, whole] = [prompt('Question'), probed(template)];
  const written = added.filter((name) => name.trim() !== '' && (asked + whole).includes(name));
  const names = [...controls, ...written, ...template.reserved];
  const lead = whole.startsWith(asked) ? whole.slice(asked.length, whole.lastIndexOf('Answer')) : '';
  return { prompt, lead, end: turnEndAmong(whole, [...controls, ...written]), names };
}

/** How texts are read where they are conversations: turns end by the template's token, and no token is put before a text. */
export function readingChats(tokenizer: BaseTokenizer, template: ChatTemplate): Omit<TextOptions, 'sequenceLength'> {
  const { end, ends = end === undefined ? [] : [end] } = tokenizer;
  const turn = turnEnd(template, tokenizer);
  const all = turn === undefined ? ends : [turn, ...ends.filter((id) => id !== turn)];
  return {
    ...tokenizer,
    frame: { before: [], after: [] },
    chat: chatLayout(template),
    ...(all.length > 0 && { end: all[0], ends: all }),
  };
}
