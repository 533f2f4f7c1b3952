/** @file Conversations in cells of a table: lists of messages, as chats of OpenAI, TRL and ShareGPT have them. */
import { assistant, type ChatMessage, type Conversation, learnedTurns } from '@rankforge/peft';
import { limits } from './source.js';

/** Roles that are read, by the names that files have for them. */
const roles: Readonly<Record<string, string>> = {
  system: 'system',
  developer: 'developer',
  user: 'user',
  human: 'user',
  assistant,
  gpt: assistant,
  tool: 'tool',
};

/** Keys of a message that say something that no text of it would have. */
const unread = ['tool_calls', 'function_call', 'reasoning_content', 'thinking', 'weight'];

/** What is wrong with the messages of a cell. */
export class MessageProblem extends Error {
  /** @param isEmpty because a message has no text */
  constructor(
    message: string,
    readonly isEmpty = false,
  ) {
    super(message);
  }
}

/**
 * Reads the messages of a cell: objects of `role` and `content`, or of `from` and `value`.
 *
 * @throws MessageProblem naming the message
 */
export function messagesOf(cell: unknown): ChatMessage[] {
  if (!Array.isArray(cell))
    throw new MessageProblem('is no list of messages; expected one as [{"role": "user", "content": "…"}, …]');
  if (cell.length === 0) throw new MessageProblem('is a list without a message', true);
  if (cell.length > limits.messages)
    throw new MessageProblem(
      `has ${cell.length} messages; at most ${limits.messages} are read: split it into several rows`,
    );
  const messages = cell.map((one, index) => messageOf(one, `message ${index + 1}`));
  const characters = messages.reduce((sum, { content }) => sum + content.length, 0);
  if (characters <= limits.fieldCharacters) return messages;
  throw new MessageProblem(
    `has ${characters} characters in all messages together; at most ${limits.fieldCharacters} are read: split it into several rows`,
  );
}

function messageOf(one: unknown, which: string): ChatMessage {
  if (typeof one !== 'object' || one === null || Array.isArray(one))
    throw new MessageProblem(`${which} is no object of role and content, or of from and value`);
  const { role: named, content, from, value, ...others } = one as Record<string, unknown>;
  const said = named ?? from;
  const role = typeof said === 'string' && Object.hasOwn(roles, said) ? roles[said] : undefined;
  if (role === undefined) {
    const got = said === undefined || said === null ? 'no role' : `the role ${JSON.stringify(said).slice(0, 80)}`;
    throw new MessageProblem(`${which} has ${got}; expected one of ${Object.keys(roles).join(', ')}`);
  }
  const more = unread.find((key) => others[key] !== undefined && others[key] !== null);
  if (more !== undefined)
    throw new MessageProblem(`${which} has ${more}, which is not read: write it into the text, or leave the row out`);
  const text = textOf(content ?? value ?? '', which);
  if (text.trim() === '') throw new MessageProblem(`${which} (${role}) has no text`, true);
  if (text.length > limits.fieldCharacters)
    throw new MessageProblem(`${which} is longer than ${limits.fieldCharacters} characters`);
  return { role, content: text };
}

/** Types of parts that are texts, in chats and in OpenAI's Responses. */
const textParts: readonly unknown[] = ['text', 'input_text', 'output_text'];

/** A content, or the texts of its parts with a blank between them, as the server of transformers has them for models of text alone. */
function textOf(content: unknown, which: string): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content))
    throw new MessageProblem(`${which} has a content that is no text; expected one, or a list of parts that are texts`);
  const texts = content.map((part: { type?: unknown; text?: unknown } | null, index) => {
    if (textParts.includes(part?.type) && typeof part?.text === 'string') return part.text;
    const type =
      typeof part?.type === 'string' ? `of the type ${JSON.stringify(part.type).slice(0, 80)}` : 'without a type';
    throw new MessageProblem(
      `${which} has a part (${index + 1}) ${type}; expected texts alone, as {"type": "text", "text": "…"}: no image or sound is read, leave the row out`,
    );
  });
  return texts.join(' ');
}

/**
 * A conversation of whose turns all, or the last one, are learned. Messages behind the last turn of the assistant are left out.
 *
 * @throws MessageProblem where there is no turn to learn
 */
export function conversationOf(messages: readonly ChatMessage[], turns: 'all' | 'last'): Conversation {
  const last = messages.findLastIndex(({ role }) => role === assistant);
  const whole = { messages: messages.slice(0, last + 1), prompt: turns === 'last' ? Math.max(0, last) : 0 };
  if (learnedTurns(whole).length > 0) return whole;
  throw new MessageProblem('has no turn of the assistant behind another message, so that there is nothing to learn');
}

/** A prompt with its completion, whose turns are learned. @throws MessageProblem where the completion begins with another's turn */
export function promptedBy(prompt: readonly ChatMessage[], completion: readonly ChatMessage[]): Conversation {
  const first = completion[0]!.role;
  if (first !== assistant)
    throw new MessageProblem(`begins with a message of the role ${first}; expected a turn of the assistant`);
  return { ...conversationOf([...prompt, ...completion], 'all'), prompt: prompt.length };
}

/** A conversation as people read it. */
export const shownMessages = (messages: readonly ChatMessage[]): string =>
  messages.map(({ role, content }) => `${role}: ${content}`).join('\n');

/** Turns that are learned, as people read them; empty where all of it is a prompt. */
export const shownTurns = (of: Conversation): string =>
  learnedTurns(of)
    .map((at) => of.messages[at]!.content)
    .join(' | ');

/** The part of a conversation that makes it like another: what is asked, without prompts of a system that many share. */
export function askedIn(messages: readonly ChatMessage[]): string {
  const asked = messages.filter(({ role }) => role === 'user');
  return (asked.length > 0 ? asked : messages).map(({ content }) => content).join('\n');
}
