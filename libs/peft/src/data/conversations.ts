/** @file Conversations as examples for instruction tuning. */
import type { Split } from '../objectives/data.js';
import { type ChatLayout, type Conversation, type LaidOut, learnedTurns } from './chat.js';
import { type PromptedTokens, promptedSplit } from './completions.js';
import type { TextOptions } from './text.js';
import { sharedStart } from './together.js';

/** Tokens of a conversation with those of them that are learned. */
export interface ConversationTokens {
  tokens: number[];
  /** 1 at each token that is learned. */
  learned: Uint8Array;
}

/**
 * Conversations as examples: the loss counts on the turns of the assistant and the tokens that end them. Tokens are those of the laid out text alone:
 * its template names the special tokens that stand there. What stands behind the last turn that is learned is left out. Where that is longer than
 * `sequenceLength`, the end is cut; where no room for the first turn that is learned would be left, what stands before it loses its beginning
 * first, as `completions` have it.
 *
 * @throws RangeError from `batch`, naming the conversation, where it cannot be laid out or nothing of it is learned
 */
export function conversations(examples: readonly Conversation[], options: TextOptions): Split {
  const layout = layoutOf(options);
  const longest = options.sequenceLength + 1;
  return promptedSplit(examples, options.sequenceLength, (example) => {
    const whole = conversationTokens(layout.conversation(example), options);
    // A text of which nothing is to be learned would end with its prompt.
    if (learnedTurns(example).length === 0 || !whole.learned.includes(1))
      throw new RangeError('a conversation has no turn of the assistant to learn: leave it out');
    return within(ended(whole, options), longest);
  });
}

/** @throws Error where nothing says how conversations become texts */
export function layoutOf({ chat }: Pick<TextOptions, 'chat'>): ChatLayout {
  if (chat) return chat;
  throw new Error('its examples are conversations, and no chat template is given: name one');
}

/**
 * The tokens of a text, and which of them are learned: those that hold a letter of a learned part. Both ends of a part are found by the tokens of what
 * stands before it.
 */
export function conversationTokens(
  { text, learned: spans }: LaidOut,
  { encode }: Pick<TextOptions, 'encode'>,
): ConversationTokens {
  const tokens = Array.from(encode(text));
  const learned = new Uint8Array(tokens.length);
  const placeOf = placesIn(text, tokens, encode);
  for (const [start, end] of spans) {
    const { token: from } = placeOf(start);
    const { token: to, isInside } = placeOf(end);
    // A token that holds the last letter of the part and more is learned, too.
    learned.fill(1, from, isInside ? to + 1 : to);
  }
  return { tokens, learned };
}

/** Tokens at the end of a text that may be others when more follows. */
const unsettled = 8;

/**
 * Finds the token at which a letter stands, for letters in ascending order. The text is encoded from a letter that was found to begin a token, and from
 * the beginning only where the tokenizer begins a text with other tokens: to encode all that stands before each turn takes hours for a long conversation.
 */
function placesIn(text: string, tokens: readonly number[], encode: TextOptions['encode']) {
  const begun = [{ letter: 0, token: 0 }];
  return (letter: number): { token: number; isInside: boolean } => {
    for (;;) {
      const from = begun.at(-1)!;
      if (from.letter > letter) {
        begun.pop();
        continue;
      }
      const part = encode(text.slice(from.letter, letter));
      const shared = sharedStart(part, tokens.slice(from.token, from.token + part.length));
      const isInside = shared < part.length;
      const isOther = isInside && (shared === 0 || part.length - shared > unsettled);
      if (isOther && begun.length > 1) {
        begun.pop();
        continue;
      }
      const token = from.token + shared;
      if (!isInside && letter > from.letter) begun.push({ letter, token });
      return { token, isInside };
    }
  };
}

/** Without what follows on the last learned token; with the token by which texts end, where the template lets a turn end without one. */
function ended(
  { tokens, learned }: ConversationTokens,
  { end, ends = [] }: Pick<TextOptions, 'end' | 'ends'>,
): ConversationTokens {
  const last = learned.lastIndexOf(1);
  const kept = { tokens: tokens.slice(0, last + 1), learned: learned.slice(0, last + 1) };
  if (end === undefined || tokens[last] === end || ends.includes(tokens[last]!)) return kept;
  return { tokens: [...kept.tokens, end], learned: Uint8Array.from([...kept.learned, 1]) };
}

function within({ tokens, learned }: ConversationTokens, longest: number): PromptedTokens {
  const first = learned.indexOf(1);
  const afterFirst = learned.indexOf(0, first);
  const turn = (afterFirst < 0 ? tokens.length : afterFirst) - first;
  // One token has to stand before the first that is learned.
  const before = Math.min(first, Math.max(1, longest - turn));
  const from = first - before;
  const to = Math.min(tokens.length, from + longest);
  const count = (part: Uint8Array) => part.reduce((sum, counts) => sum + counts, 0);
  const lost = count(learned.subarray(to));
  return {
    tokens: Int32Array.from(tokens.slice(from, to)),
    prompt: before,
    learned: learned.slice(from, to),
    cut: { prompt: tokens.length - (to - from) - lost, completion: lost },
  };
}
